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
from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.language import DATA, told
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

_HELP = Text(
    """Carga los primeros días de un archivo como historia y entrega los demás día por día, como si llegaran en vivo.

    Hacia el almacén, el modelo en servicio se actualiza después de cada día. Hacia Kafka, la clave de cada mensaje es la cuenta.
    Si se detiene a la mitad, el mismo comando continúa donde quedó.
    """,
    """Load the first days of a file as history, and stream the rest in order of day.

    Into the store, a model that serves is updated after each day. Into Kafka, messages are keyed by account.
    Stopped half-way, the same command goes on where it was.
    """,
)
_FILE = Text(
    "Archivo que acepta amuna ingest, por ejemplo uno de amuna simulate.",
    "A file that amuna ingest takes, such as one of amuna simulate.",
)
_BASE = Text(
    "Proporción de los días que es historia y entra primero al almacén.",
    "Share of the days that is history and goes into the store first.",
)
_TO = Text("Adónde van los demás días.", "Where the other days go.")
_SPEED = Text(
    "Días por segundo; 0 para lo más rápido posible.", "Days per second; 0 for as fast as possible."
)
_DAYS = Text("Máximo de días después de la historia.", "Most days beyond the history.")
_FEED = Text(
    "Sección \\[feeds.NOMBRE]: la de las columnas del archivo y, con --to kafka, la del tema de Kafka.",
    "Section \\[feeds.NAME]: of the file's columns, and with --to kafka of the topic.",
)


class _Target(Enum):
    STORE = "store"
    KAFKA = "kafka"


_TARGETS = {_Target.STORE: Text("el almacén", "store"), _Target.KAFKA: Text("Kafka", "kafka")}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help=told(_HELP), rich_help_panel=told(DATA))(replay)


def replay(
    file: Annotated[Path, typer.Argument(help=told(_FILE))],
    base: Annotated[float, typer.Option(min=0, max=1, help=told(_BASE))] = 0.2,
    to: Annotated[_Target, typer.Option(help=told(_TO))] = _Target.STORE,
    speed: Annotated[float, typer.Option(min=0, help=told(_SPEED))] = 0.0,
    days: Annotated[int | None, typer.Option(min=0, help=told(_DAYS))] = None,
    feed: Annotated[str | None, typer.Option(help=told(_FEED))] = None,
    as_json: AsJson = False,
) -> None:
    """Load the first days of a file as history, and stream the rest in order of day."""
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
        Text("Reproducido: {name}", "Replayed {name}").fill(name=file.name),
        {
            Text("historia", "history"): Text(
                "{days:,} días, {rows:,} filas leídas ahora", "{days:,} days, {rows:,} rows taken in now"
            ).fill(days=report.base_days, rows=report.base_rows),
            Text("en vivo", "streamed"): Text(
                "{days:,} días, {rows:,} filas, hacia {to}", "{days:,} days, {rows:,} rows, to {to}"
            ).fill(days=report.streamed_days, rows=report.streamed_rows, to=_TARGETS[to]),
            Text("último día", "last day"): report.last_day,
            Text("tiempo", "time"): f"{report.seconds:.1f} s",
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
            Text("Para reproducir hacia Kafka hace falta el tema.", "A replay to Kafka needs the topic."),
            remedy=Text(
                'Escriba: amuna replay ARCHIVO --to kafka --feed NOMBRE, con source = "kafka://SERVIDOR:PUERTO/TEMA" en [feeds.NOMBRE].',
                'Write: amuna replay FILE --to kafka --feed NAME, with source = "kafka://HOST:PORT/TOPIC" under [feeds.NAME].',
            ),
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
