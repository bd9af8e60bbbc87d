"""Draws: forecasts with quantiles at every level, drawn together, so that sums have the spread that sums have.

Quantiles of accounts cannot be added: accounts do not miss all on the same side. So each day is drawn many times. Every draw
stands for a past day, and takes each series at the rank that its departure had on that day among its own (Schaake shuffle:
Clark et al. 2004, doi:10.1175/1525-7541(2004)005<0243:TSSAMF>2.0.CO;2): series that rose together rise together. The
draws are then made to add up one by one (Panagiotelis et al. 2023, doi:10.1016/j.ejor.2022.07.040), and the quantiles
read off them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats
from amuna.forecasting.reconcile.hierarchy import Hierarchy
from amuna.forecasting.reconcile.projection import Coherent, reconcile

Ranks = NDArray[np.int64]
_NORMAL_SPREAD = 2.563  # 90 % quantile minus 10 % quantile of a standard normal


def ranks_of(departures: Floats, *, rng: np.random.Generator) -> Ranks:
    """Rank of each past day among the days of its series, shape (n_series, n_days), from 0.

    Parameters
    ----------
    departures
        How far each series was from its usual value on each past day, shape (n_series, n_days); NaN where unknown, which
        is given a rank at random.
    rng
        Breaks ties, and stands in for what is unknown.
    """
    jitter = rng.random(departures.shape)
    known = np.isfinite(departures)
    n = departures.shape[1]
    order = np.lexsort((jitter, np.where(known, departures, 0.0)), axis=1)
    ranks = np.empty(departures.shape, dtype=np.int64)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(n), departures.shape).copy(), axis=1)
    return ranks


def drawn(quantiles: Floats, levels: Sequence[float], ranks: Ranks) -> Floats:
    """Draws of series from their quantiles and ranks, shape (n_series, n_draws).

    Parameters
    ----------
    quantiles
        Of one day, rising along the last axis, shape (n_series, n_levels).
    levels
        Their probabilities.
    ranks
        Shape (n_series, n_draws).
    """
    n = ranks.shape[1]
    probability = (np.arange(n) + 0.5) / n
    weights = np.stack([np.interp(probability, levels, row) for row in np.eye(len(levels))])
    return np.take_along_axis(quantiles @ weights, ranks, axis=1)


def coherent_quantiles(
    hierarchy: Hierarchy,
    bottom: Floats,
    upper: Floats,
    *,
    levels: Sequence[float],
    bottom_ranks: Ranks,
    upper_ranks: Ranks,
    wanted: Sequence[float],
) -> tuple[Coherent, Coherent]:
    """Quantiles of one day that come from draws which add up.

    Parameters
    ----------
    bottom, upper
        Quantiles of series and groups as they were forecast, shapes (n_series, n_levels), (n_groups, n_levels).
    levels
        Their probabilities.
    bottom_ranks, upper_ranks
        From `ranks_of` over the same past days.
    wanted
        Probabilities of the quantiles to return.

    Returns
    -------
    quantiles
        Ordered and never negative, shapes (n_series, n_wanted), (n_groups, n_wanted).
    means
        Expected values, which add up, shapes (n_series, 1), (n_groups, 1).
    """
    draws = drawn(bottom, levels, bottom_ranks)
    together = reconcile(
        hierarchy,
        draws,
        drawn(upper, levels, upper_ranks),
        bottom_variance=_as_they_add_up(hierarchy, variance_of(bottom, levels), draws),
        upper_variance=variance_of(upper, levels),
    )
    quantiles = Coherent(*(_read(values, wanted) for values in (together.bottom, together.upper)))
    means = together.bottom.mean(axis=1, keepdims=True)
    return quantiles, Coherent(means, hierarchy.sums(means))


def variance_of(quantiles: Floats, levels: Sequence[float]) -> Floats:
    """Variance that the middle 80 % of a forecast tell of, shape (n_series,)."""
    low, high = (np.array([np.interp(p, levels, row) for row in np.eye(len(levels))]) for p in (0.1, 0.9))
    spread: Floats = (quantiles @ (high - low)) / _NORMAL_SPREAD
    return spread**2


def _as_they_add_up(hierarchy: Hierarchy, variance: Floats, draws: Floats) -> Floats:
    """Variances of the series, raised so that those of a zone add up to the variance of its sum in the draws.

    Series that miss together have a sum that misses by more than its parts tell; a diagonal alone would trust it too much.
    """
    of_sums = hierarchy.sums(draws).var(axis=1)
    added = hierarchy.sums(variance)
    raised = np.maximum(np.divide(of_sums, added, out=np.ones_like(added), where=added > 0), 1.0)
    return variance * raised[hierarchy.groups[0]]


def _read(values: Floats, wanted: Sequence[float]) -> Floats:
    """Quantiles along the last axis, by linear interpolation."""
    n = values.shape[1]
    place = np.clip(np.asarray(wanted) * n - 0.5, 0, n - 1)
    low = np.floor(place).astype(np.int64)
    part = place - low
    values = np.sort(values, axis=1)
    return values[:, low] * (1 - part) + values[:, np.minimum(low + 1, n - 1)] * part
