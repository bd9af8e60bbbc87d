"""How forecasts did: of the sum, made again from what was known then; and of each account, as they were stored."""

from __future__ import annotations

import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard import charts
from amuna.serve.dashboard.demand_choice import Choice
from amuna.serve.dashboard.demand_facts import ahead, days, horizon, judged
from amuna.serve.dashboard.demand_words import PER_DAY, part_words
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, empty, grid, number, stack, table
from amuna.serve.report.numbers import NONE, count, share, volume
from amuna.workflows.views.demand_proof import misses, proof_figures

_TESTED = Text("El pronóstico de la suma, frente a lo que vino", "The forecast of the sum, against what came")
_TESTED_HELP = Text(
    "Cada tramo de {n} días se pronostica de nuevo solo con lo que se sabía el día anterior, del mismo modo que el pronóstico actual. Así se ve cuánto se puede confiar en sus intervalos.",
    "Each stretch of {n} days is forecast again with only what was known the day before, in the same way as the present forecast. That shows how far its intervals can be trusted.",
)
_TESTED_NONE = Text(
    "Falta historia para esta prueba: hacen falta unos siete meses de datos.",
    "History is too short for this test: it takes about seven months of data.",
)
_DAYS = Text("Días comprobados", "Days checked")
_HELD80 = Text("Dentro del intervalo del 80 %", "Inside the 80 % interval")
_HELD95 = Text("Dentro del intervalo del 95 %", "Inside the 95 % interval")
_MISS = Text("Error medio", "Mean miss")
_MISS_NOTE = Text(
    "de lo consumido; repetir la semana pasada: {share}", "of what was used; last week repeated: {share}"
)
_WANTED = Text("de los días; lo previsto es {wanted}", "of the days; {wanted} is meant")
_NARROW = Text(
    "Los intervalos de esta suma han sido algo estrechos: contuvieron menos días que los previstos. Tómelos con margen.",
    "The intervals of this sum have been somewhat narrow: they held fewer days than meant. Allow some margin.",
)
_SLACK = 0.05
_STORED = Text("Pronósticos guardados, frente a lo que vino", "Stored forecasts, against what came")
_STORED_HELP = Text(
    "Lo que el programa guardó uno y siete días antes de conocer el consumo. Para una suma, es la suma de los pronósticos de sus cuentas, que no lleva intervalo: la cobertura cuenta cuántas cuentas quedaron dentro del suyo. Esa suma suele quedar por debajo: el pronóstico de una cuenta es su valor central, y un día de mucho consumo se aleja de él más que uno de poco. Para el total vale el pronóstico de la suma, arriba.",
    "What the program stored one and seven days before it knew the consumption. Of a sum, it is the sum of its accounts’ forecasts, which has no interval: coverage counts how many accounts lay inside theirs. That sum tends to be low: the forecast of an account is its middle value, and a day of much use lies further from it than one of little. For the total, rely on the forecast of the sum above.",
)
_STORED_NONE = Text(
    "Todavía no hay pronósticos guardados cuyo día haya llegado. Cada actualización diaria agrega uno.",
    "There are no stored forecasts yet whose day has come. Each daily update adds one.",
)
_LEADS = {
    1: Text("Un día antes", "One day ahead"),
    7: Text("Siete días antes", "Seven days ahead"),
}
_FEW_DAYS = 3  # of stored forecasts, before a line says something


def layout(visit: Visit, chosen: Choice) -> Component:
    """The view."""
    boxes = [] if chosen.part.kind == "account" else [_tested(visit, chosen)]
    return stack(*boxes, _stored(visit, chosen))


