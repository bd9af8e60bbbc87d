"""Projection: accounts' forecasts moved as little as needed until they add up to what their zone is settled at.

Generalised least squares (minimum trace with a diagonal matrix of variances: Wickramasuriya, Athanasopoulos and Hyndman
2019, doi:10.1080/01621459.2018.1448825), the zone's sum being given and each account's variance being proportional to its
forecast: then the solution is the same factor for every account of a zone. So what is zero stays zero, nothing becomes
negative, no matrix is needed, and quantiles keep their order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amuna.domain.panel import Floats
from amuna.forecasting.reconcile.hierarchy import Hierarchy


@dataclass(frozen=True)
class Coherent:
    """Values of the series, shape (n_series, …), and of the groups, shape (n_groups, …)."""

    bottom: Floats
    upper: Floats


def add_up(hierarchy: Hierarchy, bottom: Floats, lowest: Floats) -> Coherent:
    """Series that add up to the given sums of their lowest groups, and those of every level.

    Parameters
    ----------
    bottom
        Forecasts of the series, never negative, shape (n_series, k): k days, or draws.
    lowest
        What the groups of the lowest level are settled at, never negative, shape (n_lowest, k). Where every series of a
        group is zero, all of them share its sum alike.
    """
    groups = hierarchy.lowest
    added = hierarchy.sums(bottom)[: hierarchy.n_lowest]
    factor = np.divide(lowest, added, out=np.zeros_like(added), where=added > 0)
    moved = bottom * factor[groups]
    if ((added <= 0) & (lowest > 0)).any():
        members = np.bincount(groups, minlength=len(added))[:, None]
        moved += np.where(added > 0, 0.0, lowest / members)[groups]
    return Coherent(moved, hierarchy.above().sums(lowest))
