"""Weekly events on a device's clock: flushing, tank filling, a softener's regeneration.

They last an hour, come on the same weekday whether it is a holiday or not, and their clock is set
by hand some days after daylight saving begins or ends. The profile of such an hour stands far
above its neighbours; that excess is moved to where the clock will put it.
"""

from __future__ import annotations

import numpy as np

from amuna.domain.panel import Floats
from amuna.forecasting.zones.calendar import Calendar
from amuna.forecasting.zones.nans import nan_median
from amuna.forecasting.zones.profile import Profiles

SHARP = 4.0


def event_excess(profiles: Profiles, origin: int) -> Floats:
    """What each weekday's profile has above the hours around it and the other weekdays, `(n_zones, 7, 24)`.

    Only an excess of at least `SHARP` usual deviations of the zone counts.
    """
    level = profiles.level[origin]
    week = level.reshape(level.shape[0], -1)
    around = np.median([np.roll(week, step, axis=1) for step in (-2, -1, 1, 2)], axis=0)
    others = np.sort(level, axis=1)[:, -2:-1]
    excess = np.nan_to_num(np.minimum(week - around, (level - others).reshape(week.shape)))
    usual = np.nan_to_num(nan_median(profiles.spread[origin]), nan=np.inf)
    return np.where(excess >= SHARP * usual[:, None], excess, 0.0).reshape(level.shape)


def event_move(profiles: Profiles, days: Calendar, origin: int, target: int) -> Floats:
    """What to add to the forecast of a day so that events keep their own clock, `(n_zones, 24)`."""
    excess = event_excess(profiles, origin)
    line = np.concatenate([excess[:, (days.weekday[target] + step) % 7] for step in (-1, 0, 1)], axis=1)
    clock = int(days.clock[target])
    return line[:, 24 - clock : 48 - clock] - excess[:, days.day_type[target]]
