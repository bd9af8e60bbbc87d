"""Demand with the weather beside it, on the same days."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard import charts
from amuna.serve.dashboard.choices import choices, toolbar
from amuna.serve.dashboard.demand_choice import SPANS, Choice
from amuna.serve.dashboard.demand_facts import cutoff_of, days, weather
from amuna.serve.dashboard.demand_words import PER_DAY, part_words
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import card, empty
from amuna.serve.report.numbers import count
from amuna.workflows.views.weather_days import warm_effect

_TITLE = Text("Consumo y clima", "Consumption and weather")
_HELP = Text(
    "Temperatura media y lluvia de cada día en los lugares configurados; con varios lugares, su media. Están en gráficos aparte, con los mismos días, para que cada uno tenga su escala.",
    "Mean temperature and rain of each day at the places that are set; with several places, their mean. They stand in charts of their own, over the same days, so that each has its scale.",
)
_NONE = Text(
    "Todavía no hay clima. Agregue un lugar en amuna.toml y traiga sus datos con: amuna weather. Por ejemplo:",
    "There is no weather yet. Add a place to amuna.toml and fetch its data with: amuna weather. For example:",
)
_EXAMPLE = "[places.lima]\nlatitude = -12.05\nlongitude = -77.04"
_TEMPERATURE = Text("Temperatura media (°C)", "Mean temperature (°C)")
_RAIN = Text("Lluvia (mm por día)", "Rain (mm per day)")
_TIED = Text(
    "En {days} días del último año, los cambios de consumo y de temperatura de una semana a otra tienen una correlación de {value} (1: suben juntos; 0: sin relación; −1: uno sube cuando el otro baja). Una correlación no dice cuál es la causa.",
    "On {days} days of the last year, the changes of consumption and temperature from one week to the next have a correlation of {value} (1: they rise together; 0: no relation; −1: one rises as the other falls). A correlation does not tell the cause.",
)
_SPAN = Text("Cuánto tiempo", "How long")
_SPANS = {
    "90": Text("90 días", "90 days"),
    "365": Text("1 año", "1 year"),
    "730": Text("2 años", "2 years"),
}


def layout(visit: Visit, chosen: Choice) -> Component:
    """The view."""
    found = weather(visit)
    if found.is_empty():
        return card(visit, _TITLE, empty(visit, _NONE), html.Pre(_EXAMPLE, className="example"), help=_HELP)
    rows = beside(visit, chosen)
    names = {span: _SPANS[span] for span in SPANS}
    series = {
        "total_m3": (PER_DAY, charts.Series("total_m3", Text("Consumo", "Consumption"), 0), "m³"),
        "temperature_c": (_TEMPERATURE, charts.Series("temperature_c", _TEMPERATURE, 2), "°C"),
    }
    drawn = [
        html.Div(
            [
                html.Div(visit.say(label), className="quiet spaced"),
                charts.lines(visit, rows, [each], title=label, unit=unit, height=190),
            ],
            className="sole",
        )
        for label, each, unit in series.values()
    ]
    rain = charts.bars(visit, rows, [charts.Series("rain_mm", _RAIN, 1)], title=_RAIN, unit="mm", height=150)
    options = [(words, chosen.href(span=span), span == chosen.span) for span, words in names.items()]
    return card(
        visit,
        Text("{part}: consumo y clima", "{part}: consumption and weather").fill(part=part_words(chosen.part)),
        toolbar(choices(visit, _SPAN, options)),
        *drawn,
        html.Div(visit.say(_RAIN), className="quiet spaced"),
        rain,
        *_tie(visit, chosen),
        help=_HELP,
    )


def beside(visit: Visit, chosen: Choice) -> pl.DataFrame:
    """The days of the span: day, accounts, total_m3, temperature_c, warmest_c, rain_mm."""
    first = cutoff_of(visit) - timedelta(days=int(chosen.span))
    rows = days(visit, chosen.part).filter(pl.col("day") >= first)
    return rows.join(weather(visit), on="day", how="left", maintain_order="left").drop("places", "forecast")


def _tie(visit: Visit, chosen: Choice) -> list[Component]:
    both, value = warm_effect(days(visit, chosen.part), weather(visit), cutoff_of(visit))
    if value is None:
        return []
    text = f"{value:+.2f}".replace("-", "−")
    return [html.P(visit.say(_TIED.fill(days=count(both), value=text)), className="says")]
