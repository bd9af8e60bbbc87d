"""The composition root: the only room that names concrete classes."""

from __future__ import annotations

from amuna.wiring.billing import price, tariffs
from amuna.wiring.models import engine, fleet_settings, refit_engine, refit_policy, registry, zone_registry
from amuna.wiring.sources import (
    Source,
    day_topic,
    delivery,
    feed_names,
    feed_sections,
    feeds,
    rules,
    weather_feed,
)
from amuna.wiring.workspace import Workspace, hold, open_workspace, release, store, store_roles

__all__ = [
    "Source",
    "Workspace",
    "day_topic",
    "delivery",
    "engine",
    "feed_names",
    "feed_sections",
    "feeds",
    "fleet_settings",
    "hold",
    "open_workspace",
    "price",
    "refit_engine",
    "refit_policy",
    "registry",
    "release",
    "rules",
    "store",
    "store_roles",
    "tariffs",
    "weather_feed",
    "zone_registry",
]
