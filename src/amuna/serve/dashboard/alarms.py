"""The page of alarms: every account that someone should look at, the most expensive first; made for a telephone in the field."""

from __future__ import annotations

from typing import Any

import polars as pl
from dash import ALL, Input, Output, ctx, html, no_update

from amuna.access.roles import Permission
from amuna.domain.text import Text
from amuna.serve.dashboard import account
from amuna.serve.dashboard.account_alarms import say_buttons, take_word
from amuna.serve.dashboard.page import Component, Page, Visit
from amuna.serve.dashboard.parts import card, empty, link
from amuna.serve.dashboard.visits import account_page, visit
from amuna.serve.desk import Desk
from amuna.serve.report.numbers import count, rounded, short_day, volume
from amuna.serve.report.words import word
from amuna.workflows.views.alarms import alarm_rows

_LIST, _SAY = "alarms-list", "alarms-say"
_MOST = 100
_TITLE = Text("Alarmas abiertas", "Open alarms")
_HELP = Text(
    "Cuentas cuyo consumo dejó sus pronósticos por varios días: primero las de más dinero, al final las que alguien ya "
    "revisa. No siempre es una fuga: es motivo para preguntar. “La reviso” dice a los demás que alguien se ocupa; "
    "“Cerrar”, que ya terminó.",
    "Accounts whose use left their forecasts for several days: those with the most money first, those that someone already "
    "looks at last. It is not always a leak: it is a reason to ask. “I look at it” tells the others that someone does; "
    "“Close”, that it is done with.",
)
_NONE = Text("No hay alarmas abiertas.", "There are no open alarms.")
_FIRST = Text("Se muestran {n} de {total}.", "{n} of {total} are shown.")
_SINCE = Text("{what}, desde el {day}", "{what}, since {day}")
_ZONE = Text("zona {zone}", "zone {zone}")
_A_DAY = Text("{seen} m³ al día; lo usual: {usual} m³", "{seen} m³ a day; usual: {usual} m³")
_MONTH = Text("S/ {money} en 30 días si sigue así", "S/ {money} in 30 days if it goes on")
_BY = Text("la revisa {by}", "{by} looks at it")


def layout(seen: Visit) -> Component:
    """All that are not closed."""
    return card(seen, _TITLE, html.Div(_list(seen), id=_LIST), help=_HELP)


def callbacks(dashboard: Any, desk: Desk) -> None:
    """What someone says of an alarm is kept, and the list follows."""

    @dashboard.callback(
        Output(_LIST, "children"),
        Input({"type": _SAY, "alarm": ALL, "state": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def say(clicks: list[int | None]) -> Any:
        said = ctx.triggered_id
        if not said or not any(clicks):
            return no_update
        seen = visit(desk)
        take_word(seen, said["alarm"], said["state"])
        return _list(seen)


def _list(seen: Visit) -> Component:
    desk = seen.desk
    known = desk.memo.kept("alarms", lambda: alarm_rows(store=desk.store))
    rows = seen.principal.only(known.filter(pl.col("state") != "closed"))
    if rows.is_empty():
        return empty(seen, _NONE)
    length = (pl.col("last_day") - pl.col("first_day")).dt.total_days() + 1
    shown = (
        rows.head(_MOST)
        .join(account.all_rows(desk).select("account_id", "zone_id"), on="account_id", how="left")
        .with_columns(seen_m3=pl.col("observed_m3") / length, usual_m3=pl.col("expected_m3") / length)
    )
    told = _FIRST.fill(n=count(shown.height), total=count(rows.height))
    more = [html.P(seen.say(told), className="quiet")] if rows.height > shown.height else []
    return html.Div([html.Ul([_alarm(seen, row) for row in shown.to_dicts()], className="alarms"), *more])


def _alarm(seen: Visit, row: dict[str, Any]) -> Component:
    name = row["account_id"]
    zone = [html.Span(seen.say(_ZONE, zone=row["zone_id"]), className="quiet")] if row["zone_id"] else []
    lines = [
        _SINCE.fill(what=word("alarm", row["kind"]), day=short_day(row["first_day"])),
        _A_DAY.fill(seen=volume(row["seen_m3"]), usual=volume(row["usual_m3"])),
    ]
    if row["money_pen"] is not None:
        lines.append(_MONTH.fill(money=rounded(row["money_pen"])))
    if row["state"] == "seen":
        lines.append(_BY.fill(by=row["handled_by"]))
    told = html.Div(
        [
            html.Strong([link(seen, name, account_page(name)), " "]),
            *zone,
            *(html.Div(seen.say(line)) for line in lines),
        ]
    )
    may = seen.principal.may(Permission.HANDLE_ALARMS)
    return html.Li([told, *([say_buttons(seen, row, kind=_SAY)] if may else [])])


PAGE = Page(
    name="alarms",
    title=Text("Alarmas", "Alarms"),
    permission=Permission.ALARMS,
    layout=layout,
    callbacks=callbacks,
    icon='<path d="M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 2h-15z"/><path d="M10 21h4"/>',
)
