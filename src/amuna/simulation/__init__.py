"""A utility whose truth is known: accounts, zones, weather, meter faults, leaks and frauds."""

from amuna.simulation.feed import SimulationFeed
from amuna.simulation.files import FeedFiles, write_feed
from amuna.simulation.hours import weather_forecast, weather_hours, zone_hours, zone_shapes
from amuna.simulation.meters import registers
from amuna.simulation.settings import NO_FAULTS, FaultRates, UtilitySettings
from amuna.simulation.truth import true_consumption, zone_balance
from amuna.simulation.utility import Utility, simulate

__all__ = [
    "NO_FAULTS",
    "FaultRates",
    "FeedFiles",
    "SimulationFeed",
    "Utility",
    "UtilitySettings",
    "registers",
    "simulate",
    "true_consumption",
    "weather_forecast",
    "weather_hours",
    "write_feed",
    "zone_balance",
    "zone_hours",
    "zone_shapes",
]
