"""Scripts that never change under their address are compressed once, and kept for every browser after."""

from __future__ import annotations

from flask import Request

_UNCHANGING = "/_dash-component-suites/"  # their addresses carry version and date


class Compressed:
    """What `Compress` keeps: the unchanging scripts. Everything else is compressed for each answer."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        """What was compressed before."""
        return self._kept.get(key)

    def set(self, key: str, content: bytes) -> None:
        """Keep it, if its address never means anything else."""
        if _UNCHANGING in key:
            self._kept[key] = content


def address(request: Request) -> str:
    """By which an answer is kept; a query might name anything, so what has one is not."""
    return "" if request.query_string else request.path
