"""What the forecasts of zones follow, from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amuna.config.settings import Settings
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


def zone_forecasters() -> list[ZoneForecaster]:
    """The models of zones that are combined, of those whose libraries are installed."""
    from amuna.forecasting.zones.members import DEFAULT, installed, make

    return make(installed(DEFAULT))
