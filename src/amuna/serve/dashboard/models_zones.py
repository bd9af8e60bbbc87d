"""What serves the zones: its models with their weights, and its errors beside those of simple ways."""

from __future__ import annotations

import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, table
from amuna.serve.report.numbers import NONE, change, count, day, share, volume
from amuna.serve.report.words import word
from amuna.workflows.views.zone_serving import ZoneServing, zone_serving

_TITLE = Text("Quién pronostica las zonas", "What forecasts the zones")
_HELP = Text(
    "Varios modelos se combinan; su peso se aprendió en nueve semanas que ninguno había visto. El error es la diferencia media por hora entre lo pronosticado y lo medido. Sin modelo: repetir la semana pasada (en las semanas que no había visto, o la media de cuatro, lo que menos falle).",
    "Several models are combined; their weights were learned on nine weeks that none of them had seen. The error is the mean difference by hour between forecast and inflow. Without a model: last week repeated (on the weeks it had not seen, or the mean of four, whichever misses less).",
)
_SERVES = Text(
    "El entrenamiento {run} pronostica {zones} zonas. Conoce todos los días anteriores al {cutoff}.",
    "Training {run} forecasts {zones} zones. It knows all days before {cutoff}.",
)
_ALONE = Text(
    "Todavía no hay 120 días de historia: se pronostica con el perfil de cada hora.",
    "There are not yet 120 days of history: the profile of each hour is the forecast.",
)
_DAYS = {
    "first": Text("Primer día", "First day"),
    "later": Text("Días siguientes", "Later days"),
}
_HELD_OUT = Text("Semanas que no había visto", "Weeks it had not seen")
_JUDGED = Text("Desde que sirve", "Since it serves")
_NOT_YET = Text(
    "Ningún pronóstico suyo se cumplió todavía.", "None of its forecasts has met what flowed yet."
)


def zones_card(visit: Visit) -> list[Component]:
    """One card; none where no zones are trained."""
    found = visit.desk.memo.kept("models zones", lambda: zone_serving(visit.desk.store))
    if found is None:
        return []
    said = visit.say(_SERVES, run=found.run_id, zones=count(found.zones), cutoff=visit.say(day(found.cutoff)))
    body = (
        [_weights(visit, found), _errors(visit, found)] if len(found.weights) else [html.P(visit.say(_ALONE))]
    )
    return [card(visit, _TITLE, html.P(said, className="note"), *body, help=_HELP)]


def _weights(visit: Visit, found: ZoneServing) -> Component:
    rows = found.weights.sort("first", descending=True).with_columns(meaning="model")
    columns = [
        Column("model", Text("Modelo", "Model"), lambda code: word("zone_model", code)),
        Column("first", Text("Peso, primer día", "Weight, first day"), share, right=True),
        Column("later", Text("Peso, días siguientes", "Weight, later days"), share, right=True),
        Column(
            "meaning",
            Text("Qué hace", "What it does"),
            lambda code: word("zone_model_meaning", code),
            minor=True,
        ),
    ]
    return html.Div(table(visit, rows, columns, caption=_TITLE), className="spaced")


def _errors(visit: Visit, found: ZoneServing) -> Component:
    empty = {"coverage80": None, "zone_days": None}
    parts = [
        (_HELD_OUT, found.held_out.with_columns(pl.lit(value).alias(name) for name, value in empty.items())),
        (_JUDGED, found.judged),
    ]
    rows = [{"when": visit.say(when)} | row for when, frame in parts for row in frame.iter_rows(named=True)]
    shown = pl.DataFrame(
        [{**row, "gain": change(row["mae_m3h"], row["baseline_mae_m3h"])} for row in rows],
        infer_schema_length=None,
    )
    columns = [
        Column("when", Text("Juzgado en", "Judged on")),
        Column("days", Text("Pronóstico de", "Forecast of"), lambda code: _DAYS[code]),
        Column("mae_m3h", Text("Error (m³/h)", "Error (m³/h)"), volume, right=True),
        Column(
            "baseline_mae_m3h",
            Text("Sin modelo (m³/h)", "Without a model (m³/h)"),
            volume,
            right=True,
            minor=True,
        ),
        Column("gain", Text("Diferencia", "Difference"), right=True),
        Column("coverage80", Text("Dentro del 80 %", "Inside 80 %"), share, right=True, minor=True),
        Column("zone_days", Text("Días de zona", "Zone-days"), _counted, right=True, minor=True),
    ]
    told = table(visit, shown, columns, caption=_HELD_OUT)
    notes = [] if len(found.judged) else [html.P(visit.say(_NOT_YET), className="note")]
    return html.Div([told, *notes], className="spaced")


def _counted(number: int | None) -> str:
    return NONE if number is None else count(number)
