"""Which models serve how many accounts, how their fits went, and what serves the zones."""

from __future__ import annotations

import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard import charts
from amuna.serve.dashboard.models_choice import Choice
from amuna.serve.dashboard.models_facts import facts
from amuna.serve.dashboard.models_zones import zones_card
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, empty, grid, stack, table
from amuna.serve.report.numbers import count, share
from amuna.serve.report.words import word

_NONE = Text("Todavía no hay modelos en uso.", "No models are in use yet.")
_FAMILIES = Text("Quién pronostica cada cuenta", "What forecasts each account")
_FAMILIES_HELP = Text(
    "Cada cuenta usa el modelo que menos se equivocó con ella. La combinación gana por defecto: un modelo solo la reemplaza si es claramente mejor.",
    "Each account uses the model that missed least on it. The combination wins by default: a single model replaces it only where it is clearly better.",
)
_STATES = Text("Cómo fueron los ajustes", "How the fits went")
_MEANINGS = {
    "ok": Text("El modelo se ajustó bien.", "The model was fitted well."),
    "too_short": Text(
        "Hay pocos días para ajustar un modelo; se usa uno simple hasta que haya más.",
        "Too few days for a model to be fitted; a simple one is used until there are more.",
    ),
    "constant": Text(
        "La cuenta usa siempre lo mismo, a menudo nada: no hay qué ajustar.",
        "The account always uses the same, often nothing: there is nothing to fit.",
    ),
    "not_converged": Text(
        "La estimación no llegó a su fin; se usa la última, que compite como las demás.",
        "The estimate did not come to its end; the last one is used, and competes as the others do.",
    ),
    "fallback": Text(
        "El modelo no se pudo ajustar; responde uno de respaldo.",
        "The model could not be fitted; a fallback answers.",
    ),
}


def layout(visit: Visit, _chosen: Choice) -> Component:
    """The view."""
    found = facts(visit).champions
    if found.is_empty():
        accounts = card(visit, _FAMILIES, empty(visit, _NONE), help=_FAMILIES_HELP)
    else:
        accounts = grid(_families(visit, found), _states(visit, found), columns=2)
    return stack(accounts, *zones_card(visit))


def _families(visit: Visit, found: pl.DataFrame) -> Component:
    rows = _counted(found, "champion")
    bars = rows.with_columns(
        name=pl.Series([visit.say(word("model", code)) for code in rows["champion"]], dtype=pl.String)
    )
    chart = charts.bars(
        visit,
        bars,
        [charts.Series("accounts", Text("Cuentas", "Accounts"), 1)],
        title=_FAMILIES,
        unit=visit.say(Text("cuentas", "accounts")),
        x="name",
        x_label=Text("Modelo", "Model"),
        height=50 + 34 * len(rows),
        sideways=True,
        label_width=170,
    )
    columns = [
        Column("champion", Text("Modelo", "Model"), lambda code: word("model", code)),
        Column("accounts", Text("Cuentas", "Accounts"), count, right=True),
        Column("share", Text("Parte", "Share"), lambda part: share(part, decimals=1), right=True),
    ]
    return card(
        visit,
        _FAMILIES,
        chart,
        html.Div(table(visit, rows, columns, caption=_FAMILIES), className="spaced"),
        help=_FAMILIES_HELP,
    )


def _states(visit: Visit, found: pl.DataFrame) -> Component:
    rows = _counted(found, "status").with_columns(meaning=pl.col("status"))
    columns = [
        Column("status", Text("Estado", "State"), lambda code: word("status", code)),
        Column("accounts", Text("Cuentas", "Accounts"), count, right=True),
        Column("share", Text("Parte", "Share"), lambda part: share(part, decimals=1), right=True),
        Column("meaning", Text("Qué significa", "What it means"), lambda code: _MEANINGS.get(code, "")),
    ]
    return card(visit, _STATES, table(visit, rows, columns, caption=_STATES))


def _counted(found: pl.DataFrame, name: str) -> pl.DataFrame:
    rows = found.group_by(name).agg(pl.col("accounts").sum())
    return rows.with_columns(share=pl.col("accounts") / pl.col("accounts").sum()).sort(
        "accounts", name, descending=[True, False]
    )
