"""`amuna replay`: a file as if its readings came live."""

from __future__ import annotations

import signal
import threading
import time
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from amuna import wiring
from amuna.domain.errors import NotEnoughData, UnknownSetting
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.output import facts, print_json
from amuna.workflows.replay import (
    History,
    Pace,
    ReplayReport,
    day_messages,
    into_store,
    load_base,
    read_history,
    stream,
)


class _Target(Enum):
    STORE = "store"
    KAFKA = "kafka"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Data")(replay)


def replay(
    file: Annotated[
        Path, typer.Argument(help="A file that amuna ingest takes, such as one of amuna simulate.")
    ],
    base: Annotated[
        float,
        typer.Option(min=0, max=1, help="Share of the days that is history and goes into the store first."),
    ] = 0.2,
    to: Annotated[_Target, typer.Option(help="Where the other days go.")] = _Target.STORE,
    speed: Annotated[float, typer.Option(min=0, help="Days per second; 0 for as fast as possible.")] = 0.0,
    days: Annotated[int | None, typer.Option(min=0, help="Most days beyond the history.")] = None,
    feed: Annotated[
        str | None,
        typer.Option(help="Section \\[feeds.NAME]: of the file's columns, and with --to kafka of the topic."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Load the first days of a file as history, and stream the rest in order of day.

    Into the store, a model that serves is updated after each day. Into Kafka, messages are keyed by account.
    Stopped half-way, the same command goes on where it was.
    """
    started = time.perf_counter()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    pace = Pace(speed, days, stop.wait, stop.is_set)
    workspace = open_workspace()
    (source,) = wiring.feeds(workspace, [str(file)], feed=feed, query=None)
    history = read_history(source.feed, source.feed_map, now=now())
    play = _into_kafka if to is _Target.KAFKA else _into_store
    base_rows, streamed = play(workspace, history, base, pace, feed)
    base_days = len(history.split(base)[0])
    report = ReplayReport(base_days, base_rows, *streamed, time.perf_counter() - started)
    if as_json:
        print_json(report)
        return
    facts(
        f"Replayed {file.name}",
        {
            "history": f"{report.base_days:,} days, {report.base_rows:,} rows taken in now",
            "streamed": f"{report.streamed_days:,} days, {report.streamed_rows:,} rows, to {to.value}",
            "last day": report.last_day,
            "time": f"{report.seconds:.1f} s",
        },
    )


def _into_store(
    workspace: wiring.Workspace, history: History, base: float, pace: Pace, _feed: str | None
) -> tuple[int, tuple[int, int, date | None]]:
    from amuna.workflows.update import update

    rules = wiring.rules(workspace.settings)
    with open_store(workspace) as store:

        def refresh() -> None:
            try:
                update(store=store, settings=wiring.fleet_settings(workspace.settings), now=now())
            except NotEnoughData:
                return

        loaded = load_base(history, base, store=store, rules=rules, now=now)
        deliver = into_store(history, store=store, rules=rules, now=now, after_day=refresh)
        return loaded.read, stream(history, base, deliver=deliver, pace=pace)


def _into_kafka(
    workspace: wiring.Workspace, history: History, base: float, pace: Pace, feed: str | None
) -> tuple[int, tuple[int, int, date | None]]:
    if feed is None:
        raise UnknownSetting(
            "A replay to Kafka needs the topic.",
            remedy='Write: amuna replay FILE --to kafka --feed NAME, with source = "kafka://HOST:PORT/TOPIC" under [feeds.NAME].',
        )
    topic = wiring.day_topic(workspace, feed)
    last, loaded = topic.last_day(), 0
    if last is None:
        with open_store(workspace) as store:
            rules = wiring.rules(workspace.settings)
            loaded = load_base(history, base, store=store, rules=rules, now=now).read
    return loaded, stream(
        history,
        base,
        deliver=lambda day: topic.send(day, day_messages(history, day)),
        after=last,
        pace=pace,
    )
