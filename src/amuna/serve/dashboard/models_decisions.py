"""What was decided about models, by whom and on what evidence; the newest first."""

from __future__ import annotations

import json
from typing import Any

import dash_mantine_components as dmc
import polars as pl
from dash import ClientsideFunction, Input, Output, State, dcc, html

from amuna.access.roles import Permission
from amuna.domain.text import Text
from amuna.serve.dashboard import charts
from amuna.serve.dashboard.choices import choices
from amuna.serve.dashboard.models_choice import Choice, short
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, grid, number, stack, table
from amuna.serve.dashboard.visits import account_page
from amuna.serve.report.numbers import NONE, count, day, scaled, share, volume
from amuna.serve.report.words import word
from amuna.workflows.views.fleet import DECISIONS_MADE, LATEST, decision_counts, decisions

_TITLE = Text("Decisiones sobre modelos", "Decisions about models")
_HELP = Text(
    "Cuando los errores de una cuenta cambian, se le ajusta un modelo nuevo, que compite con el que sirve. Si gana en días que ninguno conocía, lo reemplaza; si después empeora, vuelve el anterior.",
    "When an account’s misses change, a new model is fitted for it, which competes with the one that serves. If it wins on days that neither knew, it takes over; if it then turns out worse, the one before comes back.",
)
_NONE = Text("No hay ninguna con este filtro.", "There are none with this filter.")
_ALL = Text("Todas", "All")
_FILTER = Text("Qué decisiones", "Which decisions")
_ACCOUNT = Text("Una cuenta", "One account")
_HINT = Text("Código y Enter", "Code and Enter")
_LATEST = Text("Se muestran las {n} más recientes.", "The newest {n} are shown.")
_BY_DAY = Text("Cuentas por día de decisión", "Accounts by day of decision")
_EVERYONE = Text("toda la empresa", "the whole utility")
_KINDS = {
    "adopted": Text("Primeros modelos", "First models"),
    "refit": Text("Ajustes nuevos pedidos", "Refits asked for"),
    "promoted": Text("Modelos nuevos que ganaron", "New models that won"),
    "kept": Text("Modelos que se mantuvieron", "Models that were kept"),
    "rolled_back": Text("Vueltas atrás", "Rollbacks"),
    "confirmed": Text("Confirmaciones", "Confirmations"),
}
_DRAWN_DAYS = 90
_DECIDED_BY = {"amuna": Text("el programa", "the program")}


def layout(visit: Visit, chosen: Choice) -> Component:
    """The view."""
    store = visit.desk.store
    counts = visit.desk.memo.kept("models decisions", lambda: decision_counts(store=store))
    total = dict(counts.group_by("decision").agg(pl.col("accounts").sum()).iter_rows())
    numbers = [number(visit, _KINDS[kind], count(total.get(kind, 0))) for kind in DECISIONS_MADE]
    return stack(
        card(visit, _TITLE, grid(*numbers, columns=3), help=_HELP),
        *_by_day(visit, counts),
        _list(visit, chosen),
    )


def _by_day(visit: Visit, counts: pl.DataFrame) -> list[Component]:
    if counts["day"].n_unique() < 2:
        return []
    kinds = [kind for kind in ("refit", "promoted", "rolled_back") if (counts["decision"] == kind).any()]
    if not kinds:
        return []
    recent = counts.filter(pl.col("day") > counts["day"].max() - pl.duration(days=_DRAWN_DAYS))
    wide = recent.filter(pl.col("decision").is_in(kinds)).pivot(on="decision", index="day", values="accounts")
    missing = [pl.lit(0).alias(kind) for kind in kinds if kind not in wide.columns]
    series = [charts.Series(kind, _KINDS[kind], place) for place, kind in enumerate(kinds, 1)]
    chart = charts.bars(
        visit,
        wide.with_columns(*missing).fill_null(0).sort("day"),
        series,
        title=_BY_DAY,
        unit=visit.say(Text("cuentas", "accounts")),
        height=190,
        stacked=True,
    )
    return [card(visit, _BY_DAY, chart)]


