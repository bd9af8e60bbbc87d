"""`amuna serve` and `cycle`: a utility's day by itself, or once."""

from __future__ import annotations

from typing import Annotated

import polars as pl
import typer

from amuna import wiring
from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace, state
from amuna.serve.cli.language import LIVE, told
from amuna.serve.cli.lifecycle import Range
from amuna.serve.cli.one_step import STEP_HELP, run_one_step
from amuna.serve.cli.output import print_json, rows_table
from amuna.serve.cli.welcome import checked, welcome
from amuna.serve.desk import Desk

_SERVE = Text(
    "Mantiene todo al día: mira los orígenes de datos, hace a su hora el trabajo del día y el entrenamiento de la semana, y "
    "responde por HTTP.\n\nUn solo proceso tiene el almacén; Ctrl-C o SIGTERM lo detienen cuando termina de guardar.\n"
    "Si se interrumpe en cualquier momento, el siguiente arranque continúa.",
    "Keep everything fresh: look at the feeds, run the day and the weekly training on time, answer over HTTP.\n\n"
    "One process holds the embedded store; Ctrl-C or SIGTERM stops it after its last commit.\n"
    "Killed at any moment, the next start goes on.",
)
_CHECK = Text(
    "Abre las puertas, pide cada página, dice cómo responden y se detiene.",
    "Open the doors, ask every page, tell how they answer, and stop.",
)
_CYCLE = Text(
    "El día de la empresa, una vez: toma los datos, actualiza, evalúa, busca alarmas, reajusta, promueve, hace que todo sume, "
    "vigila, pronostica las zonas y registra.\n\n"
    "Cada paso se puede repetir; lo que ya está hecho no se hace dos veces.",
    "A utility's day, once: ingest, update, evaluate, alarms, refit, promote, reconcile, monitor, zones, register.\n\n"
    "Each step may be run again; what is done is not done twice.",
)
_RANGE_OF_A_STEP = Text("va junto con --step", "goes with --step")
_STEPS = {
    "step": Text("paso", "step"),
    "shard": Text("de", "of"),
    "status": Text("estado", "state"),
    "seconds": Text("segundos", "seconds"),
    "message": Text("qué dijo", "what it said"),
}
_DAY = Text("El día, {status} en {seconds:.1f} s", "The day, {status} in {seconds:.1f} s")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(help=told(_SERVE), rich_help_panel=told(LIVE))(serve)
    app.command(help=told(_CYCLE), rich_help_panel=told(LIVE))(cycle)


def serve(
    check: Annotated[bool, typer.Option("--check", help=told(_CHECK))] = False,
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


def cycle(
    step: Annotated[str | None, typer.Option(metavar="NAME", help=told(STEP_HELP))] = None,
    accounts: Range = "",
    as_json: AsJson = False,
) -> None:
    """A utility's day, once, or one of its steps.

    Each step may be run again; what is done is not done twice.
    """
    if step is not None:
        run_one_step(step, accounts, as_json=as_json)
        return
    if accounts:
        raise typer.BadParameter(told(_RANGE_OF_A_STEP), param_hint="--accounts")
    from amuna.serve.ports import day_feeds, open_ports, this_process
    from amuna.workflows.cycle import cycle_steps
    from amuna.workflows.jobs import Run, run_steps

    workspace = open_workspace()
    with open_store(workspace) as store:
        feeds = day_feeds(workspace, store, now=now)
        steps = cycle_steps(feeds, open_ports(workspace, store, now=now))
        report = run_steps(steps, Run("cycle", now(), this_process()), store=store, now=now)
    if as_json:
        print_json({name: value for name, value in vars(report).items() if name != "said"})
    else:
        title = _DAY.fill(status=report.status, seconds=report.seconds)
        messages = pl.Series("message", [told(words) for words in report.said], dtype=pl.String)
        rows_table(title, pl.DataFrame(report.steps).with_columns(messages), _STEPS)
    if report.status == "error":
        raise typer.Exit(1)
