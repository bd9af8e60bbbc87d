"""Users: all of them in a grid, and adding one."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import polars as pl
from dash import ClientsideFunction, Input, Output, State, html

from amuna.access.roles import Permission
from amuna.domain.text import Text
from amuna.serve.auth.identify import actor
from amuna.serve.dashboard.admin_shared import (
    administrator,
    done,
    link_notice,
    local,
    once,
    role_choice,
    words_of,
)
from amuna.serve.dashboard.admin_words import ROLES, STATES
from amuna.serve.dashboard.grids import GridColumn, grid, serve_rows
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import card, stack
from amuna.serve.dashboard.visits import ROOT
from amuna.serve.desk import Desk
from amuna.workflows.links import make_link
from amuna.workflows.users import User, add_user, parse_role
from amuna.workflows.views.users import list_users

_GRID, _MADE = "admin-users", "admin-user-made"
_LINK = f"{ROOT}admin/users/"
_ALL = Text("Usuarios", "Users")
_ADD = Text("Agregar un usuario", "Add a user")
_HELP = Text(
    "Nadie recibe una contraseña: recibe un enlace, y con él elige la suya en las próximas 24 horas.",
    "Nobody is given a password: they get a link with which they choose their own within 24 hours.",
)
_ADDED = Text("Se agregó a {user}. Envíele este enlace.", "{user} was added. Send them this link.")
COLUMNS = (
    GridColumn("user_id", Text("Usuario", "User"), width=230, link=_LINK),
    GridColumn("name", Text("Nombre", "Name"), width=180),
    GridColumn("role", Text("Rol", "Role"), width=160),
    GridColumn("state", Text("Estado", "State"), width=160),
    GridColumn("accounts", Text("Cuentas", "Accounts"), width=180),
    GridColumn("created", Text("Desde", "Since"), width=160),
)


def layout(seen: Visit) -> Component:
    """All users, and a form for one more."""
    fields = html.Div(
        [
            dmc.TextInput(id="admin-new-user", label=seen.say(Text("Correo", "E-mail"))),
            dmc.TextInput(id="admin-new-name", label=seen.say(Text("Nombre", "Name"))),
            role_choice(seen, id="admin-new-role", value="analyst"),
            dmc.TextInput(
                id="admin-new-accounts",
                label=seen.say(Text("Cuentas, si es cliente", "Accounts, if a customer")),
            ),
            dmc.Button(seen.say(Text("Agregar", "Add")), id="admin-new-add"),
        ],
        className="admin-form",
    )
    table = grid(seen, _GRID, COLUMNS, label=_ALL, height="max(300px, calc(100dvh - 520px))", link=_LINK)
    return stack(
        card(seen, _ADD, fields, html.Div(id=_MADE, role="status"), help=_HELP), card(seen, _ALL, table)
    )


def callbacks(dashboard: Any, desk: Desk) -> None:
    """Rows on demand, and adding a user."""
    serve_rows(dashboard, desk, _GRID, columns=COLUMNS, rows=_rows)
    dashboard.clientside_callback(
        ClientsideFunction("amunaGrids", "again"),
        Output(_GRID, "className"),
        Input(_MADE, "children"),
        State(_GRID, "id"),
        prevent_initial_call=True,
    )

    @dashboard.callback(
        Output(_MADE, "children"),
        Input("admin-new-add", "n_clicks"),
        State("admin-new-user", "value"),
        State("admin-new-name", "value"),
        State("admin-new-role", "value"),
        State("admin-new-accounts", "value"),
        running=once("admin-new-add"),
        prevent_initial_call=True,
    )
    def add(_clicks: int, user: str, name: str, role: str, accounts: str) -> Any:
        seen = administrator(desk)
        return done(seen, lambda: _add(seen, user or "", name or "", role=role, accounts=words_of(accounts)))


def _add(seen: Visit, user_id: str, name: str, *, role: str, accounts: list[str]) -> Component:
    store, now = seen.desk.store, seen.desk.now()
    with store.transaction():
        made = add_user(
            user_id, parse_role(role), store=store, actor=actor(), now=now, name=name, accounts=accounts
        )
        secret = make_link(made.user_id, store=store, actor=actor(), now=now)
    return link_notice(seen, _ADDED.fill(user=made.user_id), secret)


def _rows(seen: Visit) -> pl.DataFrame:
    seen.principal.require(Permission.ADMIN)
    rows = [
        {
            "user_id": user.user_id,
            "name": user.name,
            "role": seen.say(ROLES[user.role.value]),
            "state": seen.say(STATES[state_of(user)]),
            "accounts": ", ".join(user.accounts),
            "created": local(seen, user.created_at),
        }
        for user in list_users(seen.desk.store)
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys((column.name for column in COLUMNS), pl.String))


def state_of(user: User) -> str:
    """The state of a user."""
    if not user.active:
        return "inactive"
    return "active" if user.has_password else "no_password"
