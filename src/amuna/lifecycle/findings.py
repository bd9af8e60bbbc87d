"""Findings: one figure each, beside what is usual and the value from which on it counts as drift.

Two kinds of limit. Where a published one exists, it is used: the population stability index counts as a significant
change above 0.25 (the convention that Yurdakul and Naranjo 2020, Journal of Risk Model Validation 14(4), examine).
The others were set on simulated utilities (tests/integration/test_monitor.py holds them to it): beyond what a stable
one showed in any week of a year, yet passed within a week by a class that uses 30 % more, a feed that loses
a third of its rows, or a meter type that counts a tenth. Every limit widens where few accounts stand behind a figure,
and fewer than ENOUGH_ACCOUNTS are not judged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from amuna.domain.tables import DRIFT

RECENT_DAYS = 7
QUARTER_DAYS = 91
ENOUGH_ACCOUNTS = 30
ENOUGH_DAYS = 28  # of reference, before anything is compared with it


@dataclass(frozen=True)
class Finding:
    """One figure beside what is usual and the value from which on it counts as drift.

    Parameters
    ----------
    kind
        `data` or `model`.
    measure, part
        What was measured, and on which segment; empty for all.
    value, reference, limit
        None where there is nothing to measure or to compare with.
    drifted
        Whether the limit is passed.
    """

    kind: str
    measure: str
    part: str
    value: float | None
    reference: float | None = None
    limit: float | None = None
    drifted: bool = False


def drift_frame(findings: list[Finding], cutoff: date, *, now: datetime) -> pl.DataFrame:
    """DRIFT rows of the findings."""
    return DRIFT.frame([{"cutoff": cutoff, "checked_at": now, **vars(finding)} for finding in findings])


def noise(share: float, n: int) -> float:
    """Two standard errors of a share of n, of which at least one is a hit."""
    p = min(max(share, 1 / n), 1 - 1 / n)
    return 2 * math.sqrt(p * (1 - p) / n)


def number(value: object) -> float | None:
    """A figure that may be absent."""
    return float(value) if isinstance(value, int | float) else None


def high(
    kind: str, measure: str, part: str, value: float | None, *, reference: float | None, limit: float
) -> Finding:
    """A finding that drifts upwards."""
    return Finding(kind, measure, part, value, reference, limit, value is not None and value >= limit)


def low(
    kind: str, measure: str, part: str, value: float | None, *, reference: float | None, limit: float
) -> Finding:
    """A finding that drifts downwards."""
    return Finding(kind, measure, part, value, reference, limit, value is not None and value <= limit)