def _tested(visit: Visit, chosen: Choice) -> Component:
    rows, found = days(visit, chosen.part), ahead(visit, chosen.part).tested
    about = _TESTED_HELP.fill(n=str(horizon(visit)))
    if found.is_empty():
        return card(visit, _TESTED, empty(visit, _TESTED_NONE), help=about)
    told = proof_figures(found, rows)
    held = {wanted: told[f"held{wanted}"] for wanted in ("80", "95")}
    numbers = [
        number(visit, _DAYS, count(told["days"] or 0)),
        *(
            number(visit, label, share(held[wanted]), note=_WANTED.fill(wanted=f"{wanted}\u202f%"))
            for label, wanted in ((_HELD80, "80"), (_HELD95, "95"))
        ),
        number(
            visit,
            _MISS,
            share(told["miss_share"], decimals=1),
            note=_MISS_NOTE.fill(share=share(told["last_week_share"], decimals=1)),
        ),
    ]
    observed = found.select("day", observed="observed_m3")
    title = Text("{part}: pronosticado y observado", "{part}: forecast and observed").fill(
        part=part_words(chosen.part)
    )
    narrow = (held["80"] or 0) < 0.8 - _SLACK
    return card(
        visit,
        _TESTED,
        grid(*numbers, columns=4),
        html.Div(visit.say(PER_DAY), className="quiet spaced"),
        charts.fan(
            visit, observed, found, title=title, height=300, expected=Text("Pronosticado", "Forecast")
        ),
        *([html.P(visit.say(_NARROW), className="says")] if narrow else []),
        help=about,
    )


def _stored(visit: Visit, chosen: Choice) -> Component:
    found = judged(visit, chosen.part)
    if found.is_empty():
        return card(visit, _STORED, empty(visit, _STORED_NONE), help=_STORED_HELP)
    lead_days = dict(found.group_by("lead").len().iter_rows())
    drawn = [_lead_chart(visit, found, lead) for lead in _LEADS if lead_days.get(lead, 0) >= _FEW_DAYS]
    own = chosen.part.kind == "account"
    columns = [
        Column("lead", Text("Anticipación", "Ahead"), lambda lead: _LEADS[lead]),
        Column("days", Text("Días", "Days"), count, right=True),
        *([] if own else [Column("forecasts", Text("Pronósticos", "Forecasts"), count, right=True)]),
        Column("mean_miss_m3", Text("Error medio (m³/día)", "Mean miss (m³/day)"), volume, right=True),
        Column("miss_share", Text("Error", "Miss"), lambda part: share(part, decimals=1), right=True),
        Column("bias_share", Text("Sesgo", "Bias"), _signed_share, right=True),
        Column(
            "held80", Text("Dentro del 80 %", "Inside 80 %"), lambda part: share(part, decimals=1), right=True
        ),
        Column(
            "held95", Text("Dentro del 95 %", "Inside 95 %"), lambda part: share(part, decimals=1), right=True
        ),
    ]
    return card(
        visit,
        _STORED,
        table(visit, misses(found), columns, caption=_STORED),
        *([grid(*drawn, columns=2)] if drawn else []),
        help=_STORED_HELP,
    )


def _lead_chart(visit: Visit, found: pl.DataFrame, lead: int) -> Component:
    rows = found.filter(pl.col("lead") == lead)
    observed = rows.select("day", observed="observed_m3")
    if "low80_m3" in rows.columns and rows["low80_m3"].count() >= _FEW_DAYS:
        chart = charts.fan(
            visit, observed, rows, title=_LEADS[lead], expected=Text("Pronosticado", "Forecast")
        )
    else:
        series = [
            charts.Series("observed_m3", Text("Observado", "Observed"), 0),
            charts.Series("forecast_m3", Text("Pronosticado", "Forecast"), 1),
        ]
        chart = charts.lines(visit, rows, series, title=_LEADS[lead])
    return html.Div([html.H3(visit.say(_LEADS[lead])), chart], className="spaced")


def _signed_share(part: float | None) -> str:
    if part is None:
        return NONE
    text = share(abs(part), decimals=1)
    return text if abs(part) < 0.0005 else f"{'−' if part < 0 else '+'}{text}"
