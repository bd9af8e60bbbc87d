"""`amuna alarms` and `alarm`: accounts that someone should look at, and saying that they are looked at."""

from __future__ import annotations

import getpass
from typing import Annotated

import polars as pl
import typer

from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.language import DATA, told
from amuna.serve.cli.output import facts, print_json, rows_table, say

_HELP = Text(
    "Cuentas que consumen mucho más de lo esperado, o nada durante semanas: primero las más caras.",
    "Accounts that use far more than expected, or nothing for weeks: the most expensive first.",
)
_LOOK = Text(
    "Antes evalúa los últimos días de cada cuenta, como amuna serve a diario.",
    "Judge the last days of every account first, as amuna serve does daily.",
)
_ONE_HELP = Text(
    "Una alarma: avisa que alguien la revisa, o la cierra.",
    "One alarm: say that it is looked at, or done with.",
)
_SEEN_HELP = Text("Avisa que alguien la revisa.", "Say that someone looks at it.")
_CLOSE_HELP = Text("La cierra: ya está atendida.", "Say that it is done with.")
_ID = Text("La alarma, como la nombra amuna alarms.", "The alarm, as amuna alarms names it.")
_COUNTS = {
    "accounts": Text("cuentas", "accounts"),
    "raised": Text("nuevas", "raised"),
    "prolonged": Text("continúan", "prolonged"),
    "closed": Text("cerradas", "closed"),
}
_COLUMNS = {
    "alarm_id": Text("alarma", "alarm"),
    "state": Text("estado", "state"),
    "observed_m3": Text("medido m³", "observed m³"),
    "expected_m3": Text("esperado m³", "expected m³"),
    "money_pen": Text("S/ en 30 días", "S/ in 30 days"),
    "last_day": Text("hasta", "until"),
}
_HANDLED = {
    "seen": Text("La alarma {alarm} queda como vista.", "{alarm} is seen."),
    "closed": Text("La alarma {alarm} queda cerrada.", "{alarm} is closed."),
}
_SHOWN = 30
_commands = typer.Typer(no_args_is_help=True, help=told(_ONE_HELP))

Name = Annotated[str, typer.Argument(metavar="ID", help=told(_ID))]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(help=told(_HELP), rich_help_panel=told(DATA))(alarms)
    _commands.command(help=told(_SEEN_HELP))(seen)
    _commands.command(help=told(_CLOSE_HELP))(close)
    app.add_typer(_commands, name="alarm", rich_help_panel=told(DATA))


def alarms(look: Annotated[bool, typer.Option(help=told(_LOOK))] = True, as_json: AsJson = False) -> None:
    """Accounts that use far more than expected, or nothing for weeks: the most expensive first."""
    from amuna.serve.ports import open_ports
    from amuna.workflows.alarms import raise_alarms
    from amuna.workflows.views.alarms import alarm_rows

    workspace = open_workspace()
    with open_store(workspace, read_only=not look) as store:
        if look:
            report = raise_alarms(store=store, now=now(), price=open_ports(workspace, store, now=now).price)
        rows = alarm_rows(store=store).filter(pl.col("state") != "closed")
    if as_json:
        print_json(report if look else {"alarms": rows})
        return
    if look:
        facts(
            Text("Alarmas hasta el {end}", "Alarms up to {end}").fill(end=report.end),
            {words: getattr(report, name) for name, words in _COUNTS.items()},
        )
    _print(rows)


def seen(alarm_id: Name) -> None:
    """Say that someone looks at it."""
    _handle(alarm_id, "seen")


def close(alarm_id: Name) -> None:
    """Say that it is done with."""
    _handle(alarm_id, "closed")


def _print(rows: pl.DataFrame) -> None:
    if rows.is_empty():
        say(Text("Ninguna alarma está abierta.", "No alarm is open."))
        return
    shown = rows.head(_SHOWN)
    title = Text("Alarmas abiertas ({shown} de {all})", "Open alarms ({shown} of {all})")
    rows_table(title.fill(shown=len(shown), all=len(rows)), shown, _COLUMNS)
    say(
        Text(
            "Si alguien la revisa: amuna alarm seen ID. Si ya está atendida: amuna alarm close ID.",
            "Looked at: amuna alarm seen ID. Done with: amuna alarm close ID.",
        )
    )


def _handle(alarm_id: str, state: str) -> None:
    from amuna.workflows.alarms import handle

    with open_store(open_workspace()) as store:
        handle(store=store, alarm_id=alarm_id, state=state, by=getpass.getuser(), now=now())
    say(_HANDLED[state].fill(alarm=alarm_id))
