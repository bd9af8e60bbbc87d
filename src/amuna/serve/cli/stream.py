"""`amuna follow`: feeds taken in as they come."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from amuna import wiring
from amuna.domain.ports import LiveFeed
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.output import errors, print_json, say
from amuna.workflows.follow import Beat, Followed, Terms
from amuna.workflows.follow import follow as run


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Data")(follow)


def follow(
    feed: Annotated[
        str | None,
        typer.Option(help="Only this section \\[feeds.NAME]; without it, all that say their source."),
    ] = None,
    until_idle: Annotated[
        float | None, typer.Option(min=0, help="End once nothing has come for so long \\[s].")
    ] = None,
    every: Annotated[float, typer.Option(min=0.1, help="Time between lines of progress \\[s].")] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Take in feeds as they come, until stopped.

    SIGTERM and Ctrl-C end it after the present batch, with exit code 0. A broker or database that is away is tried again.
    """
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
        say(
            f"Took in {report.rows:,} rows in {report.seconds:.0f} s; {report.quarantined:,} went into quarantine"
        )


def _tell(beat: Beat) -> None:
    """A line of progress, on standard error so that standard output stays for the result."""
    lag = "" if beat.lag is None else f"   lag {beat.lag:,}"
    retried = f"   retries {beat.retries:,}" if beat.retries else ""
    errors.print(
        f"{beat.seconds:8.0f} s   {beat.rows_per_s:10,.0f} rows/s{lag}   rows {beat.rows:,}   quarantined {beat.quarantined:,}{retried}",
        soft_wrap=True,
    )
