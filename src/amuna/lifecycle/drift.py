"""Drift of the data: rows, gaps, late and refused rows, new and silent accounts, how consumption is distributed."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from amuna.domain.panel import Floats
from amuna.lifecycle.findings import (
    ENOUGH_ACCOUNTS,
    ENOUGH_DAYS,
    RECENT_DAYS,
    Finding,
    high,
    low,
    noise,
    number,
)

_PSI_SIGNIFICANT = 0.25
_CHI2_999 = 27.88  # 0.999 quantile of chi-square with 9 degrees of freedom, for ten bins
_LEVEL = 1.2  # a seasonal quarter moves a class's level by 10 % at most; 30 % must be found
_JUMP = 4.0  # times or one in so many: beyond what a household does by itself for most of a week


def population_stability(reference: Floats, recent: Floats, *, bins: int = 10) -> float:
    """Population stability index of a sample against another, over bins of equal share of the reference.

    The symmetric Kullback-Leibler divergence of the binned shares, sum((q - p) ln(q / p)); half an observation is
    added to each bin, so that an empty one stays finite.

    Parameters
    ----------
    reference, recent
        Values, shapes (n_reference,) and (n_recent,), both at least one.
    """
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, bins + 1)[1:-1]))
    shares = []
    for sample in (reference, recent):
        counts = np.bincount(np.searchsorted(edges, sample, side="right"), minlength=len(edges) + 1) + 0.5
        shares.append(counts / counts.sum())
    usual, now = shares
    return float(((now - usual) * np.log(now / usual)).sum())


def volume_drift(days: pl.DataFrame, cutoff: date) -> list[Finding]:
    """Rows per day against the usual number on that weekday: the middle one of the last three days.

    Parameters
    ----------
    days
        `day`, `rows`; the quarter and the week before the cutoff.
    """
    if _reference_days(days, cutoff) < ENOUGH_DAYS:
        return []
    counted = days.with_columns(weekday=pl.col("day").dt.weekday())
    usual = (
        counted.filter(pl.col("day") < cutoff - timedelta(days=RECENT_DAYS))
        .group_by("weekday")
        .agg(usual=pl.col("rows").median())
    )
    last = pl.DataFrame({"day": [cutoff - timedelta(days=n) for n in (1, 2, 3)]})
    last = last.with_columns(weekday=pl.col("day").dt.weekday()).join(usual, on="weekday")
    last = last.join(days, on="day", how="left").with_columns(
        share=pl.col("rows").fill_null(0) / pl.col("usual")
    )
    return [low("data", "rows", "", number(last["share"].median()), reference=1.0, limit=0.85)]


def account_drift(accounts: pl.DataFrame, cutoff: date) -> list[Finding]:
    """Missing days, and accounts that came or fell silent, against the weeks before.

    Parameters
    ----------
    accounts
        `account_id`, `first` and `last` usable day, `recent` and `earlier`: usable days in the week before the cutoff
        and in the four weeks before that.
    """
    before = cutoff - timedelta(days=RECENT_DAYS)
    month, two = before - timedelta(days=28), before - timedelta(days=56)
    first, last = pl.col("first"), pl.col("last")
    known = accounts.filter((first < month) & (last >= month))
    if len(known) < ENOUGH_ACCOUNTS:
        return []
    n = len(known)
    missing = 1 - float(known["recent"].sum()) / (RECENT_DAYS * n)
    usually = 1 - float(known["earlier"].sum()) / (28 * n)
    silent = float(known.filter(last < before).height) / n
    silent_before = float(accounts.filter(last.is_between(two, month, closed="left")).height) / n
    found = [
        high("data", "missing", "", missing, reference=usually, limit=usually + 0.05 + noise(usually, n)),
        high(
            "data",
            "vanished",
            "",
            silent,
            reference=silent_before,
            limit=silent_before + 0.03 + noise(silent_before, n),
        ),
    ]
    if float(accounts.filter(first < two).height) >= ENOUGH_ACCOUNTS:
        new = float(accounts.filter(first >= cutoff - timedelta(days=28)).height) / n
        new_before = (
            float(
                accounts.filter(
                    first.is_between(cutoff - timedelta(days=56), cutoff - timedelta(days=28), closed="left")
                ).height
            )
            / n
        )
        limit = new_before + 0.03 + noise(new_before, n)
        found.append(high("data", "new", "", new, reference=new_before, limit=limit))
    return found


def arrival_drift(measure: str, days: pl.DataFrame, since: date, *, slack: float) -> list[Finding]:
    """A share of the rows that came in: the middle day of those since a day, against the days before.

    Parameters
    ----------
    measure
        `late` or `quarantined`.
    days
        `day` on which rows came in, `rows`, and how many of them (`hits`).
    since
        First recent day.
    slack
        By how much the share may exceed what is usual.
    """
    shares = days.filter(pl.col("rows") > 0).with_columns(share=pl.col("hits") / pl.col("rows"))
    recent, earlier = shares.filter(pl.col("day") >= since), shares.filter(pl.col("day") < since)
    if recent.is_empty():
        return []
    value = number(recent["share"].median())
    if earlier.is_empty():
        return [Finding("data", measure, "", value)]
    usual = float(earlier["hits"].sum()) / float(earlier["rows"].sum())
    n = int(recent["rows"].sum())
    return [high("data", measure, "", value, reference=usual, limit=usual + slack + noise(usual, n))]


def consumption_drift(
    days: pl.DataFrame, cutoff: date, *, year_ago: pl.DataFrame | None = None
) -> list[Finding]:
    """Distribution of consumption of the last week against the quarter before, for all and by segment.

    Every volume is divided by its account's usual day (the median of the quarter), so that many unequal accounts make
    one distribution. `psi` is its population stability index, `level` the median account's week against its
    usual day, `jumped` the share of accounts whose middle day of the week is four times the usual one or a quarter of it.

    Parameters
    ----------
    days
        `account_id`, `segment`, `day`, `consumption_m3` [m³] of usable days, the quarter and the week before the cutoff.
    year_ago
        The same of 364 days earlier: what that week did is the season, and the limits lie beyond it.
    """
    found = _consumption_findings(days, cutoff)
    if year_ago is None or year_ago.is_empty():
        return found
    then = _consumption_findings(year_ago, cutoff - timedelta(days=364))
    seasonal = {(finding.measure, finding.part): finding.value for finding in then}
    return [_beyond_season(finding, seasonal.get((finding.measure, finding.part))) for finding in found]


def _beyond_season(finding: Finding, then: float | None) -> Finding:
    """The finding with its limit beyond the value of a year ago."""
    value, limit, usual = finding.value, finding.limit, finding.reference
    if then is None or value is None or limit is None or usual is None:
        return finding
    if finding.measure == "level" and limit < usual:
        limit = min(limit, then / _LEVEL)
        return replace(finding, limit=limit, drifted=value <= limit)
    limit = max(limit, _LEVEL * then)
    return replace(finding, limit=limit, drifted=value >= limit)


def _consumption_findings(days: pl.DataFrame, cutoff: date) -> list[Finding]:
    if _reference_days(days, cutoff) < ENOUGH_DAYS:
        return []
    start = cutoff - timedelta(days=RECENT_DAYS)
    earlier = pl.col("day") < start
    usual = (
        days.filter(earlier)
        .group_by("account_id")
        .agg(usual_m3=pl.col("consumption_m3").median(), n=pl.len())
        .filter((pl.col("n") >= ENOUGH_DAYS) & (pl.col("usual_m3") > 0))
    )
    relative = days.join(usual.select("account_id", "usual_m3"), on="account_id").select(
        "account_id",
        "segment",
        week=(pl.lit(cutoff) - pl.col("day")).dt.total_days().sub(1) // 7,
        relative=pl.col("consumption_m3") / pl.col("usual_m3"),
    )
    weeks = relative.group_by("account_id", "segment", "week").agg(pl.col("relative").median())
    found = _consumption_of("", relative, weeks)
    for (segment,), part in sorted(relative.partition_by("segment", as_dict=True).items()):
        found += _consumption_of(str(segment), part, weeks.filter(pl.col("segment") == segment))
    return found


def _consumption_of(part: str, relative: pl.DataFrame, weeks: pl.DataFrame) -> list[Finding]:
    recent = weeks.filter(pl.col("week") == 0)["relative"].to_numpy()
    n = len(recent)
    if n < ENOUGH_ACCOUNTS:
        return []
    psi = population_stability(
        relative.filter(pl.col("week") > 0)["relative"].to_numpy(),
        relative.filter(pl.col("week") == 0)["relative"].to_numpy(),
    )
    jumped = (pl.col("relative") >= _JUMP) | (pl.col("relative") <= 1 / _JUMP)
    earlier = (
        weeks.filter(pl.col("week") > 0)
        .group_by("week")
        .agg(level=pl.col("relative").median(), jumped=jumped.mean())
    )
    usual, usually = number(earlier["level"].median()) or 1.0, number(earlier["jumped"].median()) or 0.0
    error = 1.2533 * 1.4826 * float(np.median(np.abs(recent - np.median(recent)))) / math.sqrt(n)
    level, margin = float(np.median(recent)), _LEVEL * math.exp(2 * error)
    edge = usual * margin if level >= usual else usual / margin
    share = float(((recent >= _JUMP) | (recent <= 1 / _JUMP)).mean())
    return [
        high("data", "psi", part, psi, reference=0.0, limit=max(_PSI_SIGNIFICANT, _CHI2_999 / n)),
        Finding(
            "data",
            "level",
            part,
            level,
            usual,
            edge,
            abs(math.log(max(level, 1e-9) / usual)) >= math.log(margin),
        ),
        high("data", "jumped", part, share, reference=usually, limit=usually + 0.05 + noise(usually, n)),
    ]


def _reference_days(days: pl.DataFrame, cutoff: date) -> int:
    return int(days.filter(pl.col("day") < cutoff - timedelta(days=RECENT_DAYS))["day"].n_unique())
