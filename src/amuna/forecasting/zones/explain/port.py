"""Models that can tell what each of their inputs adds, and which reason people know each input belongs to."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats
from amuna.forecasting.zones.features import CALENDAR, RECENT, WEATHER, feature_names
from amuna.forecasting.zones.port import Memories

TEMPERATURE, RAIN, HUMIDITY, WIND = "temperature", "rain", "humidity", "wind"
HOLIDAY, SCHOOL, FESTIVE, SEASON, RECENT_DAYS, OTHER = (
    "holiday",
    "school",
    "festive",
    "season",
    "recent",
    "other",
)
# Reasons that features stand for, in the order people read them; what belongs to none is other.
GROUPS = (TEMPERATURE, RAIN, HUMIDITY, WIND, HOLIDAY, SCHOOL, FESTIVE, SEASON, RECENT_DAYS, OTHER)
_WORDS = {
    TEMPERATURE: ("temp", "heat", "apparent", "felt", "cooling", "heating"),
    RAIN: ("rain", "dry", "wet"),
    HUMIDITY: ("humidity",),
    WIND: ("wind",),
    SCHOOL: ("school", "august"),
    FESTIVE: ("festive", "christmas"),
    SEASON: ("season", "month"),
    HOLIDAY: ("holiday", "bridge", "distance", "day_type", "weekday", "type_before"),
}
_PLAIN = ("zone", "hour", "lead")


@runtime_checkable
class ExplainedForecaster(Protocol):
    """A fitted model that sums contributions of the columns of `features` to a scaled deviation from its profile."""

    @property
    def memories(self) -> Memories:
        """Of the history its rows are made from."""

    def scaled(self, rows: NDArray[np.float32], *, lead: int) -> Floats:
        """Scaled deviations that it forecasts, shape (n_zones, n_origins, 24).

        Parameters
        ----------
        rows
            From `features`, shape (n_zones, n_origins, 24, n_features).
        lead
            Days ahead, from 0.
        """

    def contributions(self, rows: NDArray[np.float32], *, lead: int) -> Floats:
        """What each feature adds to `scaled`, the last column a constant: shape (n_zones, n_origins, 24, n_features + 1)."""


def group_of(feature: str) -> str:
    """The reason a feature belongs to."""
    if feature in _PLAIN:
        return OTHER
    if feature in RECENT:
        return RECENT_DAYS
    if feature not in (*CALENDAR, *WEATHER):
        return OTHER
    starts = ((word, group) for group, words in _WORDS.items() for word in words)
    return next((group for word, group in starts if feature.startswith(word)), OTHER)


def grouping() -> Floats:
    """1.0 where a column of `contributions` belongs to a group, shape (n_features + 1, n_groups)."""
    groups = [*(group_of(name) for name in feature_names()), OTHER]
    return np.array([[float(group == each) for each in GROUPS] for group in groups])
