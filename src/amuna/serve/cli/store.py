"""`amuna store`: who may do what in a store on a server."""

from __future__ import annotations

from typing import Annotated

import typer

from amuna import wiring
from amuna.serve.cli.app import AsJson, open_workspace
from amuna.serve.cli.output import print_json, say

_commands = typer.Typer(no_args_is_help=True, help="The store's database: the roles of its users.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _commands.command()(roles)
    _commands.callback()(_group)
    app.add_typer(_commands, name="store", rich_help_panel="Data")


def _group() -> None:
    """The store's database: the roles of its users."""


def roles(
    apply: Annotated[
        bool, typer.Option("--apply", help="Run the statements, instead of printing them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """SQL that creates amuna_owner, amuna_writer and amuna_reader, each with the least rights that its work needs."""
    statements = wiring.store_roles(open_workspace(), apply=apply)
    if as_json:
        print_json({"applied": apply, "statements": statements})
    elif apply:
        say(f"{len(statements)} statements were applied. Give your users a role: GRANT amuna_reader TO NAME;")
    else:
        typer.echo(";\n".join(statements) + ";")
