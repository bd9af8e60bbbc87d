"""What every model of zones is given, and what it has to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.calendar import Calendar
from amuna.forecasting.zones.features import History, history
from amuna.forecasting.zones.profile import Profiles, ProfileSettings, run_profiles

HORIZON = 7
# The first day ahead and the later ones have models, weights and ranges of their own.
FIRST, LATER = "first", "later"

# Memory of a profile, and of the quicker and the steadier one it is compared with [days].
Memories = tuple[float, float, float]


@dataclass(frozen=True)
class ZoneFacts:
    """What the table of zones says of each, as it is now; nan where unknown, shape (n_zones,) each.

    Parameters
    ----------
    population
        People who live there.
    connections
        Service connections.
    area
        [km²].
    """

    population: Floats
    connections: Floats
    area: Floats

    def of_first(self, n_zones: int) -> ZoneFacts:
        """Those of the first zones."""
        return ZoneFacts(self.population[:n_zones], self.connections[:n_zones], self.area[:n_zones])


@dataclass(frozen=True)
class ZoneData:
    """Inflows up to the end of `flow`, and what is known of those days and of the days after.

    Parameters
    ----------
    zones
        Names, in the order of the arrays.
    flow
        Inflow of whole local days, nan where missing, shape (n_zones, n_days, 24).
    days
        At least `n_days` + 7 days.
    weather
        From `trusted_weather`: rain [mm], temperature [°C], humidity [%], wind [km/h]; shape (4, at least `n_days` + 7, 24).
    facts
        What else is known of the zones, in their order; None where nothing is.
    """

    zones: tuple[str, ...]
    flow: Floats = field(repr=False)
    days: Calendar = field(repr=False)
    weather: Floats = field(repr=False)
    facts: ZoneFacts | None = field(default=None, repr=False)
    _histories: dict[Memories, History] = field(default_factory=dict, repr=False, compare=False)

    @property
    def n_days(self) -> int:
        """Days of history."""
        return int(self.flow.shape[1])

    def history(self, memories: Memories) -> History:
        """Profiles and deviations as of every day, each from earlier days alone; computed once."""
        if memories not in self._histories:
            profiles, quick, steady = (self._profiles(memory) for memory in memories)
            self._histories[memories] = history(profiles, quick, steady, self.days)
        return self._histories[memories]

    def _profiles(self, memory: float) -> Profiles:
        known = slice(0, self.n_days)
        settings = ProfileSettings(memory=memory)
        return run_profiles(self.flow, self.days.day_type[known], self.days.usual[known], settings)


def lead_class(lead: int) -> str:
    """`first` or `later`, of a day ahead counted from 0."""
    return FIRST if lead == 0 else LATER


class FittedZoneForecaster(Protocol):
    """A model of all zones, fitted; newer data needs no fit."""

    def forecast(self, data: ZoneData, origins: Ints, n_days: int) -> Floats:
        """Forecast `n_days` days from each origin on.

        Of `data.flow` only the days before an origin enter its forecast; weather and calendar are known ahead.

        Parameters
        ----------
        data
            The zones it was fitted on, in that order; may have more days.
        origins
            Days counted from the first of `data`, at most `data.n_days`, shape (n_origins,).
        n_days
            At most 8; `origins` + `n_days` at most the days of the calendar.

        Returns
        -------
        Floats
            In the unit of the flow, nan where it has nothing to say, shape (n_zones, n_origins, n_days, 24).
        """

    def to_texts(self) -> dict[str, str]:
        """Its parts by name; the `restore` of its module makes the same model of them, bit by bit."""


class ZoneForecaster(Protocol):
    """A way to forecast zones; holds no data."""

    name: str

    def fit(self, data: ZoneData, cutoff: int) -> FittedZoneForecaster:
        """Fit on inflows of the days before `cutoff` alone, a day counted from the first of `data`."""


@runtime_checkable
class TunableForecaster(Protocol):
    """A forecaster with other settings worth trying on folds."""

    name: str

    def fit(self, data: ZoneData, cutoff: int) -> FittedZoneForecaster:
        """See `ZoneForecaster`."""

    def alternatives(self) -> Mapping[str, ZoneForecaster]:
        """The same model set in other ways, by the names that a choice of them is kept under."""


@runtime_checkable
class WeighingForecaster(Protocol):
    """A fitted model that can tell how much it leans on each of its inputs."""

    def importance(self) -> Mapping[str, Mapping[str, float]]:
        """By `first` (day ahead) and `later`, and by input, in a unit of the model's own, never negative."""
