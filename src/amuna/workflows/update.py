"""Update: what is new since the watermark into the fitted models, without refitting; score, and forecast anew."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import (
    CONSUMPTION,
    FORECASTS,
    MODELS,
    PERIOD_FORECASTS,
    SCORES,
    STATES,
    UPDATES,
)
from amuna.domain.time import Interval
from amuna.forecasting.fleet import FittedFleet, FleetSettings, replace_rows, train
from amuna.forecasting.members import take_members
from amuna.forecasting.records import scaled_frame, states_frame
from amuna.workflows.contests import evidence_text, write_decisions
from amuna.workflows.forecast import forecast_rows, forget_forecasts, write_forecasts
from amuna.workflows.histories import aligned, history_of
from amuna.workflows.score import score
from amuna.workflows.serving import (
    Serving,
    account_blocks,
    generations,
    last_commit,
    load_fleet,
    news_since,
    serving_run,
)
from amuna.workflows.shards import ALL, Accounts, within_range

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class UpdateReport:
    """What an update did.

    Parameters
    ----------
    run_id, cutoff
        The serving run and the first day it has now not seen.
    days, rows
        New days, and rows of consumption on them.
    restated
        Accounts whose past was corrected or completed late, so that their state was built anew.
    adopted
        New accounts, which get a model of their own until the next training.
    scored, mae, baseline_mae, coverage80
        Forecasts judged against the new days, their mean absolute residual [m³] and that of last week's value,
        and the share inside the 80 % interval; None where nothing could be judged.
    forecasts
        FORECASTS rows written.
    judging_seconds, seconds
        Time taken to judge, and in all [s].
    """

    run_id: str
    cutoff: date
    days: int
    rows: int
    restated: int
    adopted: int
    scored: int
    mae: float | None
    baseline_mae: float | None
    coverage80: float | None
    forecasts: int
    judging_seconds: float
    seconds: float


def update(
    *,
    store: Store,
    settings: FleetSettings,
    now: datetime,
    accounts: Accounts = ALL,
    keep_days: int = 30,
) -> UpdateReport:
    """Take what was committed since the last update into the serving run.

    New days carry the states forward; corrected or late days rebuild the state of their accounts; forecasts made
    earlier are judged on the new and changed days; new forecasts are stored. All of it commits together; run again with
    nothing new, it does nothing.

    Parameters
    ----------
    accounts
        Only these, where several workers share the fleet.
    keep_days
        Forecasts made longer ago than this are removed [days]; their scores stay.

    Raises
    ------
    NotEnoughData
        If nothing was trained.
    """
    started = time.perf_counter()
    tally = _Tally()
    with store.transaction():
        behind = _behind(store, accounts)
        target = Serving(behind[0].run_id, _end(store, behind), last_commit(store) or behind[-1].known_at)
        work = [(run, _news(store, run, accounts), account_blocks(store, run, accounts)) for run in behind]
        whole = accounts == ALL and len(behind) == 1 and len(work[0][2]) == 1
        for run, news, blocks in work:
            for block in blocks:
                _take_in(store, run, target, block, news, settings, tally, whole=whole)
        _adopt(store, target, work[0][1], settings, tally, now=now)
        report = _report(behind[0], target, tally, seconds=time.perf_counter() - started)
        if tally.touched:
            _forget_old_forecasts(store, target.cutoff - timedelta(days=keep_days))
            store.upsert(UPDATES, _row(report, target, accounts, now=now))
    log.info(
        "updated %s to %s rows=%d seconds=%.1f", report.run_id, report.cutoff, report.rows, report.seconds
    )
    return replace(report, seconds=time.perf_counter() - started)


def _behind(store: Store, accounts: Accounts) -> list[Serving]:
    """What the states of these accounts have seen; nothing where all of them are new."""
    wanted, bounds = within_range(accounts)
    states = f"SELECT COUNT(*) FROM {STATES.name} WHERE run_id = ?{wanted}"
    first: date | None = None
    if store.query(states, [serving_run(store), *bounds]).item() == 0:
        first = store.query(f"SELECT MIN(day) FROM {CONSUMPTION.name} WHERE TRUE{wanted}", bounds).item()
    if first is None:
        return generations(store, accounts)
    return [replace(generations(store)[-1], cutoff=first)]


def _end(store: Store, behind: list[Serving]) -> date:
    """First day after the last usable one; all shards agree on it."""
    last: date | None = store.query(f"SELECT MAX(day) FROM {CONSUMPTION.name} WHERE flag = 'ok'").item()
    ends = [run.cutoff for run in behind]
    return max(ends) if last is None else max(*ends, last + timedelta(days=1))


@dataclass
class _Tally:
    """Sums over the blocks of accounts."""

    touched: bool = False
    rows: int = 0
    restated: int = 0
    adopted: int = 0
    forecasts: int = 0
    scored: int = 0
    compared: int = 0
    gap_m3: float = 0.0
    baseline_gap_m3: float = 0.0
    inside80: int = 0
    judging_seconds: float = 0.0


def _take_in(
    store: Store,
    run: Serving,
    target: Serving,
    block: list[str],
    news: pl.DataFrame,
    settings: FleetSettings,
    tally: _Tally,
    *,
    whole: bool,
) -> None:
    """Bring a block of accounts from what they have seen to the target; `whole` if it is all of the run's."""
    mine = news.filter(pl.col("account_id").is_in(pl.Series(block).implode()))
    if mine.is_empty() and run.cutoff == target.cutoff:
        return
    tally.touched = True
    tally.rows += int(mine["rows"].sum())
    named = None if whole else block
    fleet = load_fleet(store, run.run_id, accounts=named)
    fleet, restated = _carry_forward(store, fleet, run, mine, target.cutoff)
    tally.restated += restated
    _judge(store, fleet, run, target.cutoff, mine, tally)
    forget_forecasts(store, run.run_id, target.cutoff, accounts=named)
    _write(store, fleet, target, settings, tally, accounts=named)


