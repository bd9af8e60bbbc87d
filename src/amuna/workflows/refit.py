"""Refit: fit anew the accounts whose models broke, grew old or were young, as challengers of those that serve."""

from __future__ import annotations

import hashlib
import json
import logging
import time
import zlib
from dataclasses import asdict, dataclass
from datetime import date, datetime

import numpy as np
import polars as pl

from amuna import __version__
from amuna.domain.ports import Engine, Store
from amuna.domain.tables import DECISIONS, MODELS, RUNS, STATES
from amuna.forecasting.fleet import FleetSettings, train
from amuna.forecasting.records import scaled_frame, states_frame
from amuna.lifecycle.policy import RefitPolicy
from amuna.lifecycle.watch import Watched, watch
from amuna.workflows.contests import evidence_text, forget_orphans, is_due, open_contests, write_decisions
from amuna.workflows.histories import history_of
from amuna.workflows.residuals import standardised_residuals
from amuna.workflows.serving import Serving, serving
from amuna.workflows.shards import ALL, Accounts, within_range

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RefitReport:
    """What a refit did.

    Parameters
    ----------
    run_id, cutoff
        The serving run and the first day its states have not seen.
    due
        Whether this is a day on which models are looked at; on others nothing is done.
    watched, broken
        Accounts whose residuals were watched, and those among them that broke.
    refitted, reasons
        Accounts fitted anew, and why.
    seconds
        Time taken [s].
    """

    run_id: str
    cutoff: date
    due: bool
    watched: int
    broken: int
    refitted: int
    reasons: dict[str, int]
    seconds: float


def refit(
    *,
    store: Store,
    engine: Engine,
    settings: FleetSettings,
    policy: RefitPolicy,
    now: datetime,
    accounts: Accounts = ALL,
) -> RefitReport:
    """Ask who needs another model, fit it, and let it stand as the challenger.

    The false discovery rate, and what all residuals have in common, are those of the accounts given.

    Nothing changes in what serves: `promote` decides on days that neither model was fitted to. Run again on the same
    day, it finds the contests open and does nothing.

    Raises
    ------
    NotEnoughData
        If nothing was trained.
    """
    started = time.perf_counter()
    run = serving(store, accounts)
    if not is_due(store, run.run_id, run.cutoff, every_days=policy.every_days):
        return RefitReport(run.run_id, run.cutoff, False, 0, 0, 0, {}, time.perf_counter() - started)
    models = _models(store, run, accounts)
    residuals = standardised_residuals(
        store, run.run_id, models, accounts, end=run.cutoff, days=policy.window_days
    )
    watched = watch(residuals, false_discovery_rate=policy.false_discovery_rate)
    asked = _asked(models, watched, run.cutoff, policy)
    with store.transaction():
        forget_orphans(store, run.run_id)
        if asked.height:
            _fit(store, engine, settings, run, asked, now=now)
    log.info("refit %s broken=%d refitted=%d", run.run_id, watched.broken.sum(), asked.height)
    return RefitReport(
        run_id=run.run_id,
        cutoff=run.cutoff,
        due=True,
        watched=int(np.isfinite(watched.bias).sum()),
        broken=int(watched.broken.sum()),
        refitted=asked.height,
        reasons=dict(asked["reason"].value_counts(sort=True).iter_rows()),
        seconds=time.perf_counter() - started,
    )


def _models(store: Store, run: Serving, accounts: Accounts) -> pl.DataFrame:
    """The serving models in the order of their accounts, what was last decided of each, and whether it has a rival."""
    wanted, bounds = within_range(accounts)
    models = store.query(
        f'SELECT account_id, fitted_to, days, scale, "group" FROM {MODELS.name} WHERE run_id = ?{wanted}',
        [run.run_id, *bounds],
    )
    decided = store.query(
        f"SELECT account_id, MAX(day) AS decided FROM {DECISIONS.name}"
        f" WHERE run_id = ? AND decision <> 'adopted'{wanted} GROUP BY account_id",
        [run.run_id, *bounds],
    )
    rivals = open_contests(store, run.run_id, accounts).select("account_id", contested=pl.lit(value=True))
    return (
        models.join(decided, on="account_id", how="left")
        .join(rivals, on="account_id", how="left")
        .with_columns(
            pl.col("contested").fill_null(value=False), since=pl.max_horizontal("fitted_to", "decided")
        )
        .sort("account_id")
    )


