"""Train: fit, backtest, choose the champion of every account, calibrate, and let the new run serve."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amuna import __version__
from amuna.domain.errors import NotEnoughData
from amuna.domain.panel import Panel
from amuna.domain.ports import Engine, Store
from amuna.domain.table import INSTANT
from amuna.domain.tables import (
    CALIBRATION,
    CONSUMPTION,
    EVIDENCE,
    LEAD_EVIDENCE,
    MODELS,
    RUNS,
    STATES,
    UPDATES,
)
from amuna.domain.text import Text
from amuna.forecasting import intervals
from amuna.forecasting.fleet import FleetSettings, Trained, calibrate, calibration_sample, train
from amuna.forecasting.records import (
    calibrated_frame,
    calibration_frame,
    evidence_frame,
    lead_frame,
    models_frame,
    read_traits,
    states_frame,
)
from amuna.workflows.progress import Progress, silent
from amuna.workflows.serving import BLOCK_ACCOUNTS, last_commit, let_serve, load_fleet

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainReport:
    """What a training did.

    Parameters
    ----------
    run_id, cutoff
        The run and the first day it has not seen.
    accounts, resumed
        Accounts trained, and how many of them an interrupted training had done before.
    already_trained
        True where the same data, settings and code had been trained: nothing was done.
    status, champions
        Accounts by how their fit went and by champion.
    mase, baseline_mase, median_mase, median_baseline_mase
        Mean and median over accounts and cutoffs of the backtest; the baseline is last week.
    seconds
        Time taken [s].
    """

    run_id: str
    cutoff: date
    accounts: int
    resumed: int
    already_trained: bool
    status: dict[str, int]
    champions: dict[str, int]
    mase: float | None
    baseline_mase: float | None
    median_mase: float | None
    median_baseline_mase: float | None
    seconds: float


def train_fleet(
    *,
    store: Store,
    engine: Engine,
    settings: FleetSettings,
    now: datetime,
    failed_share: float = 0.5,
    progress: Progress = silent,
) -> TrainReport:
    """Train every account with consumption in the store.

    The run's name is made from the data, the settings and the code: the same again is not trained twice but serves
    again, and one that was interrupted goes on with the accounts that are missing.

    Raises
    ------
    NotEnoughData
        If the store holds no consumption, or more than `failed_share` of the accounts got only a fallback.
    """
    started = time.perf_counter()
    span = _span(store)
    run_id = _run_id(span, settings, store)
    cutoff = span.last + timedelta(days=1)
    known = store.read(RUNS, where={"run_id": run_id})
    if not known.is_empty() and known["finished_at"][0] is not None:
        with store.transaction():
            let_serve(store, known)
        return _report(store, run_id, cutoff, resumed=0, already=True, seconds=time.perf_counter() - started)
    known_at = last_commit(store) or now
    run = _run_row(run_id, cutoff, settings, now=now, accounts=span.accounts)
    store.upsert(RUNS, run)
    done = set(store.read(MODELS, where={"run_id": run_id}, columns=["account_id"])["account_id"].to_list())
    sample = _train_slabs(
        store,
        engine,
        settings,
        run_id=run_id,
        cutoff=cutoff,
        span=span,
        done=done,
        known_at=known_at,
        progress=progress,
    )
    _require_enough(store, run_id, failed_share)
    with store.transaction():
        _calibrate(store, run_id, sample, settings)
        finished = now + timedelta(seconds=time.perf_counter() - started)
        let_serve(store, run.with_columns(finished_at=pl.lit(finished, INSTANT)))
        store.upsert(UPDATES, _first_update(run_id, cutoff, known_at, now=now))
    report = _report(
        store, run_id, cutoff, resumed=len(done), already=False, seconds=time.perf_counter() - started
    )
    log.info("trained %s accounts=%d seconds=%.1f", run_id, report.accounts, report.seconds)
    return report


@dataclass(frozen=True)
class _Span:
    """What the store's consumption covers, and how much it holds."""

    first: date
    last: date
    accounts: int
    known_at: datetime


