"""Weights of several forecasts, learned on days the models were not fitted on."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from amuna.domain.panel import Floats

_TRUSTS = (0.5, 0.0, 1.0)


def learn_weights(made: Floats, observed: Floats, prior: Floats, *, trust: float = 0.5) -> Floats:
    """Non-negative least squares shrunk to prior weights.

    Parameters
    ----------
    made : Floats, shape (n_models, n_values)
        Scaled forecasts on days after the fit of the models.
    observed : Floats, shape (n_values,)
        nan is left out.
    prior : Floats, shape (n_models,)
        Weights without evidence, summing to one.
    trust : float
        Share of the learned weights, the rest is the prior.

    Returns
    -------
    Floats, shape (n_models,)
        Non-negative, summing to one.
    """
    known = np.isfinite(observed) & np.isfinite(made).all(axis=0)
    if known.sum() < 24 * 14:
        return prior
    # Errors, not levels: with weights that sum to one the combined error is linear in the models'.
    errors = np.clip(made[:, known] - observed[known], -3.0, 3.0)
    gram = errors @ errors.T / known.sum()
    gram += np.eye(prior.size) * 0.02 * np.trace(gram) / prior.size
    root = np.linalg.cholesky(gram).T
    heavy = 1e3
    system = np.vstack([root, np.full((1, prior.size), heavy)])
    found, _ = nnls(system, np.append(np.zeros(prior.size), heavy))
    learned = found / found.sum()
    return trust * learned + (1.0 - trust) * prior


def choose_trust(made: Floats, observed: Floats, prior: Floats) -> float:
    """Share of learned weights that did best where they were learned on other fortnights.

    Parameters
    ----------
    made : Floats, shape (n_models, n_zones, n_days, 24)
    observed : Floats, shape (n_zones, n_days, 24)
        nan is left out.
    prior : Floats, shape (n_models,)

    Returns
    -------
    float
        0, 0.5 or 1.
    """
    odd = np.arange(observed.shape[1]) // 14 % 2 == 1
    errors = np.zeros(len(_TRUSTS))
    for there in (odd, ~odd):
        flat = made[:, :, there].reshape(prior.size, -1), observed[:, there].ravel()
        for i, trust in enumerate(_TRUSTS):
            weights = learn_weights(*flat, prior, trust=trust)
            errors[i] += np.nansum(np.abs(combine(made[:, :, ~there], weights) - observed[:, ~there]))
    return _TRUSTS[int(np.argmin(errors))]


def combine(made: Floats, weights: Floats) -> Floats:
    """Weighted mean over the first axis, of those that are not nan; nan where none is."""
    each = weights.reshape(-1, *[1] * (made.ndim - 1)) * np.isfinite(made)
    total = each.sum(axis=0)
    mean = np.divide(
        (each * np.nan_to_num(made)).sum(axis=0), total, where=total > 0, out=np.full(total.shape, np.nan)
    )
    return np.asarray(mean, dtype=np.float64)
