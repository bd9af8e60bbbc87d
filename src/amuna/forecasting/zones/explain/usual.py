"""The usual day that a day ahead is held against: the same weekday in the last four weeks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.nans import nan_mean
from amuna.forecasting.zones.port import ZoneData

USUAL_DAYS = 4
_WEEKS = 6
_KNOWN_HOURS = 20
_FIRST_ORIGIN = 8  # features look a week back


@dataclass(frozen=True)
class UsualDays:
    """Which earlier days a day is held against.

    Parameters
    ----------
    weeks
        How many weeks before the day, shape (n_days,).
    taken
        1.0 where a zone takes the day, shape (n_zones, n_days).
    """

    weeks: Ints
    taken: Floats

    def mean(self, values: Floats) -> Floats:
        """Mean over the days that each zone takes; nan where it takes none, shape (n_zones, n_days, ...) to (n_zones, ...)."""
        taken = self.taken.reshape(*self.taken.shape, *[1] * (values.ndim - 2))
        return nan_mean(np.where(taken > 0, values, np.nan), axis=1)


def usual_days(data: ZoneData, target: int) -> UsualDays:
    """The same weekday in the last four weeks; of the last six where some of them were a holiday, a bridge or hardly known.

    Parameters
    ----------
    target
        The day, at most six after the end of the flow.
    """
    weeks = np.array(
        [k for k in range(1, _WEEKS + 1) if data.n_days - 7 * k >= _FIRST_ORIGIN], dtype=np.int64
    )
    days = target - 7 * weeks
    known = np.isfinite(data.flow[:, days]).sum(axis=2) >= _KNOWN_HOURS
    good = known & data.days.usual[days]
    taken = good & (np.cumsum(good, axis=1) <= USUAL_DAYS)
    some = taken.any(axis=0)
    return UsualDays(weeks[some], taken[:, some].astype(np.float64))
