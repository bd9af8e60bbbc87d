"""A small utility made by hand, streamed day by day through update, refit and promote."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, CONSUMPTION
from amuna.engines.threads import ThreadEngine
from amuna.forecasting.fleet import FleetSettings
from amuna.lifecycle.policy import RefitPolicy
from amuna.workflows.promote import PromoteReport, promote
from amuna.workflows.refit import RefitReport, refit
from amuna.workflows.shards import ALL, Accounts
from amuna.workflows.train import train_fleet
from amuna.workflows.update import update

START = date(2025, 1, 6)
TRAINED = START + timedelta(days=140)
BREAK = TRAINED + timedelta(days=5)
END = TRAINED + timedelta(days=50)
BROKEN = ("A07", "A21")
SETTINGS = FleetSettings(horizon=7, billing_days=14, folds=1, origins=6)
POLICY = RefitPolicy()
ENGINE = ThreadEngine(workers=1, slab=100)
the_account, the_day = pl.col("account_id"), pl.col("day")


def noon(day: date) -> datetime:
    """Midday of a day."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def utility(accounts: int = 36, *, seed: int = 7) -> pl.DataFrame:
    """CONSUMPTION rows from START to END: weekly habits and noise; BROKEN change theirs on the day BREAK."""
    rng = np.random.default_rng(seed)
    days = np.arange((END - START).days)
    week = rng.uniform(0.6, 1.4, (accounts, 7))[:, days % 7]
    level = rng.uniform(0.3, 3.0, (accounts, 1))
    volume = level * week * np.exp(0.12 * rng.standard_normal((accounts, len(days))))
    names = [f"A{number:02d}" for number in range(accounts)]
    for name in BROKEN:
        row = names.index(name)
        after = days >= (BREAK - START).days
        other = rng.uniform(0.2, 1.8, 7)[days % 7] * 2.5 * level[row]
        volume[row] = np.where(after, other * volume[row] / (level[row] * week[row]), volume[row])
    return pl.DataFrame(
        {
            "account_id": np.repeat(names, len(days)),
            "day": np.tile(np.datetime64(START) + days, accounts),
            "consumption_m3": volume.ravel(),
        }
    )


def commit(store: Store, rows: pl.DataFrame, *, now: datetime) -> None:
    """Write rows as a batch of a feed."""
    name = now.isoformat()
    batch = {
        "batch_id": name,
        "feed": "billing",
        "number": 0,
        "source": "meters",
        "watermark": name,
        "rows_read": rows.height,
        "rows_accepted": rows.height,
        "rows_quarantined": 0,
        "rows_duplicate": 0,
        "committed_at": now,
        "first_day": rows["day"].min(),
    }
    frame = rows.with_columns(
        flag=pl.lit("ok"), recorded_at=pl.lit(now).dt.cast_time_unit("us"), batch_id=pl.lit(name)
    )
    with store.transaction():
        store.upsert(CONSUMPTION, CONSUMPTION.check(frame.select(CONSUMPTION.names)))
        store.upsert(BATCHES, BATCHES.frame([batch]))


def train(store: Store, rows: pl.DataFrame, *, cutoff: date = TRAINED) -> None:
    """Commit the history before the cutoff and train on it."""
    commit(store, rows.filter(the_day < cutoff), now=noon(cutoff))
    train_fleet(store=store, engine=ENGINE, settings=SETTINGS, now=noon(cutoff))


def renew(store: Store, rows: pl.DataFrame, cutoff: date, *, accounts: Accounts = ALL) -> None:
    """Commit the day before the cutoff, unless that is done, and take it into the models."""
    if store.count(CONSUMPTION, where={"day": cutoff - timedelta(days=1)}) == 0:
        commit(store, rows.filter(the_day == cutoff - timedelta(days=1)), now=noon(cutoff))
    update(store=store, settings=SETTINGS, now=noon(cutoff), accounts=accounts)


def ask(store: Store, cutoff: date, *, accounts: Accounts = ALL, policy: RefitPolicy = POLICY) -> RefitReport:
    """Refit as of a cutoff."""
    return refit(
        store=store, engine=ENGINE, settings=SETTINGS, policy=policy, now=noon(cutoff), accounts=accounts
    )


def decide(
    store: Store, cutoff: date, *, accounts: Accounts = ALL, policy: RefitPolicy = POLICY
) -> PromoteReport:
    """Promote as of a cutoff."""
    return promote(store=store, settings=SETTINGS, policy=policy, now=noon(cutoff), accounts=accounts)


def live(
    store: Store, rows: pl.DataFrame, first: date, end: date, *, policy: RefitPolicy = POLICY
) -> list[tuple[date, RefitReport, PromoteReport]]:
    """The day's steps at every cutoff, first <= cutoff < end."""
    reports = []
    for number in range((end - first).days):
        cutoff = first + timedelta(days=number)
        renew(store, rows, cutoff)
        reports.append((cutoff, ask(store, cutoff, policy=policy), decide(store, cutoff, policy=policy)))
    return reports
