"""Score: stored forecasts against what happened, beside the baseline that was known at their cutoff.

Of the forecasts of a day, those made last and those made a whole number of weeks ahead are judged: neighbouring leads
say nearly the same, and a score for each would be the largest table of the store.
"""

from __future__ import annotations

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION, FORECASTS, SCORES
from amuna.domain.time import Interval

# Forecasts that said something of these days.
_FORECASTS = f"""
SELECT account_id, cutoff, day, forecast_m3, low95_m3, low80_m3, high80_m3, high95_m3
FROM {FORECASTS.name}
WHERE run_id = ? AND day >= ? AND day < ? AND account_id BETWEEN ? AND ?
  AND cutoff IN (SELECT UNNEST(CAST(? AS DATE[])))
"""


def score(store: Store, run_id: str, days: Interval, *, accounts: tuple[str, str]) -> pl.DataFrame:
    """SCORES rows of the forecasts that the run made of these days: the last one, and those made weeks ahead.

    `accounts` is an inclusive range of ids. The baseline of a day is the same weekday of the last week known at the forecast's cutoff.
    """
    made = _made(store, run_id, days)
    forecasts = store.query(
        _FORECASTS, [run_id, days.start, days.end, *accounts, made["cutoff"].unique().to_list()]
    )
    forecasts = forecasts.join(made, on=["cutoff", "day"], how="semi")
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
            inside80=observed.is_between("low80_m3", "high80_m3"),
            inside95=observed.is_between("low95_m3", "high95_m3"),
        ).select(SCORES.names)
    )


def _made(store: Store, run_id: str, days: Interval) -> pl.DataFrame:
    """Cutoff and day of the forecasts to judge."""
    cutoffs = store.query(
        f"SELECT DISTINCT cutoff FROM {FORECASTS.name} WHERE run_id = ? AND cutoff < ?", [run_id, days.end]
    )
    every = pl.select(day=pl.date_range(days.start, days.end, closed="left")).join(cutoffs, how="cross")
    lead = (pl.col("day") - pl.col("cutoff")).dt.total_days() + 1
    every = every.filter(pl.col("cutoff") <= pl.col("day")).with_columns(lead=lead)
    last = pl.col("lead") == pl.col("lead").min().over("day")
    return every.filter(last | (pl.col("lead") % 7 == 0)).select("cutoff", "day")
