"""Update: what is new since the watermark into the fitted models, without refitting; score, and forecast anew."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from amuna.domain.panel import Panel
from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION, MODELS, SCORES, STATES, UPDATES
from amuna.domain.time import Interval
from amuna.forecasting import intervals
from amuna.forecasting.fleet import FittedFleet, FleetSettings, replace_rows, train
from amuna.forecasting.members import take_members
from amuna.forecasting.records import calibrated_frame, models_frame, states_frame
from amuna.workflows.forecast import forecast_rows, forget_forecasts, write_forecasts
from amuna.workflows.score import score
from amuna.workflows.serving import NEWS, Serving, account_blocks, last_commit, load_fleet, serving

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
    seconds
        Time taken [s].
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
    seconds: float


def update(*, store: Store, settings: FleetSettings, now: datetime) -> UpdateReport:
    """Take what was committed since the last update into the serving run.

    New days carry the states forward; corrected or late days rebuild the state of their accounts; forecasts made
    earlier are judged on the new and changed days; new forecasts are stored. All of it commits together; run again with
    nothing new, it does nothing.

    Raises
    ------
    NotEnoughData
        If nothing was trained.
    """
    started = time.perf_counter()
    run = serving(store)
    known_at = last_commit(store) or run.known_at
    news = _news(store, run)
    if news.is_empty():
        return _report(run, run.cutoff, news, _Tally(), seconds=time.perf_counter() - started)
    last: date = news["last"].max()  # type: ignore[assignment]
    cutoff = max(run.cutoff, last + timedelta(days=1))
    late = _late_days(store, run)
    tally = _Tally()
    with store.transaction():
        forget_forecasts(store, run.run_id, cutoff)
        blocks = account_blocks(store, run.run_id)
        adopted = _adopt(
            store, run, news, cutoff, settings, known={account for block in blocks for account in block}
        )
        for block in blocks:
            fleet = load_fleet(store, run.run_id, accounts=block)
            fleet, restated = _carry_forward(store, fleet, run, news, cutoff)
            tally.restated += restated
            _judge(store, fleet, run, cutoff, tally, late=late)
            _write(store, fleet, run, settings, tally)
        if adopted is not None:
            tally.adopted = len(adopted.series_ids)
            _write(store, adopted, run, settings, tally)
        report = _report(run, cutoff, news, tally, seconds=time.perf_counter() - started)
        store.upsert(UPDATES, _row(report, max(run.known_at, known_at), now=now))
    log.info("updated %s to %s rows=%d seconds=%.1f", run.run_id, cutoff, report.rows, report.seconds)
    return replace(report, seconds=time.perf_counter() - started)


@dataclass
class _Tally:
    """Sums over the blocks of accounts."""

    restated: int = 0
    adopted: int = 0
    forecasts: int = 0
    scored: int = 0
    compared: int = 0
    gap_m3: float = 0.0
    baseline_gap_m3: float = 0.0
    inside80: int = 0


def _judge(
    store: Store, fleet: FittedFleet, run: Serving, cutoff: date, tally: _Tally, *, late: pl.DataFrame
) -> None:
    """Judge the forecasts made earlier of some accounts, on new days and on those that came or changed late."""
    accounts = (str(fleet.series_ids[0]), str(fleet.series_ids[-1]))
    scores = score(store, run.run_id, Interval(run.cutoff, cutoff), accounts=accounts)
    mine = late.filter(pl.col("account_id").is_in(pl.Series(fleet.series_ids).implode()))
    if len(mine):
        days = Interval(mine["day"].min(), run.cutoff)  # type: ignore[arg-type]
        again = score(store, run.run_id, days, accounts=accounts)
        scores = pl.concat([scores, again.join(mine, on=["account_id", "day"], how="semi")])
    store.upsert(SCORES, scores)
    compared = scores.filter(pl.col("baseline_m3").is_not_null())
    tally.scored += len(scores)
    tally.inside80 += int(scores["inside80"].sum())
    tally.compared += len(compared)
    tally.gap_m3 += float((compared["observed_m3"] - compared["forecast_m3"]).abs().sum())
    tally.baseline_gap_m3 += float((compared["observed_m3"] - compared["baseline_m3"]).abs().sum())


def _write(store: Store, fleet: FittedFleet, run: Serving, settings: FleetSettings, tally: _Tally) -> None:
    """Store the states and new forecasts of some accounts."""
    store.upsert(STATES, states_frame(fleet, run.run_id))
    days, period = forecast_rows(
        fleet, run.run_id, horizon=settings.horizon, billing_days=settings.billing_days
    )
    write_forecasts(store, days, period)
    tally.forecasts += len(days)


def _news(store: Store, run: Serving) -> pl.DataFrame:
    """Accounts with rows that the run has not seen: their first and last day, rows from the cutoff on."""
    return store.query(
        "SELECT account_id, MIN(day) AS first, MAX(day) AS last, COUNT(*) FILTER (WHERE day >= ?) AS rows"
        f" FROM {CONSUMPTION.name} WHERE {NEWS} GROUP BY account_id ORDER BY account_id",
        [run.cutoff, *run.seen],
    )


def _late_days(store: Store, run: Serving) -> pl.DataFrame:
    """Days before the cutoff that came or changed late: account_id, day."""
    return store.query(
        f"SELECT account_id, day FROM {CONSUMPTION.name} WHERE day < ? AND {NEWS}",
        [run.cutoff, *run.seen],
    )


def _carry_forward(
    store: Store, fleet: FittedFleet, run: Serving, news: pl.DataFrame, cutoff: date
) -> tuple[FittedFleet, int]:
    """The fleet's states after the new days, and the number of accounts restated."""
    accounts = (str(fleet.series_ids[0]), str(fleet.series_ids[-1]))
    new = store.panel(Interval(run.cutoff, cutoff), accounts=accounts)
    aligned = _aligned(new, fleet.series_ids, np.datetime64(run.cutoff), np.datetime64(cutoff))
    fleet = fleet.update(aligned)
    corrected = news.filter(pl.col("first") < run.cutoff)["account_id"]
    rows = np.flatnonzero(pl.Series(fleet.series_ids).is_in(corrected.implode()).to_numpy())
    if len(rows) == 0:
        return fleet, 0
    history = _history(store, fleet.series_ids[rows], cutoff)
    members = take_members(fleet.members, rows).restate(history)
    return replace_rows(fleet, rows, members), len(rows)


