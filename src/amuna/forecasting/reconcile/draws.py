"""Draws: forecasts with quantiles at every level, drawn together, so that sums have the spread that sums have.

Quantiles of accounts or zones cannot be added: they do not miss all on the same side. So each day is drawn many times. Every
draw stands for a past day, and takes each series at the rank that its departure had on that day among its own (Schaake
shuffle: Clark et al. 2004, doi:10.1175/1525-7541(2004)005<0243:TSSAMF>2.0.CO;2): series that rose together rise together.
The draws add up one by one (Panagiotelis et al. 2023, doi:10.1016/j.ejor.2022.07.040), and the quantiles are read off them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats
from amuna.forecasting.reconcile.hierarchy import Hierarchy
from amuna.forecasting.reconcile.projection import Coherent, add_up

Ranks = NDArray[np.int64]
_TIE = 1e-6  # departures that differ by less count as equal [m³]: a millilitre


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
    values = rng.random(departures.shape) * _TIE
    values += np.where(np.isfinite(departures), departures, 0.0)
    order = np.argsort(values, axis=1)
    ranks = np.empty(departures.shape, dtype=np.int64)
    np.put_along_axis(ranks, order, np.arange(departures.shape[1])[None, :], axis=1)
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


def moved_to(quantiles: Floats, middle: Floats, centre: Floats) -> Floats:
    """Quantiles of zones around another centre, as wide in proportion; never negative.

    Parameters
    ----------
    quantiles
        Shape (n_zones, …, n_levels).
    middle, centre
        Where their centre is, and where it shall be, shape (n_zones, …). Where it is at zero, they are shifted.
    """
    factor = np.divide(centre, middle, out=np.ones_like(centre), where=middle > 0)
    shift = np.where(middle > 0, 0.0, centre)
    found: Floats = np.maximum(quantiles * factor[..., None] + shift[..., None], 0.0)
    return found


def coherent_day(
    hierarchy: Hierarchy, bottom: Floats, zone_draws: Floats, *, levels: Sequence[float], ranks: Ranks
) -> tuple[Coherent, Coherent]:
    """Draws of one day that add up, and their means, which add up too.

    Parameters
    ----------
    hierarchy
        Of the accounts.
    bottom
        Quantiles of the accounts as they were forecast, shape (n_series, n_levels).
    zone_draws
        Draws of the lowest groups where they are settled, shape (n_lowest, n_draws).
    levels, ranks
        Probabilities of the accounts' quantiles, and their ranks over the same past days as the zones'.

    Returns
    -------
    draws
        Shapes (n_series, n_draws), (n_groups, n_draws).
    means
        Expected values, shapes (n_series,), (n_groups,).
    """
    draws = add_up(hierarchy, drawn(bottom, levels, ranks), zone_draws)
    return draws, Coherent(draws.bottom.mean(axis=1), draws.upper.mean(axis=1))


def read_quantiles(draws: Floats, wanted: Sequence[float]) -> Floats:
    """Quantiles along the last axis by linear interpolation, shape (…, n_wanted); ordered."""
    n = draws.shape[-1]
    place = np.clip(np.asarray(wanted) * n - 0.5, 0, n - 1)
    low = np.floor(place).astype(np.int64)
    part = place - low
    values = np.sort(draws, axis=-1)
    found: Floats = values[..., low] * (1 - part) + values[..., np.minimum(low + 1, n - 1)] * part
    return found
