"""`amuna audit`: who did what."""

from __future__ import annotations

from typing import Annotated

import typer

from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, open_store, open_workspace
from amuna.serve.cli.language import PEOPLE, told
from amuna.serve.cli.output import print_json, rows_table

_AUDIT = Text(
    "Muestra quién hizo qué, primero lo más reciente. A la bitácora solo se le agrega.",
    "Who did what, the newest first. The log is only ever added to.",
)
_BY_USER = Text("Lo que hizo este usuario.", "What this user did.")
_ACTION = Text("Por ejemplo, sign_in_failed.", "Such as sign_in_failed.")
_LIMIT = Text("Filas, primero las más recientes.", "Rows, the newest first.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help=told(_AUDIT), rich_help_panel=told(PEOPLE))(audit)


def audit(
    user: Annotated[str, typer.Option("--user", help=told(_BY_USER))] = "",
    action: Annotated[str, typer.Option("--action", help=told(_ACTION))] = "",
    limit: Annotated[int, typer.Option("--limit", help=told(_LIMIT), min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Who did what, the newest first. The log is only ever added to."""
    from amuna.workflows.views.users import list_audit

    with open_store(open_workspace(), read_only=True) as store:
        found = list_audit(store, user_id=user, action=action, limit=limit)
    if as_json:
        print_json({"audit": found})
        return
    names = {
        "at": Text("cuándo", "when"),
        "user_id": Text("quién", "who"),
        "action": Text("acción", "action"),
        "subject": Text("sobre", "of"),
        "address": Text("desde", "from"),
        "detail": Text("detalle", "detail"),
    }
    rows_table(Text("Bitácora", "Audit"), found, names)
