"""Forecasts that were stored before their day came, against what came, one day and one week ahead."""

from __future__ import annotations

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import FORECASTS, RUNS, SCORES
from amuna.workflows.views.demand import COLUMN, PLACES, UNKNOWN, Part

LEADS = (1, 7)  # days ahead
# Where two trainings forecast a day from the same cutoff, the later one is taken. Refits' runs are judged, but do not
# serve.
_JUDGED = f"""
WITH places AS ({PLACES}), made AS (
    SELECT m.run_id, m.cutoff, m.day, ROW_NUMBER() OVER (PARTITION BY m.cutoff, m.day ORDER BY r.started_at DESC) AS place
    FROM (SELECT DISTINCT run_id, cutoff, day FROM {SCORES.name}) AS m
    JOIN {RUNS.name} AS r ON r.run_id = m.run_id WHERE COALESCE(r.kind, '') <> 'refit'
), sums AS (
    SELECT p.place, s.day, s.cutoff, COUNT(*) AS accounts, SUM(s.observed_m3) AS observed_m3,
           SUM(s.forecast_m3) AS forecast_m3,
           SUM(CASE WHEN s.inside80 THEN 1 ELSE 0 END) AS inside80,
           SUM(CASE WHEN s.inside95 THEN 1 ELSE 0 END) AS inside95
    FROM {SCORES.name} AS s
    JOIN made AS m ON m.run_id = s.run_id AND m.cutoff = s.cutoff AND m.day = s.day AND m.place = 1
    LEFT JOIN places AS p ON p.account_id = s.account_id
    GROUP BY p.place, s.day, s.cutoff
)
SELECT COALESCE(p.zone_id, '{UNKNOWN}') AS zone_id, COALESCE(p.segment, '{UNKNOWN}') AS segment, s.*
FROM sums AS s LEFT JOIN (SELECT DISTINCT place, zone_id, segment FROM places) AS p ON p.place = s.place
"""
_LEAD = ((pl.col("day") - pl.col("cutoff")).dt.total_days() + 1).alias("lead")


def judged_sums(store: Store) -> pl.DataFrame:
    """Sums over accounts of stored forecasts and of what came, by zone, segment, day and lead.

    Columns `zone_id`, `segment`, `day`, `lead`, `accounts`, `observed_m3`, `forecast_m3` (the sum of the accounts'
    medians), and how many accounts lay `inside80` and `inside95` of their intervals.
    """
    rows = store.query(_JUDGED).with_columns(_LEAD).filter(pl.col("lead").is_in(LEADS))
    return rows.drop("place", "cutoff").sort("day", "lead", "zone_id", "segment")


def judged_part(sums: pl.DataFrame, part: Part) -> pl.DataFrame:
    """The same of a part: day, lead, accounts, observed_m3, forecast_m3, inside80, inside95."""
    rows = sums if part.kind == "all" else sums.filter(pl.col(COLUMN[part.kind]) == part.name)
    measures = ("accounts", "observed_m3", "forecast_m3", "inside80", "inside95")
    return rows.group_by("day", "lead").agg(pl.col(*measures).sum()).sort("day", "lead")


def judged_account(store: Store, account_id: str) -> pl.DataFrame:
    """The same of one account, with the ends of its intervals while the forecast is kept, else null."""
    rows = store.query(
        "SELECT s.run_id, s.cutoff, s.day, s.observed_m3, s.forecast_m3, s.inside80, s.inside95,"
        " f.low95_m3, f.low80_m3, f.high80_m3, f.high95_m3, r.started_at"
        f" FROM {SCORES.name} AS s JOIN {RUNS.name} AS r ON r.run_id = s.run_id AND COALESCE(r.kind, '') <> 'refit'"
        f" LEFT JOIN {FORECASTS.name} AS f ON f.run_id = s.run_id AND f.account_id = s.account_id"
        " AND f.cutoff = s.cutoff AND f.day = s.day WHERE s.account_id = ?",
        [account_id],
    ).with_columns(_LEAD, accounts=pl.lit(1, pl.Int64))
    newest = rows.sort("started_at").unique(["day", "lead"], keep="last")
    return (
        newest.filter(pl.col("lead").is_in(LEADS))
        .with_columns(pl.col("inside80", "inside95").cast(pl.Int64))
        .drop("run_id", "cutoff", "started_at")
        .sort("day", "lead")
    )


def misses(judged: pl.DataFrame) -> pl.DataFrame:
    """How far stored forecasts lay off, by lead.

    Columns `lead`, `days`, `forecasts`, `mean_miss_m3` (mean absolute), `miss_share` (their sum over what was used),
    `bias_share` (forecast less observed, over what was used), and `held80`, `held95`: the shares of account-days
    inside the intervals.
    """
    gap = pl.col("forecast_m3") - pl.col("observed_m3")
    used, forecasts = pl.col("observed_m3").sum(), pl.col("accounts").sum()
    return (
        judged.group_by("lead")
        .agg(
            days=pl.len().cast(pl.Int64),
            forecasts=forecasts,
            mean_miss_m3=gap.abs().mean(),
            miss_share=_over(gap.abs().sum(), used),
            bias_share=_over(gap.sum(), used),
            held80=pl.col("inside80").sum() / forecasts,
            held95=pl.col("inside95").sum() / forecasts,
        )
        .sort("lead")
    )


def proof_figures(tested: pl.DataFrame, days: pl.DataFrame) -> dict[str, float | None]:
    """How the earlier forecasts of an Outlook did, beside the same weekday of the last week known at their cutoff.

    Parameters
    ----------
    tested
        As Outlook has it.
    days
        day, total_m3 of the same part.

    Returns
    -------
    dict
        `days` tested; `held80` and `held95`; `miss_share` of the forecast and `last_week_share` of last week's value,
        both mean absolute over what was used. None where nothing was tested.
    """
    if tested.is_empty():
        return dict.fromkeys(("days", "held80", "held95", "miss_share", "last_week_share"))
    weeks = ((pl.col("day") - pl.col("cutoff")).dt.total_days() // 7 + 1) * 7
    last_week = days.select(week_before="day", last_week_m3="total_m3")
    both = tested.with_columns(week_before=pl.col("day") - pl.duration(days=weeks)).join(
        last_week, on="week_before", how="left"
    )
    observed, compared = pl.col("observed_m3"), pl.col("last_week_m3").is_not_null()
    row = both.select(
        days=pl.len(),
        held80=observed.is_between("low80_m3", "high80_m3").mean(),
        held95=observed.is_between("low95_m3", "high95_m3").mean(),
        miss_share=_over((pl.col("forecast_m3") - observed).abs().sum(), observed.sum()),
        last_week_share=_over(
            (pl.col("last_week_m3") - observed).abs().sum(), observed.filter(compared).sum()
        ),
    )
    return row.row(0, named=True)


def _over(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(part / whole)
