"""The audit log: who did what, the newest first."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from amuna.access.roles import Permission
from amuna.domain.text import Text
from amuna.serve.dashboard.admin_shared import local, permissions
from amuna.serve.dashboard.admin_words import ACTIONS, DETAILS, VALUES, word
from amuna.serve.dashboard.grids import GridColumn, grid, serve_rows
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import card
from amuna.serve.desk import Desk
from amuna.serve.report.numbers import NONE, count
from amuna.workflows.views.users import MOST, list_audit

_GRID = "admin-audit"
_TITLE = Text("Quién hizo qué", "Who did what")
_HELP = Text(
    f"Lo más reciente primero, hasta {count(MOST)} filas. Solo se agrega: nadie puede cambiarlo ni borrarlo aquí.",
    f"The newest first, up to {count(MOST)} rows. It is only added to: nobody can change or erase it here.",
)
COLUMNS = (
    GridColumn("when", Text("Cuándo", "When"), width=160),
    GridColumn("user_id", Text("Quién", "Who"), width=200),
    GridColumn("action", Text("Qué hizo", "What"), width=210),
    GridColumn("subject", Text("A qué", "To what"), width=200),
    GridColumn("address", Text("Desde", "From"), width=140),
    GridColumn("detail", Text("Detalle", "Detail"), width=320),
)


def layout(seen: Visit) -> Component:
    """The log."""
    table = grid(seen, _GRID, COLUMNS, label=_TITLE, height="max(420px, calc(100dvh - 290px))")
    return card(seen, _TITLE, table, help=_HELP)


def callbacks(dashboard: Any, desk: Desk) -> None:
    """Rows on demand."""
    serve_rows(dashboard, desk, _GRID, columns=COLUMNS, rows=shown_rows)


def shown_rows(seen: Visit) -> pl.DataFrame:
    """The log in the visitor's words."""
    seen.principal.require(Permission.AUDIT)
    rows = [
        row
        | {
            "when": local(seen, row["at"]),
            "action": seen.say(word(ACTIONS, row["action"])),
            "detail": "; ".join(
                f"{seen.say(word(DETAILS, name))}: {_value(seen, name, value)}"
                for name, value in json.loads(row["detail"]).items()
            ),
        }
        for row in list_audit(seen.desk.store, limit=MOST).to_dicts()
    ]
    names = [column.name for column in COLUMNS]
    return pl.DataFrame(
        [{name: row[name] for name in names} for row in rows], schema=dict.fromkeys(names, pl.String)
    )


def _value(seen: Visit, name: str, value: object) -> str:
    if name == "scopes":
        return permissions(seen, str(value))
    if isinstance(value, list):
        return ", ".join(map(str, value)) or NONE
    return seen.say(word(VALUES.get(name, {}), str(value)))
