"""One account: what it used, what is expected, which model serves it and why, and what was corrected or decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from amuna.domain.alarm_tables import ALARMS
from amuna.domain.errors import NotFound
from amuna.domain.ports import Store
from amuna.domain.tables import (
    ACCOUNTS,
    BATCHES,
    CONSUMPTION,
    DECISIONS,
    EVIDENCE,
    FORECASTS,
    MODELS,
    PERIOD_FORECASTS,
    QUANTILE_COLUMNS,
    REGISTER_EVENTS,
    RUNS,
    SCORES,
)
from amuna.forecasting import members

HISTORY_DAYS = 730
_QUANTILES = list(QUANTILE_COLUMNS.values())


@dataclass(frozen=True)
class AccountFacts:
    """What is known of one account.

    Parameters
    ----------
    account_id, segment, zone_id, longitude, latitude
        Who and where; None where not known.
    days
        The last two years, by day: day, consumption_m3 [m³], flag.
    run_id, cutoff
        The run that serves and the first day its newest forecast had not seen; None without one.
    forecast
        That forecast by day: day and the quantile columns of FORECASTS [m³].
    period_days, period
        Length of the billing period that starts at its cutoff [days]; the quantile columns of its volume [m³].
    model
        champion, status, order, transform, group, level_m3 [m³/day], zero_share, days, fitted_to, weights by member;
        None without a model.
    evidence
        Backtest, best first: model, days, mae_m3 [m³], mase; means over the cutoffs.
    past
        Forecasts whose day has come: cutoff, day, lead, observed_m3, forecast_m3, baseline_m3, inside80, inside95, and
        low80_m3, high80_m3 where the forecast is still kept; by day and cutoff.
    register_events, decisions, alarms
        Rows of their tables, the latest first.
    corrections
        Days that were known otherwise before: day, was_m3, was_flag, consumption_m3, flag, recorded_at, source; the
        latest day first.
    """

    account_id: str
    segment: str | None
    zone_id: str | None
    longitude: float | None
    latitude: float | None
    days: pl.DataFrame
    run_id: str | None
    cutoff: date | None
    forecast: pl.DataFrame
    period_days: int | None
    period: dict[str, float] | None
    model: dict[str, Any] | None
    evidence: pl.DataFrame
    past: pl.DataFrame
    register_events: pl.DataFrame
    corrections: pl.DataFrame
    decisions: pl.DataFrame
    alarms: pl.DataFrame


def account_facts(account_id: str, *, store: Store, history_days: int = HISTORY_DAYS) -> AccountFacts:
    """Everything about one account.

    Raises
    ------
    NotFound
        If the account is neither listed nor has consumption.
    """
    mine: dict[str, object] = {"account_id": account_id}
    place = _one(store.read(ACCOUNTS, where=mine))
    days = _days(store, mine, history_days)
    if place is None and days.is_empty():
        raise NotFound("account", account_id)
    run_id = _serving(store)
    served = mine | {"run_id": run_id or ""}
    forecast = _newest(store.read(FORECASTS, where=served)).sort("day")
    period = _one(_newest(store.read(PERIOD_FORECASTS, where=served)).sort("days", descending=True))
    model = _one(store.read(MODELS, where=served))
    place = place or {"segment": None, "zone_id": None, "longitude": None, "latitude": None}
    return AccountFacts(
        account_id=account_id,
        **{name: place[name] for name in ("segment", "zone_id", "longitude", "latitude")},
        days=days,
        run_id=run_id,
        cutoff=None if forecast.is_empty() else forecast["cutoff"][0],
        forecast=forecast.select("day", *_QUANTILES),
        period_days=None if period is None else period["days"],
        period=None if period is None else {name: period[name] for name in _QUANTILES},
        model=None if model is None else _model(model),
        evidence=_evidence(store, served),
        past=_past(store, mine),
        register_events=store.read(REGISTER_EVENTS, where=mine).sort("observed_at", descending=True),
        corrections=_corrections(store, mine),
        decisions=store.read(DECISIONS, where=mine).sort("decided_at", descending=True),
        alarms=store.read(ALARMS, where=mine).sort("first_day", descending=True),
    )


def _one(rows: pl.DataFrame) -> dict[str, Any] | None:
    return None if rows.is_empty() else rows.row(0, named=True)


def _serving(store: Store) -> str | None:
    found = store.read(RUNS, where={"alias": "champion"}, columns=["run_id"])["run_id"]
    return None if found.is_empty() else str(found[0])


def _days(store: Store, mine: dict[str, object], history_days: int) -> pl.DataFrame:
    columns = ["day", "consumption_m3", "flag"]
    found = store.read(CONSUMPTION, where=mine, columns=columns).sort("day")
    return found.filter(pl.col("day") > pl.col("day").max() - pl.duration(days=history_days))


def _newest(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("cutoff") == pl.col("cutoff").max())


def _model(row: dict[str, Any]) -> dict[str, Any]:
    names = ("champion", "status", "order", "transform", "group", "zero_share", "days", "fitted_to")
    return {name: row[name] for name in names} | {
        "level_m3": row["level"],
        "weights": dict(zip(members.NAMES, row["weights"], strict=False)),
    }


def _evidence(store: Store, served: dict[str, object]) -> pl.DataFrame:
    rows = store.read(EVIDENCE, where=served, columns=["model", "days", "mae", "mase"])
    found = rows.group_by("model").agg(
        pl.col("days").sum(), mae_m3=pl.col("mae").mean(), mase=pl.col("mase").mean()
    )
    return found.sort("mase", "mae_m3", "model", nulls_last=True)


def _past(store: Store, mine: dict[str, object]) -> pl.DataFrame:
    scores = store.read(SCORES, where=mine)
    kept = store.read(FORECASTS, where=mine, columns=["run_id", "cutoff", "day", "low80_m3", "high80_m3"])
    found = scores.join(kept, on=["run_id", "cutoff", "day"], how="left")
    lead = (pl.col("day") - pl.col("cutoff")).dt.total_days() + 1
    columns = ("observed_m3", "forecast_m3", "baseline_m3", "low80_m3", "high80_m3", "inside80", "inside95")
    return found.sort("day", "cutoff").select("cutoff", "day", lead.alias("lead"), *columns)


def _corrections(store: Store, mine: dict[str, object]) -> pl.DataFrame:
    versions = store.versions(CONSUMPTION, where=mine)
    before = versions.filter(pl.col("superseded_at").is_not_null()).select(
        "day", was_m3="consumption_m3", was_flag="flag"
    )
    now = versions.filter(pl.col("superseded_at").is_null()).drop("superseded_at", "account_id")
    changed = before.join(now, on="day").sort("day", descending=True, maintain_order=True)
    batches = store.read(
        BATCHES, where={"batch_id": changed["batch_id"].unique().to_list()}, columns=["batch_id", "source"]
    )
    return changed.join(batches, on="batch_id", how="left", maintain_order="left").drop("batch_id")
