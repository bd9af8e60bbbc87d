"""Score: stored forecasts against what happened, beside the baseline that was known at their cutoff.

Of the forecasts of a day, those made last and those made a whole number of weeks ahead are judged: neighbouring leads
say nearly the same, and a score for each would be the largest table of the store.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION, FORECASTS, PERIOD_FORECASTS, SCORES
from amuna.domain.time import Interval

# Forecasts that said something of these days.
_FORECASTS = f"""
SELECT account_id, cutoff, day, forecast_m3, low95_m3, low80_m3, high80_m3, high95_m3
FROM {FORECASTS.name}
WHERE run_id = ? AND day >= ? AND day < ? AND account_id BETWEEN ? AND ?
"""

_VALUES = f"""
SELECT account_id, day, consumption_m3 FROM {CONSUMPTION.name}
WHERE flag = 'ok' AND day BETWEEN ? AND ? AND account_id BETWEEN ? AND ?
"""
_AMONG = " AND account_id IN (SELECT UNNEST(CAST(? AS VARCHAR[])))"


def score(
    store: Store,
    run_id: str,
    days: Interval,
    *,
    accounts: tuple[str, str],
    among: list[str] | None = None,
) -> pl.DataFrame:
    """SCORES rows of the forecasts that the run made of these days: the last one, and those made weeks ahead.

    The baseline of a day is the same weekday of the last week known at the forecast's cutoff.

    Parameters
    ----------
    days
        Days to judge.
    accounts
        Inclusive range of ids.
    among
        Only these of them.
    """
    made = _made(store, run_id, days)
    cutoffs = made["cutoff"].unique().to_list()
    if not cutoffs:
        return SCORES.empty()
    wanted, named = ("", []) if among is None else (_AMONG, [among])
    forecasts = store.query(
        f"{_FORECASTS} AND {_one_of('cutoff', cutoffs)}{wanted}",
        [run_id, days.start, days.end, *accounts, *cutoffs, *named],
    )
    forecasts = forecasts.join(made, on=["cutoff", "day"], how="semi")
    if forecasts.is_empty():
        return SCORES.empty()
    weeks = ((pl.col("day") - pl.col("cutoff")).dt.total_days() // 7 + 1) * 7
    forecasts = forecasts.with_columns(week_before=pl.col("day") - pl.duration(days=weeks))
    needed = pl.concat([forecasts["day"], forecasts["week_before"]]).unique().sort().to_list()
    values = store.query(
        f"{_VALUES} AND {_one_of('day', needed)}{wanted}",
        [needed[0], needed[-1], *accounts, *needed, *named],
    )
    judged = forecasts.join(values.rename({"consumption_m3": "observed_m3"}), on=["account_id", "day"]).join(
        values.rename({"day": "week_before", "consumption_m3": "baseline_m3"}),
        on=["account_id", "week_before"],
        how="left",
    )
    observed = pl.col("observed_m3")
    return SCORES.check(
        judged.with_columns(
            run_id=pl.lit(run_id),
            inside80=observed.is_between("low80_m3", "high80_m3"),
            inside95=observed.is_between("low95_m3", "high95_m3"),
        ).select(SCORES.names)
    )


def _one_of(column: str, days: list[date]) -> str:
    """Condition that a column is one of some days, spelled out: the database then passes over blocks of others."""
    return f"{column} IN ({', '.join('?' * len(days))})"


def _made(store: Store, run_id: str, days: Interval) -> pl.DataFrame:
    """Cutoff and day of the forecasts to judge. Each cutoff has its periods too, a row for an account: quick to look through."""
    cutoffs = store.query(
        f"SELECT DISTINCT cutoff FROM {PERIOD_FORECASTS.name} WHERE run_id = ? AND cutoff < ?",
        [run_id, days.end],
    )
    every = pl.select(day=pl.date_range(days.start, days.end, closed="left")).join(cutoffs, how="cross")
    lead = (pl.col("day") - pl.col("cutoff")).dt.total_days() + 1
    every = every.filter(pl.col("cutoff") <= pl.col("day")).with_columns(lead=lead)
    last = pl.col("lead") == pl.col("lead").min().over("day")
    return every.filter(last | (pl.col("lead") % 7 == 0)).select("cutoff", "day")
