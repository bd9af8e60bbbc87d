"""The demand of many accounts together as a series of its own: what is expected, and how earlier forecasts did.

Quantiles of different accounts cannot be added, since accounts do not miss independently. So a sum (of all accounts,
of a zone, of a segment) is forecast from its own past.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl

from amuna.domain.panel import Panel, panel_from_matrix
from amuna.domain.time import Horizon
from amuna.forecasting.fleet import FleetSettings, fit_fleet
from amuna.forecasting.intervals import QUANTILES

COMPLETE = 0.9  # share of the usual accounts that must be known for a day's total to count
LOW95, LOW80, MIDDLE, HIGH80, HIGH95 = 0.025, 0.1, 0.5, 0.9, 0.975
_ORIGINS, _FEWEST_ORIGINS, _FIT_DAYS, _TESTS = 20, 10, 56, 12
_FORECAST = {"day": pl.Date, "quantile": pl.Float64, "total_m3": pl.Float64}
_TESTED = {
    "cutoff": pl.Date,
    "day": pl.Date,
    "observed_m3": pl.Float64,
    "low95_m3": pl.Float64,
    "low80_m3": pl.Float64,
    "forecast_m3": pl.Float64,
    "high80_m3": pl.Float64,
    "high95_m3": pl.Float64,
}


@dataclass(frozen=True)
class Outlook:
    """What is expected of a sum of accounts.

    Parameters
    ----------
    forecast
        day, quantile, total_m3; empty where history is too short.
    horizon_m3
        Volume of all these days together, by quantile [m³].
    origins
        Past cutoffs whose misses make the interval.
    tested
        Earlier forecasts made the same way from what was known then, with what came: cutoff, day, observed_m3 and the
        ends of the intervals [m³]; empty where history is too short, or where no test was asked for.
    """

    forecast: pl.DataFrame = field(repr=False)
    horizon_m3: dict[float, float]
    origins: int
    tested: pl.DataFrame = field(repr=False)

    def held(self, low: str, high: str) -> float | None:
        """Share of the tested days inside an interval; None without a test."""
        inside = self.tested.select(pl.col("observed_m3").is_between(low, high).mean()).item()
        return None if inside is None else float(inside)


def complete_days(days: pl.DataFrame) -> pl.DataFrame:
    """The days with `total_m3` null where too few accounts are known for it to count.

    Parameters
    ----------
    days
        day, accounts (known that day), total_m3; in order.
    """
    usual = pl.col("accounts").rolling_median(28, min_samples=1)
    return days.with_columns(total_m3=pl.when(pl.col("accounts") >= COMPLETE * usual).then("total_m3"))


def outlook(days: pl.DataFrame, cutoff: date, horizon: int, *, tests: int = _TESTS) -> Outlook:
    """Forecast the days from the cutoff on, and test how such forecasts did before.

    Parameters
    ----------
    days
        As `complete_days` returns them, all before the cutoff.
    horizon
        Days ahead [days].
    tests
        Earlier cutoffs to test, one horizon apart.
    """
    forecast, horizon_m3, origins = _forecast(days, cutoff, horizon)
    tested = _tested(days, cutoff, horizon, tests) if origins else pl.DataFrame(schema=_TESTED)
    return Outlook(forecast, horizon_m3, origins, tested)


def _tested(days: pl.DataFrame, cutoff: date, horizon: int, tests: int) -> pl.DataFrame:
    """What was forecast of each day from what was known before it, and what came; the oldest first."""
    found = [pl.DataFrame(schema=_TESTED)]
    for back in range(1, tests + 1):
        past = cutoff - timedelta(days=back * horizon)
        forecast, _, origins = _forecast(days.filter(pl.col("day") < past), past, horizon)
        if origins == 0:
            break
        wide = forecast.pivot(on="quantile", index="day", values="total_m3")
        judged = wide.join(days, on="day").drop_nulls("total_m3")
        found.append(
            judged.select(
                pl.lit(past).alias("cutoff"),
                "day",
                observed_m3="total_m3",
                low95_m3=str(LOW95),
                low80_m3=str(LOW80),
                forecast_m3=str(MIDDLE),
                high80_m3=str(HIGH80),
                high95_m3=str(HIGH95),
            )
        )
    return pl.concat(found).sort("day")


def _forecast(days: pl.DataFrame, cutoff: date, horizon: int) -> tuple[pl.DataFrame, dict[float, float], int]:
    """Forecast the daily total as one series: the forecast, its sum, and the origins behind its interval."""
    history = 0 if days.is_empty() else (cutoff - days["day"][0]).days
    origins = 0 if horizon == 0 else min(_ORIGINS, (history - _FIT_DAYS) // horizon)
    nothing = pl.DataFrame(schema=_FORECAST), dict[float, float](), 0
    if origins < _FEWEST_ORIGINS:
        return nothing
    settings = FleetSettings(horizon=horizon, billing_days=horizon, origins=origins)
    fitted = fit_fleet(_panel(days, history), np.datetime64(cutoff), settings)
    if fitted.status[0] != "ok":
        return nothing
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


def _panel(days: pl.DataFrame, length: int) -> Panel:
    first = np.datetime64(days["day"][0])
    place = (days["day"].to_numpy() - first).astype("timedelta64[D]").astype(np.int64)
    values = np.full((1, length), np.nan)
    values[0, place] = days["total_m3"].fill_null(np.nan).to_numpy()
    return panel_from_matrix(np.array(["sum"]), first, values)
