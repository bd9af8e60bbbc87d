"""Gaps: which share of the accounts was known each day, in all and zone by zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, CONSUMPTION

YEAR_DAYS = 365
ZONE_DAYS = 90
CLOSED_AFTER_DAYS = 28


@dataclass(frozen=True)
class Gaps:
    """What is known of each day. A share is null where no account was expected.

    Parameters
    ----------
    days
        The last year, in order: day, known and expected accounts, share.
    zones
        The last 90 days of each zone, in order: zone_id (null where no zone is known), day, known, expected, share.
    """

    days: pl.DataFrame
    zones: pl.DataFrame


def gaps(*, store: Store) -> Gaps:
    """Accounts with a good day against those expected, up to the store's last day.

    An account is expected from its first day on, until 28 days after its last: silent for longer, it counts as closed.
    """
    last: date | None = store.query(f"SELECT MAX(day) FROM {CONSUMPTION.name} WHERE flag = 'ok'").item()
    if last is None:
        return Gaps(_EMPTY.drop("zone_id"), _EMPTY)
    first = last - timedelta(days=YEAR_DAYS - 1)
    calendar = pl.DataFrame({"day": pl.date_range(first, last, eager=True)})
    known = _known(store, first, last)
    expected = _expected(store, calendar)
    counts = expected.join(known, on=["zone_id", "day"], how="left", nulls_equal=True)
    counts = counts.with_columns(pl.col("known").fill_null(0))
    days = counts.group_by("day").agg(pl.col("known", "expected").sum())
    zones = counts.filter(pl.col("day") > last - timedelta(days=ZONE_DAYS))
    return Gaps(_shared(days).sort("day"), _shared(zones).sort("zone_id", "day", nulls_last=True))


def _known(store: Store, first: date, last: date) -> pl.DataFrame:
    return store.query(
        f"SELECT a.zone_id, c.day, COUNT(*) AS known FROM {CONSUMPTION.name} c"
        f" LEFT JOIN {ACCOUNTS.name} a ON a.account_id = c.account_id"
        " WHERE c.flag = 'ok' AND c.day >= ? AND c.day <= ? GROUP BY a.zone_id, c.day",
        [first, last],
    )


def _expected(store: Store, calendar: pl.DataFrame) -> pl.DataFrame:
    """Accounts expected by zone and day: those that had begun less those that had ended."""
    spans = store.query(
        f"SELECT a.zone_id, s.began, s.ended, COUNT(*) AS accounts FROM (SELECT account_id, MIN(day) AS began,"
        f" MAX(day) AS ended FROM {CONSUMPTION.name} GROUP BY account_id) s"
        f" LEFT JOIN {ACCOUNTS.name} a ON a.account_id = s.account_id GROUP BY a.zone_id, s.began, s.ended"
    )
    first, last = calendar["day"][0], calendar["day"][-1]
    gone = pl.col("ended") + pl.duration(days=CLOSED_AFTER_DAYS + 1)
    changes = pl.concat(
        [
            spans.select("zone_id", day=pl.max_horizontal("began", pl.lit(first)), step="accounts"),
            spans.select("zone_id", day=pl.max_horizontal(gone, pl.lit(first)), step=-pl.col("accounts")),
        ]
    ).filter(pl.col("day") <= last)
    steps = changes.group_by("zone_id", "day").agg(pl.col("step").sum())
    grid = spans.select("zone_id").unique().join(calendar, how="cross")
    found = grid.join(steps, on=["zone_id", "day"], how="left", nulls_equal=True).sort("zone_id", "day")
    return found.select("zone_id", "day", expected=pl.col("step").fill_null(0).cum_sum().over("zone_id"))


def _shared(counts: pl.DataFrame) -> pl.DataFrame:
    return counts.with_columns(
        share=pl.when(pl.col("expected") > 0).then(pl.col("known") / pl.col("expected"))
    )


_EMPTY = pl.DataFrame(
    schema={
        "zone_id": pl.String,
        "day": pl.Date,
        "known": pl.Int64,
        "expected": pl.Int64,
        "share": pl.Float64,
    }
)
