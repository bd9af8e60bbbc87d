"""Erasing an account: it is written twice, so that no other one is erased by a slip."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, html, no_update

from amuna.domain.errors import NotFound
from amuna.domain.text import Text
from amuna.serve.auth.identify import actor
from amuna.serve.dashboard.admin_shared import administrator, done, once
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import card, notice
from amuna.serve.desk import Desk
from amuna.serve.report.numbers import count
from amuna.workflows.forget import Forgotten, forget

_TOLD = "admin-erase-told"
_TITLE = Text("Borrar una cuenta", "Erase an account")
_WHAT = Text(
    "Se borra todo lo que se sabe de la cuenta: lecturas con sus versiones anteriores, pronósticos, modelo, alarmas y "
    "filas rechazadas que la nombran; también el usuario del cliente que no tenga otra cuenta. No se puede deshacer. "
    "La bitácora guarda quién la borró y cuándo.",
    "Everything that is known of the account is erased: readings with their earlier versions, forecasts, model, alarms, "
    "and refused rows that name it; also the user of a customer who holds no other account. It cannot be undone. "
    "The audit log keeps who erased it, and when.",
)
_BEYOND = Text(
    "Bórrela también en el sistema que envía las lecturas y en las copias de respaldo: si no, volverá con la próxima entrega.",
    "Erase it in the system that sends the readings and in backups too: it would come back with the next delivery.",
)
_ACCOUNT = Text("Cuenta", "Account")
_AGAIN = Text("La misma cuenta otra vez", "The same account again")
_ERASE = Text("Borrar para siempre", "Erase for good")
_NOT_SAME = Text(
    "No se borró nada: escriba la misma cuenta en los dos campos.",
    "Nothing was erased: write the same account in both fields.",
)
_UNKNOWN = Text(
    "Aquí no hay nada de la cuenta {account}: ya se borró, o se escribe de otra manera.",
    "There is nothing of account {account} here: it was erased before, or is written otherwise.",
)
_DONE = Text("Se borró la cuenta {account}: {rows} filas.", "Account {account} is erased: {rows} rows.")
_USERS = Text("También se borró a: {users}.", "Erased with it: {users}.")


def layout(seen: Visit) -> Component:
    """What erasing does, the account twice, and the button."""
    fields = html.Div(
        [
            dmc.TextInput(id="admin-erase-account", label=seen.say(_ACCOUNT), autoComplete="off"),
            dmc.TextInput(id="admin-erase-again", label=seen.say(_AGAIN), autoComplete="off"),
            dmc.Button(seen.say(_ERASE), id="admin-erase", color="red"),
        ],
        className="admin-form",
    )
    told = html.Div(id=_TOLD, role="status")
    return card(seen, _TITLE, html.P(seen.say(_WHAT)), html.P(seen.say(_BEYOND)), fields, told)


def callbacks(dashboard: Any, desk: Desk) -> None:
    """Erasing, and emptying both fields after it."""

    @dashboard.callback(
        Output(_TOLD, "children"),
        Output("admin-erase-account", "value"),
        Output("admin-erase-again", "value"),
        Input("admin-erase", "n_clicks"),
        State("admin-erase-account", "value"),
        State("admin-erase-again", "value"),
        running=once("admin-erase"),
        prevent_initial_call=True,
    )
    def erase(clicks: int | None, account: str | None, again: str | None) -> Any:
        seen = administrator(desk)
        if not clicks:
            return no_update, no_update, no_update
        name = (account or "").strip()
        if not name or name != (again or "").strip():
            return notice(seen, "bad", _NOT_SAME), no_update, no_update
        return done(seen, lambda: _erase(seen, name)), "", ""


def _erase(seen: Visit, account_id: str) -> Component:
    desk = seen.desk
    try:
        erased = forget(account_id, store=desk.store, actor=actor(), now=desk.now())
    except NotFound:
        return notice(seen, "bad", _UNKNOWN.fill(account=account_id))
    return notice(seen, "good", _told(erased), *_with_it(seen, erased), html.P(seen.say(_BEYOND)))


def _told(erased: Forgotten) -> Text:
    return _DONE.fill(account=erased.account_id, rows=count(sum(erased.rows.values())))


def _with_it(seen: Visit, erased: Forgotten) -> list[Component]:
    return [html.P(seen.say(_USERS, users=", ".join(erased.users)))] if erased.users else []
