"""What will come: forecasters, their proof by backtest, and intervals that cover what they promise."""
