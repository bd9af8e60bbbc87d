"""Instants and shares as people of the utility read them."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import polars as pl

from amuna.domain.text import Text
from amuna.serve.cli.output import say

_CLOCK = Text("{at:%Y-%m-%d %H:%M} (hora local)", "{at:%Y-%m-%d %H:%M} local time")


def local_instant(at: datetime, time_zone: str) -> Text:
    """An instant by the clock of the utility; the date alone where that strikes midnight."""
    local = at.astimezone(ZoneInfo(time_zone))
    return Text.both(local.date()) if local.time() == time() else _CLOCK.fill(at=local)


def percents(*columns: str) -> list[pl.Expr]:
    """Shares as whole per cent, one below the other; a dash where there is none."""
    whole = [(100 * pl.col(name)).round(0).cast(pl.Int64) for name in columns]
    shown = [pl.format("{} %", each).fill_null("–") for each in whole]
    return [
        each.str.pad_start(each.str.len_chars().max()).alias(name)
        for name, each in zip(columns, shown, strict=True)
    ]


def gap() -> None:
    """An empty line between tables."""
    say(Text.both(""))
