"""Where the models come from: every training and refit, two of them side by side, and what an operator may do."""

from __future__ import annotations

from dash import html

from amuna.access.roles import Permission
from amuna.serve.dashboard.models_choice import Choice
from amuna.serve.dashboard.models_compare import compare_card
from amuna.serve.dashboard.models_operate import operate_card
from amuna.serve.dashboard.models_runs import runs_card
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import stack


def layout(visit: Visit, chosen: Choice) -> Component:
    """The view."""
    operate = [operate_card(visit)] if visit.principal.may(Permission.JOBS) else []
    listed = html.Div(runs_card(visit), id="models-runs")
    return stack(*operate, listed, compare_card(visit, chosen))
