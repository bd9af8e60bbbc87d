"""What is usual of a zone and day: the mean of the last four ordinary days of the same weekday. Nothing else calls itself so.

Ordinary is a day that is no holiday and no bridge, so that the weeks after Christmas are not held against Christmas; where
some of the last four weeks had none, days of the two weeks before them stand in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.nans import nan_mean

USUAL_DAYS = 4
USUAL_WEEKS = 6  # how far back the four are looked for
FEWEST = 2  # of the four that must be known
KNOWN_HOURS = 20  # of a day that counts

Bools = NDArray[np.bool_]


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


def usual_inflow(flow: Floats, ordinary: Bools, target: int) -> Floats:
    """Usual inflow of a day by hour, shape (n_zones, 24); nan where it is not known.

    Parameters
    ----------
    flow, ordinary, target
        As in `usual_days`.
    """
    days = usual_days(flow, ordinary, target)
    return days.mean(flow[:, target - 7 * days.weeks])


def usual_days(
    flow: Floats, ordinary: Bools, target: int, *, first: int = 0, fewest: int = FEWEST
) -> UsualDays:
    """The last four ordinary days of the same weekday in the six weeks before a day, without those hardly known.

    Parameters
    ----------
    flow
        Inflow by local day and hour, shape (n_zones, n_days, 24).
    ordinary
        Days that are no holiday and no bridge, shape (at least n_days,).
    target
        The day, which may lie after the flow.
    first
        First day that may be taken.
    fewest
        A zone with fewer such days takes none.
    """
    weeks = np.arange(1, USUAL_WEEKS + 1)
    weeks = weeks[(target - 7 * weeks >= first) & (target - 7 * weeks < flow.shape[1])]
    days = target - 7 * weeks
    good = (np.isfinite(flow[:, days]).sum(axis=2) >= KNOWN_HOURS) & ordinary[days]
    taken = good & (np.cumsum(good, axis=1) <= USUAL_DAYS)
    taken &= taken.sum(axis=1, keepdims=True) >= fewest
    some = taken.any(axis=0)
    return UsualDays(weeks[some], taken[:, some].astype(np.float64))
