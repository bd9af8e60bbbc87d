"""What the steps of a workspace work with."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import partial

from amuna import wiring
from amuna.domain.ports import Feed, Store
from amuna.feeds.feed_map import FeedMap
from amuna.wiring.zones import zone_forecasters, zone_place, zone_search_every
from amuna.workflows.cycle import Feeds, Opened, Ports
from amuna.workflows.progress import Progress, silent
from amuna.workflows.views.zone_flows import first_flow_day

_PLACES = "[places]"  # its name among feeds: no section of feeds can be called so
_WEEK = 7  # days of weather looked back for where no inflow asks for more, and forecast ahead
_YEARS = 1_100  # days of weather that models of zones learn from at the most


def open_ports(
    workspace: wiring.Workspace, store: Store, *, now: Callable[[], datetime], progress: Progress = silent
) -> Ports:
    """The ports of a workspace whose store is open."""
    settings = workspace.settings
    return Ports(
        store=store,
        engine=wiring.engine(settings),
        settings=wiring.fleet_settings(settings),
        rules=wiring.rules(settings),
        policy=wiring.refit_policy(settings),
        registry=wiring.registry(workspace),
        zone_registry=wiring.zone_registry(workspace),
        now=now,
        progress=progress,
        min_coverage=settings.ingest_min_coverage,
        failed_share=settings.train_failed_share,
        keep_days=settings.forecast_keep_days,
        refit_engine=wiring.refit_engine(settings),
        price=wiring.price(settings, now().date()),
        place=zone_place(settings),
        zone_models=partial(zone_forecasters, settings),
        zone_search_every=zone_search_every(settings),
    )


def opened_feeds(workspace: wiring.Workspace, names: Iterable[str]) -> Mapping[str, Opened]:
    """Feeds of amuna.toml by name, opened anew each time they are looked at."""
    return {name: _opener(workspace, name) for name in names}


def polled_feeds(workspace: wiring.Workspace) -> Mapping[str, Opened]:
    """Feeds that are looked at again and again: files and databases."""
    return opened_feeds(workspace, wiring.feed_names(workspace, live=False))


def live_feeds(workspace: wiring.Workspace) -> Mapping[str, Opened]:
    """Feeds that wait for rows: topics."""
    return opened_feeds(workspace, wiring.feed_names(workspace, live=True))


def day_feeds(workspace: wiring.Workspace, store: Store, *, now: Callable[[], datetime]) -> Feeds:
    """What a day takes in: every feed that says its source, and the weather of the places, once for all of them."""
    feeds = {**polled_feeds(workspace), **live_feeds(workspace)}
    return {**feeds, **places_feed(workspace, store, now=now)}


def places_feed(workspace: wiring.Workspace, store: Store, *, now: Callable[[], datetime]) -> Feeds:
    """The weather of the places in amuna.toml, back to the first inflow; nothing where no place is named."""
    if not workspace.settings.places:
        return {}

    def opened() -> list[tuple[Feed, FeedMap]]:
        first = first_flow_day(store)
        back = _WEEK if first is None else min(max((_today(now) - first).days, _WEEK), _YEARS)
        return [(wiring.weather_feed(workspace, days_back=back, days_ahead=_WEEK, now=now), FeedMap("place"))]

    return {_PLACES: opened}


def _today(now: Callable[[], datetime]) -> date:
    return now().astimezone(UTC).date()


def this_process() -> str:
    """Host and process number."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _opener(workspace: wiring.Workspace, name: str) -> Opened:
    def opened() -> list[tuple[Feed, FeedMap]]:
        return [
            (source.feed, source.feed_map) for source in wiring.feeds(workspace, [], feed=name, query=None)
        ]

    return opened
