"""Report: everything the report page shows, gathered and chosen by fixed rules; nothing is computed in the page."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.domain.panel import panel_from_matrix
from amuna.domain.ports import Store
from amuna.domain.tables import (
    BATCHES,
    CONSUMPTION,
    EVIDENCE,
    FORECASTS,
    MODELS,
    PERIOD_FORECASTS,
    QUARANTINE,
    RUNS,
    SCORES,
    UPDATES,
)
from amuna.domain.time import Horizon, Interval
from amuna.forecasting.fleet import FleetSettings, fit_fleet
from amuna.forecasting.intervals import QUANTILES
from amuna.workflows.check import CheckReport, check
from amuna.workflows.evaluate import EvaluateReport, evaluate
from amuna.workflows.serving import Serving, serving
from amuna.workflows.status import StatusReport, status

log = logging.getLogger(__name__)

CLIENTS = 12
EXTREMES = 3  # best and worst clients shown
HISTORY_DAYS = 56
RATIO_STEP, RATIO_LIMIT = 0.1, 2.0
EXAMPLES = 3  # refused rows shown of each reason
COMPLETE = 0.9  # share of the usual accounts that must be known for a day's total to count
REGULAR_LEVEL = 0.25  # share of the fleet's median volume from which use counts as regular
_ORIGINS, _FEWEST_ORIGINS, _FIT_DAYS = 20, 10, 56
_SHOWN_INGESTS, _SHOWN_UPDATES = 3, 3


@dataclass(frozen=True)
class FleetOutlook:
    """Demand of all accounts together.

    Parameters
    ----------
    days
        Last weeks: day, accounts (known that day), total_m3 (null where too few accounts are known).
    medians
        Sum over the accounts of their median forecast: day, total_m3.
    forecast
        The total forecast as a series of its own: day, quantile, total_m3; empty where history is too short.
    horizon_m3
        Volume of all days of `forecast` together, by quantile [m3].
    origins
        Past cutoffs whose misses make the interval.
    """

    days: pl.DataFrame
    medians: pl.DataFrame
    forecast: pl.DataFrame
    horizon_m3: dict[float, float]
    origins: int


@dataclass(frozen=True)
class Client:
    """One account, its last weeks and what is forecast of it.

    Parameters
    ----------
    role
        best, worst or typical (of its group or segment); empty where the backtest judged no account.
    mase, baseline_mase
        Backtest of the champion and of last week; None where not judged.
    days
        day, consumption_m3, flag.
    forecast
        The newest forecast of each day: day, cutoff, quantile, forecast_m3 [m3].
    judged
        Days forecast that have happened since: day, observed_m3, inside80.
    period_days, period_m3
        Length of the billing period that starts at the newest cutoff [days]; its volume by quantile [m3].
    """

    account_id: str
    role: str
    group: str
    segment: str | None
    champion: str
    status: str
    order: str
    mase: float | None
    baseline_mase: float | None
    days: pl.DataFrame
    forecast: pl.DataFrame
    judged: pl.DataFrame
    period_days: int | None
    period_m3: dict[float, float]


@dataclass(frozen=True)
class ReportData:
    """What the report page shows.

    Parameters
    ----------
    status, check
        As `amuna status` and `amuna check` see the store.
    accuracy
        As `amuna evaluate` sees it; None where the backtest judged no account.
    code_version, folds
        Of the serving run: version of Amuna, cutoffs of its backtest.
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
        cutoff=run.cutoff,
        fleet=_fleet(store, run),
        clients=_clients(store, run, accuracy),
        ratios=ratio_counts(accuracy),
        champions=_champions(store, run.run_id),
        refused=_examples(store),
        timings=_timings(store, run.run_id),
    )
    log.info("report accounts=%d seconds=%.1f", data.check.accounts, time.perf_counter() - started)
    return data


def _accuracy(store: Store) -> EvaluateReport | None:
    """None only where accounts are too young to be judged; the run itself is known to serve."""
    try:
        return evaluate(store=store)
    except NotEnoughData:
        return None


def ratio_counts(accuracy: EvaluateReport | None) -> pl.DataFrame:
    """Accounts by their MASE over that of last week, in steps of RATIO_STEP; the last row is open upwards."""
    edges = np.arange(0, round(RATIO_LIMIT / RATIO_STEP) + 1) * RATIO_STEP
    ratio = np.empty(0) if accuracy is None else _judged(accuracy)["ratio"].to_numpy()
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


