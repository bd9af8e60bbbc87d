"""Status: where things stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, CONSUMPTION, FORECASTS, MODELS, QUARANTINE, RUNS
from amuna.workflows.serving import Serving, news_since
from amuna.workflows.serving import serving as serving_run


@dataclass(frozen=True)
class StatusReport:
    """Where things stand, and what to do next.

    Parameters
    ----------
    accounts, rows, first_day, last_day
        Daily consumption in the store.
    quarantined
        Refused rows.
    feeds
        feed, batches, rows, last commit.
    runs
        Training runs, newest first: run_id, alias, cutoff, accounts, finished_at.
    run_id, states_cutoff
        The serving run and the first day its states have not seen; None before the first training.
    days_behind
        Usable days in the store that the states have not seen.
    unseen_rows
        Rows of consumption that the states have not seen, late and corrected ones included.
    untrained
        Accounts with consumption but without a model.
    forecast_days
        Last day forecast; None before the first forecast.
    next_step
        The command to run next.
    """

    accounts: int
    rows: int
    first_day: date | None
    last_day: date | None
    quarantined: int
    feeds: pl.DataFrame
    runs: pl.DataFrame
    run_id: str | None
    states_cutoff: date | None
    days_behind: int
    unseen_rows: int
    untrained: int
    forecast_days: date | None
    next_step: str


def status(*, store: Store) -> StatusReport:
    """Where the store, the models and the forecasts stand."""
    accounts, rows, first, last = store.query(
        f"SELECT COUNT(DISTINCT account_id), COUNT(*), MIN(day), MAX(day) FROM {CONSUMPTION.name}"
    ).row(0)
    runs = store.read(RUNS).sort("started_at", descending=True)
    serving = runs.filter(pl.col("alias") == "champion")
    run_id = None if serving.is_empty() else str(serving["run_id"][0])
    run = None if run_id is None else serving_run(store)
    cutoff = None if run is None else run.cutoff
    unseen = 0 if run is None else _unseen(store, run)
    trained = 0 if run_id is None else store.count(MODELS, where={"run_id": run_id})
    usable = store.query(f"SELECT MAX(day) FROM {CONSUMPTION.name} WHERE flag = 'ok'").item()
    behind = 0 if cutoff is None or usable is None else max((usable - cutoff).days + 1, 0)
    until = store.query(f"SELECT MAX(day) FROM {FORECASTS.name} WHERE run_id = ?", [run_id or ""]).item()
    return StatusReport(
        accounts=accounts,
        rows=rows,
        first_day=first,
        last_day=last,
        quarantined=store.count(QUARANTINE),
        feeds=store.query(
            f"SELECT feed, COUNT(*) AS batches, CAST(SUM(rows_read) AS BIGINT) AS rows, MAX(committed_at) AS last"
            f" FROM {BATCHES.name} GROUP BY feed ORDER BY last DESC"
        ),
        runs=runs.select("run_id", "alias", "cutoff", "accounts", "finished_at"),
        run_id=run_id,
        states_cutoff=cutoff,
        days_behind=behind,
        unseen_rows=unseen,
        untrained=max(accounts - trained, 0),
        forecast_days=until,
        next_step=_next_step(rows, run_id, unseen, until),
    )


def _unseen(store: Store, run: Serving) -> int:
    condition, parameters = news_since(store, run).either
    return int(store.query(f"SELECT COUNT(*) FROM {CONSUMPTION.name} WHERE {condition}", parameters).item())


def _next_step(rows: int, run_id: str | None, unseen: int, until: date | None) -> str:
    if rows == 0:
        return "amuna ingest SOURCE"
    if run_id is None:
        return "amuna train"
    if unseen > 0:
        return "amuna update"
    return "amuna forecast" if until is None else "amuna evaluate"
