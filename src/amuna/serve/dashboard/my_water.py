"""My water: a customer's bill to come, what it depends on, and what may make it smaller."""

from __future__ import annotations

from datetime import date
from typing import Any

from dash import Input, Output, dcc, html

from amuna import wiring
from amuna.access.roles import Permission
from amuna.domain.errors import NotEnoughData, NotFound, WrongPeriod
from amuna.domain.text import Text
from amuna.serve.dashboard import my_water_cards as cards
from amuna.serve.dashboard import my_water_use as use
from amuna.serve.dashboard.page import Component, Page, Visit
from amuna.serve.dashboard.parts import empty, grid, link, notice, stack
from amuna.serve.dashboard.troubles import trouble
from amuna.serve.dashboard.visits import ROOT, visit
from amuna.serve.desk import Desk
from amuna.serve.report.words import word
from amuna.workflows.bill import BillOutlook, bill_outlook
from amuna.workflows.views.customer import CustomerReport, customer_report

NAME = "my-water"
_TITLE = Text("Mi agua", "My water")
_ACCOUNT = Text("Suministro", "Account")
_WHICH = Text("Sus suministros", "Your accounts")
_SHOW = Text("Ver", "Show")
_ASK = Text(
    "Escriba el número de suministro para ver lo que su titular ve.",
    "Write the account's number to see what its holder sees.",
)
_NONE = Text(
    "Todavía no hay un suministro unido a su usuario. Pídalo a su empresa de agua.",
    "No account is linked to your user yet. Ask your water utility.",
)
_NOT_YET = Text(
    "Todavía no se puede pronosticar el recibo de este suministro: aún hay pocas lecturas, o su tarifa no está definida.",
    "The bill of this account cannot be forecast yet: there are few readings so far, or its tariff is not set.",
)
_BOTH = Text("Elija las dos fechas.", "Choose both dates.")


def layout(seen: Visit) -> Component:
    """The whole page, for the account of the address or the visitor's first."""
    account = account_of(seen)
    if account is None:
        return _ask(seen)
    try:
        report = report_of(seen, account)
    except NotEnoughData:
        return notice(seen, "info", _NOT_YET)
    except NotFound as error:
        return stack(notice(seen, "warn", trouble(error)), _ask(seen))
    return html.Div(
        [
            _head(seen, report),
            stack(
                grid(
                    stack(
                        cards.bill_card(seen, report.this_period),
                        cards.chance_card(seen, report.this_period),
                        cards.choice_card(seen, report),
                    ),
                    stack(
                        use.advice_card(seen, report),
                        use.days_card(seen, report),
                        use.peers_card(seen, report),
                    ),
                    columns=2,
                ),
                use.past_card(seen, report),
            ),
        ],
        className="my-water",
    )


def account_of(seen: Visit) -> str | None:
    """The account that is looked at; None where staff has named none, or a customer has none.

    Raises
    ------
    NotFound
        If it is out of sight.
    """
    wanted = seen.query.get("account", "").strip()
    if wanted:
        seen.principal.require_sight(wanted)
        return wanted
    mine = seen.principal.accounts
    return min(mine) if mine else None


def report_of(seen: Visit, account: str) -> CustomerReport:
    """What the page shows."""
    settings = seen.desk.workspace.settings
    return customer_report(
        account,
        store=seen.desk.store,
        tariffs=wiring.tariffs(settings),
        tariff=settings.billing_tariff,
        first_day_of_month=settings.billing_first_day,
    )


def chosen_outlook(seen: Visit, account: str, first: date, last: date) -> BillOutlook:
    """What a period that the visitor chose will cost."""
    settings = seen.desk.workspace.settings
    return bill_outlook(
        account,
        store=seen.desk.store,
        tariffs=wiring.tariffs(settings),
        tariff=settings.billing_tariff,
        first_day=first,
        last_day=last,
    )


def _head(seen: Visit, report: CustomerReport) -> Component:
    place = [seen.say(word("segment", report.segment or "unknown"))]
    line = html.P(
        [
            html.Span(f"{seen.say(_ACCOUNT)} "),
            html.Strong(report.account_id),
            html.Span(f" · {' · '.join(place)}", className="quiet"),
        ],
        className="whose",
    )
    mine = sorted(seen.principal.accounts or ())
    if len(mine) < 2:
        return line
    ways = [
        html.Li(
            link(seen, account, f"{ROOT}{NAME}?account={account}"),
            className="here" if account == report.account_id else None,
        )
        for account in mine
    ]
    return html.Div([line, html.Nav(html.Ul(ways), className="mine", **{"aria-label": seen.say(_WHICH)})])


def _ask(seen: Visit) -> Component:
    if seen.principal.accounts is not None:
        return empty(seen, _NONE)
    form = html.Form(
        [
            html.Label(seen.say(_ACCOUNT), htmlFor="account"),
            dcc.Input(id="account", name="account", type="text", required=True, autoComplete="off"),
            html.Button(seen.say(_SHOW), type="submit", className="button"),
        ],
        action=f"{ROOT}{NAME}",
        method="GET",
        className="ask",
    )
    return html.Section([html.P(seen.say(_ASK)), form], className="card")


def register(dashboard: Any, desk: Desk) -> None:
    """Answer when other dates are chosen."""

    @dashboard.callback(
        Output(cards.ANSWER, "children"),
        Input(cards.FIRST, "value"),
        Input(cards.LAST, "value"),
        prevent_initial_call=True,
    )
    def choose(first: str | None, last: str | None) -> Any:
        seen = visit(desk)
        seen.principal.require(Permission.BILLS)
        account = account_of(seen)
        if account is None or not first or not last:
            return notice(seen, "info", _BOTH)
        try:
            outlook = chosen_outlook(seen, account, date.fromisoformat(first), date.fromisoformat(last))
        except (WrongPeriod, ValueError) as error:
            furthest = error.facts.get("furthest") if isinstance(error, WrongPeriod) else None
            return notice(seen, "warn", cards.wrong_period(furthest))
        return cards.answer(seen, outlook)


PAGE = Page(
    name=NAME,
    title=_TITLE,
    permission=Permission.BILLS,
    layout=layout,
    callbacks=register,
    icon='<path d="M4 11 12 4l8 7M6 9.500V20h12V9.500"/><path d="M12 11.500s2.500 2.400 2.500 4a2.500 2.500 0 0 1-5 0c0-1.600 2.500-4 2.500-4Z"/>',
)
