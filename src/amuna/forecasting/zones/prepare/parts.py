"""Features out of trends and seasons that were known at an origin."""

from __future__ import annotations

from dataclasses import dataclass

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.calendar import Calendar
from amuna.forecasting.zones.features import History
from amuna.forecasting.zones.nans import nan_mean
from amuna.forecasting.zones.profile import profile_of

NAMES = ("stl_level", "stl_trend", "stl_slope", "stl_day", "stl_week")


@dataclass(frozen=True)
class Decomposition:
    """Parts at the end of the history of each origin, in the unit of the flow; nan where too little is known.

    Parameters
    ----------
    trend, slope
        Trend of the last hour, and its change over the last week, shape (n_zones, n_origins).
    day
        Daily season of the last day, shape (n_zones, n_origins, 24).
    week
        Weekly season of the last week, by days after the origin, shape (n_zones, n_origins, 7, 24).
    """

    trend: Floats
    slope: Floats
    day: Floats
    week: Floats

    def of(self, chosen: Ints) -> Decomposition:
        """Those of some of the origins, by their places."""
        return Decomposition(
            self.trend[:, chosen], self.slope[:, chosen], self.day[:, chosen], self.week[:, chosen]
        )


def decomposed_features(
    parts: Decomposition, past: History, days: Calendar, origins: Ints, *, lead: int
) -> list[Floats]:
    """Blocks in the order of `NAMES`, in usual deviations of the zone; level and trend less the profile.

    Parameters
    ----------
    parts
        From `decompose` of the same origins.
    past, days
        Profiles and calendar of the zones.
    origins
        Shape (n_origins,).
    lead
        Days from the origin to the target.
    """
    scale = past.scale[:, origins, None]
    profile = profile_of(past.profiles, origins, days.day_type[origins + lead])
    weekly = parts.week[:, :, lead % 7]
    trend = parts.trend[..., None]
    level = trend + parts.day + weekly - profile
    blocks = (
        level,
        trend - nan_mean(profile, axis=2, keepdims=True),
        parts.slope[..., None],
        parts.day,
        weekly,
    )
    return [each / scale for each in blocks]
