"""Score: stored forecasts against what happened, beside the baseline that was known at their cutoff."""

from __future__ import annotations

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION, FORECASTS, SCORES
from amuna.domain.time import Interval

# Forecasts that said something of these days, one row each, in columns.
_FORECASTS = f"""
SELECT account_id, cutoff, day,
       MAX(CASE WHEN quantile = 0.5 THEN forecast_m3 END) AS forecast_m3,
       MAX(CASE WHEN quantile = 0.025 THEN forecast_m3 END) AS low95,
       MAX(CASE WHEN quantile = 0.1 THEN forecast_m3 END) AS low80,
       MAX(CASE WHEN quantile = 0.9 THEN forecast_m3 END) AS high80,
       MAX(CASE WHEN quantile = 0.975 THEN forecast_m3 END) AS high95
FROM {FORECASTS.name}
WHERE run_id = ? AND day >= ? AND day < ? AND account_id BETWEEN ? AND ? AND quantile IN (0.025, 0.1, 0.5, 0.9, 0.975)
GROUP BY account_id, cutoff, day
"""


def score(store: Store, run_id: str, days: Interval, *, accounts: tuple[str, str]) -> pl.DataFrame:
    """SCORES rows of every forecast that the run made of these days, at every lead.

    `accounts` is an inclusive range of ids. The baseline of a day is the same weekday of the last week known at the forecast's cutoff.
    """
    forecasts = store.query(_FORECASTS, [run_id, days.start, days.end, *accounts])
    if forecasts.is_empty():
        return SCORES.empty()
    first = forecasts.select(
        pl.min_horizontal(pl.col("cutoff").min(), pl.col("day").min()) - pl.duration(days=7)
    ).item()
    values = store.query(
        f"SELECT account_id, day, consumption_m3 FROM {CONSUMPTION.name}"
        " WHERE flag = 'ok' AND day >= ? AND day < ? AND account_id BETWEEN ? AND ?",
        [first, days.end, *accounts],
    )
    weeks = ((pl.col("day") - pl.col("cutoff")).dt.total_days() // 7 + 1) * 7
    judged = (
        forecasts.join(values.rename({"consumption_m3": "observed_m3"}), on=["account_id", "day"])
        .with_columns(week_before=pl.col("day") - pl.duration(days=weeks))
        .join(
            values.rename({"day": "week_before", "consumption_m3": "baseline_m3"}),
            on=["account_id", "week_before"],
            how="left",
        )
    )
    observed = pl.col("observed_m3")
    return SCORES.check(
        judged.with_columns(
            run_id=pl.lit(run_id),
            inside80=observed.is_between("low80", "high80"),
            inside95=observed.is_between("low95", "high95"),
        ).select(SCORES.names)
    )
