"""Two trainings side by side: by segment, by account, and in their settings."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import polars as pl
from dash import ClientsideFunction, Input, Output, State, dcc, html

from amuna.domain.errors import AmunaError
from amuna.domain.text import Text
from amuna.serve.dashboard.models_choice import Choice, short
from amuna.serve.dashboard.models_facts import runs
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, empty, notice, table
from amuna.serve.dashboard.troubles import trouble
from amuna.serve.report.numbers import NONE, count, day, scaled
from amuna.serve.report.words import word
from amuna.workflows.versions import compare
from amuna.workflows.views.fleet import setting_changes

_COMPARE = Text("Comparar dos entrenamientos", "Compare two trainings")
_COMPARE_HELP = Text(
    "Con los errores de sus pruebas, cuenta por cuenta. Si las pruebas comparten fechas, solo se usan esas.",
    "By the errors of their tests, account by account. Where the tests share dates, only those are used.",
)
_ONE = Text(
    "Hacen falta dos entrenamientos en el almacén para compararlos.",
    "It takes two trainings in the store to compare them.",
)
_SHARED = Text(
    "Comparados en las {n} fechas de corte que comparten sus pruebas.",
    "Compared at the {n} cutoffs that their tests share.",
)
_APART = Text(
    "Sus pruebas no comparten fechas: compare cada uno con la semana pasada en sus propios días.",
    "Their tests share no dates: compare each with last week on its own days.",
)
_SAME = Text("Los dos tienen la misma configuración.", "Both have the same settings.")
_CHANGED = Text("Ajustes de configuración distintos", "Settings that differ")
_MOST = Text("Cuentas que más cambiaron", "Accounts that changed most")
_TOP = 10


def compare_card(visit: Visit, chosen: Choice) -> Component:
    """The two, chosen by the visitor."""
    known = runs(visit).filter(pl.col("kind") == "training", pl.col("seconds").is_not_null())
    if len(known) < 2:
        return card(visit, _COMPARE, empty(visit, _ONE), help=_COMPARE_HELP)
    names = known["run_id"].to_list()
    b = chosen.b if chosen.b in names else names[0]
    a = chosen.a if chosen.a in names and chosen.a != b else next(run for run in names if run != b)
    cutoffs = dict(known.select("run_id", "cutoff").iter_rows())
    data = [{"value": run, "label": f"{short(run)} · {visit.say(day(cutoffs[run]))}"} for run in names]
    fields = [
        dmc.Select(
            id=f"models-{end}",
            label=end.upper(),
            value=run,
            data=data,
            allowDeselect=False,
            w=240,
            className="field",
        )
        for end, run in (("a", a), ("b", b))
    ]
    return card(
        visit,
        _COMPARE,
        html.Div(fields, className="toolbar whole"),
        dcc.Store(id="models-pair", data=[a, b]),
        *_compared(visit, a, b),
        help=_COMPARE_HELP,
    )


def _compared(visit: Visit, a: str, b: str) -> list[Component]:
    store = visit.desk.store
    try:
        found = visit.desk.memo.kept(
            f"models compare {a} {b}", lambda: compare(store=store, run_a=a, run_b=b)
        )
    except AmunaError as error:
        return [notice(visit, "warn", trouble(error))]
    names = {
        "accounts": Text("Cuentas", "Accounts"),
        "mase_a": Text("A (MASE)", "A (MASE)"),
        "mase_b": Text("B (MASE)", "B (MASE)"),
        "baseline_a": Text("Semana pasada, días de A", "Last week, days of A"),
        "baseline_b": Text("Semana pasada, días de B", "Last week, days of B"),
        "better": Text("B mejor", "B better"),
        "worse": Text("B peor", "B worse"),
    }
    counted = {"accounts", "better", "worse"}
    columns = [
        Column("segment", Text("Segmento", "Segment"), _segment),
        *(
            Column(name, title, count if name in counted else scaled, right=True)
            for name, title in names.items()
        ),
    ]
    accounts = [
        Column("account_id", Text("Cuenta", "Account")),
        Column("segment", Text("Segmento", "Segment"), _segment),
        Column("mase_a", names["mase_a"], scaled, right=True),
        Column("mase_b", names["mase_b"], scaled, right=True),
        Column("change", Text("B menos A", "B minus A"), _signed, right=True),
    ]
    said = _SHARED.fill(n=str(found.shared_cutoffs)) if found.shared_cutoffs else _APART
    changed = setting_changes(store=store, run_a=a, run_b=b)
    setting = [
        Column("setting", Text("Ajuste", "Setting")),
        *(Column(end, end.upper(), lambda value: value or NONE) for end in ("a", "b")),
    ]
    top = visit.principal.only(found.accounts).head(_TOP)
    return [
        table(visit, found.segments, columns, caption=_COMPARE),
        html.P(visit.say(said), className="says"),
        _titled(visit, _CHANGED, table(visit, changed, setting, caption=_CHANGED))
        if len(changed)
        else html.P(visit.say(_SAME), className="says"),
        _titled(visit, _MOST, table(visit, top, accounts, caption=_MOST)),
    ]


def _titled(visit: Visit, title: Text, body: Component) -> Component:
    return html.Div([html.H3(visit.say(title)), body], className="spaced")


def _segment(code: str) -> Text:
    return Text("todas", "all") if code == "all" else word("segment", code)


def _signed(value: float | None) -> str:
    return NONE if value is None else f"{value:+.2f}".replace("-", "−")


def callbacks(dashboard: Any) -> None:
    """What is chosen becomes the address."""
    dashboard.clientside_callback(
        ClientsideFunction("amunaModels", "compared"),
        Output("address", "search", allow_duplicate=True),
        Input("models-a", "value"),
        Input("models-b", "value"),
        State("models-pair", "data"),
        State("address", "search"),
        prevent_initial_call=True,
    )
