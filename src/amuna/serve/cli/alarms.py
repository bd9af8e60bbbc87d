"""`amuna alarms` and `alarm`: accounts that someone should look at, and saying that they are looked at."""

from __future__ import annotations

import getpass
from typing import Annotated

import polars as pl
import typer

from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.output import facts, print_json, rows_table, say

_commands = typer.Typer(no_args_is_help=True, help="One alarm: say that it is looked at, or done with.")
_SHOWN = 30

Name = Annotated[str, typer.Argument(metavar="ID", help="The alarm, as amuna alarms names it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Data")(alarms)
    _commands.command()(seen)
    _commands.command()(close)
    app.add_typer(_commands, name="alarm", rich_help_panel="Data")


def alarms(
    look: Annotated[
        bool, typer.Option(help="Judge the last days of every account first, as amuna serve does daily.")
    ] = True,
    as_json: AsJson = False,
) -> None:
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
        done = {"raised": report.raised, "prolonged": report.prolonged, "closed": report.closed}
        facts(f"Alarms up to {report.end}", {"accounts": report.accounts, **done})
    shown = rows.head(_SHOWN)
    names = {
        "alarm_id": "alarm",
        "state": "state",
        "observed_m3": "observed m³",
        "expected_m3": "expected m³",
        "money_pen": "S/ in 30 days",
        "last_day": "until",
    }
    if rows.is_empty():
        say("No alarm is open.")
        return
    rows_table(f"Open alarms ({len(shown)} of {len(rows)})", shown, names)
    say("Looked at: amuna alarm seen ID. Done with: amuna alarm close ID.")


def seen(alarm_id: Name) -> None:
    """Say that someone looks at it."""
    _handle(alarm_id, "seen")


def close(alarm_id: Name) -> None:
    """Say that it is done with."""
    _handle(alarm_id, "closed")


def _handle(alarm_id: str, state: str) -> None:
    from amuna.workflows.alarms import handle

    with open_store(open_workspace()) as store:
        handle(store=store, alarm_id=alarm_id, state=state, by=getpass.getuser(), now=now())
    say(f"{alarm_id} is {state}.")
