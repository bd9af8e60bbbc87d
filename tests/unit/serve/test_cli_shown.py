"""Instants and shares as the command shows them."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from amuna.serve.cli.shown import local_instant, percents


def test_local_midnight_is_the_date_alone() -> None:
    assert local_instant(datetime(2026, 11, 21, 5, tzinfo=UTC), "America/Lima") == (
        "2026-11-21",
        "2026-11-21",
    )


def test_another_hour_is_told_by_the_clock_of_the_utility() -> None:
    noon = local_instant(datetime(2026, 11, 21, 17, 30, tzinfo=UTC), "America/Lima")
    assert noon == ("2026-11-21 12:30 (hora local)", "2026-11-21 12:30 local time")
    assert (
        local_instant(datetime(2026, 11, 21, tzinfo=UTC), "America/Lima").en == "2026-11-20 19:00 local time"
    )


def test_shares_stand_one_below_the_other() -> None:
    frame = pl.DataFrame({"share": [0.056, 1.0, None], "zone": ["a", "b", "c"]})
    assert frame.with_columns(percents("share"))["share"].to_list() == ["  6 %", "100 %", "    –"]
