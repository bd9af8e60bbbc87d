"""What an operator may do: train the whole fleet again, or go back to the training before; both are asked about first."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Input, Output, State, dcc, html, no_update

from amuna.access.roles import Permission
from amuna.domain.errors import AmunaError, NotEnoughData
from amuna.domain.text import Text
from amuna.serve.auth.identify import actor
from amuna.serve.dashboard.models_choice import short
from amuna.serve.dashboard.models_facts import moment
from amuna.serve.dashboard.models_runs import runs_card
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import card, notice
from amuna.serve.dashboard.troubles import trouble
from amuna.serve.dashboard.visits import visit
from amuna.serve.desk import Desk
from amuna.workflows.govern import ask_training, roll_back
from amuna.workflows.views.jobs import latest_jobs

_DO = Text("Lo que puede hacer un operador", "What an operator can do")
_TRAIN, _BACK = (
    Text("Entrenar de nuevo", "Train again"),
    Text("Volver al anterior", "Go back to the one before"),
)
_TRAIN_WHY = Text(
    "Se ajustarán de nuevo los modelos de todas las cuentas. Mientras tanto siguen los actuales; los que compiten se olvidan al terminar. Queda registrado a su nombre.",
    "The models of all accounts will be fitted anew. Meanwhile the present ones go on; those that compete are forgotten at the end. It is recorded under your name.",
)
_BACK_WHY = Text(
    "Volverá a servir el entrenamiento anterior al actual, desde la próxima actualización. Queda registrado a su nombre, con el motivo.",
    "The training before the present one will serve again, from the next update on. It is recorded under your name, with the reason.",
)
_REASON = Text("Motivo", "Reason")
_YES, _NO = Text("Sí, hacerlo", "Yes, do it"), Text("No, dejarlo", "No, leave it")
_QUEUED = Text(
    "Entrenamiento pedido. Empieza en cuanto termine lo que esté en marcha; verá aquí el resultado.",
    "Training asked for. It begins as soon as what is under way has ended; the result will show here.",
)
_DONE = Text("Ahora sirve {run}; antes, {before}.", "{run} serves now; before it, {before}.")
_NONE_BEFORE = Text(
    "Antes de este no sirvió ningún otro entrenamiento: no hay a cuál volver.",
    "No other training served before this one: there is none to go back to.",
)
_JOB = Text("Último entrenamiento pedido, {at}: {status}.", "Last training asked for, {at}: {status}.")
_JOB_STATES = {
    "queued": Text("en espera", "waiting its turn"),
    "running": Text("en marcha", "under way"),
    "ok": Text("terminó bien", "ended well"),
    "waiting": Text("espera datos", "waits for data"),
    "error": Text(
        "falló; el motivo está en el registro de trabajos", "failed; the reason is in the log of jobs"
    ),
    "stopped": Text("se detuvo", "was stopped"),
    "killed": Text("se interrumpió", "was cut off"),
}
_LOOK_MS = 5000
_ONLY_ANSWERS = Text(
    "Este proceso no entrena: solo responde. Abra el panel que inició amuna serve.",
    "This process does not train: it only answers. Open the dashboard that amuna serve started.",
)
_LONGEST = 300  # letters of a reason


def operate_card(visit: Visit) -> Component:
    """The buttons, each with its question."""
    starts = visit.desk.start is not None
    buttons = [
        dmc.Button(visit.say(_TRAIN), id="models-train", variant="default", disabled=not starts),
        dmc.Button(visit.say(_BACK), id="models-back", variant="default", color="red"),
    ]
    return card(
        visit,
        _DO,
        html.Div(buttons, className="toolbar"),
        *([] if starts else [html.P(visit.say(_ONLY_ANSWERS), className="says")]),
        html.Div(_last_training(visit), id="models-job"),
        dcc.Interval(id="models-clock", interval=_LOOK_MS),
        html.Div(id="models-told", role="status"),
        _question(visit, "train", _TRAIN, _TRAIN_WHY),
        _question(visit, "back", _BACK, _BACK_WHY, _reason(visit)),
    )


def _last_training(visit: Visit) -> Component:
    """How the training that was asked for last is doing."""
    found = latest_jobs(store=visit.desk.store, jobs=["train"], limit=1)
    if not found:
        return ""
    status = _JOB_STATES.get(found[0].status, Text(found[0].status, found[0].status))
    words = _JOB.fill(at=moment(visit, found[0].run_at), status=status)
    return html.P(visit.say(words), className="says")


def _reason(visit: Visit) -> Component:
    return dmc.TextInput(
        id="models-reason", label=visit.say(_REASON), inputProps={"maxLength": _LONGEST}, className="field"
    )


def _question(visit: Visit, name: str, title: Text, why: Text, *more: Component) -> Component:
    answers = html.Div(
        [
            dmc.Button(visit.say(_YES), id=f"models-{name}-yes"),
            dmc.Button(visit.say(_NO), id=f"models-{name}-no", variant="default"),
        ],
        className="toolbar",
    )
    body = html.Div([html.P(visit.say(why)), *more, answers], className="confirm")
    return dmc.Modal(
        body,
        id=f"models-{name}-asks",
        title=visit.say(title),
        opened=False,
        centered=True,
        closeButtonProps={"aria-label": visit.say(_NO)},
    )


def callbacks(dashboard: Any, desk: Desk) -> None:
    """Questions open and close; a yes does it, for who may."""
    for name in ("train", "back"):
        dashboard.clientside_callback(
            ClientsideFunction("amunaModels", "asks"),
            Output(f"models-{name}-asks", "opened"),
            *(Input(f"models-{name}{end}", "n_clicks") for end in ("", "-yes", "-no")),
            prevent_initial_call=True,
        )

    @dashboard.callback(
        Output("models-told", "children"),
        Input("models-train-yes", "n_clicks"),
        prevent_initial_call=True,
    )
    def train(clicks: int | None) -> Any:
        return no_update if not clicks else start_training(visit(desk))

    @dashboard.callback(
        Output("models-told", "children", allow_duplicate=True),
        Output("models-runs", "children"),
        Input("models-back-yes", "n_clicks"),
        State("models-reason", "value"),
        prevent_initial_call=True,
    )
    def back(clicks: int | None, reason: str | None) -> Any:
        if not clicks:
            return no_update, no_update
        seen = visit(desk)
        told = go_back(seen, (reason or "").strip()[:_LONGEST])
        return told, runs_card(seen)

    @dashboard.callback(
        Output("models-job", "children"), Input("models-clock", "n_intervals"), prevent_initial_call=True
    )
    def look(_times: int | None) -> Any:
        seen = visit(desk)
        seen.principal.require(Permission.JOBS)
        return _last_training(seen)


def start_training(visit: Visit) -> Component:
    """Ask for a training of the whole fleet, and say so."""
    desk = visit.desk
    visit.principal.require(Permission.JOBS)
    if desk.start is None:
        return notice(visit, "warn", _ONLY_ANSWERS)
    try:
        ask_training(desk.start(), store=desk.store, actor=actor(), now=desk.now())
    except AmunaError as error:
        return notice(visit, "bad", trouble(error))
    return notice(visit, "good", _QUEUED)


def go_back(visit: Visit, reason: str) -> Component:
    """Let the training before serve again, and say which does now."""
    desk = visit.desk
    visit.principal.require(Permission.JOBS)
    try:
        done = roll_back(store=desk.store, actor=actor(), reason=reason, now=desk.now())
    except NotEnoughData:
        return notice(visit, "warn", _NONE_BEFORE)
    except AmunaError as error:
        return notice(visit, "bad", trouble(error))
    desk.memo.look_again()
    return notice(visit, "good", _DONE.fill(run=short(done.run_id), before=short(done.before)))
