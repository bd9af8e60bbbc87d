"""Every training and refit: where it comes from, how it did, and whether it serves."""

from __future__ import annotations

from typing import Any

import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard.models_choice import short
from amuna.serve.dashboard.models_facts import moment, runs
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, table
from amuna.serve.report.numbers import NONE, change, count, day, scaled, seconds

_RUNS = Text("Entrenamientos y ajustes", "Trainings and refits")
_RUNS_HELP = Text(
    "Un entrenamiento ajusta los modelos de todas las cuentas; un ajuste, solo los de las que lo pidieron, y sus modelos compiten con los que sirven. El error es el de la prueba antes de servir; al lado, cuánto se aparta del de repetir la semana pasada.",
    "A training fits the models of all accounts; a refit only those of the accounts that asked for one, whose models compete with the serving ones. The error is of the test before serving; beside it, how far it lies from that of repeating last week.",
)
_NONE = Text("Todavía no hay ninguno.", "There are none yet.")
_KINDS = {"training": Text("entrenamiento", "training"), "refit": Text("ajuste", "refit")}
_STATES = {"serves": Text("en uso", "in use"), "challenger": Text("candidato", "candidate")}
_CHALLENGES = Text("compite en {n} cuentas", "competes for {n} accounts")


def runs_card(visit: Visit) -> Component:
    """The list."""
    rows = runs(visit).with_columns(
        state=pl.struct("state", "contests"), gap=pl.struct("mase", "baseline_mase")
    )
    columns = [
        Column("run_id", Text("Nombre", "Name"), short),
        Column("state", Text("Estado", "State"), lambda row: _state(visit, row)),
        Column("kind", Text("Tipo", "Kind"), lambda code: _KINDS.get(code, code)),
        Column("parent", Text("Nace de", "Comes from"), lambda run: NONE if run is None else short(run)),
        Column("cutoff", Text("Primer día no visto", "First day unseen"), day),
        Column("accounts", Text("Cuentas", "Accounts"), count, right=True),
        Column("gap", Text("Error (MASE)", "Error (MASE)"), _error, right=True),
        Column(
            "started_at",
            Text("Empezó", "Began"),
            lambda at: html.Span(moment(visit, at), className="nowrap"),
        ),
        Column(
            "seconds",
            Text("Duró", "Took"),
            lambda taken: NONE if taken is None else seconds(taken),
            right=True,
        ),
        Column("code_version", Text("Amuna", "Amuna")),
        Column(
            "settings",
            Text("Configuración", "Settings"),
            lambda digest: NONE if digest is None else digest[:6],
        ),
    ]
    return card(visit, _RUNS, table(visit, rows, columns, caption=_RUNS, empty_text=_NONE), help=_RUNS_HELP)


def _error(row: dict[str, Any]) -> Component:
    if row["mase"] is None:
        return NONE
    return html.Span(
        f"{scaled(row['mase'])} · {change(row['mase'], row['baseline_mase'])}", className="nowrap"
    )


def _state(visit: Visit, row: dict[str, Any]) -> Component:
    if row["state"]:
        words = _STATES[row["state"]]
        return html.Strong(
            visit.say(words), className="good nowrap" if row["state"] == "serves" else "nowrap"
        )
    return visit.say(_CHALLENGES.fill(n=count(row["contests"]))) if row["contests"] else NONE
