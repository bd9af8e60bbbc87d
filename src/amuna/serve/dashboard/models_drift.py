"""What drifted: figures of data and models beyond their limit, with what each means and what to do."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard import charts
from amuna.serve.dashboard.drift_meanings import MEANINGS
from amuna.serve.dashboard.models_choice import Choice
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, empty, notice, stack, table
from amuna.serve.report.drift_strings import MEASURES, SHARES
from amuna.serve.report.numbers import NONE, count, day, share
from amuna.serve.report.words import word
from amuna.workflows.views.drift import last_drift
from amuna.workflows.views.fleet import drift_looks

_TITLE = Text("Vigilancia", "Watch")
_NONE = Text(
    "Todavía no se ha revisado nada. La actualización diaria lo hace por sí sola; también: amuna monitor.",
    "Nothing has been looked at yet. The daily update does so by itself; so does: amuna monitor.",
)
_QUIET = Text(
    "Nada se ha desviado: las {judged} medidas de la semana hasta el {last} están dentro de sus límites.",
    "Nothing has drifted: all {judged} figures of the week up to {last} are within their limits.",
)
_LOUD = Text(
    "{drifted} de {judged} medidas de la semana hasta el {last} han pasado su límite.",
    "{drifted} of {judged} figures of the week up to {last} have passed their limit.",
)
_BEYOND = Text("Fuera de su límite, y qué hacer", "Beyond their limit, and what to do")
_KINDS = {
    "data": Text("Datos", "Data"),
    "model": Text("Modelos: pronósticos a un día", "Models: day-ahead forecasts"),
}
_HELP = Text(
    "Cada medida compara los últimos siete días con las semanas anteriores, y donde se puede con la misma semana del año pasado. El límite se ensancha cuando hay pocas cuentas detrás.",
    "Each figure compares the last seven days with the weeks before, and where it can with the same week of last year. The limit widens where few accounts stand behind it.",
)
_LOOKS = Text("Medidas fuera de su límite, revisión por revisión", "Figures beyond their limit, look by look")
_STATES = {
    True: Text("fuera", "beyond"),
    False: Text("dentro", "within"),
    None: Text("sin referencia aún", "no reference yet"),
}
_COLUMNS = {
    "measure": Text("Medida", "Figure"),
    "value": Text("Ahora", "Now"),
    "reference": Text("Lo usual", "Usual"),
    "limit": Text("Fuera desde", "Beyond from"),
    "state": Text("Estado", "State"),
    "meaning": Text("Qué significa y qué hacer", "What it means and what to do"),
}


def layout(visit: Visit, _chosen: Choice) -> Component:
    """The view."""
    rows = visit.desk.memo.kept("models drift", lambda: last_drift(store=visit.desk.store))
    if rows.is_empty():
        return card(visit, _TITLE, empty(visit, _NONE), help=_HELP)
    drifted, judged = rows.filter("drifted"), rows.filter(pl.col("limit").is_not_null())
    said = (_LOUD if len(drifted) else _QUIET).fill(
        drifted=count(len(drifted)),
        judged=count(len(judged)),
        last=day(rows["cutoff"][0] - timedelta(days=1)),
    )
    boxes = [notice(visit, "warn" if len(drifted) else "good", said)]
    if len(drifted):
        boxes.append(card(visit, _BEYOND, _table(visit, drifted, _BEYOND, with_meaning=True), help=_HELP))
    boxes += [
        card(visit, title, _scrolled(visit, rows.filter(pl.col("kind") == kind), title), help=_HELP)
        for kind, title in _KINDS.items()
        if (rows["kind"] == kind).any()
    ]
    return stack(*boxes, *_looks(visit))


def _scrolled(visit: Visit, rows: pl.DataFrame, title: Text) -> Component:
    return html.Div(
        _table(visit, rows, title, with_meaning=False),
        className="scrolled tall",
        tabIndex=0,
        role="region",
        **{"aria-label": visit.say(title)},
    )


def _table(visit: Visit, rows: pl.DataFrame, caption: Text, *, with_meaning: bool) -> Component:
    order = {measure: place for place, measure in enumerate(MEASURES)}
    place = pl.col("measure").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    facts = pl.struct("measure", "part", "value", "reference", "limit", "drifted")
    shown = rows.sort(place, "part").select(**dict.fromkeys(_COLUMNS, facts))
    columns = [
        Column("measure", _COLUMNS["measure"], _name),
        Column("value", _COLUMNS["value"], lambda row: _number(row["measure"], row["value"]), right=True),
        Column(
            "reference",
            _COLUMNS["reference"],
            lambda row: _number(row["measure"], row["reference"]),
            right=True,
        ),
        Column("limit", _COLUMNS["limit"], _limit, right=True),
    ]
    if with_meaning:
        columns.append(Column("meaning", _COLUMNS["meaning"], lambda row: MEANINGS.get(row["measure"], "")))
    else:
        columns.append(Column("state", _COLUMNS["state"], lambda row: _state(visit, row)))
    return table(visit, shown, columns, caption=caption)


def _name(row: dict[str, object]) -> Text:
    measure, part = str(row["measure"]), str(row["part"])
    name = MEASURES.get(measure, Text(measure, measure))
    return (
        name
        if not part
        else Text("{name} · {part}", "{name} · {part}").fill(name=name, part=word("segment", part))
    )


def _number(measure: object, value: object) -> str:
    if not isinstance(value, float):
        return NONE
    return share(value, decimals=1) if measure in SHARES else f"{value:.2f}".replace("-", "−")


def _limit(row: dict[str, object]) -> str:
    """The limit with the side on which drift lies."""
    limit, reference = row["limit"], row["reference"]
    if not isinstance(limit, float):
        return NONE
    below = isinstance(reference, float) and limit < reference
    return f"{'≤' if below else '≥'}\u202f{_number(row['measure'], limit)}"


def _state(visit: Visit, row: dict[str, object]) -> Component:
    if row["drifted"]:
        return html.Strong(visit.say(_STATES[True]), className="warn")
    return visit.say(_STATES[False if row["limit"] is not None else None])


def _looks(visit: Visit) -> list[Component]:
    found = visit.desk.memo.kept("models looks", lambda: drift_looks(store=visit.desk.store))
    if len(found) < 2:
        return []
    rows = found.tail(90).select(day="cutoff", drifted="drifted")
    series = [charts.Series("drifted", Text("Medidas fuera de su límite", "Figures beyond their limit"), 2)]
    return [card(visit, _LOOKS, charts.bars(visit, rows, series, title=_LOOKS, unit="", height=160))]
