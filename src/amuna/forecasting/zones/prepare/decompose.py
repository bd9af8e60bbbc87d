"""Trend and seasons of each zone as known at an origin, by MSTL with seasons of a day and a week.

STL: Cleveland et al. 1990, Journal of Official Statistics 6, 3-73; with several seasons: Bandara, Hyndman and Bergmeir 2021,
arXiv:2107.13462. The smoothers look to both sides, so each origin has a decomposition of its own, of the 35 days before it.
"""

from __future__ import annotations

import warnings

import numpy as np

from amuna.domain.errors import MissingExtra
from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.nans import nan_mean
from amuna.forecasting.zones.prepare.parts import Decomposition

try:
    from statsmodels.tsa.seasonal import MSTL
except ImportError:
    raise MissingExtra("statsmodels", extra="zones") from None

WINDOW_DAYS = 35
DAY, WEEK = 24, 168
_FEWEST_DAYS = 14
# Loess at every n-th hour, a line between: twenty times as fast, and smoother than any hour needs.
_SPARSE = {"seasonal_jump": 8, "trend_jump": 48, "low_pass_jump": 48, "inner_iter": 2}


def decompose(flow: Floats, origins: Ints) -> Decomposition:
    """Decompose what lies before each origin.

    Parameters
    ----------
    flow
        Without outliers, nan where missing, shape (n_zones, n_days, 24).
    origins
        Days counted from the first, shape (n_origins,).
    """
    shape = (flow.shape[0], origins.size)
    trend, slope = np.full(shape, np.nan), np.full(shape, np.nan)
    day, week = np.full((*shape, 24), np.nan), np.full((*shape, 7, 24), np.nan)
    for zone, series in enumerate(flow):
        for at, origin in enumerate(origins):
            window = series[max(origin - WINDOW_DAYS, 0) : origin]
            if np.isfinite(window).any(axis=1).sum() < _FEWEST_DAYS:
                continue
            level, daily, weekly = _mstl(_without_gaps(window))
            trend[zone, at], slope[zone, at] = level[-1], level[-1] - level[-WEEK]
            day[zone, at], week[zone, at] = daily[-DAY:], weekly[-WEEK:].reshape(7, 24)
    return Decomposition(trend, slope, day, week)


def _mstl(series: Floats) -> tuple[Floats, Floats, Floats]:
    """Trend, daily and weekly season, shape (n_hours,) each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        # A copy: MSTL takes entries out of what it is given.
        made = MSTL(series, periods=(DAY, WEEK), iterate=2, stl_kwargs=dict(_SPARSE)).fit()
    return made.trend, made.seasonal[:, 0], made.seasonal[:, 1]


def _without_gaps(window: Floats) -> Floats:
    """Hours in a row, gaps as the same hour of the week, of the day, or as the mean, shape (n_hours,)."""
    n_days = len(window)
    weekday = np.arange(n_days) % 7
    same = np.stack([nan_mean(window[weekday == kind], axis=0) for kind in range(7)])[weekday]
    hour = np.broadcast_to(nan_mean(window, axis=0), window.shape)
    filled = np.where(np.isfinite(window), window, np.where(np.isfinite(same), same, hour))
    return np.where(np.isfinite(filled), filled, np.nanmean(window)).ravel()
