"""A varied dozen of accounts: the best, the worst and the typical, with what they used and what is forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION, FORECASTS, MODELS, PERIOD_FORECASTS, SCORES
from amuna.domain.time import Interval
from amuna.workflows.evaluate import EvaluateReport
from amuna.workflows.forecast import quantile_rows
from amuna.workflows.report_fleet import HISTORY_DAYS
from amuna.workflows.serving import Serving

CLIENTS = 12
EXTREMES = 3  # best and worst clients shown
JUDGED_DAYS = 14  # past days whose forecasts are shown beside what happened
REGULAR_DAYS = 182  # known days of the last year from which use counts as regular
REGULAR_LEVEL = 0.25  # share of the fleet's median volume from which use counts as regular


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


def choose_clients(store: Store, run: Serving, accuracy: EvaluateReport | None) -> tuple[Client, ...]:
    """The dozen, best first and worst last."""
    models = store.read(
        MODELS,
        where={"run_id": run.run_id},
        columns=["account_id", "champion", "status", "order", "group", "level", "zero_share", "days"],
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
        .filter(pl.col("day") >= run.cutoff - timedelta(days=JUDGED_DAYS))
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
    newest = pl.col("cutoff") == pl.col("cutoff").max()
    kept = newest if scores.is_empty() else pl.col("day") >= pl.lit(scores["day"].min())
    return Client(
        **{name: facts[name] for name in names},  # type: ignore[arg-type]
        role=role,
        days=days.sort("day").select("day", "consumption_m3", "flag"),
        forecast=quantile_rows(forecast.filter(kept), ["day", "cutoff"]),
        judged=scores.sort("day").select("day", "observed_m3", "inside80"),
        period_days=None if period.is_empty() else int(period["days"][0]),
        period_m3=dict(quantile_rows(period, []).iter_rows()),
    )


def _roles(models: pl.DataFrame, accuracy: EvaluateReport | None) -> dict[str, str]:
    """A dozen accounts and why each is shown: best and worst against last week, and typical of each class.

    The best are sought among accounts with regular use only, because no model is needed where the tap is shut;
    the worst among all, so that none is hidden.
    """
    if accuracy is None or judged_accounts(accuracy).is_empty():
        return dict.fromkeys(models["account_id"].sort()[:CLIENTS].to_list(), "")
    traits = models.select("account_id", "level", "zero_share", "days")
    judged = judged_accounts(accuracy).join(traits, on="account_id").sort("ratio", "account_id")
    regular = judged.filter(
        pl.col("days") >= REGULAR_DAYS,
        pl.col("zero_share") < 0.5,
        pl.col("level") >= REGULAR_LEVEL * pl.col("level").median(),
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


def judged_accounts(accuracy: EvaluateReport) -> pl.DataFrame:
    """Accounts whose ratio to the baseline exists, with it; the baseline's is zero for some that are always dry."""
    return accuracy.accounts.filter(pl.col("baseline_mase") > 0, pl.col("mase").is_not_null()).with_columns(
        ratio=pl.col("mase") / pl.col("baseline_mase")
    )