def _judge(
    store: Store, fleet: FittedFleet, run: Serving, cutoff: date, news: pl.DataFrame, tally: _Tally
) -> None:
    """Judge the forecasts made earlier of some accounts, on new days and on those that came or changed late."""
    started = time.perf_counter()
    ids = pl.Series(fleet.series_ids).cast(pl.String)
    bounds = (str(ids[0]), str(ids[-1]))
    scores = score(store, run.run_id, Interval(run.cutoff, cutoff), accounts=bounds)
    corrected = news.filter(pl.col("first") < run.cutoff)
    if len(corrected):
        late = _late_days(store, run, bounds)
        days = Interval(late["day"].min(), run.cutoff)  # type: ignore[arg-type]
        among = corrected["account_id"].to_list()
        again = score(store, run.run_id, days, accounts=bounds, among=among)
        scores = pl.concat([scores, again.join(late, on=["account_id", "day"], how="semi")])
    scores = scores.filter(pl.col("account_id").is_in(ids.implode()))
    store.upsert(SCORES, scores)
    compared = scores.filter(pl.col("baseline_m3").is_not_null())
    tally.scored += len(scores)
    tally.inside80 += int(scores["inside80"].sum())
    tally.compared += len(compared)
    tally.gap_m3 += float((compared["observed_m3"] - compared["forecast_m3"]).abs().sum())
    tally.baseline_gap_m3 += float((compared["observed_m3"] - compared["baseline_m3"]).abs().sum())
    tally.judging_seconds += time.perf_counter() - started


def _write(
    store: Store,
    fleet: FittedFleet,
    target: Serving,
    settings: FleetSettings,
    tally: _Tally,
    *,
    accounts: list[str] | None,
) -> None:
    """Store the states and new forecasts of these accounts; of all that the run has if None."""
    named = {} if accounts is None else {"account_id": accounts}
    store.delete(STATES, where={"run_id": target.run_id, **named})
    store.upsert(STATES, states_frame(fleet, target.run_id, known_at=target.known_at))
    days, period = forecast_rows(
        fleet, target.run_id, horizon=settings.horizon, billing_days=settings.billing_days
    )
    write_forecasts(store, days, period)
    tally.forecasts += len(days)


def _forget_old_forecasts(store: Store, before: date) -> None:
    """Remove forecasts made before a day, of every run."""
    old = store.query(f"SELECT DISTINCT cutoff FROM {PERIOD_FORECASTS.name} WHERE cutoff < ?", [before])
    for table in (FORECASTS, PERIOD_FORECASTS) if len(old) else ():
        store.delete(table, where={"cutoff": old["cutoff"].to_list()})


def _news(store: Store, run: Serving, accounts: Accounts) -> pl.DataFrame:
    """Accounts with rows that the run has not seen: their first and last day, rows from the cutoff on."""
    condition, parameters = news_since(store, run).either
    wanted, bounds = within_range(accounts)
    return store.query(
        "SELECT account_id, MIN(day) AS first, MAX(day) AS last, COUNT(*) FILTER (WHERE day >= ?) AS rows"
        f" FROM {CONSUMPTION.name} WHERE {condition}{wanted} GROUP BY account_id ORDER BY account_id",
        [run.cutoff, *parameters, *bounds],
    )


