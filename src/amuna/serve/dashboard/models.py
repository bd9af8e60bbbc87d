"""The page of models: how accurate they are, which serve, what drifted, what was decided, and where they come from."""

from __future__ import annotations

from typing import Any

from dash import html

from amuna.access.roles import Permission
from amuna.domain.text import Text
from amuna.serve.dashboard import (
    models_accuracy,
    models_compare,
    models_decisions,
    models_drift,
    models_operate,
    models_serving,
    models_trainings,
)
from amuna.serve.dashboard.choices import choices
from amuna.serve.dashboard.models_choice import SEES, Choice, choice
from amuna.serve.dashboard.page import Component, Page, Visit
from amuna.serve.desk import Desk

_VIEWS = {
    "accuracy": models_accuracy.layout,
    "serving": models_serving.layout,
    "drift": models_drift.layout,
    "decisions": models_decisions.layout,
    "trainings": models_trainings.layout,
}
_WORDS = {
    "accuracy": Text("Exactitud", "Accuracy"),
    "serving": Text("Modelos en uso", "Models in use"),
    "drift": Text("Vigilancia", "Watch"),
    "decisions": Text("Decisiones", "Decisions"),
    "trainings": Text("Entrenamientos", "Trainings"),
}
_VIEW = Text("Qué ver", "What to see")


def layout(visit: Visit) -> Component:
    """The whole page."""
    chosen = choice(visit.query)
    options = [(_WORDS[see], Choice(see=see).href(), see == chosen.see) for see in SEES]
    return html.Div([choices(visit, _VIEW, options, tabs=True), _VIEWS[chosen.see](visit, chosen)])


def callbacks(dashboard: Any, desk: Desk) -> None:
    """Filters become the address; an operator starts a training or goes back."""
    models_decisions.callbacks(dashboard)
    models_compare.callbacks(dashboard)
    models_operate.callbacks(dashboard, desk)


PAGE = Page(
    name="models",
    title=Text("Modelos", "Models"),
    permission=Permission.MODELS,
    layout=layout,
    callbacks=callbacks,
    icon='<circle cx="6" cy="17" r="2.500"/><circle cx="12" cy="7" r="2.500"/><circle cx="18" cy="17" r="2.500"/><path d="m7.300 14.800 3.400-5.600M13.300 9.200l3.400 5.600M8.500 17h7"/>',
    views=("models?see=serving", "models?see=drift", "models?see=decisions", "models?see=trainings"),
)
