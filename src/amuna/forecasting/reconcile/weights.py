"""Weights: how much the zones' own forecasts and the sums of their accounts count, learned from what both missed by.

The total of all zones is that of their own forecasts. A hot week raises all zones at once, which past cutoffs show too seldom
to learn a weight from; and point forecasts of accounts are nearer to medians than to means, so that their sum lies low. How
the total is shared among the zones is another matter: there every zone tells at every cutoff, and a bias that all accounts
have in common drops out. The weight of the zones' own shares is the one that would have left the least squared error
over past cutoffs (Bates and Granger 1969, doi:10.1057/jors.1969.103), drawn towards a prior as far as chance explains it.
"""

from __future__ import annotations

import numpy as np

from amuna.domain.panel import Floats

PRIOR = 0.75  # weight of the zones' own shares where nothing is known
FEWEST_ORIGINS = 4  # past cutoffs from which on anything is learned
_CHANCE = 3.0  # standard errors at which a weight goes half the way from the prior


def learn_weight(observed: Floats, own: Floats, added: Floats) -> float:
    """Weight of the zones' own forecasts in each zone's share of the total, 0 to 1, from past cutoffs.

    The rest is the weight of what their accounts add up to.

    Parameters
    ----------
    observed, own, added
        What came, what the zones' own forecasts said and what their accounts' forecasts added up to, each of shape
        (n_zones, n_origins, n_days) [m³]; NaN where unknown.
    """
    known = np.isfinite(observed) & np.isfinite(own) & np.isfinite(added)
    three = [np.where(known, values, 0.0) for values in (observed, own, added)]
    usable = np.all([values.sum(axis=(0, 2)) > 0 for values in three], axis=0)
    if usable.sum() < FEWEST_ORIGINS:
        return PRIOR
    came, by_own, by_added = (shares(values[:, usable]) for values in three)
    usual = np.sqrt(((came - by_own) ** 2).mean(axis=(1, 2), keepdims=True))
    scale = np.divide(1.0, usual, out=np.zeros_like(usual), where=usual > 0)
    return _weight((came - by_own) * scale, (came - by_added) * scale)


def _weight(own: Floats, added: Floats) -> float:
    """Weight of the forecast with the first errors, shape (n, n_origins, n_days) each; an origin is one piece of evidence."""
    apart = added - own
    product = (added * apart).sum(axis=(0, 2))
    square = (apart**2).sum(axis=(0, 2))
    if square.sum() <= 0:
        return PRIOR
    best = product.sum() / square.sum()
    error = np.sqrt(((product - best * square) ** 2).sum()) / square.sum()
    way = float(np.clip(best, 0.0, 1.0)) - PRIOR
    return float(PRIOR + way**3 / (way**2 + (_CHANCE * error) ** 2)) if way else PRIOR


def settled(own: Floats, added: Floats, weight: float) -> Floats:
    """One forecast of each zone from the two, shape (n_zones, n_days) [m³]; never negative.

    Parameters
    ----------
    own, added
        The zones' own forecasts and what their accounts' forecasts add up to, shape (n_zones, n_days) [m³]. Where one
        of them is NaN, the other stands for both, as large against it as in the other zones.
    weight
        Of the own ones, 0 to 1.
    """
    both = np.isfinite(own) & np.isfinite(added)
    totals = [np.where(both, values, 0.0).sum(axis=0) for values in (own, added)]
    ratio = np.divide(
        totals[0], totals[1], out=np.ones_like(totals[0]), where=(totals[0] > 0) & (totals[1] > 0)
    )
    own, added = (
        np.where(np.isfinite(own), own, added * ratio),
        np.where(np.isfinite(added), added, own / ratio),
    )
    mixed = weight * shares(own) + (1 - weight) * shares(added)
    return shares(mixed) * own.sum(axis=0)


def shares(values: Floats) -> Floats:
    """Share of each zone in the total, same shape; zero where the total is."""
    total = values.sum(axis=0, keepdims=True)
    return np.divide(values, total, out=np.zeros_like(values), where=total > 0)