def _asked(models: pl.DataFrame, watched: Watched, cutoff: date, policy: RefitPolicy) -> pl.DataFrame:
    """Who needs another model: account_id, reason, evidence."""
    age = (pl.lit(cutoff) - pl.col("since")).dt.total_days()
    rested = pl.col("decided").is_null() | (
        (pl.lit(cutoff) - pl.col("decided")).dt.total_days() >= policy.rest_days
    )
    spread = pl.Series("spread", [0.75 + 0.5 * _share(name) for name in models["account_id"]])
    due = (
        pl.min_horizontal(pl.lit(policy.max_age_days), pl.max_horizontal("days", 14) * policy.growth) * spread
    )
    broken = pl.Series("broken", watched.broken)
    clearer = pl.Series("clearer", np.where(watched.bias >= watched.accuracy, "bias", "accuracy"))
    charts = {
        "bias_cusum": watched.bias,
        "accuracy_cusum": watched.accuracy,
        "p_value": watched.p_value,
        "mean_residual_sd": watched.mean,
    }
    found = models.with_columns(
        *(pl.Series(name, values).fill_nan(None) for name, values in charts.items()),
        age=age,
        reason=pl.when(broken).then(clearer).when(age >= due).then(pl.lit("calendar")),
    ).filter(~pl.col("contested") & rested & pl.col("reason").is_not_null())
    evidence = [
        evidence_text({"age_days": row["age"], **{name: row[name] for name in charts}})
        for row in found.iter_rows(named=True)
    ]
    return found.select("account_id", "reason").with_columns(pl.Series("evidence", evidence, dtype=pl.String))


def _share(name: str) -> float:
    """A number from 0 to 1 that is the account's own, so that refits by calendar spread over the days."""
    return zlib.crc32(name.encode()) / 0xFFFFFFFF


def _fit(
    store: Store, engine: Engine, settings: FleetSettings, run: Serving, asked: pl.DataFrame, *, now: datetime
) -> None:
    """Fit the accounts under a run of their own, whose parent is the serving run."""
    ids = asked["account_id"].sort().to_numpy().astype(np.str_)
    rival_run = _rival_run(run, ids, settings)
    end = np.datetime64(run.cutoff)
    for trained in engine.map(lambda slab: train(slab, end, settings), history_of(store, ids, run.cutoff)):
        store.upsert(MODELS, scaled_frame(trained, rival_run))
        store.upsert(STATES, states_frame(trained, rival_run, known_at=run.known_at))
    row = {
        "run_id": rival_run,
        "started_at": now,
        "finished_at": now,
        "cutoff": run.cutoff,
        "settings": json.dumps(asdict(settings), default=str, sort_keys=True),
        "code_version": __version__,
        "accounts": len(ids),
        "alias": "",
        "kind": "refit",
        "parent": run.run_id,
    }
    store.upsert(RUNS, RUNS.frame([row]))
    decisions = asked.with_columns(decision=pl.lit("refit"), rival_run=pl.lit(rival_run))
    write_decisions(store, decisions, run_id=run.run_id, day=run.cutoff, now=now)


def _rival_run(run: Serving, ids: np.ndarray, settings: FleetSettings) -> str:
    facts = json.dumps(
        [run.run_id, str(run.cutoff), ids.tolist(), asdict(settings), __version__], default=str
    )
    return f"refit-{hashlib.sha256(facts.encode()).hexdigest()[:12]}"
