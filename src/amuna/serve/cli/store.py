"""`amuna store`: who may do what in a store on a server."""

from __future__ import annotations

from typing import Annotated

import typer

from amuna import wiring
from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, open_workspace
from amuna.serve.cli.language import DATA, told
from amuna.serve.cli.output import print_json, say

_HELP = Text(
    "La base de datos del almacén: los roles de sus usuarios.",
    "The store's database: the roles of its users.",
)
_ROLES = Text(
    "Muestra el SQL que crea amuna_owner, amuna_writer y amuna_reader, cada uno con los permisos mínimos que su trabajo necesita.",
    "SQL that creates amuna_owner, amuna_writer and amuna_reader, each with the least rights that its work needs.",
)
_APPLY = Text(
    "Ejecuta las instrucciones, en lugar de mostrarlas.", "Run the statements, instead of printing them."
)
_APPLIED = Text(
    "Se ejecutaron {n} instrucciones. Dé un rol a sus usuarios: GRANT amuna_reader TO NOMBRE;",
    "{n} statements were applied. Give your users a role: GRANT amuna_reader TO NAME;",
)
_commands = typer.Typer(no_args_is_help=True, help=told(_HELP))


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _commands.command(help=told(_ROLES))(roles)
    _commands.callback(help=told(_HELP))(_group)
    app.add_typer(_commands, name="store", rich_help_panel=told(DATA))


def _group() -> None:
    """The store's database: the roles of its users."""


def roles(
    apply: Annotated[bool, typer.Option("--apply", help=told(_APPLY))] = False,
    as_json: AsJson = False,
) -> None:
    """SQL that creates amuna_owner, amuna_writer and amuna_reader, each with the least rights that its work needs."""
    statements = wiring.store_roles(open_workspace(), apply=apply)
    if as_json:
        print_json({"applied": apply, "statements": statements})
    elif apply:
        say(_APPLIED.fill(n=len(statements)))
    else:
        typer.echo(";\n".join(statements) + ";")
