"""Follow: feeds taken in as they come, until stopped; what passes by itself is tried again."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from amuna.domain.errors import TransientError
from amuna.domain.ports import Batch, Feed, LiveFeed, Store
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.rules import Rules
from amuna.workflows.ingest import IngestReport, ingest

log = logging.getLogger(__name__)
_LOOK_S = 0.1
_PASS_S = 10.0
_RETRY_S = 0.2
_LONGEST_RETRY_S = 30.0


@dataclass(frozen=True)
class Beat:
    """What was taken in since the last beat.

    Parameters
    ----------
    seconds
        Since following began [s].
    rows, rows_per_s
        Rows read in all, and per second since the last beat.
    quarantined
        Rows refused in all.
    retries
        Attempts that failed in passing, in all.
    lag
        Rows or messages known to wait unread; None where no feed can tell.
    """

    seconds: float
    rows: int
    rows_per_s: float
    quarantined: int
    retries: int
    lag: int | None


@dataclass(frozen=True)
class FollowReport:
    """What following did."""

    feeds: int
    rows: int
    quarantined: int
    retries: int
    seconds: float


@dataclass(frozen=True)
class Followed:
    """A feed, what its columns mean, and how long to wait once it brought nothing [s]."""

    feed: Feed
    feed_map: FeedMap
    pause_s: float = 0.0


@dataclass(frozen=True)
class Terms:
    """What holds for every feed: where rows go, what is possible, what time it is."""

    store: Store
    rules: Rules
    now: Callable[[], datetime]
    min_coverage: float = 20 / 24


def follow(
    feeds: Sequence[Followed],
    terms: Terms,
    *,
    stop: threading.Event,
    until_idle_s: float | None = None,
    every_s: float = 10.0,
    tell: Callable[[Beat], None] = lambda _beat: None,
) -> FollowReport:
    """Take in all feeds side by side until `stop` is set; a batch that was begun is committed first.

    Transient errors are tried again with growing, random pauses, for as long as it takes.

    Parameters
    ----------
    feeds
        Feeds, each with a name of its own.
    terms
        Where the rows go.
    stop
        Set by whoever wants it to end.
    until_idle_s
        End by itself when no feed has brought a row for so long [s].
    every_s
        Time between beats [s].
    tell
        Told each beat.

    Raises
    ------
    AmunaError
        If a feed or the store fails for good; the others are stopped too.
    """
    started = time.monotonic()
    lines = [_Line(each, terms, stop, until_idle_s) for each in feeds]
    pulse = _Pulse(lines, started, tell)
    with ThreadPoolExecutor(max(len(lines), 1), thread_name_prefix="follow") as pool:
        running = {pool.submit(line.run) for line in lines}
        try:
            _watch(running, stop, every_s, pulse)
        finally:
            stop.set()
            for line in lines:
                line.halt()
    pulse.beat()
    for future in running:
        future.result()
    total = pulse.last
    return FollowReport(len(lines), total.rows, total.quarantined, total.retries, total.seconds)


def _watch(running: set[Future[None]], stop: threading.Event, every_s: float, pulse: _Pulse) -> None:
    """Until all have ended, one has failed, or they are to stop."""
    next_beat = time.monotonic() + every_s
    while running and not stop.is_set():
        done, running = wait(running, timeout=_LOOK_S, return_when=FIRST_EXCEPTION)
        if any(future.exception() for future in done):
            return
        if time.monotonic() >= next_beat:
            pulse.beat()
            next_beat += every_s


class _Line:
    """One feed being followed."""

    def __init__(
        self, followed: Followed, terms: Terms, stop: threading.Event, until_idle_s: float | None
    ) -> None:
        self._followed, self._terms, self._stop = followed, terms, stop
        self._until_idle_s = until_idle_s
        self._before = 0
        self.rows = self.quarantined = self.retries = 0

    def run(self) -> None:
        """Pass after pass, until stopped or idle for long enough."""
        busy_at = time.monotonic()
        try:
            while not self._stop.is_set():
                report = self._pass()
                if report is not None and report.read:
                    busy_at = time.monotonic()
                elif self._until_idle_s is not None and time.monotonic() - busy_at >= self._until_idle_s:
                    return
                else:
                    self._stop.wait(self._followed.pause_s)
        finally:
            if isinstance(self._followed.feed, LiveFeed):
                self._followed.feed.close()

    def halt(self) -> None:
        """Wake a feed that waits for rows."""
        if isinstance(self._followed.feed, LiveFeed):
            self._followed.feed.stop()

    def lag(self) -> int | None:
        """What waits unread, where the feed can tell."""
        feed = self._followed.feed
        try:
            return feed.lag() if isinstance(feed, LiveFeed) else None
        except TransientError:
            return None

    def _pass(self) -> IngestReport | None:
        """One ingest, tried again while errors pass; None where it was stopped meanwhile."""
        attempts = Retrying(
            retry=retry_if_exception_type(TransientError),
            wait=wait_random_exponential(multiplier=_RETRY_S, max=_LONGEST_RETRY_S),
            stop=lambda _state: self._stop.is_set(),
            sleep=self._rest,
            before_sleep=self._note_retry,
            reraise=True,
        )
        try:
            report: IngestReport = attempts(self._ingest)
        except TransientError:
            if self._stop.is_set():
                return None
            raise
        self.quarantined += report.quarantined
        return report

    def _ingest(self) -> IngestReport:
        self._before = self.rows
        return ingest(
            _Until(self._followed.feed, self._stop),
            self._followed.feed_map,
            store=self._terms.store,
            rules=self._terms.rules,
            now=self._terms.now,
            min_coverage=self._terms.min_coverage,
            progress=self._note_rows,
        )

    def _rest(self, seconds: float) -> None:
        self._stop.wait(seconds)

    def _note_rows(self, _what: str, done: int, _of: int | None) -> None:
        self.rows = self._before + done

    def _note_retry(self, state: RetryCallState) -> None:
        self.retries += 1
        error = state.outcome.exception() if state.outcome else None
        log.warning("%s: attempt %d: %s", self._followed.feed.name, state.attempt_number, error)


class _Until:
    """A feed that ends after the present batch once it is to stop, or has run for long enough to be counted."""

    def __init__(self, feed: Feed, stop: threading.Event) -> None:
        self.name, self._feed, self._stop = feed.name, feed, stop

    def batches(self, since: str | None) -> Iterator[Batch]:
        ends_at = time.monotonic() + _PASS_S
        for batch in self._feed.batches(since):
            yield batch
            if self._stop.is_set() or time.monotonic() > ends_at:
                return

    def acknowledge(self, watermark: str) -> None:
        self._feed.acknowledge(watermark)


@dataclass
class _Pulse:
    """Sums the lines up, beat by beat."""

    lines: list[_Line]
    started: float
    tell: Callable[[Beat], None]
    last: Beat = field(default_factory=lambda: Beat(0.0, 0, 0.0, 0, 0, None))

    def beat(self) -> None:
        """Tell what came since the last beat."""
        seconds = time.monotonic() - self.started
        rows = sum(line.rows for line in self.lines)
        lags = [lag for line in self.lines if (lag := line.lag()) is not None]
        self.last = Beat(
            seconds,
            rows,
            (rows - self.last.rows) / max(seconds - self.last.seconds, 1e-9),
            sum(line.quarantined for line in self.lines),
            sum(line.retries for line in self.lines),
            sum(lags) if lags else None,
        )
        self.tell(self.last)
