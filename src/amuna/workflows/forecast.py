"""Forecast: the next days and the next billing period of every account, with quantiles."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import date

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import FORECASTS, PERIOD_FORECASTS, QUANTILE_COLUMNS
from amuna.domain.time import Horizon
from amuna.forecasting.fleet import FittedFleet
from amuna.forecasting.records import forecasts_frame, period_frame
from amuna.workflows.serving import account_blocks, load_fleet, serving

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ForecastReport:
    """Forecasts of the serving run.

    Parameters
    ----------
    run_id, cutoff
        The run and the first day forecast.
    accounts, rows
        Accounts forecast, and rows of FORECASTS made for them.
    total_m3
        Sum over the accounts of the median of the billing period [m³].
    days, period
        FORECASTS and PERIOD_FORECASTS rows of the one account asked for; None where all were stored.
    seconds
        Time taken [s].
    """

    run_id: str
    cutoff: date
    accounts: int
    rows: int
    total_m3: float
    days: pl.DataFrame | None
    period: pl.DataFrame | None
    seconds: float


def forecast(*, store: Store, horizon: int, billing_days: int, account: str | None = None) -> ForecastReport:
    """Forecast all accounts and store the result, or one account without storing.

    Parameters
    ----------
    horizon
        Days ahead [days].
    billing_days
        Length of the billing period to total [days]; intervals of a length that the run was not calibrated for are
        those of `forecasting.periods`.
    account
        Only this one.

    Raises
    ------
    NotEnoughData
        If nothing was trained, or the account has no model.
    """
    started = time.perf_counter()
    run = serving(store)
    if account is not None:
        fleet = load_fleet(store, run.run_id, accounts=[account])
        days, period = forecast_rows(fleet, run.run_id, horizon=horizon, billing_days=billing_days)
        seconds = time.perf_counter() - started
        return ForecastReport(run.run_id, run.cutoff, 1, len(days), _total(period), days, period, seconds)
    accounts, rows, total = 0, 0, 0.0
    with store.transaction():
        for block in account_blocks(store, run):
            fleet = load_fleet(store, run.run_id, accounts=block)
            days, period = forecast_rows(fleet, run.run_id, horizon=horizon, billing_days=billing_days)
            write_forecasts(store, days, period)
            accounts, rows, total = accounts + len(block), rows + len(days), total + _total(period)
    seconds = time.perf_counter() - started
    log.info("forecast accounts=%d horizon=%d seconds=%.1f", accounts, horizon, seconds)
    return ForecastReport(run.run_id, run.cutoff, accounts, rows, total, None, None, seconds)


def forget_forecasts(store: Store, run_id: str, cutoff: date, *, accounts: list[str] | None = None) -> None:
    """Remove the forecasts of a run at a cutoff, of every horizon and billing period; of these accounts only if given."""
    where: dict[str, object] = {"run_id": run_id, "cutoff": cutoff}
    if accounts is not None:
        where["account_id"] = accounts
    for table in (FORECASTS, PERIOD_FORECASTS):
        store.delete(table, where=where)


def write_forecasts(store: Store, days: pl.DataFrame, period: pl.DataFrame) -> None:
    """Store forecasts, in place of earlier ones of the same run, cutoff and accounts."""
    store.upsert(FORECASTS, days)
    store.upsert(PERIOD_FORECASTS, period)


def _total(period: pl.DataFrame) -> float:
    return float(period["forecast_m3"].sum())


def forecast_rows(
    fleet: FittedFleet, run_id: str, *, horizon: int, billing_days: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """FORECASTS and PERIOD_FORECASTS rows of a fleet as it stands."""
    forecasts = fleet.forecasts(Horizon(horizon), billing_days=billing_days)
    return forecasts_frame(forecasts, run_id), period_frame(forecasts, run_id, billing_days)


def quantile_rows(rows: pl.DataFrame, index: list[str]) -> pl.DataFrame:
    """A row for each quantile of forecasts: the index columns, quantile, forecast_m3."""
    names = {column: quantile for quantile, column in QUANTILE_COLUMNS.items()}
    return (
        rows.select(*index, *names)
        .unpivot(list(names), index=index, variable_name="quantile", value_name="m3")
        .with_columns(pl.col("quantile").replace_strict(names, return_dtype=pl.Float64))
        .rename({"m3": "forecast_m3"})
        .sort(*index, "quantile")
    )