def _late_days(store: Store, run: Serving, bounds: tuple[str, str]) -> pl.DataFrame:
    """Days before the cutoff that came or changed late: account_id, day."""
    condition, parameters = news_since(store, run).late
    return store.query(
        f"SELECT account_id, day FROM {CONSUMPTION.name} WHERE {condition} AND account_id BETWEEN ? AND ?",
        [*parameters, *bounds],
    )


def _carry_forward(
    store: Store, fleet: FittedFleet, run: Serving, news: pl.DataFrame, cutoff: date
) -> tuple[FittedFleet, int]:
    """The fleet's states after the new days, and the number of accounts restated."""
    accounts = (str(fleet.series_ids[0]), str(fleet.series_ids[-1]))
    new = store.panel(Interval(run.cutoff, cutoff), accounts=accounts)
    fleet = fleet.update(aligned(new, fleet.series_ids, np.datetime64(run.cutoff), np.datetime64(cutoff)))
    corrected = news.filter(pl.col("first") < run.cutoff)["account_id"]
    rows = np.flatnonzero(pl.Series(fleet.series_ids).is_in(corrected.implode()).to_numpy())
    if len(rows) == 0:
        return fleet, 0
    history = history_of(store, fleet.series_ids[rows], cutoff)
    members = take_members(fleet.members, rows).restate(history)
    return replace_rows(fleet, rows, members), len(rows)


def _adopt(
    store: Store,
    target: Serving,
    news: pl.DataFrame,
    settings: FleetSettings,
    tally: _Tally,
    *,
    now: datetime,
) -> None:
    """Give accounts that came since the training a model of their own, from what is known of them."""
    if news.is_empty():
        return
    models = store.read(MODELS, where={"run_id": target.run_id}, columns=["account_id"])
    found = news.join(models, on="account_id", how="anti").sort("account_id")
    new = found["account_id"].to_numpy().astype(np.str_)
    if len(new) == 0:
        return
    trained = train(history_of(store, new, target.cutoff), np.datetime64(target.cutoff), settings)
    store.upsert(MODELS, scaled_frame(trained, target.run_id))
    store.upsert(STATES, states_frame(trained, target.run_id, known_at=target.known_at))
    fleet = load_fleet(store, target.run_id, accounts=new.tolist())
    forget_forecasts(store, target.run_id, target.cutoff, accounts=new.tolist())
    _write(store, fleet, target, settings, tally, accounts=new.tolist())
    tally.touched = True
    tally.adopted += len(new)
    tally.rows += int(found["rows"].sum())
    evidence = [evidence_text({"days": int(days)}) for days in trained.traits.days]
    decisions = found.select("account_id").with_columns(
        pl.Series("evidence", evidence, dtype=pl.String),
        decision=pl.lit("adopted"),
        rival_run=pl.lit(""),
        reason=pl.lit("new"),
    )
    write_decisions(store, decisions, run_id=target.run_id, day=target.cutoff, now=now)


def _report(run: Serving, target: Serving, tally: _Tally, *, seconds: float) -> UpdateReport:
    return UpdateReport(
        run_id=run.run_id,
        cutoff=target.cutoff,
        days=(target.cutoff - run.cutoff).days,
        rows=tally.rows,
        restated=tally.restated,
        adopted=tally.adopted,
        scored=tally.scored,
        mae=tally.gap_m3 / tally.compared if tally.compared else None,
        baseline_mae=tally.baseline_gap_m3 / tally.compared if tally.compared else None,
        coverage80=tally.inside80 / tally.scored if tally.scored else None,
        forecasts=tally.forecasts,
        judging_seconds=tally.judging_seconds,
        seconds=seconds,
    )


def _row(report: UpdateReport, target: Serving, accounts: Accounts, *, now: datetime) -> pl.DataFrame:
    row = {
        "run_id": report.run_id,
        "cutoff": report.cutoff,
        "accounts": "" if accounts == ALL else str(accounts),
        "updated_at": now,
        "known_at": target.known_at,
        "rows": report.rows,
        "restated": report.restated,
        "adopted": report.adopted,
        "scored": report.scored,
        "seconds": report.seconds,
    }
    return UPDATES.frame([row])
