"""Report: everything the report page shows, gathered and chosen by fixed rules; nothing is computed in the page."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, MODELS, QUARANTINE, RUNS, SCORES, UPDATES
from amuna.workflows.check import CheckReport, check
from amuna.workflows.evaluate import EvaluateReport, evaluate
from amuna.workflows.report_clients import Client, choose_clients, judged_accounts
from amuna.workflows.report_fleet import FleetOutlook, fleet_outlook
from amuna.workflows.serving import serving
from amuna.workflows.status import StatusReport, status

log = logging.getLogger(__name__)

RATIO_STEP, RATIO_LIMIT = 0.1, 2.0
EXAMPLES = 3  # refused rows shown of each reason
_SHOWN_INGESTS, _SHOWN_UPDATES = 3, 3


@dataclass(frozen=True)
class ReportData:
    """What the report page shows.

    Parameters
    ----------
    status, check
        As `amuna status` and `amuna check` see the store.
    accuracy
        As `amuna evaluate` sees it; None where the backtest judged no account.
    code_version, folds, judged_days
        Of the serving run: version of Amuna, cutoffs of its backtest, days on which stored forecasts were judged since.
    cutoff
        First day the states have not seen.
    fleet, clients
        The whole, and a varied dozen.
    ratios
        Accounts by MASE over that of last week: low, high (null in the last row), accounts.
    champions
        Accounts by champion and status: champion, status, accounts.
    refused
        A few refused rows of each reason: reason, source, row, field, detail, original.
    timings
        Timed steps found in the store: step, amount, unit, seconds.
    """

    status: StatusReport
    check: CheckReport
    accuracy: EvaluateReport | None
    code_version: str
    folds: int
    judged_days: int
    cutoff: date
    fleet: FleetOutlook
    clients: tuple[Client, ...]
    ratios: pl.DataFrame
    champions: pl.DataFrame
    refused: pl.DataFrame
    timings: pl.DataFrame


def report(*, store: Store) -> ReportData:
    """Gather what the report page shows of the serving run.

    Raises
    ------
    NotEnoughData
        If nothing was trained.
    """
    started = time.perf_counter()
    run = serving(store)
    row = store.read(RUNS, where={"run_id": run.run_id}).row(0, named=True)
    accuracy = _accuracy(store)
    data = ReportData(
        status=status(store=store),
        check=check(store=store),
        accuracy=accuracy,
        code_version=row["code_version"],
        folds=int(json.loads(row["settings"]).get("folds", 0)),
        judged_days=_judged_days(store, run.run_id),
        cutoff=run.cutoff,
        fleet=fleet_outlook(store, run),
        clients=choose_clients(store, run, accuracy),
        ratios=ratio_counts(accuracy),
        champions=_champions(store, run.run_id),
        refused=_examples(store),
        timings=_timings(store, run.run_id),
    )
    log.info("report accounts=%d seconds=%.1f", data.check.accounts, time.perf_counter() - started)
    return data


def _judged_days(store: Store, run_id: str) -> int:
    return int(
        store.query(f"SELECT COUNT(DISTINCT day) FROM {SCORES.name} WHERE run_id = ?", [run_id]).item()
    )


def _accuracy(store: Store) -> EvaluateReport | None:
    """None only where accounts are too young to be judged; the run itself is known to serve."""
    try:
        return evaluate(store=store)
    except NotEnoughData:
        return None


def ratio_counts(accuracy: EvaluateReport | None) -> pl.DataFrame:
    """Accounts by their MASE over that of last week, in steps of RATIO_STEP; the last row is open upwards."""
    edges = np.arange(0, round(RATIO_LIMIT / RATIO_STEP) + 1) * RATIO_STEP
    ratio = np.empty(0) if accuracy is None else judged_accounts(accuracy)["ratio"].to_numpy()
    # a ratio of exactly 1.0 computed as 0.999… belongs with 1.0
    place = np.minimum(np.floor(ratio / RATIO_STEP + 1e-9).astype(np.int64), len(edges) - 1)
    return pl.DataFrame(
        {
            "low": edges,
            "high": [*edges[1:], None],
            "accounts": np.bincount(place, minlength=len(edges)),
        },
        schema={"low": pl.Float64, "high": pl.Float64, "accounts": pl.Int64},
    )


def _champions(store: Store, run_id: str) -> pl.DataFrame:
    return store.query(
        f"SELECT champion, status, COUNT(*) AS accounts FROM {MODELS.name} WHERE run_id = ?"
        " GROUP BY champion, status ORDER BY accounts DESC, champion, status",
        [run_id],
    )


def _examples(store: Store) -> pl.DataFrame:
    return store.query(
        "SELECT reason, source, row, field, detail, original FROM (SELECT *, ROW_NUMBER() OVER"
        " (PARTITION BY reason ORDER BY recorded_at DESC, source, row) AS place"
        f" FROM {QUARANTINE.name}) AS ranked WHERE place <= {EXAMPLES} ORDER BY reason, place"
    )


def _timings(store: Store, run_id: str) -> pl.DataFrame:
    """Ingests of several batches, the training where its end is recorded, and the newest updates."""
    runs = store.read(RUNS, where={"run_id": run_id})
    trained = runs.select(
        step=pl.lit("train"),
        amount="accounts",
        unit=pl.lit("accounts"),
        seconds=(pl.col("finished_at") - pl.col("started_at")).dt.total_microseconds() / 1e6,
    )
    updates = store.read(UPDATES, where={"run_id": run_id}).filter(pl.col("rows") > 0)
    updated = (
        updates.sort("updated_at", descending=True)
        .head(_SHOWN_UPDATES)
        .select(step=pl.lit("update"), amount="rows", unit=pl.lit("rows"), seconds="seconds")
    )
    steps = pl.concat([_ingests(store), trained, updated])
    return steps.filter(pl.col("seconds") > 0)


def _ingests(store: Store) -> pl.DataFrame:
    """Rows and seconds between the first and the last commit of each ingest; the last batch is not in them."""
    batches = store.read(BATCHES).sort("feed", "committed_at", "number")
    whole = batches.with_columns(ingest=(pl.col("number") == 0).cum_sum().over("feed"))
    return (
        whole.group_by("feed", "ingest")
        .agg(
            amount=pl.col("rows_read").slice(0, pl.len() - 1).sum(),
            seconds=(pl.col("committed_at").max() - pl.col("committed_at").min()).dt.total_microseconds()
            / 1e6,
        )
        .sort("amount", "feed", "ingest", descending=[True, False, False])
        .head(_SHOWN_INGESTS)
        .select(step=pl.lit("ingest"), amount="amount", unit=pl.lit("rows"), seconds="seconds")
    )
