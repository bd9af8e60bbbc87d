"""Settings: the table of them, and how amuna.toml and the environment fill it."""
