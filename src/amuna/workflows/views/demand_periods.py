"""Periods of demand: means by week and month, the figures of a period, and what changed between two of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from amuna.workflows.views.demand import COLUMN, Demand, Part, part_days

STEPS = {"day": "1d", "week": "1w", "month": "1mo"}
COVERED = 0.8  # share of a period that must be known for its mean to count
_COMPARED = ("mean_m3", "accounts", "account_l")
Days = tuple[date, date]


def by_step(days: pl.DataFrame, step: str) -> pl.DataFrame:
    """Means per day of each day, week (from Monday) or month: start, days, known, mean_m3, accounts.

    A mean of the days that are known compares periods of unequal length and bears gaps, where a sum would not; it is
    null where less than COVERED of the period is known, as in a week that has just begun.
    """
    known, length = pl.col("total_m3").count().cast(pl.Int64), _length(step)
    grouped = days.group_by_dynamic("day", every=STEPS[step]).agg(
        known=known,
        mean_m3=pl.col("total_m3").mean(),
        accounts=pl.col("accounts").filter(pl.col("total_m3").is_not_null()).mean(),
    )
    covered = pl.col("known") >= COVERED * pl.col("days")
    return (
        grouped.with_columns(days=length)
        .with_columns(mean_m3=pl.when(covered).then("mean_m3"))
        .select(pl.col("day").alias("start"), "days", "known", "mean_m3", "accounts")
    )


def _length(step: str) -> pl.Expr:
    """Days of a period from its first one [days]."""
    return (pl.col("day").dt.offset_by(STEPS[step]) - pl.col("day")).dt.total_days()


def figures(days: pl.DataFrame, start: date, end: date) -> dict[str, float | None]:
    """Figures of a period, start <= day < end.

    Returns
    -------
    dict
        `days` in the period; `known` of them; `total_m3` of the known ones; `mean_m3` per known day; `accounts` known
        on a mean day; `account_l`, the litres that one of them used per day. None where nothing is known.
    """
    known = days.filter(pl.col("day") >= start, pl.col("day") < end).drop_nulls("total_m3")
    total, used_days = float(known["total_m3"].sum()), int(known["accounts"].sum())
    return {
        "days": (end - start).days,
        "known": len(known),
        "total_m3": total if len(known) else None,
        "mean_m3": total / len(known) if len(known) else None,
        "accounts": used_days / len(known) if len(known) else None,
        "account_l": 1000 * total / used_days if used_days else None,
    }


def breakdown(found: Demand, kind: str, before: Days, after: Days, *, within: Part) -> pl.DataFrame:
    """How much each zone or segment of a part changed between two periods, start <= day < end.

    Returns
    -------
    polars.DataFrame
        `name`, then `mean_m3`, `accounts` and `account_l` of the period before as `figures` has them, the same with
        `_after` of the other, and `change_m3` between the means; the largest change first.
    """
    inside = (
        found.sums if within.kind == "all" else found.sums.filter(pl.col(COLUMN[within.kind]) == within.name)
    )
    narrowed = replace(found, sums=inside)
    rows = [
        _changed(name, part_days(narrowed, Part(kind, name)), before, after) for name in narrowed.names(kind)
    ]
    schema = {"name": pl.String} | {key + end: pl.Float64 for end in ("", "_after") for key in _COMPARED}
    changed = pl.DataFrame(rows, schema=schema).with_columns(
        change_m3=pl.col("mean_m3_after") - pl.col("mean_m3")
    )
    return changed.sort(pl.col("change_m3").abs(), "name", descending=[True, False], nulls_last=True)


def _changed(name: str, days: pl.DataFrame, before: Days, after: Days) -> dict[str, object]:
    first, second = figures(days, *before), figures(days, *after)
    row: dict[str, object] = {"name": name}
    return row | {key: first[key] for key in _COMPARED} | {f"{key}_after": second[key] for key in _COMPARED}
