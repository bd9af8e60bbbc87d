"""The composition root: the only module that names concrete classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from amuna.config import Settings, load_settings
from amuna.domain.errors import UnknownSetting
from amuna.domain.ports import Engine, Feed, Store

if TYPE_CHECKING:
    from amuna.feeds.feed_map import FeedMap
    from amuna.feeds.rules import Rules
    from amuna.feeds.weather import WeatherFeed
    from amuna.forecasting.fleet import FleetSettings


@dataclass(frozen=True)
class Workspace:
    """A folder with its settings."""

    folder: Path
    settings: Settings

    @property
    def store_path(self) -> Path:
        """The embedded store's file."""
        return self.folder / self.settings.store_path


def open_workspace(folder: Path) -> Workspace:
    """The workspace of a folder; defaults hold where it has no amuna.toml."""
    return Workspace(folder, load_settings(folder))


def store(workspace: Workspace, *, read_only: bool = False) -> Store:
    """Open the workspace's store."""
    from amuna.store.duckdb_store import open_store

    return open_store(workspace.store_path, read_only=read_only, memory=workspace.settings.store_memory)


def engine(settings: Settings) -> Engine:
    """Where series are computed."""
    from amuna.engines.threads import ThreadEngine

    return ThreadEngine(workers=settings.train_workers, slab=settings.train_slab)


def rules(settings: Settings) -> Rules:
    """Which values are possible."""
    from amuna.feeds.rules import Rules

    return Rules(
        max_daily_m3=settings.ingest_max_daily_m3,
        jump_ratio=settings.ingest_jump_ratio,
        future_tolerance=timedelta(hours=settings.ingest_future_hours),
    )


def weather_feed(
    workspace: Workspace, *, days_back: int, days_ahead: int, now: Callable[[], datetime]
) -> WeatherFeed:
    """The weather of the workspace's places; answers are kept beside the store."""
    from amuna.feeds.answer_cache import AnswerCache
    from amuna.feeds.http_json import HttpJson
    from amuna.feeds.places import places_from_settings
    from amuna.feeds.weather import WeatherApi, WeatherFeed

    settings = workspace.settings
    return WeatherFeed(
        places_from_settings(settings.places),
        WeatherApi(
            settings.weather_url.rstrip("/"),
            settings.weather_archive_url.rstrip("/"),
            timedelta(minutes=settings.weather_fresh_minutes),
        ),
        http=HttpJson(timeout_s=settings.weather_timeout_s, attempts=settings.weather_attempts, now=now),
        cache=AnswerCache(workspace.folder / "weather-cache"),
        days_back=days_back,
        days_ahead=days_ahead,
        now=now,
    )


def fleet_settings(settings: Settings) -> FleetSettings:
    """How a fleet is trained."""
    from amuna.forecasting.arima.model import Arima
    from amuna.forecasting.fleet import FleetSettings

    return FleetSettings(
        horizon=settings.forecast_horizon,
        billing_days=settings.forecast_billing_days,
        folds=settings.train_folds,
        origins=settings.train_origins,
        margin=settings.train_margin,
        arima=Arima(window=settings.train_window),
    )


@dataclass(frozen=True)
class Source:
    """A feed and what its columns mean."""

    feed: Feed
    feed_map: FeedMap


def feeds(workspace: Workspace, sources: list[str], *, feed: str | None, query: str | None) -> list[Source]:
    """The feeds of some sources; a folder gives one for each of its files.

    Raises
    ------
    AmunaError
        If a source cannot be opened, or its columns are neither recognised nor named by a feed map.
    """
    found = []
    for source in sources:
        if "://" in source:
            found.append(_sql_feed(workspace, source, feed=feed, query=query))
        else:
            found += _file_feeds(workspace, Path(source), feed=feed)
    return found


def _feed_map(settings: Settings, name: str) -> FeedMap:
    from amuna.feeds.feed_map import feed_map_from_settings

    if name not in settings.feeds:
        known = ", ".join(settings.feeds) or "none"
        raise UnknownSetting(
            f"There is no feed map '{name}'; amuna.toml has: {known}.",
            remedy=f"Add a section [feeds.{name}] to amuna.toml: see docs/feeds.md.",
            setting=f"feeds.{name}",
        )
    section = {"time_zone": settings.utility_time_zone, **settings.feeds[name]}
    return feed_map_from_settings(section, name=name)


def _file_feeds(workspace: Workspace, path: Path, *, feed: str | None) -> list[Source]:
    from amuna.feeds.feed_map import require_recognised
    from amuna.feeds.files import FileFeed, columns_of, files_of

    settings = workspace.settings
    found = []
    for file in files_of(path):
        feed_map = (
            _feed_map(settings, feed)
            if feed
            else require_recognised(
                columns_of(file),
                source=str(file),
                unit=settings.utility_unit or None,
                time_zone=settings.utility_time_zone,
            )
        )
        found.append(Source(FileFeed(file, feed_map, name=str(file.resolve())), feed_map))
    return found


def _sql_feed(workspace: Workspace, url: str, *, feed: str | None, query: str | None) -> Source:
    from amuna.feeds.sql import SqlFeed

    if feed is None or query is None:
        raise UnknownSetting(
            "A database needs a query and a feed map.",
            remedy='Write: amuna ingest URL --query "SELECT …" --feed NAME, with NAME under [feeds.NAME] in amuna.toml.',
        )
    feed_map = _feed_map(workspace.settings, feed)
    return Source(SqlFeed(url, query, feed_map), feed_map)
