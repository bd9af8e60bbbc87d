"""What most members learn: the deviation from the profile as of the origin, in usual deviations of the zone."""

from __future__ import annotations

import numpy as np

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.calendar import Calendar
from amuna.forecasting.zones.features import History
from amuna.forecasting.zones.port import ZoneData
from amuna.forecasting.zones.profile import profile_of

# Days before the first origin to learn from [days].
WARM_UP = 30


def scaled_target(past: History, data: ZoneData, origins: Ints, *, lead: int) -> Floats:
    """(flow − profile) / scale of the day `lead` days after each origin; nan beyond the end of the flow.

    Shape (n_zones, n_origins, 24).
    """
    target = origins + lead
    inside = np.minimum(target, data.n_days - 1)
    seen = np.where((target < data.n_days)[None, :, None], data.flow[:, inside], np.nan)
    level = profile_of(past.profiles, origins, data.days.day_type[target])
    return (seen - level) / past.scale[:, origins, None]


def unscaled(past: History, days: Calendar, origins: Ints, scaled: Floats, *, lead: int) -> Floats:
    """Scaled deviations of that day back in the unit of the flow, shape (n_zones, n_origins, 24)."""
    level = profile_of(past.profiles, origins, days.day_type[origins + lead])
    return level + past.scale[:, origins, None] * scaled
