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
from amuna.forecasting.zones.port import Memories
from amuna.forecasting.zones.profile import Profiles

# Of the profile that shows events.
EVENTS: Memories = (28.0, 8.0, 60.0)
SHARP = 4.0
OFF = float("inf")
_CANDIDATES = (OFF, 8.0, 6.0, 5.0, 4.0, 3.0, 2.0)
_WARM_UP = 60
_LEAD = 3


def choose_sharp(profiles: Profiles, days: Calendar, flow: Floats) -> float:
    """How sharp an hour must have stood out so far for moving it to have paid; 4 where no clock has been changed yet.

    Every day of another clock or of another day type than its weekday is forecast by its profile as of three days
    before, with and without the move: the threshold that took off most absolute error wins, and none where all added.

    Parameters
    ----------
    profiles
        As of each day of the flow.
    days
        At least as many days.
    flow
        Inflow, nan where missing, shape (n_zones, n_days, 24).
    """
    known = np.arange(flow.shape[1])
    moved = known[
        (known >= _WARM_UP) & ((days.clock[known] != 0) | (days.day_type[known] != days.weekday[known]))
    ]
    gains = [sum(_gain(profiles, days, flow, int(day), sharp) for day in moved) for sharp in _CANDIDATES]
    if not np.any(gains):
        return SHARP
    return _CANDIDATES[int(np.argmax(gains))]


def _gain(profiles: Profiles, days: Calendar, flow: Floats, day: int, sharp: float) -> float:
    """Absolute error that moving events took off a day, in the unit of the flow."""
    origin = day - _LEAD
    move = event_move(profiles, days, origin, day, sharp=sharp)
    miss = flow[:, day] - profiles.level[origin, :, days.day_type[day]]
    return float(np.nansum(np.abs(miss) - np.abs(miss - move)))


def event_excess(profiles: Profiles, origin: int, *, sharp: float = SHARP) -> Floats:
    """What each weekday's profile has above the hours around it and the other weekdays, `(n_zones, 7, 24)`.

    Only an excess of at least `sharp` usual deviations of the zone counts.
    """
    level = profiles.level[origin]
    week = level.reshape(level.shape[0], -1)
    around = np.median([np.roll(week, step, axis=1) for step in (-2, -1, 1, 2)], axis=0)
    others = np.sort(level, axis=1)[:, -2:-1]
    excess = np.nan_to_num(np.minimum(week - around, (level - others).reshape(week.shape)))
    if np.isinf(sharp):
        return np.zeros_like(level)
    spread = profiles.spread[origin]
    # Hours without supply never depart from their profile, and say nothing of the others.
    usual = np.nan_to_num(nan_median(np.where(spread > 0, spread, np.nan)), nan=np.inf)
    return np.where(excess >= sharp * usual[:, None], excess, 0.0).reshape(level.shape)


def event_move(
    profiles: Profiles, days: Calendar, origin: int, target: int, *, sharp: float = SHARP
) -> Floats:
    """What to add to the forecast of a day so that events keep their own clock, `(n_zones, 24)`."""
    excess = event_excess(profiles, origin, sharp=sharp)
    line = np.concatenate([excess[:, (days.weekday[target] + step) % 7] for step in (-1, 0, 1)], axis=1)
    clock = int(days.clock[target])
    return line[:, 24 - clock : 48 - clock] - excess[:, days.day_type[target]]