def _list(visit: Visit, chosen: Choice) -> Component:
    rows = decisions(store=visit.desk.store, decision=chosen.decision or None, account=chosen.account or None)
    may_accounts = visit.principal.may(Permission.ACCOUNTS)
    if visit.principal.accounts is not None:
        rows = rows.filter(
            (pl.col("account_id") == "") | pl.col("account_id").is_in(visit.principal.accounts)
        )
    options = [(_ALL, chosen.href(decision=""), not chosen.decision)] + [
        (_KINDS[kind], chosen.href(decision=kind), kind == chosen.decision) for kind in DECISIONS_MADE
    ]
    account = dmc.TextInput(
        id="models-account",
        value=chosen.account,
        placeholder=visit.say(_HINT),
        w=180,
        className="field",
        **{"aria-label": visit.say(_ACCOUNT)},
    )
    columns = [
        Column("day", Text("Día", "Day"), day),
        Column(
            "account_id", Text("Cuenta", "Account"), lambda name: _account(visit, name, linked=may_accounts)
        ),
        Column("decision", Text("Decisión", "Decision"), lambda code: word("decision", code)),
        Column("reason", Text("Por qué", "Why"), lambda code: word("decision_reason", code)),
        Column("evidence", Text("En qué se basa", "What it rests on"), evidence_words),
        Column("decided_by", Text("Quién", "Who"), lambda who: _DECIDED_BY.get(who, who)),
    ]
    return card(
        visit,
        Text("Una por una", "One by one"),
        html.Div([choices(visit, _FILTER, options), account], className="toolbar"),
        html.Div(
            table(visit, rows, columns, caption=_TITLE, empty_text=_NONE),
            className="scrolled tall",
            tabIndex=0,
            role="region",
            **{"aria-label": visit.say(_TITLE)},
        ),
        *(
            [html.P(visit.say(_LATEST.fill(n=count(LATEST))), className="says")]
            if len(rows) == LATEST
            else []
        ),
        help=_HELP,
    )


def _account(visit: Visit, name: str, *, linked: bool) -> Component:
    if not name:
        return visit.say(_EVERYONE)
    return dcc.Link(name, href=account_page(name)) if linked else name


def evidence_words(text: str) -> Text | str:
    """The figures a decision rests on, in words; those that have none are left out."""
    try:
        found = json.loads(text)
    except ValueError:
        return NONE
    if not isinstance(found, dict):
        return NONE
    said = [words for name, value in found.items() if (words := _figure(name, value)) is not None]
    if not said:
        return NONE
    return Text("; ".join(each.es for each in said), "; ".join(each.en for each in said))


_FIGURES = {
    "days": (Text("{value} días", "{value} days"), count),
    "forecasts": (Text("{value} pronósticos", "{value} forecasts"), count),
    "serving_mae_m3": (Text("error del que servía {value} m³", "miss of the serving one {value} m³"), volume),
    "rival_mae_m3": (Text("del rival {value} m³", "of its rival {value} m³"), volume),
    "p_value": (
        Text("probabilidad de que sea azar {value}", "probability that it is chance {value}"),
        lambda value: share(value, decimals=1),
    ),
    "mean_residual_sd": (
        Text("error medio de {value} desvíos", "mean miss of {value} deviations"),
        scaled,
    ),
    "age_days": (Text("{value} días de antigüedad", "{value} days old"), count),
}


def _figure(name: str, value: object) -> Text | None:
    if name == "reason" and isinstance(value, str) and value:
        return Text(f"“{value}”", f"“{value}”")
    if name.startswith("run-") and isinstance(value, float):
        return Text(f"{short(name)}: MASE {scaled(value)}", f"{short(name)}: MASE {scaled(value)}")
    if name not in _FIGURES or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    words, spelled = _FIGURES[name]
    return words.fill(value=spelled(value))


def callbacks(dashboard: Any) -> None:
    """The account that is asked for becomes the address."""
    dashboard.clientside_callback(
        ClientsideFunction("amunaModels", "account"),
        Output("address", "search", allow_duplicate=True),
        Input("models-account", "n_submit"),
        State("models-account", "value"),
        State("address", "search"),
        prevent_initial_call=True,
    )
