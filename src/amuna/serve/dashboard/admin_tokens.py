"""Tokens: all of them, making one, and revoking one."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import polars as pl
from dash import ALL, Input, Output, State, ctx, html, no_update

from amuna.access.roles import Permission
from amuna.domain.text import Text
from amuna.serve.auth.identify import actor
from amuna.serve.dashboard.admin_shared import administrator, done, local, once, permissions, secret_notice
from amuna.serve.dashboard.admin_words import PERMISSIONS, STATES
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, notice, stack, table
from amuna.serve.desk import Desk
from amuna.serve.report.numbers import NONE
from amuna.workflows.tokens import USUAL_DAYS, make_token, parse_scopes, revoke_token
from amuna.workflows.views.users import list_tokens

_LIST, _MADE, _REVOKE = "admin-tokens", "admin-token-made", "admin-token-revoke"
_ALL = Text("Fichas", "Tokens")
_NEW = Text("Crear una ficha", "Make a token")
_HELP = Text(
    "Una ficha deja que un programa pida datos en nombre de un usuario, solo con los permisos que se elijan.",
    "A token lets a program ask in a user's name, with no more than the permissions chosen.",
)
_DONE = Text("La ficha está lista.", "The token is ready.")
_REVOKED = Text("La ficha ya no sirve.", "The token no longer holds.")
_END = Text("Revocar", "Revoke")
_NONE = Text("Aún no hay fichas.", "There are no tokens yet.")


def layout(seen: Visit) -> Component:
    """A form, and the list."""
    fields = html.Div(
        [
            dmc.TextInput(
                id="admin-token-user",
                label=seen.say(Text("En nombre de", "In the name of")),
                value=seen.principal.user_id,
            ),
            dmc.TextInput(id="admin-token-label", label=seen.say(Text("Para qué es", "What it is for"))),
            dmc.NumberInput(
                id="admin-token-days",
                label=seen.say(Text("Vale por (días)", "Holds for (days)")),
                value=USUAL_DAYS,
                min=1,
                max=3650,
            ),
            dmc.MultiSelect(
                id="admin-token-scopes",
                label=seen.say(Text("Permisos", "Permissions")),
                data=[{"value": code, "label": seen.say(words)} for code, words in PERMISSIONS.items()],
                value=[Permission.ACCOUNTS.value],
            ),
            dmc.Button(seen.say(Text("Crear", "Make")), id="admin-token-make"),
        ],
        className="admin-form",
    )
    return stack(
        card(seen, _NEW, fields, html.Div(id=_MADE, role="status"), help=_HELP),
        card(seen, _ALL, html.Div(_tokens(seen), id=_LIST)),
    )


def callbacks(dashboard: Any, desk: Desk) -> None:
    """Making and revoking."""

    @dashboard.callback(
        Output(_MADE, "children"),
        Output(_LIST, "children"),
        Input("admin-token-make", "n_clicks"),
        State("admin-token-user", "value"),
        State("admin-token-label", "value"),
        State("admin-token-days", "value"),
        State("admin-token-scopes", "value"),
        running=once("admin-token-make"),
        prevent_initial_call=True,
    )
    def make(_clicks: int, user: str, label: str, days: Any, scopes: list[str]) -> Any:
        seen = administrator(desk)

        def act() -> Component:
            made = make_token(
                user or "",
                label or "",
                scopes=parse_scopes(" ".join(scopes or [])),
                store=desk.store,
                actor=actor(),
                now=desk.now(),
                days=days if isinstance(days, int) else 0,
            )
            return secret_notice(seen, _DONE, made.secret, label=Text("Ficha", "Token"))

        return done(seen, act), _tokens(seen)

    @dashboard.callback(
        Output(_MADE, "children", allow_duplicate=True),
        Output(_LIST, "children", allow_duplicate=True),
        Input({"type": _REVOKE, "token": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def revoke(clicks: list[int | None]) -> Any:
        seen = administrator(desk)
        if not any(clicks or []):
            return no_update, no_update

        def act() -> Component:
            revoke_token(ctx.triggered_id["token"], store=desk.store, actor=actor(), now=desk.now())
            return notice(seen, "good", _REVOKED)

        return done(seen, act), _tokens(seen)


def _tokens(seen: Visit) -> Component:
    rows = list_tokens(seen.desk.store, seen.desk.now())
    columns = (
        Column("label", Text("Para qué es", "What it is for")),
        Column("user_id", Text("Usuario", "User")),
        Column("scopes", Text("Permisos", "Permissions"), lambda codes: permissions(seen, codes)),
        Column("expires_at", Text("Vence", "Expires"), lambda at: local(seen, at)),
        Column("state", Text("Estado", "State"), lambda state: STATES[state]),
        Column("token_id", Text("Acción", "Action"), lambda token: _button(seen, rows, token)),
    )
    return table(seen, rows, columns, caption=_ALL, empty_text=_NONE)


def _button(seen: Visit, rows: pl.DataFrame, token: str) -> Component:
    row = rows.row(by_predicate=pl.col("token_id") == token, named=True)
    if row["state"] != "active":
        return html.Span(NONE, className="quiet")
    return dmc.Button(
        seen.say(_END),
        id={"type": _REVOKE, "token": token},
        size="compact-sm",
        variant="default",
        **{"aria-label": f"{seen.say(_END)}: {row['label']}"},
    )
