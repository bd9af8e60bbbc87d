"""The demand of all accounts together: what was used, what is expected, and how far that can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from amuna.domain.panel import Panel, panel_from_matrix
from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION, FORECASTS
from amuna.domain.time import Horizon
from amuna.forecasting.fleet import FleetSettings, fit_fleet
from amuna.forecasting.intervals import QUANTILES
from amuna.workflows.serving import Serving

HISTORY_DAYS = 56
COMPLETE = 0.9  # share of the usual accounts that must be known for a day's total to count
_ORIGINS, _FEWEST_ORIGINS, _FIT_DAYS, _TESTS = 20, 10, 56, 12


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
    tested_days, held80
        Days of earlier forecasts of the total made the same way from what was known then, and the share of them
        inside the 80 % interval; None where history is too short to test it.
    """

    days: pl.DataFrame
    medians: pl.DataFrame
    forecast: pl.DataFrame
    horizon_m3: dict[float, float]
    origins: int
    tested_days: int
    held80: float | None


def fleet_outlook(store: Store, run: Serving) -> FleetOutlook:
    """The total of the last weeks and of the days forecast."""
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
        " WHERE run_id = ? AND cutoff = ? GROUP BY day ORDER BY day",
        [run.run_id, run.cutoff],
    )
    horizon = len(medians)
    forecast, horizon_m3, origins = _total_forecast(days, run.cutoff, horizon)
    inside = [] if origins == 0 else _total_test(days, run.cutoff, horizon)
    recent = days.filter(pl.col("day") >= run.cutoff - timedelta(days=HISTORY_DAYS))
    held = float(np.mean(inside)) if inside else None
    return FleetOutlook(recent, medians, forecast, horizon_m3, origins, len(inside), held)


def _total_test(days: pl.DataFrame, cutoff: date, horizon: int) -> list[bool]:
    """Whether the total of each day lay inside the 80 % interval forecast from what was known before it."""
    inside: list[bool] = []
    for back in range(1, _TESTS + 1):
        past = cutoff - timedelta(days=back * horizon)
        forecast, _, origins = _total_forecast(days.filter(pl.col("day") < past), past, horizon)
        if origins == 0:
            break
        judged = forecast.join(days, on="day", suffix="_observed").drop_nulls("total_m3_observed")
        low, high = (judged.filter(pl.col("quantile") == q)["total_m3"] for q in (0.1, 0.9))
        observed = judged.filter(pl.col("quantile") == 0.5)["total_m3_observed"]
        inside += observed.is_between(low, high).to_list()
    return inside


def _total_forecast(
    days: pl.DataFrame, cutoff: date, horizon: int
) -> tuple[pl.DataFrame, dict[float, float], int]:
    """Forecast the daily total as one series; quantiles of different accounts cannot be added."""
    history = 0 if days.is_empty() else (cutoff - days["day"][0]).days
    origins = 0 if horizon == 0 else min(_ORIGINS, (history - _FIT_DAYS) // horizon)
    empty = pl.DataFrame(schema={"day": pl.Date, "quantile": pl.Float64, "total_m3": pl.Float64})
    if origins < _FEWEST_ORIGINS:
        return empty, {}, 0
    settings = FleetSettings(horizon=horizon, billing_days=horizon, origins=origins)
    fitted = fit_fleet(_total_panel(days, history), np.datetime64(cutoff), settings)
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


def _total_panel(days: pl.DataFrame, length: int) -> Panel:
    first = np.datetime64(days["day"][0])
    place = (days["day"].to_numpy() - first).astype("timedelta64[D]").astype(np.int64)
    values = np.full((1, length), np.nan)
    values[0, place] = days["total_m3"].fill_null(np.nan).to_numpy()
    return panel_from_matrix(np.array(["fleet"]), first, values)