def _span(store: Store) -> _Span:
    row = store.query(
        f"SELECT MIN(day) FILTER (WHERE flag = 'ok'), MAX(day) FILTER (WHERE flag = 'ok'),"
        f" COUNT(DISTINCT account_id), MAX(recorded_at) FROM {CONSUMPTION.name}"
    ).row(0)
    if row[0] is None:
        raise NotEnoughData(
            Text("El almacén no tiene consumos.", "The store holds no consumption."),
            remedy=Text("Ingréselos primero: amuna ingest ORIGEN.", "Read some first: amuna ingest SOURCE."),
        )
    return _Span(*row)


def _run_id(span: _Span, settings: FleetSettings, store: Store) -> str:
    corrections = store.query(f"SELECT COUNT(*) FROM {CONSUMPTION.name}_superseded").item()
    data = [str(span), store.count(CONSUMPTION), corrections]
    facts = json.dumps([*data, _settings_text(settings), __version__], sort_keys=True)
    return f"run-{hashlib.sha256(facts.encode()).hexdigest()[:12]}"


def _settings_text(settings: FleetSettings) -> str:
    return json.dumps(asdict(settings), default=str, sort_keys=True)


def _train_slabs(
    store: Store,
    engine: Engine,
    settings: FleetSettings,
    *,
    run_id: str,
    cutoff: date,
    span: _Span,
    done: set[str],
    known_at: datetime,
    progress: Progress,
) -> Panel:
    """Train what is missing, each slab committed as it is ready; returns the histories that calibrate the run."""
    end = np.datetime64(cutoff)
    finished = len(done)
    samples = []
    for panel in histories(store, span.known_at):
        samples.append(panel.take(calibration_sample(len(panel), of=span.accounts)))
        missing = panel.take(np.flatnonzero([account not in done for account in panel.series_ids]))
        progress("accounts", finished, span.accounts)
        for trained in engine.map(lambda slab: train(slab, end, settings), missing):
            _write_slab(store, trained, run_id, known_at=known_at)
            finished += len(trained.traits.days)
            progress("accounts", finished, span.accounts)
    return _joined(samples)


def histories(store: Store, known_at: datetime | None = None) -> Iterator[Panel]:
    """The store's consumption as panels of at most BLOCK_ACCOUNTS accounts; one without a usable day has no values."""
    ids = store.query(f"SELECT DISTINCT account_id FROM {CONSUMPTION.name} ORDER BY 1")["account_id"]
    for first in range(0, len(ids), BLOCK_ACCOUNTS):
        block = ids[first : first + BLOCK_ACCOUNTS].to_numpy().astype(np.str_)
        panel = store.panel(known_at=known_at, accounts=(str(block[0]), str(block[-1])))
        yield _with_empty(panel, np.setdiff1d(block, panel.series_ids))


def _with_empty(panel: Panel, series_ids: NDArray[np.str_]) -> Panel:
    """The panel and further series without values, in the order of their names."""
    n = len(series_ids)
    if n == 0:
        return panel
    end = panel.ends.max() if len(panel) else np.datetime64(0, "D")
    empty = Panel(series_ids, np.zeros(n + 1, dtype=np.int64), np.full(n, end), np.empty(0))
    both = _joined([panel, empty])
    return both.take(np.argsort(both.series_ids))


def _joined(panels: list[Panel]) -> Panel:
    offsets = np.concatenate([[0], *(panel.lengths for panel in panels)]).cumsum()
    return Panel(
        np.concatenate([panel.series_ids for panel in panels]),
        offsets,
        np.concatenate([panel.starts for panel in panels]),
        np.concatenate([panel.values for panel in panels]),
    )


def _write_slab(store: Store, trained: Trained, run_id: str, *, known_at: datetime) -> None:
    with store.transaction():
        store.upsert(MODELS, models_frame(trained, run_id))
        store.upsert(STATES, states_frame(trained, run_id, known_at=known_at))
        store.upsert(EVIDENCE, evidence_frame(trained, run_id))
        store.upsert(LEAD_EVIDENCE, lead_frame(trained, run_id))


