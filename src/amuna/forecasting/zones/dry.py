"""Hours without supply: where zones are supplied some hours a day, nothing is expected in the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats
from amuna.forecasting.zones.week import WeekAhead

_DAYS, _FEWEST = 56, 28


def dry_hours(flow: Floats) -> NDArray[np.bool_]:
    """Hours of the day in which nothing has flowed into a zone for eight weeks, shape (n_zones, 24).

    A zone that is dry at every hour is closed or not measured, and has none.

    Parameters
    ----------
    flow
        Inflow, nan where missing, shape (n_zones, n_days, 24); four weeks of an hour must be known.
    """
    recent = flow[:, -_DAYS:]
    known = np.isfinite(recent)
    dry = (known.sum(axis=1) >= _FEWEST) & (np.where(known, recent, 0.0).max(axis=1) <= 0)
    return np.asarray(dry & ~dry.all(axis=1, keepdims=True))


def without_dry_hours(week: WeekAhead, flow: Floats) -> WeekAhead:
    """The forecast with nothing, and no doubt, in dry hours; those of a schedule that changes are wet from the next day on."""
    dry = dry_hours(flow)[:, None]
    return replace(week, mean=np.where(dry, 0.0, week.mean), bounds=np.where(dry, 0.0, week.bounds))
