"""One user: their role, their accounts, whether they may sign in, and a new link."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, html

from amuna.domain.text import Text
from amuna.serve.auth.identify import actor
from amuna.serve.dashboard.admin_shared import administrator, done, link_notice, once, role_choice, words_of
from amuna.serve.dashboard.admin_users import state_of
from amuna.serve.dashboard.admin_words import STATES
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import card, link, notice, stack
from amuna.serve.dashboard.visits import ROOT
from amuna.serve.desk import Desk
from amuna.workflows.links import make_link
from amuna.workflows.users import change_user, parse_role, stored_user

_WHO, _TOLD = "admin-who", "admin-told"
_BACK = Text("Todos los usuarios", "All users")
_STATE = Text("Estado: {state}.", "State: {state}.")
_ACTIVE = Text("Puede iniciar sesión", "May sign in")
_OUT = Text(
    "Al desactivarlo se cierran sus sesiones y se revocan sus fichas.",
    "Deactivating ends their sessions and revokes their tokens.",
)
_SAVED = Text("Se guardó.", "Saved.")
_NEW = Text("Enlace nuevo", "New link")
_MADE = Text(
    "Envíe este enlace a {user}. Los anteriores ya no sirven.",
    "Send this link to {user}. Earlier ones no longer work.",
)


def layout(seen: Visit) -> Component:
    """The user that the address names."""
    user, _ = stored_user("/".join(seen.rest[1:]), store=seen.desk.store)
    fields = html.Div(
        [
            dmc.TextInput(id="admin-name", label=seen.say(Text("Nombre", "Name")), value=user.name),
            role_choice(seen, id="admin-role", value=user.role.value),
            dmc.TextInput(
                id="admin-accounts",
                label=seen.say(Text("Cuentas, si es cliente", "Accounts, if a customer")),
                value=" ".join(user.accounts),
            ),
            dmc.Switch(
                id="admin-active", label=seen.say(_ACTIVE), description=seen.say(_OUT), checked=user.active
            ),
        ],
        className="admin-form",
    )
    buttons = html.Div(
        [
            dmc.Button(seen.say(Text("Guardar", "Save")), id="admin-save"),
            dmc.Button(seen.say(_NEW), id="admin-link", variant="default"),
        ],
        className="admin-buttons",
    )
    state = html.P(seen.say(_STATE, state=STATES[state_of(user)]), className="quiet")
    return stack(
        html.P(link(seen, _BACK, f"{ROOT}admin/users"), className="back"),
        card(seen, user.user_id, state, fields, buttons, html.Div(id=_TOLD, role="status")),
        html.Div(user.user_id, id=_WHO, hidden=True),
    )


def callbacks(dashboard: Any, desk: Desk) -> None:
    """Saving what is written, and a new link."""

    @dashboard.callback(
        Output(_TOLD, "children"),
        Input("admin-save", "n_clicks"),
        State(_WHO, "children"),
        State("admin-name", "value"),
        State("admin-role", "value"),
        State("admin-accounts", "value"),
        State("admin-active", "checked"),
        running=once("admin-save"),
        prevent_initial_call=True,
    )
    def save(_clicks: int, user: str, name: str, role: str, accounts: str, active: bool) -> Any:
        seen = administrator(desk)

        def act() -> Component:
            change_user(
                user,
                store=desk.store,
                actor=actor(),
                now=desk.now(),
                name=name,
                role=parse_role(role),
                accounts=words_of(accounts),
                active=active,
            )
            return notice(seen, "good", _SAVED)

        return done(seen, act)

    @dashboard.callback(
        Output(_TOLD, "children", allow_duplicate=True),
        Input("admin-link", "n_clicks"),
        State(_WHO, "children"),
        running=once("admin-link"),
        prevent_initial_call=True,
    )
    def new_link(_clicks: int, user: str) -> Any:
        seen = administrator(desk)

        def act() -> Component:
            secret = make_link(user, store=desk.store, actor=actor(), now=desk.now())
            return link_notice(seen, _MADE.fill(user=user), secret)

        return done(seen, act)
