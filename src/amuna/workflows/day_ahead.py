"""Day-ahead accuracy: what the forecasts of the smallest lead missed by, day by day."""

from __future__ import annotations

from datetime import date

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, MODELS, RUNS, SCORES

# Every update forecasts every account, so the smallest lead of a day is the one of its latest cutoff. Runs of refits
# are left out: they were judged, but did not serve. The baseline's sums are over forecasts that have one.
_DAYS = f"""
WITH latest AS (
    SELECT day, MAX(cutoff) AS cutoff FROM {SCORES.name}
    WHERE day >= ? AND day < ? AND run_id IN (SELECT run_id FROM {RUNS.name} WHERE COALESCE(kind, '') <> 'refit')
    GROUP BY day
), judged AS (
    SELECT s.run_id, s.account_id, s.day, s.baseline_m3, s.inside80, s.inside95,
           s.observed_m3 - s.forecast_m3 AS residual_m3, ABS(s.observed_m3 - s.baseline_m3) AS baseline_gap_m3
    FROM {SCORES.name} AS s JOIN latest AS l ON s.day = l.day AND s.cutoff = l.cutoff
    WHERE s.day >= ? AND s.day < ?
      AND s.run_id IN (SELECT run_id FROM {RUNS.name} WHERE COALESCE(kind, '') <> 'refit')
)
"""
_SUMS = """
       COUNT(*) AS forecasts, COUNT(j.baseline_m3) AS compared,
       SUM(CASE WHEN j.inside80 THEN 1.0 ELSE 0.0 END) AS inside80,
       SUM(CASE WHEN j.inside95 THEN 1.0 ELSE 0.0 END) AS inside95,
       SUM(ABS(j.residual_m3)) AS absolute_m3,
       SUM(CASE WHEN j.baseline_m3 IS NULL THEN 0.0 ELSE ABS(j.residual_m3) END) AS gap_m3,
       COALESCE(SUM(j.baseline_gap_m3), 0.0) AS baseline_gap_m3
"""


def day_ahead(store: Store, first: date, end: date) -> pl.DataFrame:
    """Sums over the forecasts of each day, first <= day < end: how many, inside the intervals, residuals [m³].

    Columns `day`, `forecasts`, `compared` (those with a baseline), `inside80`, `inside95`, `absolute_m3`, and
    over those with a baseline `gap_m3` and `baseline_gap_m3`.
    """
    sql = f"{_DAYS} SELECT j.day AS day, {_SUMS} FROM judged AS j GROUP BY j.day ORDER BY 1"
    return _plain(store.query(sql, [first, end, first, end]))


def day_ahead_scaled(store: Store, first: date, end: date, *, clip: float) -> pl.DataFrame:
    """The same by `segment` and day, with sums of `scaled` and `absolute`: residual / scale, cut off at `clip`."""
    ratio = "j.residual_m3 / NULLIF(m.scale, 0)"
    sql = f"""{_DAYS}
        SELECT COALESCE(a.segment, 'unknown') AS segment, j.day AS day, {_SUMS},
               SUM(GREATEST(LEAST({ratio}, ?), -?)) AS scaled, SUM(LEAST(ABS({ratio}), ?)) AS absolute
        FROM judged AS j JOIN {MODELS.name} AS m ON m.run_id = j.run_id AND m.account_id = j.account_id
        LEFT JOIN {ACCOUNTS.name} AS a ON a.account_id = j.account_id
        GROUP BY 1, 2 ORDER BY 1, 2"""
    return _plain(store.query(sql, [first, end, first, end, clip, clip, clip]))


def _plain(rows: pl.DataFrame) -> pl.DataFrame:
    """Sums as floats, whatever the database's type for them."""
    names = {"segment", "day", "forecasts", "compared"}
    return rows.with_columns(pl.col(name).cast(pl.Float64) for name in rows.columns if name not in names)
