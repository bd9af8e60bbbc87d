"""How to read the page, and what in it can flatter."""

from __future__ import annotations

from amuna.serve.report.parts import section
from amuna.serve.report.strings import say
from amuna.serve.report.text import rich

_PARTS = ("mase", "quantiles", "period", "flatter", "limits")


def reading() -> str:
    """The section."""
    parts = "".join(f"<p>{rich(say(f'reading.{part}'))}</p>" for part in _PARTS)
    return section("reading", [f'<div class="prose">{parts}</div>'])
