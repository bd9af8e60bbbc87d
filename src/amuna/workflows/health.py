"""Health: how fresh everything is, in a glance that costs the store little."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from amuna.domain.job_tables import JOBS
from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, CONSUMPTION, RUNS, UPDATES

FEEDS_SHOWN = 20
FILES_BY_FOLDER = pl.col("feed").str.replace(r"^(/.+|[A-Za-z]:.+)[/\\][^/\\]+$", "${1}")
"""Feed of a batch; the files of one folder are one feed, however many days it holds."""


@dataclass(frozen=True)
class HealthReport:
    """How fresh everything is.

    Parameters
    ----------
    feeds
        Those that brought something last, latest first, a folder of files being one: feed, rows, last (UTC), age_s [s].
    run_id, cutoff
        The serving run and the first day its states have not seen; None before the first training.
    last_day
        Last usable day in the store; None where there is none.
    steps
        JOBS rows of the latest daily or weekly run, or one that a person asked for, in the order they ran.
    """

    feeds: pl.DataFrame
    run_id: str | None
    cutoff: date | None
    last_day: date | None
    steps: pl.DataFrame


def health(*, store: Store, now: datetime) -> HealthReport:
    """What came in last, what serves, and how the last run went."""
    feeds = store.query(
        "SELECT feed, CAST(SUM(rows_read) AS BIGINT) AS rows, MAX(committed_at) AS last"
        f" FROM {BATCHES.name} GROUP BY feed"
    )
    feeds = feeds.group_by(FILES_BY_FOLDER).agg(pl.col("rows").sum(), pl.col("last").max())
    feeds = feeds.sort("last", "feed", descending=[True, False]).head(FEEDS_SHOWN)
    run = store.read(RUNS, where={"alias": "champion"}, columns=["run_id"])["run_id"]
    run_id = None if run.is_empty() else str(run[0])
    return HealthReport(
        feeds=feeds.with_columns(age_s=(pl.lit(now) - pl.col("last")).dt.total_seconds()),
        run_id=run_id,
        cutoff=store.query(f"SELECT MAX(cutoff) FROM {UPDATES.name} WHERE run_id = ?", [run_id or ""]).item(),
        last_day=last_usable_day(store),
        steps=_last_run(store),
    )


def last_usable_day(store: Store) -> date | None:
    """Last usable day in the store; None where there is none."""
    found: date | None = store.query(f"SELECT MAX(day) FROM {CONSUMPTION.name} WHERE flag = 'ok'").item()
    return found


def _last_run(store: Store) -> pl.DataFrame:
    runs = store.read(JOBS, where={"step": "", "job": ["daily", "weekly", "cycle", "train"]})
    if runs.is_empty():
        return JOBS.empty()
    last = runs.sort("started_at").row(-1, named=True)
    where = {"job": last["job"], "run_at": last["run_at"]}
    return store.read(JOBS, where=where).sort("started_at", "step")
