"""The demand of all accounts together: what was used, what is expected, and how far that can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION, FORECASTS
from amuna.workflows.outlook import complete_days, outlook
from amuna.workflows.serving import Serving

HISTORY_DAYS = 56


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
    days = complete_days(
        store.query(
            f"SELECT day, COUNT(*) AS accounts, SUM(consumption_m3) AS total_m3 FROM {CONSUMPTION.name}"
            " WHERE flag = 'ok' AND day < ? GROUP BY day ORDER BY day",
            [run.cutoff],
        )
    )
    medians = store.query(
        f"SELECT day, SUM(forecast_m3) AS total_m3 FROM {FORECASTS.name}"
        " WHERE run_id = ? AND cutoff = ? GROUP BY day ORDER BY day",
        [run.run_id, run.cutoff],
    )
    found = outlook(days, run.cutoff, len(medians))
    recent = days.filter(pl.col("day") >= run.cutoff - timedelta(days=HISTORY_DAYS))
    return FleetOutlook(
        recent,
        medians,
        found.forecast,
        found.horizon_m3,
        found.origins,
        len(found.tested),
        found.held("low80_m3", "high80_m3"),
    )
