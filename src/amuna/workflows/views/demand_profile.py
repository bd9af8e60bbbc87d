"""The shape of demand over the week and the year, each value with its spread."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

_WEEKS, _FEWEST_WEEKS = 52, 4
_SPREAD = {"low": 0.1, "middle": 0.5, "high": 0.9}


def weekday_profile(days: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Each weekday against the mean day of its own week, over the last year.

    Parameters
    ----------
    days
        day, total_m3 (null where unknown).

    Returns
    -------
    polars.DataFrame
        `weekday` (1 is Monday), `low`, `middle` and `high`: the 10 %, 50 % and 90 % quantiles of the ratio, and
        `weeks` behind them. Only whole weeks count; empty with fewer than four of them.
    """
    recent = days.filter(pl.col("day") >= cutoff - timedelta(weeks=_WEEKS)).drop_nulls("total_m3")
    week = pl.col("day").dt.truncate("1w")
    whole = recent.filter(pl.len().over(week) == 7).with_columns(mean=pl.col("total_m3").mean().over(week))
    ratio = whole.filter(pl.col("mean") > 0).with_columns(ratio=pl.col("total_m3") / pl.col("mean"))
    found = (
        ratio.group_by(weekday=pl.col("day").dt.weekday().cast(pl.Int64))
        .agg(*_quantiles("ratio"), weeks=pl.len().cast(pl.Int64))
        .sort("weekday")
    )
    return found.filter(pl.col("weeks") >= _FEWEST_WEEKS)


def month_profile(days: pl.DataFrame) -> pl.DataFrame:
    """Each month of each year.

    Returns
    -------
    polars.DataFrame
        `year`, `month`, `mean_m3` per day, `low`, `middle` and `high`: the 10 %, 50 % and 90 % quantiles of its days
        [m³], the `known` days, and `account_l`, litres per account and day.
    """
    known = days.drop_nulls("total_m3")
    return (
        known.group_by(
            year=pl.col("day").dt.year().cast(pl.Int64), month=pl.col("day").dt.month().cast(pl.Int64)
        )
        .agg(
            *_quantiles("total_m3"),
            mean_m3=pl.col("total_m3").mean(),
            known=pl.len().cast(pl.Int64),
            account_l=1000 * pl.col("total_m3").sum() / pl.col("accounts").sum(),
        )
        .sort("year", "month")
    )


def _quantiles(name: str) -> list[pl.Expr]:
    return [pl.col(name).quantile(quantile, "linear").alias(end) for end, quantile in _SPREAD.items()]
