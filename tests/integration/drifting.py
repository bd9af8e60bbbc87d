"""A simulated utility in a real store, brought forward day by day, whose feed can be spoiled from a day on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, BATCHES, CONSUMPTION
from amuna.simulation import SimulationFeed, UtilitySettings, simulate

Spoil = Callable[[pl.DataFrame], pl.DataFrame]
START = date(2024, 4, 1)
the_day = pl.col("day")


def utility(*, accounts: int = 400, days: int = 280) -> tuple[pl.DataFrame, pl.DataFrame]:
    """ACCOUNTS and CONSUMPTION rows of a utility with the usual faults."""
    made = simulate(UtilitySettings(accounts=accounts, days=days, start=START, accounts_per_zone=40), seed=11)
    rows = pl.concat(
        [batch.rows for batch in SimulationFeed(made).batches(None) if batch.kind == "consumption"]
    )
    days_of = (
        rows.select(
            account_id="AccountOID",
            day="ConsumptionDate",
            consumption_m3=pl.col("Consumption") / 1000,
            flag=pl.lit("ok"),
            recorded_at="RecordedAt",
            batch_id=pl.lit("simulated"),
        )
        .filter(pl.col("consumption_m3").is_between(0, 10_000))
        .sort("recorded_at")
        .unique(["account_id", "day"], keep="last")
    )
    return made.accounts.select(ACCOUNTS.names), days_of.sort("account_id", "day")


def commit(store: Store, rows: pl.DataFrame, *, now: datetime, quarantined: int = 0) -> None:
    """Write rows as a batch of a feed."""
    name = now.isoformat()
    batch = {
        "batch_id": name,
        "feed": "billing",
        "number": 0,
        "source": "meters",
        "watermark": name,
        "rows_read": rows.height + quarantined,
        "rows_accepted": rows.height,
        "rows_quarantined": quarantined,
        "rows_duplicate": 0,
        "committed_at": now,
    }
    with store.transaction():
        store.upsert(CONSUMPTION, rows.with_columns(batch_id=pl.lit(name)))
        store.upsert(BATCHES, BATCHES.frame([batch]))


def noon(day: date) -> datetime:
    """Midday of a day."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def bring_forward(
    store: Store,
    rows: pl.DataFrame,
    first: date,
    end: date,
    *,
    then: Callable[[date], None],
    spoil: Spoil | None = None,
) -> None:
    """Commit one day after another, first <= day < end, and call `then` with the day after each."""
    for number in range((end - first).days):
        day = first + timedelta(days=number)
        todays = rows.filter(the_day == day)
        commit(store, spoil(todays) if spoil else todays, now=noon(day + timedelta(days=1)))
        then(day + timedelta(days=1))
