"""What the hours of the cutoff's own day tell: the models see whole days, so the hours since midnight correct their week."""

from __future__ import annotations

import numpy as np

from amuna.domain.panel import Floats
from amuna.forecasting.zones.nans import nan_mean
from amuna.forecasting.zones.week import WeekAhead, ordered

# Chosen on days of Ferrara before July 2022, docs/zones.md: what stays of the mean miss of many hours, the number of
# hours that keep half of that, what the last hours add and how soon it fades [h].
_KEPT, _HOURS, _RECENT_KEPT, _FADES = 0.5, 6.0, 0.45, 2.0
_RECENT = 3
# Half-widths of the 80 % range beyond which a miss is pulled in.
_FARTHEST = 2.0


def with_today(week: WeekAhead, today: Floats) -> WeekAhead:
    """Move the rest of the day and the days after it by what the forecast missed since midnight.

    Parameters
    ----------
    week
        Forecast from the start of the cutoff's day on.
    today
        Inflow of the hours of that day before the cutoff, in the unit of the week, nan where missing or not yet
        known, shape (n_zones, 24).

    Returns
    -------
    WeekAhead
        As it was for zones of which no hour is known, and for hours before the cutoff.
    """
    known = np.isfinite(today)
    if not known.any():
        return week
    now = int(np.flatnonzero(known.any(axis=0))[-1]) + 1
    farthest = _FARTHEST * (week.bounds[2, :, 0] - week.bounds[1, :, 0]) / 2
    missed = np.clip(today - week.mean[:, 0], -farthest, farthest)
    hours = known.sum(axis=1)
    level = _KEPT * hours / (hours + _HOURS) * np.nan_to_num(nan_mean(missed, axis=1))
    recent = _RECENT_KEPT * np.nan_to_num(nan_mean(missed[:, max(now - _RECENT, 0) : now], axis=1))
    ahead = np.arange(week.mean[0].size).reshape(week.mean.shape[1:]) - now
    moved = level[:, None, None] + recent[:, None, None] * np.exp(-np.maximum(ahead, 0) / _FADES)
    moved = np.where(ahead >= 0, moved, 0.0)
    return ordered(week.mean + moved, week.bounds + moved)