def _judged(accuracy: EvaluateReport) -> pl.DataFrame:
    """Accounts whose ratio to the baseline exists, with it; the baseline's is zero for some that are always dry."""
    return accuracy.accounts.filter(pl.col("baseline_mase") > 0, pl.col("mase").is_not_null()).with_columns(
        ratio=pl.col("mase") / pl.col("baseline_mase")
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


# --- the fleet -------------------------------------------------------------------------------------------------


def _fleet(store: Store, run: Serving) -> FleetOutlook:
    days = store.query(
        f"SELECT day, COUNT(*) AS accounts, SUM(consumption_m3) AS total_m3 FROM {CONSUMPTION.name}"
        " WHERE flag = 'ok' AND day < ? GROUP BY day ORDER BY day",
        [run.cutoff],
    )
    usual = pl.col("accounts").rolling_median(28, min_samples=1)
    complete = pl.col("accounts") >= COMPLETE * usual
    days = days.with_columns(total_m3=pl.when(complete).then("total_m3"))
    medians = store.query(
        f"SELECT day, SUM(forecast_m3) AS total_m3 FROM {FORECASTS.name}"
        " WHERE run_id = ? AND cutoff = ? AND quantile = 0.5 GROUP BY day ORDER BY day",
        [run.run_id, run.cutoff],
    )
    forecast, horizon_m3, origins = _total_forecast(days, run.cutoff, len(medians))
    recent = days.filter(pl.col("day") >= run.cutoff - timedelta(days=HISTORY_DAYS))
    return FleetOutlook(recent, medians, forecast, horizon_m3, origins)


def _total_forecast(
    days: pl.DataFrame, cutoff: date, horizon: int
) -> tuple[pl.DataFrame, dict[float, float], int]:
    """Forecast the daily total as one series; quantiles of different accounts cannot be added."""
    history = 0 if days.is_empty() else (cutoff - days["day"][0]).days
    origins = 0 if horizon == 0 else min(_ORIGINS, (history - _FIT_DAYS) // horizon)
    empty = pl.DataFrame(schema={"day": pl.Date, "quantile": pl.Float64, "total_m3": pl.Float64})
    if origins < _FEWEST_ORIGINS:
        return empty, {}, 0
    values = np.full((1, history), np.nan)
    place = (days["day"].to_numpy() - np.datetime64(days["day"][0])).astype("timedelta64[D]").astype(int)
    values[0, place] = days["total_m3"].fill_null(np.nan).to_numpy()
    panel = panel_from_matrix(np.array(["fleet"]), np.datetime64(days["day"][0]), values)
    settings = FleetSettings(horizon=horizon, billing_days=horizon, origins=origins)
    fitted = fit_fleet(panel, np.datetime64(cutoff), settings)
    if fitted.status[0] != "ok":
        return empty, {}, 0
    found = fitted.forecasts(Horizon(horizon))
    ahead = [cutoff + timedelta(days=step) for step in range(horizon)]
    forecast = pl.DataFrame(
        {
            "day": [day for day in ahead for _ in QUANTILES],
            "quantile": list(QUANTILES) * horizon,
            "total_m3": found.quantiles.ravel(),
        }
    )
    return forecast, dict(zip(QUANTILES, found.totals[0].tolist(), strict=True)), origins


# --- the clients -----------------------------------------------------------------------------------------------


def _clients(store: Store, run: Serving, accuracy: EvaluateReport | None) -> tuple[Client, ...]:
    models = store.read(
        MODELS,
        where={"run_id": run.run_id},
        columns=["account_id", "champion", "status", "order", "group", "level", "zero_share"],
    )
    roles = _roles(models, accuracy)
    chosen = list(roles)
    where: dict[str, object] = {"account_id": chosen, "run_id": run.run_id}
    window = Interval(run.cutoff - timedelta(days=HISTORY_DAYS), run.cutoff)
    days = store.read(
        CONSUMPTION,
        window,
        where={"account_id": chosen},
        columns=["account_id", "day", "consumption_m3", "flag"],
    )
    forecasts = store.read(FORECASTS, where=where).filter(
        pl.col("cutoff") == pl.col("cutoff").max().over("account_id", "day")
    )
    scores = (
        store.read(SCORES, where=where)
        .filter(pl.col("day") >= window.start)
        .sort("cutoff")
        .unique(["account_id", "day"], keep="last")
    )
    period = store.read(PERIOD_FORECASTS, where={**where, "cutoff": run.cutoff})
    facts = _facts(models.filter(pl.col("account_id").is_in(chosen)), accuracy)
    return tuple(
        _client(facts.row(by_predicate=pl.col("account_id") == account, named=True), role, *frames)
        for account, role in roles.items()
        for frames in [[_of(frame, account) for frame in (days, forecasts, scores, period)]]
    )


def _of(frame: pl.DataFrame, account: str) -> pl.DataFrame:
    return frame.filter(pl.col("account_id") == account)


def _facts(models: pl.DataFrame, accuracy: EvaluateReport | None) -> pl.DataFrame:
    if accuracy is None:
        none = pl.lit(None)
        return models.with_columns(mase=none, baseline_mase=none, segment=none)
    judged = accuracy.accounts.select("account_id", "mase", "baseline_mase", "segment")
    return models.join(judged, on="account_id", how="left")


def _client(
    facts: dict[str, object],
    role: str,
    days: pl.DataFrame,
    forecast: pl.DataFrame,
    scores: pl.DataFrame,
    period: pl.DataFrame,
) -> Client:
    names = ("account_id", "group", "segment", "champion", "status", "order", "mase", "baseline_mase")
    shown_from = None if scores.is_empty() else scores["day"].min()
    cutoff = forecast["cutoff"].max()
    kept = pl.col("day") >= pl.lit(shown_from) if shown_from is not None else pl.col("cutoff") == cutoff
    return Client(
        **{name: facts[name] for name in names},  # type: ignore[arg-type]
        role=role,
        days=days.sort("day").select("day", "consumption_m3", "flag"),
        forecast=forecast.filter(kept)
        .sort("day", "quantile")
        .select("day", "cutoff", "quantile", "forecast_m3"),
        judged=scores.sort("day").select("day", "observed_m3", "inside80"),
        period_days=None if period.is_empty() else int(period["days"][0]),
        period_m3=dict(period.sort("quantile").select("quantile", "forecast_m3").iter_rows()),
    )


def _roles(models: pl.DataFrame, accuracy: EvaluateReport | None) -> dict[str, str]:
    """A dozen accounts and why each is shown: best and worst against last week, and typical of each class.

    The best are sought among accounts with regular use only, because no model is needed where the tap is shut;
    the worst among all, so that none is hidden.
    """
    if accuracy is None or _judged(accuracy).is_empty():
        return dict.fromkeys(models["account_id"].sort()[:CLIENTS].to_list(), "")
    traits = models.select("account_id", "level", "zero_share")
    judged = _judged(accuracy).join(traits, on="account_id").sort("ratio", "account_id")
    regular = judged.filter(
        pl.col("zero_share") < 0.5, pl.col("level") >= REGULAR_LEVEL * pl.col("level").median()
    )
    each = min(EXTREMES, len(judged) // 4)
    roles = dict.fromkeys(regular["account_id"].head(each).to_list(), "best")
    worst = [account for account in judged["account_id"].tail(each).reverse() if account not in roles]
    typical = _typical(
        judged.filter(~pl.col("account_id").is_in([*roles, *worst])), CLIENTS - len(roles) - each
    )
    return {**roles, **dict.fromkeys(typical, "typical"), **dict.fromkeys(worst, "worst")}


def _typical(judged: pl.DataFrame, wanted: int) -> list[str]:
    """Accounts in the middle of each segment, or group where no segment is known; then at other ranks of the largest."""
    kind = "segment" if judged["segment"].drop_nulls().n_unique() > 1 else "group"
    classes = [
        part["account_id"].to_list()
        for part in sorted(judged.partition_by(kind), key=lambda part: (-len(part), str(part[kind][0])))
        if part[kind][0] is not None
    ]
    chosen: list[str] = []
    for share in (0.5, 0.25, 0.75, 0.1, 0.9, 0.4, 0.6):
        for accounts in classes:
            account = accounts[int(share * (len(accounts) - 1))]
            if account not in chosen and len(chosen) < wanted:
                chosen.append(account)
    return chosen


# --- timings ---------------------------------------------------------------------------------------------------


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
