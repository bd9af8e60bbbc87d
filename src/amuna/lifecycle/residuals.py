"""Drift of the models: day-ahead residuals against what they were when the forecasts were made."""

from __future__ import annotations

import math
from datetime import date, timedelta

import polars as pl

from amuna.lifecycle.findings import ENOUGH_ACCOUNTS, RECENT_DAYS, Finding, high, low, noise

_ENOUGH_SCORED = 4  # days of the week, so that one holiday is not the whole of it
CLIP = 5.0  # typical residuals beyond which one forecast says no more


def residual_drift(days: pl.DataFrame, cutoff: date) -> list[Finding]:
    """Day-ahead residuals of the last week against the eight weeks before, for all and by segment.

    `bias` is the mean of residual / scale, each cut off at five; `size` the mean of its absolute; `coverage80` and
    `coverage95` the share inside the intervals, all four on the middle day of the week; `ratio` the mean absolute
    residual over that of last week's value.

    Parameters
    ----------
    days
        By `segment` and `day`: `forecasts`, and sums over them of `scaled` and `absolute` (residual / scale, cut off
        at CLIP), `inside80`, `inside95`, `gap_m3`, `baseline_gap_m3` [m³].
    """
    if days.is_empty():
        return []
    found = _residuals_of("", days, cutoff)
    for (segment,), part in sorted(days.partition_by("segment", as_dict=True).items()):
        found += _residuals_of(str(segment), part, cutoff)
    return found


def _residuals_of(part: str, days: pl.DataFrame, cutoff: date) -> list[Finding]:
    start = cutoff - timedelta(days=RECENT_DAYS)
    recent, earlier = days.filter(pl.col("day") >= start), days.filter(pl.col("day") < start)
    n = int(recent.group_by("day").agg(pl.col("forecasts").sum())["forecasts"].median() or 0)  # type: ignore[arg-type]
    if n < ENOUGH_ACCOUNTS or recent["day"].n_unique() < _ENOUGH_SCORED:
        return []
    now, before = _means(recent), _means(earlier) if earlier["day"].n_unique() >= RECENT_DAYS else {}
    error = 2 / math.sqrt(n)
    size = before.get("absolute", 1.0)
    bias = now["scaled"]
    found = [
        Finding(
            "model", "bias", part, bias, 0.0, math.copysign(0.35 + error, bias), abs(bias) >= 0.35 + error
        ),
        high("model", "size", part, now["absolute"], reference=size, limit=1.25 * size + error),
        low("model", "coverage80", part, now["inside80"], reference=0.8, limit=0.72 - noise(0.8, n)),
        low("model", "coverage95", part, now["inside95"], reference=0.95, limit=0.9 - noise(0.95, n)),
    ]
    if now["baseline_gap_m3"] > 0:
        usual = before["gap_m3"] / before["baseline_gap_m3"] if before.get("baseline_gap_m3") else None
        ratio = now["gap_m3"] / now["baseline_gap_m3"]
        found.append(high("model", "ratio", part, ratio, reference=usual, limit=1.0 + 2 * noise(0.5, n)))
    return found


def broken_share(broken: int, accounts: int) -> list[Finding]:
    """Accounts whose residuals broke in the last four weeks, as a share of all.

    The watch holds the false discovery rate, so a stable fleet has few; one account in ten is no longer chance.
    """
    if accounts < ENOUGH_ACCOUNTS:
        return []
    share = broken / accounts
    return [high("model", "broken", "", share, reference=None, limit=0.1 + noise(0.1, accounts))]


def _means(days: pl.DataFrame) -> dict[str, float]:
    """Means over the forecasts of the middle day, so that one holiday says nothing; the gaps are sums [m³]."""
    sums = days.group_by("day").agg(pl.exclude("segment").sum())
    middle = sums.select(
        (pl.col("scaled", "absolute", "inside80", "inside95") / pl.col("forecasts")).median()
    )
    return middle.row(0, named=True) | sums.select(pl.col("gap_m3", "baseline_gap_m3").sum()).row(
        0, named=True
    )
