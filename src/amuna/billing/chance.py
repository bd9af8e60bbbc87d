"""Chance: from a few quantiles of a volume to the probability of any volume, and to volumes of equal probability."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from amuna.domain.panel import Floats
from amuna.domain.tables import QUANTILE_COLUMNS

PROBABILITIES = np.array(tuple(QUANTILE_COLUMNS))
DRAWS = 400
_HEAVY = 3.0  # power with which the tails die out: a leak is rarer than a warm week, not unthinkable
_STEP = _HEAVY * ((PROBABILITIES[1] / PROBABILITIES[0]) ** (1 / _HEAVY) - 1)


def probability_above(threshold_m3: ArrayLike, quantiles_m3: Floats, *, least_m3: float = 0.0) -> Floats:
    """Probability that the volume is larger than each threshold, shape of the thresholds; falls as they rise.

    Between quantiles the probability is interpolated; beyond the outermost it dies out as a power, at the rate that the two outermost show.

    Parameters
    ----------
    threshold_m3
        Thresholds [m³].
    quantiles_m3
        Rising quantiles of the volume at PROBABILITIES [m³], shape (n_quantiles,).
    least_m3
        What was used already: less is impossible [m³].
    """
    threshold = np.asarray(threshold_m3, dtype=np.float64)
    q = quantiles_m3
    place = np.searchsorted(q, threshold, side="right")
    lower, upper = np.clip(place - 1, 0, len(q) - 1), np.clip(place, 0, len(q) - 1)
    width = np.maximum(q[upper] - q[lower], 1e-12)
    part = np.clip((threshold - q[lower]) / width, 0.0, 1.0)
    below = PROBABILITIES[lower] + part * (PROBABILITIES[upper] - PROBABILITIES[lower])
    low, high = _tails(q)
    below = np.where(place == 0, PROBABILITIES[0] * _fading((q[0] - threshold) / low), below)
    above = (1 - PROBABILITIES[-1]) * _fading((threshold - q[-1]) / high)
    above = np.where(place == len(q), above, 1 - below)
    return np.where(threshold < least_m3, 1.0, above)


def equal_draws(quantiles_m3: Floats, *, least_m3: float = 0.0, count: int = DRAWS) -> Floats:
    """Volumes [m³] that are each as probable as any other, rising, shape (count,): what means are taken over."""
    p = (np.arange(count) + 0.5) / count
    low, high = _tails(quantiles_m3)
    out = np.interp(p, PROBABILITIES, quantiles_m3)
    below, above = p < PROBABILITIES[0], p > PROBABILITIES[-1]
    out[below] = quantiles_m3[0] - low * _unfading(p[below] / PROBABILITIES[0])
    out[above] = quantiles_m3[-1] + high * _unfading((1 - p[above]) / (1 - PROBABILITIES[-1]))
    return np.maximum(out, least_m3)


def _fading(steps: Floats) -> Floats:
    """Share of a tail's probability that lies so many steps beyond its quantile."""
    return (1 + np.maximum(steps, 0.0) / _HEAVY) ** -_HEAVY


def _unfading(share: Floats) -> Floats:
    """Steps beyond which a share of a tail's probability lies."""
    return _HEAVY * (share ** (-1 / _HEAVY) - 1)


def _tails(quantiles_m3: Floats) -> tuple[float, float]:
    """Length of a step below and above [m³]: the tail's power runs through the two outermost quantiles of its side."""
    low = (quantiles_m3[1] - quantiles_m3[0]) / _STEP
    high = (quantiles_m3[-1] - quantiles_m3[-2]) / _STEP
    return max(float(low), 1e-9), max(float(high), 1e-9)
