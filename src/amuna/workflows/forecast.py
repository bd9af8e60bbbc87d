"""Forecast: the next days and the next billing period of every account, with quantiles."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import date

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import FORECASTS, PERIOD_FORECASTS
from amuna.domain.time import Horizon
from amuna.forecasting.fleet import FittedFleet
from amuna.forecasting.records import forecasts_frame, period_frame
from amuna.workflows.serving import load_fleet, serving

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ForecastReport:
    """Forecasts of the serving run.

    Parameters
    ----------
    run_id, cutoff
        The run and the first day forecast.
    accounts
        Accounts forecast.
    days
        FORECASTS rows.
    period
        PERIOD_FORECASTS rows: totals of the billing period that starts at the cutoff.
    seconds
        Time taken [s].
    """

    run_id: str
    cutoff: date
    accounts: int
    days: pl.DataFrame
    period: pl.DataFrame
    seconds: float


def forecast(
    *, store: Store, horizon: int, billing_days: int, calibrated_days: int, account: str | None = None
) -> ForecastReport:
    """Forecast all accounts and store the result, or one account without storing.

    Parameters
    ----------
    horizon
        Days ahead [days].
    billing_days
        Length of the billing period to total [days].
    calibrated_days
        Length for which the run's totals were calibrated; other lengths scale with its square root [days].
    account
        Only this one.

    Raises
    ------
    NotEnoughData
        If nothing was trained, or the account has no model.
    """
    started = time.perf_counter()
    run = serving(store)
    accounts = None if account is None else [account]
    fleet = load_fleet(store, run.run_id, billing_days=calibrated_days, accounts=accounts)
    days, period = forecast_rows(fleet, run.run_id, horizon=horizon, billing_days=billing_days)
    if account is None:
        with store.transaction():
            store.upsert(FORECASTS, days)
            store.upsert(PERIOD_FORECASTS, period)
    seconds = time.perf_counter() - started
    log.info("forecast accounts=%d horizon=%d seconds=%.1f", len(fleet.series_ids), horizon, seconds)
    return ForecastReport(run.run_id, run.cutoff, len(fleet.series_ids), days, period, seconds)


def forecast_rows(
    fleet: FittedFleet, run_id: str, *, horizon: int, billing_days: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """FORECASTS and PERIOD_FORECASTS rows of a fleet as it stands."""
    forecasts = fleet.forecasts(Horizon(horizon), billing_days=billing_days)
    return forecasts_frame(forecasts, run_id), period_frame(forecasts, run_id, billing_days)
