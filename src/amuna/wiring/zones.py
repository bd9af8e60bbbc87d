"""What the forecasts of zones follow, from the settings."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from amuna.config.settings import Settings
from amuna.domain.time import parse_time_zone

if TYPE_CHECKING:
    from amuna.forecasting.zones.calendar import Place


def zone_place(settings: Settings) -> Place:
    """Where the utility is: its holidays and its local day."""
    from amuna.forecasting.zones.calendar import Place

    return Place(
        settings.utility_country, settings.utility_region, parse_time_zone(settings.utility_time_zone)
    )


def zones_installed() -> bool:
    """Whether the extra that models of zones need is there."""
    return find_spec("lightgbm") is not None
