"""How a long workflow tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done, how much of it is done, and of how much (None where unknown)."""


def silent(what: str, done: int, total: int | None) -> None:
    """Tell nobody."""
