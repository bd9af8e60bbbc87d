"""Replay: a file's first days as history into the store, the rest day by day, as if they came live."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Batch, Feed, Store
from amuna.domain.text import Text
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.prepare import prepare
from amuna.feeds.rules import Rules
from amuna.workflows.ingest import IngestReport, ingest

BATCH_ROWS = 2_000_000
_DAY = "_day"


@dataclass(frozen=True)
class History:
    """The rows of a feed in order of their local billing day.

    Parameters
    ----------
    name
        Name under which the store keeps how far it is replayed.
    feed_map
        What the columns mean.
    rows
        Raw rows with `_day`, sorted by it; rows without a readable day stand on the first.
    days
        The days there are, in order.
    """

    name: str
    feed_map: FeedMap
    rows: pl.DataFrame = field(repr=False)
    days: list[date]

    def of(self, day: date) -> pl.DataFrame:
        """Raw rows of a day."""
        return self.rows.filter(pl.col(_DAY) == day).drop(_DAY)

    def split(self, base: float) -> tuple[list[date], list[date]]:
        """The first share of the days, and the rest."""
        count = math.ceil(base * len(self.days))
        return self.days[:count], self.days[count:]


@dataclass(frozen=True)
class ReplayReport:
    """What a replay did; counts are rows or messages."""

    base_days: int
    base_rows: int
    streamed_days: int
    streamed_rows: int
    last_day: date | None
    seconds: float


@dataclass(frozen=True)
class Pace:
    """How fast, and how long.

    Parameters
    ----------
    per_second
        Days per second; 0 for as fast as possible.
    most_days
        Stop after so many days beyond the base; None for all.
    sleep
        Waits for some seconds.
    stopped
        Asked before each day.
    """

    per_second: float = 0.0
    most_days: int | None = None
    sleep: Callable[[float], object] = time.sleep
    stopped: Callable[[], bool] = lambda: False


def read_history(feed: Feed, feed_map: FeedMap, *, now: datetime) -> History:
    """All rows of a feed, by their day.

    Raises
    ------
    NotEnoughData
        If no row has a day.
    """
    parts = [batch.rows.with_columns(_days(batch, feed_map, now)) for batch in feed.batches(None)]
    rows = pl.concat(parts, how="diagonal_relaxed") if parts else pl.DataFrame({_DAY: []})
    days = rows[_DAY].drop_nulls().unique().sort().to_list()
    if not days:
        raise NotEnoughData(
            Text("{feed} no tiene ninguna fila con fecha.", "{feed} has no row with a day."),
            remedy=Text(
                "Revise el archivo y su sección [feeds] en amuna.toml.", "Check the file and its feed map."
            ),
            feed=feed.name,
        )
    rows = rows.with_columns(pl.col(_DAY).fill_null(days[0])).sort(_DAY, maintain_order=True)
    return History(f"replay:{feed.name}", feed_map, rows, days)


def load_base(
    history: History, base: float, *, store: Store, rules: Rules, now: Callable[[], datetime]
) -> IngestReport:
    """Take the first share of the days in; days that are in already are passed over."""
    days, _ = history.split(base)
    return ingest(_DaysFeed(history, days), history.feed_map, store=store, rules=rules, now=now)


def stream(
    history: History,
    base: float,
    *,
    deliver: Callable[[date], int],
    after: date | None = None,
    pace: Pace = Pace(),
) -> tuple[int, int, date | None]:
    """Deliver the days after the base one by one; returns days and rows delivered, and the last day.

    Parameters
    ----------
    history, base
        The rows, and the share of the days that is history.
    deliver
        Brings a day to where it goes; returns its rows, 0 where it was there already.
    after
        Last day delivered before, which is delivered again: it may be incomplete.
    pace
        How fast, and how long.
    """
    _, rest = history.split(base)
    days = [day for day in rest if after is None or day >= after]
    delivered, rows, last = 0, 0, None
    for day in days:
        if pace.stopped() or delivered == pace.most_days:
            break
        began = time.monotonic()
        count = deliver(day)
        if not count:
            continue
        delivered, rows, last = delivered + 1, rows + count, day
        if pace.per_second:
            pace.sleep(max(1 / pace.per_second - (time.monotonic() - began), 0.0))
    return delivered, rows, last


def into_store(
    history: History,
    *,
    store: Store,
    rules: Rules,
    now: Callable[[], datetime],
    after_day: Callable[[], object],
) -> Callable[[date], int]:
    """Delivery into the store; `after_day` follows each day that brought something."""

    def deliver(day: date) -> int:
        feed = _DaysFeed(history, [day])
        report = ingest(feed, history.feed_map, store=store, rules=rules, now=now)
        if report.read:
            after_day()
        return report.read

    return deliver


def day_messages(history: History, day: date) -> Iterator[tuple[bytes, bytes]]:
    """Account and JSON of each reading of a day, under the names of the file."""
    rows = history.of(day).drop("_row")
    plain = rows.with_columns(_iso(rows.schema))
    keys = rows[history.feed_map.account].cast(pl.String).fill_null("")
    for key, row in zip(keys, plain.iter_rows(named=True), strict=True):
        yield key.encode(), json.dumps(row, ensure_ascii=False, allow_nan=False).encode()


def _iso(schema: pl.Schema) -> list[pl.Expr]:
    """Times as ISO text, and numbers that JSON cannot write as null."""
    found = []
    for name, dtype in schema.items():
        if dtype == pl.Date:
            found.append(pl.col(name).cast(pl.String))
        elif isinstance(dtype, pl.Datetime):
            zone = "Z" if dtype.time_zone else ""
            column = pl.col(name).dt.convert_time_zone("UTC") if dtype.time_zone else pl.col(name)
            found.append(column.dt.strftime(f"%Y-%m-%dT%H:%M:%S%.6f{zone}"))
        elif dtype.is_float():
            found.append(pl.when(pl.col(name).is_finite()).then(pl.col(name)))
    return found


def _days(batch: Batch, feed_map: FeedMap, now: datetime) -> pl.Series:
    values = prepare(batch, feed_map, now=now).values
    if "day" in values.columns:
        return values["day"].alias(_DAY)
    return values["observed_at"].dt.convert_time_zone(feed_map.time_zone).dt.date().alias(_DAY)


class _DaysFeed:
    """Some days of a history as a feed, whose watermark is the last day read."""

    def __init__(self, history: History, days: Sequence[date]) -> None:
        self.name, self._history, self._days = history.name, history, days

    def batches(self, since: str | None) -> Iterator[Batch]:
        days = [day for day in self._days if since is None or day > date.fromisoformat(since)]
        if not days:
            return
        rows = self._history.rows.filter(pl.col(_DAY).is_between(days[0], days[-1]))
        for part in _by_whole_days(rows):
            yield Batch(self.name, str(part[_DAY][-1]), part.drop(_DAY), self._history.feed_map.kind)

    def acknowledge(self, watermark: str) -> None:
        """The store keeps the watermark with the rows."""


def _by_whole_days(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Parts of about BATCH_ROWS rows that do not cut a day in two."""
    while rows.height:
        last = rows[_DAY][min(BATCH_ROWS, rows.height) - 1]
        count = int((rows[_DAY] <= last).sum())
        yield rows[:count]
        rows = rows[count:]
