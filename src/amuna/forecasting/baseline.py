"""Baselines: what the same weekday of the last weeks used, as its last value, mean or median."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints, Panel
from amuna.domain.time import Horizon
from amuna.forecasting.arima.model import check_continues

LAST, MEAN, MEDIAN = 0, 1, 2


@dataclass(frozen=True)
class SeasonalProfile:
    """One value per position in the season, from the last seasons.

    Parameters
    ----------
    name
        Name of the forecaster.
    seasons
        Seasons looked back on.
    kind
        LAST, MEAN or MEDIAN of the observed values of each position.
    period
        Length of a season [steps].
    """

    name: str
    seasons: int
    kind: int
    period: int = 7

    def fit(self, history: Panel) -> FittedProfile:
        """Keep the last seasons of every series. A series with no value at all forecasts zero."""
        recent = np.full((len(history), self.seasons * self.period), np.nan)
        status = np.full(len(history), "too_short", dtype="<U13")
        status[_keep_last(history.values, history.offsets, recent) >= self.period] = "ok"
        return FittedProfile(self, history.series_ids, history.ends, recent, status)


@dataclass(frozen=True)
class FittedProfile:
    """The last seasons of every series, shape (n_series, seasons * period), newest last."""

    model: SeasonalProfile
    series_ids: NDArray[Any]
    ends: NDArray[np.datetime64]
    recent: Floats
    status: NDArray[Any]

    def forecast(self, horizon: Horizon) -> Floats:
        """Point forecasts, shape (n_series, steps), in the panel's unit."""
        profile = np.empty((len(self.recent), self.model.period))
        _profile(self.recent, self.model.period, self.model.kind, profile)
        seasons = -(-horizon.steps // self.model.period)
        return np.tile(profile, (1, seasons))[:, : horizon.steps]

    def update(self, new: Panel) -> FittedProfile:
        """Shift the new values in. Raises ValueError unless they start where each series ended."""
        check_continues(self.series_ids, self.ends, new)
        recent = self.recent.copy()
        _keep_last(new.values, new.offsets, recent)
        return replace(self, ends=new.ends, recent=recent)


def last_week() -> SeasonalProfile:
    """The same weekday of last week, or of the latest of six in which it is known: the baseline of every score."""
    return SeasonalProfile("last_week", 6, LAST)


def weekday_mean() -> SeasonalProfile:
    """Mean of the same weekday over four weeks."""
    return SeasonalProfile("weekday_mean", 4, MEAN)


def weekday_median() -> SeasonalProfile:
    """Median of the same weekday over six weeks."""
    return SeasonalProfile("weekday_median", 6, MEDIAN)


BASELINES: tuple[Callable[[], SeasonalProfile], ...] = (last_week, weekday_mean, weekday_median)


@njit(cache=True, nogil=True)
def _keep_last(values: Floats, offsets: Ints, recent: Floats) -> Ints:
    """Shift each series' values into its row; returns the number of observed values in the row."""
    observed = np.zeros(len(recent), dtype=np.int64)
    width = recent.shape[1]
    for i in range(len(recent)):
        n = min(offsets[i + 1] - offsets[i], width)
        for j in range(width - n):
            recent[i, j] = recent[i, j + n]
        for j in range(n):
            recent[i, width - n + j] = values[offsets[i + 1] - n + j]
        for j in range(width):
            observed[i] += not np.isnan(recent[i, j])
    return observed


@njit(cache=True, nogil=True)
def _profile(recent: Floats, period: int, kind: int, out: Floats) -> None:
    seasons = recent.shape[1] // period
    column = np.empty(seasons)
    for i in range(len(recent)):
        row = recent[i]
        observed = row[~np.isnan(row)]
        usual = np.median(observed) if len(observed) > 0 else 0.0
        for position in range(period):
            n = 0
            for season in range(seasons):
                value = row[season * period + position]
                if not np.isnan(value):
                    column[n] = value
                    n += 1
            if n == 0:
                out[i, position] = usual
            elif kind == MEDIAN:
                out[i, position] = np.median(column[:n])
            elif kind == MEAN:
                out[i, position] = column[:n].mean()
            else:
                out[i, position] = column[n - 1]
            out[i, position] = max(out[i, position], 0.0)
