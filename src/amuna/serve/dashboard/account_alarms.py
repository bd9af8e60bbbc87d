"""The alarms of one account, and what someone says of them."""

from __future__ import annotations

from functools import partial
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Input, Output, ctx, html, no_update

from amuna.access.roles import Permission
from amuna.domain.text import Text
from amuna.serve.dashboard.account_history import date_cell
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, table
from amuna.serve.dashboard.visits import visit
from amuna.serve.desk import Desk
from amuna.serve.report.numbers import NONE, count, volume
from amuna.serve.report.words import word
from amuna.workflows.alarms import handle
from amuna.workflows.views.account import AccountFacts
from amuna.workflows.views.alarms import alarm_rows, find_alarm

_ALARMS = Text("Alarmas", "Alarms")
_HELP = Text(
    "Qué fue inusual, cuánto se esperaba y cuánto costaría un mes así. Diga si alguien la revisa o si ya terminó.",
    "What was unusual, how much was expected and what a month like it would cost. Say whether someone looks at it or is "
    "done with it.",
)
_NONE = Text("Esta cuenta nunca tuvo una alarma.", "This account has never had an alarm.")
_SAYINGS = {
    "seen": Text("La reviso", "I look at it"),
    "closed": Text("Cerrar", "Close"),
    "open": Text("Reabrir", "Reopen"),
}
_NEXT = {"open": ("seen", "closed"), "seen": ("closed", "open"), "closed": ("open",)}


def alarms(seen: Visit, facts: AccountFacts) -> Component:
    """The alarms, the latest first, with buttons for who may handle them."""
    return card(seen, _ALARMS, html.Div(_table(seen, facts.account_id), id="account-alarms"), help=_HELP)


def _table(seen: Visit, account_id: str) -> Component:
    rows = alarm_rows(store=seen.desk.store, account_id=account_id).sort("first_day", descending=True)
    may = seen.principal.may(Permission.HANDLE_ALARMS)
    rows = rows.with_columns(say=rows.select("alarm_id", "state", "kind").to_struct())
    say = Column(
        "say", Text("Acciones", "Actions"), show=lambda row: say_buttons(seen, row, kind="alarm-say")
    )
    columns = [
        Column("first_day", Text("Desde", "From"), show=partial(date_cell, seen)),
        Column("last_day", Text("Hasta", "To"), show=partial(date_cell, seen)),
        Column("kind", Text("Qué", "What"), show=lambda code: word("alarm", code)),
        Column("state", Text("Estado", "State"), show=lambda code: word("alarm_state", code)),
        *([say] if may else []),
        Column("observed_m3", Text("Observado (m³)", "Observed (m³)"), show=volume, right=True),
        Column("expected_m3", Text("Esperado (m³)", "Expected (m³)"), show=volume, right=True),
        Column("money_pen", Text("Un mes así (S/)", "A month like it (S/)"), show=_money, right=True),
        Column("handled_by", Text("Por", "By")),
    ]
    return table(seen, rows, columns, caption=_ALARMS, empty_text=_NONE)


def _money(soles: float | None) -> str:
    return NONE if soles is None else count(soles)


def say_buttons(seen: Visit, row: dict[str, str], *, kind: str) -> Component:
    """What can be said of an alarm; `kind` is the type of the buttons' names."""
    what = seen.say(word("alarm", row["kind"]))
    return html.Div(
        [
            dmc.Button(
                seen.say(_SAYINGS[state]),
                id={"type": kind, "alarm": row["alarm_id"], "state": state},
                size="compact-sm",
                variant="default",
                **{"aria-label": f"{seen.say(_SAYINGS[state])}: {what}"},
            )
            for state in _NEXT[row["state"]]
        ],
        className="actions",
    )


def callbacks(dashboard: Any, desk: Desk) -> None:
    """What someone says of an alarm is kept, and shown."""

    @dashboard.callback(
        Output("account-alarms", "children"),
        Input({"type": "alarm-say", "alarm": ALL, "state": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def say(clicks: list[int | None]) -> Any:
        said = ctx.triggered_id
        if not said or not any(clicks):
            return no_update
        seen = visit(desk)
        return _table(seen, take_word(seen, said["alarm"], said["state"]))


def take_word(seen: Visit, alarm_id: str, state: str) -> str:
    """Keep what the visitor says of an alarm, where they may; returns its account."""
    desk = seen.desk
    seen.principal.require(Permission.HANDLE_ALARMS)
    account_id = str(find_alarm(alarm_id, store=desk.store)["account_id"])
    seen.principal.require_sight(account_id)
    handle(store=desk.store, alarm_id=alarm_id, state=state, by=seen.principal.user_id, now=desk.now())
    desk.memo.look_again()
    return account_id
