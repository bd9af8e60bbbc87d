"""Weather: from an API into the store, with quarantine, batches and watermark like every other feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from amuna.domain.ports import Store
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.rules import Rules
from amuna.feeds.weather import WeatherFeed
from amuna.workflows.ingest import IngestReport, ingest
from amuna.workflows.progress import Progress, silent


@dataclass(frozen=True)
class WeatherReport:
    """What came, and which places had to do with an old answer.

    Parameters
    ----------
    rows
        Hours read, new, corrected, refused.
    stale
        Age of the answer used for a place whose API was away [hours].
    """

    rows: IngestReport
    stale: dict[str, float]


def ingest_weather(
    feed: WeatherFeed, *, store: Store, now: Callable[[], datetime], progress: Progress = silent
) -> WeatherReport:
    """Read what is new in the weather into the store; forecasts give way to what was observed, and both are kept.

    Raises
    ------
    TransientError
        If the API is away and nothing of it was kept.
    SourceUnreadable, ColumnMismatch, UnknownUnit, UnknownTimeZone
        If its answer is not what was asked for.
    """
    report = ingest(feed, FeedMap("place"), store=store, rules=Rules(), now=now, progress=progress)
    moment = now()
    ages = {place: (moment - at).total_seconds() / 3600 for place, at in feed.stale.items()}
    return WeatherReport(report, ages)
