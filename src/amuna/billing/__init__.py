"""What it will cost: tariffs as versioned data, bills from volumes, advice."""
