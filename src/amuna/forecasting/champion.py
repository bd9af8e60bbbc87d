"""Which forecaster serves each account: a combination, unless another clearly won the backtest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats
from amuna.forecasting import members

# Weights of the members, in the order of members.NAMES. The first is the default champion.
# 0.8/0.2 and the margin below were chosen on nine folds of real meters: docs/benchmarks.md.
CONTENDERS: dict[str, tuple[float, ...]] = {
    "combination": (0.8, 0.2, 0.0, 0.0, 0.0),
    **{name: tuple(float(name == other) for other in members.NAMES) for name in members.NAMES},
}
NAMES = tuple(CONTENDERS)
WEIGHTS = np.array(list(CONTENDERS.values()))


@dataclass(frozen=True)
class Choice:
    """The champion of every series and what it was judged on.

    Parameters
    ----------
    champion
        Index into `NAMES`, shape (n_series,).
    mae
        Mean absolute residual of every contender, shape (n_contenders, n_folds, n_series), in the data's unit.
    """

    champion: NDArray[np.int64]
    mae: Floats

    @property
    def weights(self) -> Floats:
        """Weights of the members for each series, shape (n_series, n_members)."""
        return WEIGHTS[self.champion]

    @property
    def names(self) -> NDArray[Any]:
        """Name of each series' champion."""
        return np.array(NAMES)[self.champion]


def choose(forecasts: Floats, observed: Floats, *, margin: float) -> Choice:
    """Choose each series' champion by rolling-origin backtest.

    A contender replaces the combination only where its mean absolute residual is lower by the margin over all
    folds, and lower in most of them; so noise does not switch.

    Parameters
    ----------
    forecasts
        Of the members, shape (n_folds, n_members, n_series, steps).
    observed
        Shape (n_folds, n_series, steps); NaN where unknown.
    margin
        Share by which a contender must win, 0 to 1.
    """
    steps = observed.shape[-1]
    known = np.isfinite(observed)
    count = known.sum(axis=-1)
    mae = np.full((len(NAMES), *observed.shape[:2]), np.nan)
    for c, weights in enumerate(WEIGHTS):
        blend = np.zeros_like(observed)
        for m in np.flatnonzero(weights):
            blend += weights[m] * forecasts[:, m, :, :steps]
        total = np.where(known, np.abs(blend - observed), 0.0).sum(axis=-1)
        np.divide(total, count, out=mae[c], where=count > 0)
    judged = np.isfinite(mae[0])
    folds = judged.sum(axis=0)
    mean = np.where(judged, mae, 0.0).sum(axis=1) / np.maximum(folds, 1)
    wins = (mae < mae[:1]).sum(axis=1)
    eligible = (mean < (1 - margin) * mean[:1]) & (2 * wins > folds)
    contest = np.where(eligible, mean, np.inf)
    champion = np.where(eligible.any(axis=0), contest.argmin(axis=0), 0)
    return Choice(champion.astype(np.int64), mae)


def blend(weights: Floats, forecasts: Floats) -> Floats:
    """Weighted members: weights (n_series, n_members), forecasts (…, n_members, n_series, steps)."""
    return np.einsum("nm,...mnh->...nh", weights, forecasts)
