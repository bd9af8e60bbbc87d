"""`amuna follow`: feeds taken in as they come."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from amuna import wiring
from amuna.domain.ports import LiveFeed
from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.language import DATA, told
from amuna.serve.cli.output import errors, print_json, say
from amuna.workflows.follow import Beat, Followed, Terms
from amuna.workflows.follow import follow as run

_HELP = Text(
    """Lee los orígenes de datos a medida que llegan, hasta que se le detiene.

    SIGTERM y Ctrl-C lo terminan después del lote en curso, con código de salida 0. Si el servidor de mensajes o la base de datos no responde, vuelve a intentar.
    """,
    """Take in feeds as they come, until stopped.

    SIGTERM and Ctrl-C end it after the present batch, with exit code 0. A broker or database that is away is tried again.
    """,
)
_FEED = Text(
    "Solo esta sección \\[feeds.NOMBRE]; sin la opción, todas las que dicen de dónde vienen.",
    "Only this section \\[feeds.NAME]; without it, all that say their source.",
)
_UNTIL_IDLE = Text(
    "Termina cuando no ha llegado nada durante este tiempo \\[s].",
    "End once nothing has come for so long \\[s].",
)
_EVERY = Text("Tiempo entre dos líneas de avance \\[s].", "Time between lines of progress \\[s].")
_TOOK_IN = Text(
    "Se leyeron {rows:,} filas en {s:.0f} s; {quarantined:,} quedaron en cuarentena",
    "Took in {rows:,} rows in {s:.0f} s; {quarantined:,} went into quarantine",
)
_BEAT = Text(
    "{s:8.0f} s   {rate:10,.0f} filas/s{lag}   filas {rows:,}   en cuarentena {quarantined:,}{retries}",
    "{s:8.0f} s   {rate:10,.0f} rows/s{lag}   rows {rows:,}   quarantined {quarantined:,}{retries}",
)
_LAG = Text("   atraso {n:,}", "   lag {n:,}")
_RETRIES = Text("   reintentos {n:,}", "   retries {n:,}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help=told(_HELP), rich_help_panel=told(DATA))(follow)


def follow(
    feed: Annotated[str | None, typer.Option(help=told(_FEED))] = None,
    until_idle: Annotated[float | None, typer.Option(min=0, help=told(_UNTIL_IDLE))] = None,
    every: Annotated[float, typer.Option(min=0.1, help=told(_EVERY))] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Take in feeds as they come, until stopped."""
    workspace = open_workspace()
    settings = workspace.settings
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    followed = [
        Followed(
            source.feed,
            source.feed_map,
            pause_s=0.0 if isinstance(source.feed, LiveFeed) else settings.schedule_poll_s,
        )
        for source in wiring.feeds(workspace, [], feed=feed, query=None)
    ]
    with open_store(workspace) as store:
        terms = Terms(store, wiring.rules(settings), now, settings.ingest_min_coverage)
        report = run(followed, terms, stop=stop, until_idle_s=until_idle, every_s=every, tell=_tell)
    if as_json:
        print_json(report)
    else:
        say(_TOOK_IN.fill(rows=report.rows, s=report.seconds, quarantined=report.quarantined))


def _tell(beat: Beat) -> None:
    """A line of progress, on standard error so that standard output stays for the result."""
    line = _BEAT.fill(
        s=beat.seconds,
        rate=beat.rows_per_s,
        lag="" if beat.lag is None else _LAG.fill(n=beat.lag),
        rows=beat.rows,
        quarantined=beat.quarantined,
        retries=_RETRIES.fill(n=beat.retries) if beat.retries else "",
    )
    errors.print(told(line), soft_wrap=True)