def _require_enough(store: Store, run_id: str, failed_share: float) -> None:
    status = store.read(MODELS, where={"run_id": run_id}, columns=["status"])["status"]
    failed = float(status.is_in(["fallback", "too_short"]).mean() or 0.0)  # type: ignore[arg-type]
    if failed > failed_share:
        raise NotEnoughData(
            Text(
                "El {failed_share:.0%} de {accounts} cuentas tiene muy poca historia para un modelo; el límite es {limit:.0%}.",
                "{failed_share:.0%} of {accounts} accounts have too little history for a model; the limit is {limit:.0%}.",
            ),
            remedy=Text(
                "Ingrese más días, o suba train.failed_share en amuna.toml.",
                "Ingest more days, or raise train.failed_share in amuna.toml.",
            ),
            failed_share=failed,
            limit=failed_share,
            accounts=len(status),
        )


def _calibrate(store: Store, run_id: str, sample: Panel, settings: FleetSettings) -> None:
    """Give every account its scale and group, and the run its table of quantiles."""
    models = store.read(MODELS, where={"run_id": run_id}).sort("account_id")
    traits = read_traits(models)
    scale = intervals.fill_scale(traits)
    models = calibrated_frame(models, scale, intervals.group_of(scale, traits))
    store.upsert(MODELS, models)
    store.upsert(CALIBRATION, calibration_frame(intervals.uncalibrated(settings.steps), run_id))
    fleet = load_fleet(store, run_id, accounts=sample.series_ids.tolist())
    store.upsert(CALIBRATION, calibration_frame(calibrate(fleet, sample, settings).calibration, run_id))


def _run_row(
    run_id: str,
    cutoff: date,
    settings: FleetSettings,
    *,
    now: datetime,
    accounts: int,
) -> pl.DataFrame:
    row = {
        "run_id": run_id,
        "started_at": now,
        "finished_at": None,
        "cutoff": cutoff,
        "settings": _settings_text(settings),
        "code_version": __version__,
        "accounts": accounts,
        "alias": "",
        "kind": "training",
        "parent": None,
    }
    return RUNS.frame([row])


def _first_update(run_id: str, cutoff: date, known_at: datetime, *, now: datetime) -> pl.DataFrame:
    row = {
        "run_id": run_id,
        "cutoff": cutoff,
        "accounts": "",
        "updated_at": now,
        "known_at": known_at,
        "rows": 0,
        "restated": 0,
        "adopted": 0,
        "scored": 0,
        "seconds": 0.0,
    }
    return UPDATES.frame([row])


def _report(
    store: Store, run_id: str, cutoff: date, *, resumed: int, already: bool, seconds: float
) -> TrainReport:
    models = store.read(MODELS, where={"run_id": run_id}, columns=["status", "champion"])
    accuracy = {
        model: (mean, median)
        for model, mean, median in store.query(
            f"SELECT model, AVG(mase), PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY mase) FROM {EVIDENCE.name}"
            " WHERE run_id = ? AND model IN ('champion', 'last_week') AND mase IS NOT NULL GROUP BY model",
            [run_id],
        ).iter_rows()
    }
    mase, median = accuracy.get("champion", (None, None))
    baseline, baseline_median = accuracy.get("last_week", (None, None))
    return TrainReport(
        run_id=run_id,
        cutoff=cutoff,
        accounts=len(models),
        resumed=resumed,
        already_trained=already,
        status=_counts(models["status"]),
        champions=_counts(models["champion"]),
        mase=mase,
        baseline_mase=baseline,
        median_mase=median,
        median_baseline_mase=baseline_median,
        seconds=seconds,
    )


def _counts(values: pl.Series) -> dict[str, int]:
    return dict(values.value_counts(sort=True).iter_rows())
