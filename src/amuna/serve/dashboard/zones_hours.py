"""A zone by the hour: the last days and the week ahead with its ranges, and the weather of the same hours."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard import charts
from amuna.serve.dashboard.choices import choices, toolbar
from amuna.serve.dashboard.demand_choice import UNITS, Choice
from amuna.serve.dashboard.later import Later
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import card, empty
from amuna.serve.dashboard.zones_facts import week
from amuna.serve.dashboard.zones_words import PER_UNIT, UNIT_WORDS
from amuna.workflows.views.zone_week import ZoneWeek

_TITLE = Text("Hora por hora", "Hour by hour")
_HELP = Text(
    "Ingreso medio de cada hora: los últimos siete días y la semana que viene. De cada diez horas, ocho deberían caer en la franja del 80 %; de cada veinte, diecinueve en la del 95 %. La hora es la local.",
    "Mean inflow of each hour: the last seven days and the week ahead. Of ten hours, eight should fall into the 80 % band; of twenty, nineteen into that of 95 %. Hours are local.",
)
_UNIT = Text("Unidad", "Unit")
_FLOW = Text(
    "Ingreso de {name} por hora; los números están por día en «Volumen por día» y por hora en el archivo que se descarga",
    "Inflow of {name} by hour; the numbers are by day under “Volume per day” and by hour in the file to download",
)
_IN_FILE = Text(
    "{what}, por hora; los números están en el archivo que se descarga",
    "{what}, by hour; the numbers are in the file to download",
)
_NOTHING = Text(
    "No hay horas medidas ni pronosticadas de esta zona. Cárguelas con una fuente de tipo «flow»: vea docs/feeds.md.",
    "No hours of this zone are measured or forecast. Load them by a feed of kind “flow”: see docs/feeds.md.",
)
_TEMPERATURE = Text("Temperatura (°C)", "Temperature (°C)")
_RAIN = Text("Lluvia (mm por hora)", "Rain (mm per hour)")
_NO_WEATHER = Text(
    "No hay clima de estas horas: agregue un lugar en amuna.toml y tráigalo con: amuna weather.",
    "There is no weather of these hours: add a place to amuna.toml and fetch it with: amuna weather.",
)
_PAST_DAYS = 7
_HEIGHT = 630
_QUANTILES = ("low95", "low80", "forecast", "high80", "high95")


def hours_card(visit: Visit, chosen: Choice, name: str) -> Component:
    """The hours and their weather."""
    found = week(visit, chosen.part.name)
    if found.past.is_empty() and found.ahead.is_empty():
        return card(visit, _TITLE, empty(visit, _NOTHING))
    past, ahead = in_unit(visit, chosen, found)
    unit = UNIT_WORDS[chosen.unit]
    midnights = [at.isoformat() for at in pl.concat([past["day"], ahead["day"]]).to_list() if at.hour == 0]
    options = [(UNIT_WORDS[each], chosen.href(unit=each), each == chosen.unit) for each in UNITS]
    chart = charts.fan(
        visit, past, ahead, title=_FLOW.fill(name=name), unit=unit, height=280, ticks=midnights, told=0
    )
    drawn = Later(html.Div([chart, *_weather(visit, found, midnights)]), height=_HEIGHT)
    return card(visit, _TITLE, toolbar(choices(visit, _UNIT, options)), drawn, help=_HELP)


def in_unit(visit: Visit, chosen: Choice, found: ZoneWeek) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What flowed in the last days, `day` (local hour) and `flow`, and the hours ahead with their ranges, in the unit chosen."""
    each = PER_UNIT[chosen.unit]
    end = found.past["observed_at"][-1] if found.cutoff is None else found.cutoff
    recent = found.past.filter(pl.col("observed_at") >= end - timedelta(days=_PAST_DAYS))
    past = recent.select(day=_local(visit), flow=pl.col("flow_m3h") / each)
    hours = (
        past.select(day=pl.datetime_range(pl.col("day").min(), pl.col("day").max(), "1h"))
        if len(past)
        else past.select("day")
    )
    ahead = found.ahead.select(
        day=_local(visit), **{name: pl.col(f"{name}_m3h") / each for name in _QUANTILES}
    )
    return hours.join(past.unique("day"), on="day", how="left", maintain_order="left"), ahead


def _local(visit: Visit) -> pl.Expr:
    return pl.col("observed_at").dt.convert_time_zone(visit.desk.zone.key).dt.replace_time_zone(None)


def _weather(visit: Visit, found: ZoneWeek, midnights: list[str]) -> list[Component]:
    names = ("temperature_c", "rain_mm")
    both = [part.select(*names, day=_local(visit)) for part in (found.past, found.ahead)]
    first = midnights[0] if midnights else ""
    rows = (
        pl.concat(both)
        .filter(pl.col("day").dt.to_string("%Y-%m-%dT%H:%M:%S") >= first)
        .unique("day")
        .sort("day")
    )
    if rows.select(pl.any_horizontal(pl.col(names).is_not_null().any())).item() is not True:
        return [html.P(visit.say(_NO_WEATHER), className="says")]
    drawn = [
        charts.lines(
            visit,
            rows,
            [charts.Series(name, words, colour)],
            title=_IN_FILE.fill(what=words),
            unit=unit,
            height=height,
            ticks=midnights,
            told=0,
        )
        for name, words, colour, unit, height in (
            ("temperature_c", _TEMPERATURE, 2, "°C", 120),
            ("rain_mm", _RAIN, 1, "mm", 100),
        )
    ]
    return [
        html.Div([html.Div(visit.say(words), className="quiet spaced"), chart], className="sole")
        for words, chart in zip((_TEMPERATURE, _RAIN), drawn, strict=True)
    ]