def _aligned(panel: Panel, series_ids: np.ndarray, start: np.datetime64, end: np.datetime64) -> Panel:
    """A panel of the given series over the given days, NaN where nothing is known; other series are left out."""
    steps = int((end - start) / np.timedelta64(1, "D"))
    values = np.full((len(series_ids), steps), np.nan)
    rows = np.searchsorted(series_ids, panel.series_ids)
    rows = np.minimum(rows, len(series_ids) - 1)
    known = np.repeat(series_ids[rows] == panel.series_ids, panel.lengths)
    day = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1], panel.lengths)
    day += np.repeat(((panel.starts - start) // np.timedelta64(1, "D")).astype(np.int64), panel.lengths)
    values[np.repeat(rows, panel.lengths)[known], day[known]] = panel.values[known]
    n = len(series_ids)
    return Panel(series_ids, np.arange(n + 1) * steps, np.full(n, start), values.ravel())


def _history(store: Store, accounts: np.ndarray, cutoff: date) -> Panel:
    """Everything known of some accounts before the cutoff, in their order."""
    rows = store.read(
        CONSUMPTION,
        where={"account_id": accounts.tolist(), "flag": "ok"},
        columns=["account_id", "day", "consumption_m3"],
    ).filter(pl.col("day") < cutoff)
    spans = rows.group_by("account_id").agg(first=pl.col("day").min(), last=pl.col("day").max())
    spans = pl.DataFrame({"account_id": accounts}).join(
        spans, on="account_id", how="left", maintain_order="left"
    )
    spans = spans.with_columns(pl.col("first", "last").fill_null(cutoff))
    starts = spans["first"].to_numpy().astype("datetime64[D]")
    lengths = (np.datetime64(cutoff) - starts).astype(np.int64)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    values = np.full(offsets[-1], np.nan)
    where = np.searchsorted(accounts, rows["account_id"].to_numpy())
    day = (rows["day"].to_numpy().astype("datetime64[D]") - starts[where]).astype(np.int64)
    values[offsets[where] + day] = rows["consumption_m3"].to_numpy()
    return Panel(accounts, offsets, starts, values)


def _adopt(
    store: Store, run: Serving, news: pl.DataFrame, cutoff: date, settings: FleetSettings, *, known: set[str]
) -> FittedFleet | None:
    """Give accounts that came since the training a model of their own, from what is known of them."""
    new = np.array([account for account in news["account_id"] if account not in known], dtype=object)
    if len(new) == 0:
        return None
    trained = train(_history(store, new, cutoff), np.datetime64(cutoff), settings)
    traits = trained.traits
    scale = np.where(np.isfinite(traits.scale), traits.scale, 0.5 * np.nan_to_num(traits.level))
    group = intervals.group_of(scale, traits)
    store.upsert(MODELS, calibrated_frame(models_frame(trained, run.run_id), scale, group))
    store.upsert(STATES, states_frame(trained, run.run_id))
    return load_fleet(store, run.run_id, accounts=new.tolist())


def _report(run: Serving, cutoff: date, news: pl.DataFrame, tally: _Tally, *, seconds: float) -> UpdateReport:
    return UpdateReport(
        run_id=run.run_id,
        cutoff=cutoff,
        days=(cutoff - run.cutoff).days,
        rows=int(news["rows"].sum()),
        restated=tally.restated,
        adopted=tally.adopted,
        scored=tally.scored,
        mae=tally.gap_m3 / tally.compared if tally.compared else None,
        baseline_mae=tally.baseline_gap_m3 / tally.compared if tally.compared else None,
        coverage80=tally.inside80 / tally.scored if tally.scored else None,
        forecasts=tally.forecasts,
        seconds=seconds,
    )


def _row(report: UpdateReport, known_at: datetime, *, now: datetime) -> pl.DataFrame:
    row = {
        "run_id": report.run_id,
        "cutoff": report.cutoff,
        "updated_at": now,
        "known_at": known_at,
        "rows": report.rows,
        "restated": report.restated,
        "adopted": report.adopted,
        "scored": report.scored,
        "seconds": report.seconds,
    }
    return UPDATES.frame([row])
