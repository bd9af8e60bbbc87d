"""The command `amuna`, one file per capability."""
