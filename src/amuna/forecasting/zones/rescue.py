"""Zones whose data is not as it should be: each has a status, a forecast all the same, and a wider range."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.copies import ENOUGH_DAYS, FEWEST_DAYS
from amuna.forecasting.zones.nans import nan_mean
from amuna.forecasting.zones.week import WeekAhead, ordered

OK, NO_WEATHER, GAP, SHORT_HISTORY, TOO_SHORT = "ok", "no_weather", "gap", "short_history", "too_short"
_LOOK_BACK, _MOST_MISSING = 120, 14
_HALF_DAY = 12
_WITHOUT_WEATHER = 0.25
# How much wider a range becomes; assumed, not learned: such cases are too rare in any one history.
_NO_WEATHER_WIDER, _GAP_WIDER, _STOPPED_WIDER, _OTHERS_WIDER, _TOO_SHORT_WIDER = 1.25, 1.25, 1.5, 1.5, 2.0
_SIGMAS = np.array([-1.96, -1.2816, 1.2816, 1.96])
_LEAST_SHARE = 0.1


def statuses(flow: Floats, *, trained: NDArray[np.bool_], weather_unknown: Floats) -> list[str]:
    """What is wrong with each zone, the worst of it.

    Parameters
    ----------
    flow
        Inflow up to the cutoff, nan where missing, shape (n_zones, n_days, 24).
    trained
        Whether the model knows the zone, shape (n_zones,).
    weather_unknown
        Share of hours of each day ahead whose weather is made up, shape (n_days_ahead,).
    """
    known = np.isfinite(flow).sum(axis=2) >= _HALF_DAY
    n_known = known.sum(axis=1)
    recent = known[:, -_LOOK_BACK:]
    first = np.where(known.any(axis=1), known.argmax(axis=1), known.shape[1])
    lived = np.minimum(known.shape[1] - first, recent.shape[1])
    missing = lived - recent.sum(axis=1)
    gap = (missing >= _MOST_MISSING) | ~_fresh(flow)
    dry = without_weather(weather_unknown)
    return [
        TOO_SHORT
        if n_known[i] < FEWEST_DAYS
        else SHORT_HISTORY
        if n_known[i] < ENOUGH_DAYS or not trained[i]
        else GAP
        if gap[i]
        else NO_WEATHER
        if dry
        else OK
        for i in range(flow.shape[0])
    ]


def without_weather(weather_unknown: Floats) -> bool:
    """Whether too much of the weather of some days is made up."""
    return bool(weather_unknown.mean() > _WITHOUT_WEATHER)


def widened(week: WeekAhead, flow: Floats, status: list[str], *, weather_stopped: bool) -> WeekAhead:
    """Ranges of zones with a gap, and of all where weather was known to the model and has stopped, made wider."""
    factor = np.full(len(status), _NO_WEATHER_WIDER if weather_stopped else 1.0)
    gap = np.array([name == GAP for name in status])
    factor[gap] *= np.where(_fresh(flow), _GAP_WIDER, _STOPPED_WIDER)[gap]
    wider = week.mean + factor[:, None, None] * (week.bounds - week.mean)
    return ordered(week.mean, wider)


def from_others(week: WeekAhead, flow: Floats, status: list[str]) -> WeekAhead:
    """Zones with hardly any history, or whom the model gives nothing: the shape of other zones at their level.

    A short history that the model has forecast, from copies of others before it, keeps that with a wider range. Zones whose
    last weeks resemble the known hours most count most; the misfit of those hours, half as wide again, is the range. Where no other zone has a forecast, the zone's own mean of each hour stands in.
    """
    poor = [i for i, name in enumerate(status) if name == TOO_SHORT or not np.isfinite(week.mean[i]).all()]
    short = np.array([name == SHORT_HISTORY for name in status])
    good = np.array([i for i in np.flatnonzero(~short) if i not in poor], dtype=np.int64)
    mean, bounds = week.mean.copy(), week.bounds.copy()
    bounds[:, short] = mean[short] + _OTHERS_WIDER * (bounds[:, short] - mean[short])
    for zone in poor:
        centre, sigma = _borrowed(week, flow, zone, good)
        wider = _TOO_SHORT_WIDER if status[zone] == TOO_SHORT else _OTHERS_WIDER
        mean[zone] = centre
        bounds[:, zone] = centre + _SIGMAS[:, None, None] * wider * sigma
    return ordered(mean, bounds)


def _fresh(flow: Floats) -> NDArray[np.bool_]:
    """Whether anything is known of the last day."""
    return np.asarray(np.isfinite(flow[:, -1]).any(axis=1))


def _borrowed(week: WeekAhead, flow: Floats, zone: int, good: Ints) -> tuple[Floats, Floats]:
    """Centre, shape (n_days, 24), and standard deviation of its errors."""
    own = flow[zone, -ENOUGH_DAYS:]
    known = np.isfinite(own)
    if not known.any():
        return _by_hour(flow[zone], week.mean.shape[1])
    level = float(own[known].mean())
    others = flow[good, -ENOUGH_DAYS:]
    levels = nan_mean(np.where(known, others, np.nan).reshape(good.size, own.size), axis=1)
    usable = np.isfinite(levels) & (levels > 0)
    if not usable.any():
        return _by_hour(own, week.mean.shape[1])
    shape = others[usable] / levels[usable, None, None]
    misfit = nan_mean(((shape - own / max(level, 1e-9)) ** 2).reshape(-1, own.size), axis=1)
    weights = 1.0 / np.maximum(np.nan_to_num(misfit, nan=1.0), 1e-4)
    weights /= weights.sum()
    ahead = week.mean[good[usable]] / levels[usable, None, None]
    centre = level * np.tensordot(weights, ahead, axes=1)
    miss = own - level * np.tensordot(weights, np.nan_to_num(shape, nan=1.0), axes=1)
    sigma = float(np.sqrt(np.mean(miss[known] ** 2)))
    return centre, np.maximum(sigma, _LEAST_SHARE * np.abs(centre))


def _by_hour(own: Floats, n_days: int) -> tuple[Floats, Floats]:
    """The zone's own mean of each hour; all hours' where one is unknown, and zero where nothing ever was."""
    hours = nan_mean(own, axis=0)
    level = np.nan_to_num(nan_mean(hours, axis=0))
    centre = np.tile(np.where(np.isfinite(hours), hours, level), (n_days, 1))
    spread = np.tile(np.sqrt(nan_mean((own - hours) ** 2, axis=0)), (n_days, 1))
    return centre, np.maximum(np.nan_to_num(spread), 2 * _LEAST_SHARE * np.abs(centre))
