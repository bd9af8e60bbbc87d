"""Intermittent demand: the chance of use and the size of use, smoothed apart.

Teunter, Syntetos and Babai 2011 (doi:10.1016/j.ejor.2011.05.018). The forecast is the expected volume per step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints, Panel
from amuna.domain.time import Horizon
from amuna.forecasting.arima.model import check_continues


@dataclass(frozen=True)
class Tsb:
    """Teunter-Syntetos-Babai smoothing, for accounts that use nothing on most days.

    Parameters
    ----------
    size_weight, chance_weight
        Smoothing weights of the size of use and of its chance, 0 to 1.
    """

    size_weight: float = 0.1
    chance_weight: float = 0.05
    name: str = "tsb"

    def fit(self, history: Panel) -> FittedTsb:
        """Smooth every series from its first half-year mean on; no series fails."""
        size, chance = np.zeros(len(history)), np.zeros(len(history))
        observed = _start(history.values, history.offsets, size, chance)
        _smooth(history.values, history.offsets, self.size_weight, self.chance_weight, size, chance)
        status = np.where(observed > 0, "ok", "too_short").astype("<U13")
        return FittedTsb(self, history.series_ids, history.ends, size, chance, status)


@dataclass(frozen=True)
class FittedTsb:
    """Smoothed size of use [unit of the panel] and chance of use of every series, shape (n_series,)."""

    model: Tsb
    series_ids: NDArray[Any]
    ends: NDArray[np.datetime64]
    size: Floats
    chance: Floats
    status: NDArray[Any]

    def forecast(self, horizon: Horizon) -> Floats:
        """Expected volume per step, the same at every lead, shape (n_series, steps)."""
        return np.repeat((self.size * self.chance)[:, None], horizon.steps, axis=1)

    def update(self, new: Panel) -> FittedTsb:
        """Smooth the new values in. Raises ValueError unless they start where each series ended."""
        check_continues(self.series_ids, self.ends, new)
        size, chance = self.size.copy(), self.chance.copy()
        _smooth(new.values, new.offsets, self.model.size_weight, self.model.chance_weight, size, chance)
        return replace(self, ends=new.ends, size=size, chance=chance)


@njit(cache=True, nogil=True)
def _start(values: Floats, offsets: Ints, size: Floats, chance: Floats) -> Ints:
    """Start at the mean size and share of use of the first 180 steps; returns the observed values of each series."""
    observed = np.zeros(len(size), dtype=np.int64)
    for i in range(len(size)):
        used, total = 0, 0.0
        for value in values[offsets[i] : min(offsets[i + 1], offsets[i] + 180)]:
            if not np.isnan(value):
                observed[i] += 1
                used += value > 0
                total += max(value, 0.0)
        size[i] = total / used if used > 0 else 0.0
        chance[i] = used / observed[i] if observed[i] > 0 else 0.0
    return observed


@njit(cache=True, nogil=True)
def _smooth(
    values: Floats, offsets: Ints, size_weight: float, chance_weight: float, size: Floats, chance: Floats
) -> None:
    for i in range(len(size)):
        for value in values[offsets[i] : offsets[i + 1]]:
            if np.isnan(value):
                continue
            if value > 0:
                size[i] = value if size[i] == 0.0 else size[i] + size_weight * (value - size[i])
                chance[i] += chance_weight * (1 - chance[i])
            else:
                chance[i] -= chance_weight * chance[i]
