"""Timings: how long each step took, and how much it did in a second."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from amuna.domain.text import Text
from amuna.serve.report.numbers import NONE, count, seconds
from amuna.serve.report.parts import section, table
from amuna.serve.report.strings import say
from amuna.serve.report.text import html
from amuna.serve.report.words import word
from amuna.workflows.report import ReportData

_ORDER = ("simulate", "ingest", "check", "train", "forecast", "update", "evaluate", "report")
Row = tuple[str, float | None, str, float]


def timings(data: ReportData, given: Mapping[str, float] | None) -> str:
    """The section; what the caller timed comes before what the store remembers of the same step."""
    rows = timing_rows(data, given or {})
    if not rows:
        return section("timings", [], lead=html(say("timings.none")))
    names = ("step", "amount", "seconds", "rate")
    cells = [
        [html(word("step", step)), _amount(amount, unit), html(seconds(took)), _rate(amount, unit, took)]
        for step, amount, unit, took in rows
    ]
    from_store = any(step == "ingest" for step in data.timings["step"]) and "ingest" not in (given or {})
    note = f'<p class="note">{html(say("timings.ingest"))}</p>' if from_store else ""
    content = f'<div class="panel">{table([say(f"column.{name}") for name in names], cells)}{note}</div>'
    return section("timings", [content], lead=html(say("timings.lead")))


def timing_rows(data: ReportData, given: Mapping[str, float]) -> list[Row]:
    """Step, amount, unit of the amount and seconds, in the order of the work."""
    stored = data.timings.filter(~pl.col("step").is_in(list(given)))
    rows: list[Row] = [
        *((step, *_worked_on(step, data), took) for step, took in given.items()),
        *stored.select("step", "amount", "unit", "seconds").iter_rows(),
    ]
    known = {step: place for place, step in enumerate(_ORDER)}
    return sorted(rows, key=lambda row: known.get(row[0], len(_ORDER)))


def _worked_on(step: str, data: ReportData) -> tuple[float | None, str]:
    """How much a step had to do, where that is known."""
    trained = float(data.champions["accounts"].sum())
    updates = data.timings.filter(pl.col("step") == "update")["amount"]
    amounts: dict[str, tuple[float | None, str]] = {
        "ingest": (float(data.status.feeds["rows"].sum() or 0), "rows"),
        "check": (float(data.check.rows), "rows"),
        "train": (trained, "accounts"),
        "forecast": (trained, "accounts"),
        "evaluate": (trained, "accounts"),
        "update": (None if updates.is_empty() else float(updates[0]), "rows"),
    }
    return amounts.get(step, (None, ""))


def _amount(amount: float | None, unit: str) -> str:
    if not amount:
        return html(NONE)
    name = word("unit", unit)
    return html(Text(f"{count(amount)} {name.es}", f"{count(amount)} {name.en}"))


def _rate(amount: float | None, unit: str, took: float) -> str:
    if not amount or took <= 0:
        return html(NONE)
    rate, name = amount / took, word("unit", unit)
    digits = max(0, len(str(int(rate))) - 3)
    shown = count(round(rate, -digits)) if rate >= 10 else f"{rate:.1f}"
    return html(Text(f"{shown} {name.es}", f"{shown} {name.en}"))
