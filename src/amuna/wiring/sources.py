"""The feeds of a workspace, from its sections and from what a command names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from amuna.config.settings import Settings
from amuna.domain.errors import UnknownSetting
from amuna.domain.ports import Feed
from amuna.domain.text import Text
from amuna.wiring.workspace import Workspace

if TYPE_CHECKING:
    from amuna.feeds.codecs import Codec
    from amuna.feeds.delivery import Delivery, Media
    from amuna.feeds.feed_map import FeedMap
    from amuna.feeds.kafka import KafkaSource
    from amuna.feeds.kafka_days import DayTopic
    from amuna.feeds.rules import Rules
    from amuna.feeds.source_settings import Section
    from amuna.feeds.weather import WeatherFeed


_SOURCE_NOT_SAID = Text("[feeds.{feed}] no indica su source.", "[feeds.{feed}] does not say its source.")
_NO_SOURCE = Text(
    "Ningún origen de datos de amuna.toml indica su source.", "No feed of amuna.toml says its source."
)


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


@dataclass(frozen=True)
class Source:
    """A feed and what its columns mean."""

    feed: Feed
    feed_map: FeedMap


def feeds(workspace: Workspace, sources: list[str], *, feed: str | None, query: str | None) -> list[Source]:
    """The feeds of some sources; a folder gives one for each of its files.

    Without sources: those of the section `feed`, or of every section `[feeds.NAME]` that says its `source`.

    Raises
    ------
    AmunaError
        If a source cannot be opened, or its columns are neither recognised nor named by a feed map.
    """
    if not sources:
        return [
            source for name in feed_sections(workspace, feed) for source in _section_feeds(workspace, name)
        ]
    found = []
    for source in sources:
        if "://" in source:
            found.append(_live_feed(workspace, feed, source=source, query=query))
        else:
            found += _file_feeds(workspace, Path(source), feed=feed)
    return found


def delivery(
    workspace: Workspace, content: bytes, media: Media, *, sender: str, key: str = "", feed: str | None = None
) -> Delivery:
    """Rows that a sender hands in at once.

    Parameters
    ----------
    content, media, sender, key
        As in `open_delivery`.
    feed
        Section that says what the columns mean; they are recognised by their names if None.

    Raises
    ------
    AmunaError
        If the rows cannot be read, or their columns are neither recognised nor named by a feed map.
    """
    from amuna.feeds.delivery import open_delivery
    from amuna.feeds.feed_map import feed_map_from_settings, require_recognised

    settings = workspace.settings

    def recognised(columns: Sequence[str]) -> FeedMap:
        if feed is not None:
            return feed_map_from_settings(_file_section(settings, feed).columns, name=feed)
        unit, zone = settings.utility_unit or None, settings.utility_time_zone
        return require_recognised(
            columns, source=Text("La entrega", "The delivery"), unit=unit, time_zone=zone
        )

    return open_delivery(content, media, sender=sender, key=key, recognise=recognised)


def feed_names(workspace: Workspace, *, live: bool) -> list[str]:
    """Sections that say their source: the live ones, which wait for rows, or those that are looked at again."""
    from amuna.feeds.source_settings import scheme_of, source_of

    settings = workspace.settings
    named = [name for name, section in settings.feeds.items() if "source" in section]
    return [name for name in named if (scheme_of(source_of(_section(settings, name))) in _MAKERS) is live]


def feed_sections(workspace: Workspace, feed: str | None) -> list[str]:
    """Sections to read where the command names no source: the one named `feed`, or all that say theirs.

    Raises
    ------
    UnknownSetting
        If there is none.
    """
    from amuna.feeds.source_settings import split_section

    sections = workspace.settings.feeds
    for name, section in sections.items():
        lost = list(split_section(section, name=name).source)
        if lost and "source" not in section:
            raise UnknownSetting(
                Text(
                    "[{setting}] tiene {keys}, pero no source.",
                    "[{setting}] has {keys} but no source.",
                ),
                remedy=Text(
                    'Corrija la escritura, o agregue source = "URL" bajo [{setting}]: vea docs/feeds.md.',
                    'Correct the spelling, or add source = "URL" under [{setting}]: see docs/feeds.md.',
                ),
                setting=f"feeds.{name}",
                keys=", ".join(lost),
            )
    named = [feed] if feed else [name for name, section in sections.items() if "source" in section]
    if not named or (feed and "source" not in sections.get(feed, {"source": ""})):
        raise UnknownSetting(
            _SOURCE_NOT_SAID if feed else _NO_SOURCE,
            remedy=Text(
                'Agregue source = "URL" bajo [feeds.{feed}], o indique uno: amuna ingest ORIGEN.',
                'Add source = "URL" under [feeds.{feed}], or name one: amuna ingest SOURCE.',
            ),
            setting=f"feeds.{feed or 'NAME'}.source",
            feed=feed or Text("NOMBRE", "NAME"),
        )
    return named


def _section_feeds(workspace: Workspace, name: str) -> list[Source]:
    """The feeds of a section; none while its folder is empty."""
    from amuna.feeds.source_settings import source_of

    source = source_of(_section(workspace.settings, name))
    if "://" in source:
        return [_live_feed(workspace, name, source=source, query=None)]
    path = workspace.folder / source
    empty = path.is_dir() and not any(path.iterdir())
    return [] if empty else _file_feeds(workspace, path, feed=name)


def _section(settings: Settings, name: str, *, source: str = "", query: str | None = None) -> Section:
    """A section of amuna.toml, with what the command says instead."""
    from amuna.feeds.source_settings import split_section

    if name not in settings.feeds:
        raise UnknownSetting(
            Text(
                "No hay un origen de datos '{feed}'; amuna.toml tiene: {known}.",
                "There is no feed map '{feed}'; amuna.toml has: {known}.",
            ),
            remedy=Text(
                "Agregue una sección [{setting}] a amuna.toml: vea docs/feeds.md.",
                "Add a section [{setting}] to amuna.toml: see docs/feeds.md.",
            ),
            setting=f"feeds.{name}",
            feed=name,
            known=", ".join(settings.feeds) or Text("ninguno", "none"),
        )
    said = {"source": source} if source else {}
    if query:
        said["query"] = query
    section = {"time_zone": settings.utility_time_zone, **settings.feeds[name], **said}
    if query:
        section.pop("table", None)
    return split_section(section, name=name)


def _live_feed(workspace: Workspace, feed: str | None, *, source: str, query: str | None) -> Source:
    """A feed that is reached by a URL, made by the maker of its scheme."""
    from amuna.feeds.feed_map import feed_map_from_settings
    from amuna.feeds.source_settings import scheme_of, source_of

    if feed is None:
        raise UnknownSetting(
            Text(
                "Para leer una base de datos hacen falta una consulta y una sección que diga qué significan sus columnas.",
                "A database needs a query and a feed map.",
            ),
            remedy=Text(
                'Escriba: amuna ingest URL --query "SELECT …" --feed NOMBRE, con una sección [feeds.NOMBRE] en amuna.toml.',
                'Write: amuna ingest URL --query "SELECT …" --feed NAME, with NAME under [feeds.NAME] in amuna.toml.',
            ),
        )
    section = _section(workspace.settings, feed, source=source, query=query)
    scheme = scheme_of(source_of(section))
    feed_map = feed_map_from_settings({**_USUAL.get(scheme, {}), **section.columns}, name=feed)
    make = _MAKERS.get(scheme, _sql_feed)
    return Source(make(workspace, section, feed_map), feed_map)


def _sql_feed(_workspace: Workspace, section: Section, feed_map: FeedMap) -> Feed:
    from amuna.feeds.source_settings import source_settings
    from amuna.feeds.sql import SqlFeed
    from amuna.feeds.sql_source import SqlSource

    return SqlFeed(source_settings(section, SqlSource), feed_map)


def _mqtt_feed(_workspace: Workspace, section: Section, feed_map: FeedMap) -> Feed:
    from amuna.feeds.json_codec import JsonCodec
    from amuna.feeds.mqtt import MqttFeed
    from amuna.feeds.mqtt_source import MqttSource
    from amuna.feeds.source_settings import source_settings

    source = source_settings(section, MqttSource)
    told = [
        column
        for role, column in feed_map.columns().items()
        if role != "account" or not source.account_from_topic
    ]
    return MqttFeed(source, feed_map, name=section.name, codec=JsonCodec(told))


def _kafka_feed(workspace: Workspace, section: Section, feed_map: FeedMap) -> Feed:
    from amuna.feeds.kafka import KafkaFeed, KafkaSource
    from amuna.feeds.kafka_client import endpoint, split_client
    from amuna.feeds.source_settings import source_settings

    client, section = split_client(section)
    source = source_settings(section, KafkaSource)
    return KafkaFeed(
        endpoint(source.source, client),
        source,
        feed_map,
        codec=_codec(workspace.folder, source, list(feed_map.columns().values())),
    )


def day_topic(workspace: Workspace, name: str) -> DayTopic:
    """The topic of a section, to be filled day by day."""
    from amuna.feeds.kafka import KafkaSource
    from amuna.feeds.kafka_client import endpoint, split_client
    from amuna.feeds.kafka_days import DayTopic
    from amuna.feeds.source_settings import source_settings

    client, section = split_client(_section(workspace.settings, name))
    return DayTopic(endpoint(source_settings(section, KafkaSource).source, client))


def _codec(folder: Path, source: KafkaSource, columns: list[str]) -> Codec:
    if source.format == "avro":
        from amuna.feeds.avro_codec import AvroCodec

        schema, schemas = (folder / name if name else None for name in (source.schema, source.schemas))
        return AvroCodec(columns, schema=schema, schemas=schemas)
    if source.format == "json":
        from amuna.feeds.json_codec import JsonCodec

        return JsonCodec(columns)
    raise UnknownSetting(
        Text(
            "El ajuste format de un tema de Kafka vale {found!r}; debe ser json o avro.",
            "The format of a topic is {found!r}; expected json or avro.",
        ),
        remedy=Text(
            "Corrija format bajo [feeds.NOMBRE] en amuna.toml.",
            "Correct format under [feeds.NAME] in amuna.toml.",
        ),
        setting="format",
        found=source.format,
    )


_MAKERS: dict[str, Callable[[Workspace, Section, FeedMap], Feed]] = {
    "kafka": _kafka_feed,
    "mqtt": _mqtt_feed,
    "mqtts": _mqtt_feed,
}
"""Maker of a feed by the scheme of its URL; any other scheme is a database's."""


