"""Minimum trace: forecasts of all levels moved as little as their variances allow until they add up.

Wickramasuriya, Athanasopoulos and Hyndman (2019), doi:10.1080/01621459.2018.1448825, with a diagonal matrix of
variances, solved on the constraints (as many as there are groups) instead of on the series: the same result, and
27,000 accounts take no longer than their sums. Never negative after Di Fonzo and Girolimetto (2023),
doi:10.1016/j.solener.2023.01.003: what lies below zero is set to zero, and here its zone's other accounts give way
in proportion, so that the sums of the zones stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amuna.domain.panel import Floats
from amuna.forecasting.reconcile.hierarchy import Hierarchy

_LEAST = 1e-9  # share of the mean variance below which a variance counts as this share, so that nothing is divided by zero


@dataclass(frozen=True)
class Coherent:
    """Values that add up: of the series, shape (n_series, …), and of the groups, shape (n_groups, …)."""

    bottom: Floats
    upper: Floats


def structural_variance(hierarchy: Hierarchy) -> tuple[Floats, Floats]:
    """Variances of series and groups where none are known: as many as series in them (structural scaling)."""
    ones = np.ones(hierarchy.n_series)
    return ones, hierarchy.sums(ones)


def reconcile(
    hierarchy: Hierarchy, bottom: Floats, upper: Floats, *, bottom_variance: Floats, upper_variance: Floats
) -> Coherent:
    """Move forecasts of series and groups until they add up; never negative.

    Parameters
    ----------
    bottom, upper
        Forecasts of the series, shape (n_series, k), and of the groups, shape (n_groups, k): k days, or draws.
    bottom_variance, upper_variance
        Error variance of each, shapes (n_series,) and (n_groups,); what is uncertain moves most.
    """
    series_weight = _positive(bottom_variance)
    weighted = hierarchy.membership * series_weight[None, :]
    constraint = (weighted @ hierarchy.membership.T).toarray() + np.diag(_positive(upper_variance))
    gap = upper - hierarchy.sums(bottom)
    push = np.linalg.solve(constraint, gap)
    moved = bottom.copy()
    for groups in hierarchy.groups:
        moved += series_weight[:, None] * push[groups]
    return never_negative(hierarchy, moved)


def never_negative(hierarchy: Hierarchy, bottom: Floats) -> Coherent:
    """The series at zero where they lie below, the others of their lowest group giving way; and what they add up to."""
    groups = hierarchy.groups[0]
    below = bottom < 0
    if below.any():
        wanted = np.maximum(hierarchy.sums(bottom), 0.0)
        bottom = np.where(below, 0.0, bottom)
        found = hierarchy.sums(bottom)
        share = np.divide(wanted, found, out=np.zeros_like(found), where=found > 0)
        bottom = bottom * share[groups]
    return Coherent(bottom, hierarchy.sums(bottom))


def _positive(variance: Floats) -> Floats:
    usual = float(variance.mean()) or 1.0
    return np.maximum(variance, _LEAST * usual)
