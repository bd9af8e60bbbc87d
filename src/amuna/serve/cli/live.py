"""`amuna serve` and `cycle`: a utility's day by itself, or once."""

from __future__ import annotations

from typing import Annotated

import polars as pl
import typer

from amuna import wiring
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace, state
from amuna.serve.cli.output import print_json, rows_table
from amuna.serve.cli.welcome import checked, welcome
from amuna.serve.desk import Desk


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (serve, cycle):
        app.command(rich_help_panel="Live")(command)


def serve(
    check: Annotated[
        bool, typer.Option("--check", help="Open the doors, ask every page, tell how they answer, and stop.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Keep everything fresh: look at the feeds, run the day and the weekly training on time, answer over HTTP.

    One process holds the embedded store; Ctrl-C or SIGTERM stops it after its last commit.
    Killed at any moment, the next start goes on.
    """
    from amuna.serve.process import serve as run

    workspace = open_workspace()
    with open_store(workspace) as store:

        def opened(door: str, desk: Desk) -> bool:
            wiring.hold(workspace, command=state.command, since=now(), door=door)
            (checked if check else welcome)(door, desk, as_json=as_json)
            return not check

        run(workspace, store, now=now, opened=opened)


def cycle(as_json: AsJson = False) -> None:
    """A utility's day, once: ingest, update, evaluate, refit, promote, monitor, register.

    Each step may be run again; what is done is not done twice.
    """
    from amuna.serve.ports import live_feeds, open_ports, polled_feeds, this_process
    from amuna.workflows.cycle import cycle_steps
    from amuna.workflows.jobs import Run, run_steps

    workspace = open_workspace()
    with open_store(workspace) as store:
        feeds = {**polled_feeds(workspace), **live_feeds(workspace)}
        steps = cycle_steps(feeds, open_ports(workspace, store, now=now))
        report = run_steps(steps, Run("cycle", now(), this_process()), store=store, now=now)
    if as_json:
        print_json(report)
    else:
        names = {
            "step": "step",
            "shard": "of",
            "status": "state",
            "seconds": "seconds",
            "message": "what it said",
        }
        rows_table(f"The day, {report.status} in {report.seconds:.1f} s", pl.DataFrame(report.steps), names)
    if report.status == "error":
        raise typer.Exit(1)