_USUAL: dict[str, dict[str, object]] = {scheme: {"decimal": "."} for scheme in ("kafka", "mqtt", "mqtts")}
"""Keys of a section that a scheme sets unless the section does: the numbers of JSON have a point."""


def _file_section(settings: Settings, name: str) -> Section:
    """A section whose columns a file has too; all its keys are known, unless they belong to a live source."""
    from amuna.feeds.source_settings import FileSource, source_settings

    section = _section(settings, name)
    if not any(mark in str(section.source.get("source", "")) for mark in ("://", "${")):
        source_settings(section, FileSource)
    return section


def _file_feeds(workspace: Workspace, path: Path, *, feed: str | None) -> list[Source]:
    from amuna.feeds.feed_map import feed_map_from_settings, require_recognised
    from amuna.feeds.files import FileFeed, columns_of, files_of

    settings = workspace.settings
    named = feed_map_from_settings(_file_section(settings, feed).columns, name=feed) if feed else None
    found = []
    for file in files_of(path):
        feed_map = named or require_recognised(
            columns_of(file),
            source=str(file),
            unit=settings.utility_unit or None,
            time_zone=settings.utility_time_zone,
        )
        found.append(Source(FileFeed(file, feed_map, name=str(file.resolve())), feed_map))
    return found
