"""Amuna plans water ahead. Importing it is quick and does nothing."""

__version__ = "0.1.0"
