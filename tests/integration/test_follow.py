"""Follow: feeds taken in side by side until stopped, through errors that pass."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from amuna.domain.errors import SourceUnreadable, StoreBusy, TransientError
from amuna.domain.ports import Batch, Store
from amuna.domain.tables import CONSUMPTION
from amuna.domain.text import Text
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.rules import Rules
from amuna.workflows.follow import Beat, Followed, FollowReport, Terms, follow

NOW = datetime(2025, 3, 1, tzinfo=UTC)
MAP = FeedMap("account", "day", "m3")


class Days:
    """A feed with one day per batch, which fails where it is told to."""

    def __init__(self, name: str, days: int, *, fails: dict[int, Exception] | None = None) -> None:
        self.name, self.days, self.fails, self.acknowledged = name, days, fails or {}, ""

    def batches(self, since: str | None) -> Iterator[Batch]:
        for day in range(int(since) + 1 if since else 0, self.days):
            if day in self.fails:
                raise self.fails.pop(day)
            row = {"account": self.name, "day": date(2024, 1, 1) + timedelta(day), "m3": 1.0, "_row": day}
            yield Batch(self.name, str(day), pl.DataFrame([row]))

    def acknowledge(self, watermark: str) -> None:
        self.acknowledged = watermark


class Endless(Days):
    """A live feed that has a new day whenever it is asked."""

    stopped = closed = False

    def __init__(self) -> None:
        super().__init__("endless", 400)

    def lag(self) -> int:
        return 7

    def stop(self) -> None:
        self.stopped = True

    def close(self) -> None:
        self.closed = True

    def batches(self, since: str | None) -> Iterator[Batch]:
        for batch in super().batches(since):
            time.sleep(0.01)
            yield batch


def run(store: Store, *feeds: Days, stop: threading.Event | None = None, **terms: object) -> FollowReport:
    followed = [Followed(feed, MAP) for feed in feeds]
    return follow(  # type: ignore[call-overload]
        followed,
        Terms(store, Rules(), lambda: NOW),
        stop=stop or threading.Event(),
        **{"until_idle_s": 0.2, **terms},  # type: ignore[arg-type]
    )


def test_several_feeds_are_followed_until_they_are_idle(store: Store) -> None:
    feeds = [Days("a", 5), Days("b", 3)]
    report = run(store, *feeds)
    assert (report.feeds, report.rows, report.retries) == (2, 8, 0)
    assert store.count(CONSUMPTION) == 8
    assert [feed.acknowledged for feed in feeds] == ["4", "2"]


def test_errors_that_pass_are_tried_again_and_nothing_is_lost(store: Store) -> None:
    fails: dict[int, Exception] = {
        2: TransientError(Text.both("away")),
        4: StoreBusy(Text.both("busy")),
        5: TransientError(Text.both("away")),
    }
    report = run(store, Days("a", 8, fails=fails))
    assert (report.rows, report.retries) == (8, 3)
    assert store.count(CONSUMPTION) == 8


def test_an_error_that_does_not_pass_ends_all(store: Store) -> None:
    endless = Endless()
    with pytest.raises(SourceUnreadable, match="gone"):
        run(store, Days("a", 8, fails={3: SourceUnreadable(Text.both("gone"))}), endless, until_idle_s=None)
    assert endless.stopped
    assert endless.closed
    assert store.count(CONSUMPTION, where={"account_id": "a"}) == 3


def test_stopping_ends_after_the_present_batch_and_tells_the_lag(store: Store) -> None:
    stop, beats, endless = threading.Event(), [], Endless()

    def tell(beat: Beat) -> None:
        beats.append(beat)
        if beat.rows >= 5:
            stop.set()

    report = run(store, endless, stop=stop, until_idle_s=None, every_s=0.1, tell=tell)
    assert 5 <= report.rows < 400
    assert store.count(CONSUMPTION) == report.rows
    assert beats[0].lag == 7
    assert beats[0].rows_per_s == pytest.approx(beats[0].rows / beats[0].seconds)
    assert endless.closed


def test_stopping_does_not_wait_for_a_source_that_stays_away(store: Store) -> None:
    class Away(Days):
        def batches(self, since: str | None) -> Iterator[Batch]:
            raise TransientError(Text.both("away"))

    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    report = run(store, Away("away", 1), stop=stop, until_idle_s=None)
    assert report.rows == 0
    assert report.retries >= 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_ends_well_when_it_is_asked_to(tmp_path: Path, number: signal.Signals) -> None:
    rows = {"account": ["A"], "day": [date(2024, 1, 1)], "m3": [1.0]}
    pl.DataFrame(rows).write_parquet(tmp_path / "f.parquet")
    (tmp_path / "amuna.toml").write_text(
        '[feeds.f]\nsource = "f.parquet"\naccount = "account"\ntime = "day"\nvalue = "m3"\n'
    )
    command = [sys.executable, "-m", "amuna.serve.cli.main", "-w", str(tmp_path), "follow", "--every", "0.2"]
    running = subprocess.Popen(
        [*command, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )
    assert running.stderr is not None
    while "rows 1 " not in (line := running.stderr.readline()):
        assert line, "it ended by itself"
    running.send_signal(number)
    out, _ = running.communicate(timeout=20)
    assert running.returncode == 0
    assert json.loads(out)["rows"] == 1
