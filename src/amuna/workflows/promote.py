"""Promote: let challengers that won take over, and roll back those that turned out worse."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl

from amuna.domain.panel import Floats, Panel
from amuna.domain.ports import Store
from amuna.domain.tables import MODELS, STATES
from amuna.domain.time import Horizon
from amuna.forecasting.champion import blend
from amuna.forecasting.fleet import FittedFleet, FleetSettings
from amuna.forecasting.members import observed_after, roll
from amuna.forecasting.records import states_frame
from amuna.lifecycle.contest import CHANGE, KEEP, UNDECIDED, Verdict, judge
from amuna.lifecycle.policy import RefitPolicy
from amuna.workflows.contests import evidence_text, forget_rivals, is_due, open_contests, write_decisions
from amuna.workflows.forecast import forecast_rows, forget_forecasts, write_forecasts
from amuna.workflows.histories import history_of
from amuna.workflows.serving import Serving, generations, load_fleet
from amuna.workflows.shards import ALL, Accounts

log = logging.getLogger(__name__)

_NAMES = {
    (True, CHANGE): "promoted",
    (True, KEEP): "kept",
    (False, CHANGE): "rolled_back",
    (False, KEEP): "confirmed",
}


_NO_CONTESTS = pl.DataFrame(schema={"account_id": pl.String, "start": pl.Date})
_NOTHING = pl.DataFrame(schema={"account_id": pl.String, "decision": pl.String, "gain": pl.Float64})


@dataclass(frozen=True)
class PromoteReport:
    """What the contests came to.

    Parameters
    ----------
    run_id, cutoff
        The serving run and the first day its states have not seen.
    due
        Whether this is a day on which contests are looked at; on others nothing is done.
    judged
        Contests old enough to be judged.
    promoted, kept, rolled_back, confirmed
        Challengers that took over and that lost; predecessors that came back and that are gone for good.
    still_open
        Contests that go on.
    gain
        Mean over the promoted of the share by which the challenger's mean absolute residual was lower; None without.
    seconds
        Time taken [s].
    """

    run_id: str
    cutoff: date
    due: bool
    judged: int
    promoted: int
    kept: int
    rolled_back: int
    confirmed: int
    still_open: int
    gain: float | None
    seconds: float


def promote(
    *,
    store: Store,
    settings: FleetSettings,
    policy: RefitPolicy,
    now: datetime,
    accounts: Accounts = ALL,
) -> PromoteReport:
    """Judge the contests that are old enough, each on the days since it began, which neither model was fitted to.

    A winner takes the loser's place from the next forecast on, and the forecasts of the present cutoff are made anew.
    Every verdict is a row of DECISIONS with its evidence. Run again on the same day, it does nothing.

    Raises
    ------
    NotEnoughData
        If nothing was trained.
    """
    started = time.perf_counter()
    run = generations(store, accounts)[-1]
    due = is_due(store, run.run_id, run.cutoff, every_days=policy.every_days)
    contests = _NO_CONTESTS
    if due:
        contests = _up_to_date(store, run, open_contests(store, run.run_id, accounts))
    days = (pl.lit(run.cutoff) - pl.col("start")).dt.total_days()
    ripe = contests.with_columns(days=days).filter(
        (pl.col("days") == policy.early_days) | (pl.col("days") >= policy.trial_days)
    )
    decided = _NOTHING
    if ripe.height:
        with store.transaction():
            decided = _settle(store, settings, policy, run, ripe.sort("account_id"), now=now)
    counts = dict(decided["decision"].value_counts().iter_rows())
    settled = decided.filter(pl.col("decision") != "")
    report = PromoteReport(
        run_id=run.run_id,
        cutoff=run.cutoff,
        due=due,
        judged=decided.height,
        **{name: counts.get(name, 0) for name in _NAMES.values()},
        still_open=contests.height - settled.height + counts.get("promoted", 0),
        gain=_mean(decided.filter(pl.col("decision") == "promoted")["gain"]),
        seconds=time.perf_counter() - started,
    )
    log.info("judged %d contests of %s, promoted=%d", report.judged, run.run_id, report.promoted)
    return report


def _mean(values: pl.Series) -> float | None:
    return float(values.to_numpy().mean()) if len(values) else None


def _up_to_date(store: Store, run: Serving, contests: pl.DataFrame) -> pl.DataFrame:
    """The contests of accounts whose states have come as far as the furthest; the others wait for their update."""
    where = {"run_id": run.run_id, "cutoff": run.cutoff}
    return contests.join(store.read(STATES, where=where, columns=["account_id"]), on="account_id", how="semi")


def _settle(
    store: Store,
    settings: FleetSettings,
    policy: RefitPolicy,
    run: Serving,
    contests: pl.DataFrame,
    *,
    now: datetime,
) -> pl.DataFrame:
    """Judge contests and act on the verdicts: account_id, decision (empty where undecided), gain."""
    ids = contests["account_id"].to_list()
    serves = load_fleet(store, run.run_id, accounts=ids)
    rivals = load_fleet(
        store, run.run_id, accounts=ids, models_of=contests["rival_run"].unique().sort().to_list()
    )
    history = history_of(store, contests["account_id"].to_numpy().astype(np.str_), run.cutoff)
    decision = np.full(len(ids), UNDECIDED)
    parts = []
    for (days,), group in contests.with_row_index("row").group_by("days"):
        rows = group["row"].to_numpy().astype(np.int64)
        verdict = _contest(
            serves.take(rows),
            rivals.take(rows),
            history.take(rows),
            settings,
            policy,
            days=int(days),
        )
        decision[rows] = verdict.decision
        parts.append(_decided(group, verdict))
    decided = pl.concat(parts)
    changing = np.flatnonzero(decision == CHANGE)
    if len(changing):
        _change_places(store, rivals.take(changing), history.take(changing), contests[changing.tolist()], run)
        _forecast_anew(store, run, settings, contests["account_id"][changing.tolist()].to_list())
    over = decided.filter(pl.col("decision").is_in(["kept", "confirmed", "rolled_back"]))
    forget_rivals(store, over.select("account_id", "rival_run"))
    final = decided.filter(pl.col("decision") != "").with_columns(reason=pl.lit("evidence"))
    write_decisions(store, final, run_id=run.run_id, day=run.cutoff, now=now)
    return decided.select("account_id", "decision", "gain")


def _contest(
    serves: FittedFleet,
    rivals: FittedFleet,
    history: Panel,
    settings: FleetSettings,
    policy: RefitPolicy,
    *,
    days: int,
) -> Verdict:
    """Forecast from each of the last `days` with both, as they were fitted, and compare with what happened."""
    end = history.ends.max().astype("datetime64[D]")
    origins = end - np.timedelta64(days, "D") + np.arange(days)
    horizon = Horizon(min(settings.horizon, days))
    observed = observed_after(history, origins, horizon.steps)
    return judge(
        observed,
        _rolled(serves, history, origins, horizon),
        _rolled(rivals, history, origins, horizon),
        days=days,
        policy=policy,
    )


def _rolled(fleet: FittedFleet, history: Panel, origins: np.ndarray, horizon: Horizon) -> Floats:
    forecasts = roll(fleet.members, history, origins, horizon)
    return blend(fleet.weights, np.nan_to_num(forecasts))


def _decided(contests: pl.DataFrame, verdict: Verdict) -> pl.DataFrame:
    gain = 1 - np.divide(
        verdict.rival_mae, verdict.serving_mae, out=np.ones(len(contests)), where=verdict.serving_mae > 0
    )
    names = [
        "" if decision == UNDECIDED else _NAMES[challenger, int(decision)]
        for challenger, decision in zip(contests["challenger"], verdict.decision, strict=True)
    ]
    evidence = [
        evidence_text(
            {
                "days": int(contests["days"][i]),
                "forecasts": int(verdict.judged[i]),
                "serving_mae_m3": _number(verdict.serving_mae[i]),
                "rival_mae_m3": _number(verdict.rival_mae[i]),
            }
        )
        for i in range(len(contests))
    ]
    return contests.select("account_id", "rival_run").with_columns(
        pl.Series("decision", names, dtype=pl.String),
        pl.Series("evidence", evidence, dtype=pl.String),
        pl.Series("gain", gain),
    )


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _change_places(
    store: Store, winners: FittedFleet, history: Panel, contests: pl.DataFrame, run: Serving
) -> None:
    """Let each rival serve, from the state it has after all that is known, and keep the model it replaces as the rival."""
    ids = contests["account_id"].to_list()
    rival_of = contests.select("account_id", "rival_run")
    both = {"run_id": [run.run_id, *rival_of["rival_run"].unique()], "account_id": ids}
    before = store.read(MODELS, where=both)
    states = store.read(STATES, where={"run_id": run.run_id, "account_id": ids})
    store.upsert(MODELS, _swapped(before, rival_of, run.run_id))
    store.upsert(
        STATES,
        STATES.check(
            states.join(rival_of, on="account_id")
            .with_columns(run_id=pl.col("rival_run"))
            .select(STATES.names)
        ),
    )
    members = winners.members.restate(history)
    restated = FittedFleet(
        members,
        winners.champion,
        winners.weights,
        winners.scale,
        winners.group,
        winners.calibration,
        winners.billing_days,
    )
    store.upsert(STATES, states_frame(restated, run.run_id, known_at=run.known_at))


def _swapped(models: pl.DataFrame, rival_of: pl.DataFrame, run_id: str) -> pl.DataFrame:
    """MODELS rows of a run and its rivals with their runs exchanged."""
    exchanged = pl.when(pl.col("run_id") == run_id).then(pl.col("rival_run")).otherwise(pl.lit(run_id))
    return MODELS.check(
        models.join(rival_of, on="account_id")
        .filter((pl.col("run_id") == run_id) | (pl.col("run_id") == pl.col("rival_run")))
        .with_columns(run_id=exchanged)
        .select(MODELS.names)
    )


def _forecast_anew(store: Store, run: Serving, settings: FleetSettings, accounts: list[str]) -> None:
    fleet = load_fleet(store, run.run_id, accounts=accounts)
    days, period = forecast_rows(
        fleet, run.run_id, horizon=settings.horizon, billing_days=settings.billing_days
    )
    forget_forecasts(store, run.run_id, run.cutoff, accounts=accounts)
    write_forecasts(store, days, period)
