"""What the forecasts of zones follow, from the settings."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from amuna.config.settings import Settings
from amuna.domain.errors import UnknownSetting
from amuna.domain.text import Text
from amuna.domain.time import parse_time_zone

if TYPE_CHECKING:
    from amuna.forecasting.zones.calendar import Place
    from amuna.forecasting.zones.port import ZoneForecaster


def zone_place(settings: Settings) -> Place:
    """Where the utility is: its holidays and its local day."""
    from amuna.forecasting.zones.calendar import Place

    return Place(
        settings.utility_country, settings.utility_region, parse_time_zone(settings.utility_time_zone)
    )


def zone_forecasters(settings: Settings) -> list[ZoneForecaster]:
    """The models of zones that are combined: those that are named, or the best of those whose libraries are installed.

    Raises
    ------
    UnknownSetting
        If `zones.models` names one that does not exist.
    MissingExtra
        If the library of a named one is not installed.
    """
    from amuna.forecasting.zones.members import DEFAULT, MEMBERS, installed, make

    named = tuple(name.strip() for name in settings.zones_models.split(",") if name.strip())
    for name in named:
        if name not in MEMBERS:
            raise UnknownSetting(
                Text(
                    "zones.models nombra {found!r}; los que hay son {known}.",
                    "zones.models names {found!r}; there are {known}.",
                ),
                remedy=Text(
                    'Por ejemplo: models = "ridge, trees" bajo [zones] en amuna.toml.',
                    'For example models = "ridge, trees" under [zones] in amuna.toml.',
                ),
                setting="zones.models",
                found=name,
                known=", ".join(sorted(MEMBERS)),
            )
    return make(named or installed(DEFAULT))


def zone_search_every(settings: Settings) -> timedelta | None:
    """How long settings that a search found are kept; None where there is to be no search."""
    return timedelta(weeks=settings.zones_search_weeks) if settings.zones_search_weeks else None
