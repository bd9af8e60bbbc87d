"""A zone at a glance: the next day and week with their ranges, whether its data is whole, each day, and how it did lately."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard.demand_choice import Choice
from amuna.serve.dashboard.demand_words import WEEKDAYS
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, between, card, empty, grid, notice, number, table
from amuna.serve.dashboard.plain import plain
from amuna.serve.dashboard.zones_facts import days, reasons, record
from amuna.serve.dashboard.zones_map import coloured, title
from amuna.serve.dashboard.zones_words import PER_UNIT, UNIT_WORDS, USUAL, signed, whole
from amuna.serve.report.numbers import NONE, count, share, short_day, volume
from amuna.serve.report.words import word
from amuna.serve.report.zone_reasons import reason_sentence
from amuna.workflows.views.zone_reasons import DayReasons
from amuna.workflows.views.zone_totals import FROM_HOURS

_NEXT = {"day": Text("Próximas 24 horas", "Next 24 hours"), "week": Text("Próximos 7 días", "Next 7 days")}
_CHANGE = Text("{change} {usual}", "{change} {usual}")
_UNTIL = Text("Medido hasta el {day}, {hour}", "Measured until {day}, {hour}")
_PEOPLE = Text("{n} habitantes", "{n} people")
_CONNECTIONS = Text("{n} conexiones", "{n} connections")
_FED = Text("alimentada por {name}", "fed by {name}")
_NO_FORECAST = Text(
    "Esta zona todavía no tiene pronóstico. Se hace cada día; para hacerlo ahora: amuna train zones y después amuna forecast --zone all.",
    "This zone has no forecast yet. It is made every day; to make it now: amuna train zones, then amuna forecast --zone all.",
)
_NO_DAYS = Text(
    "Se verán cuando la zona tenga pronóstico.", "They will be here once the zone has a forecast."
)
_DAYS = Text("Volumen por día", "Volume per day")
_DAYS_HELP = Text(
    "Suma de las horas de cada día. Los extremos de las horas no se pueden sumar: el rango viene de cuánto fallaron los días anteriores, pronosticados con la misma anticipación.",
    "Sum of the hours of each day. Ends of hours cannot be added: the range comes from how far earlier days, forecast as long before, were missed.",
)
_WIDER = Text(
    "Hay pocos días anteriores con que comparar: el rango es la suma de los extremos de cada hora, más ancho de lo necesario.",
    "There are few earlier days to compare with: the range is the sum of each hour's ends, wider than it need be.",
)
_FIRST = Text("{day}: {sentence}.", "{day}: {sentence}.")
_RECORD = Text("Aciertos de esta zona", "How forecasts of this zone did")
_RECORD_HELP = Text(
    "Pronósticos guardados antes de conocer las horas, contra lo que se midió después. La comparación es repetir la última semana conocida.",
    "Forecasts stored before the hours were known, against what was measured later. The comparison is the last known week repeated.",
)
_RECORD_NONE = Text(
    "Todavía no hay pronósticos cuyas horas ya se hayan medido.",
    "No forecast's hours have been measured yet.",
)
_ERROR = Text("Error medio por hora, primer día", "Mean error of an hour, first day")
_LATER = Text("Error medio por hora, días siguientes", "Mean error of an hour, later days")
_BASELINE = Text("repetir la última semana: {value} {unit}", "last week repeated: {value} {unit}")
_INSIDE = Text("Horas dentro del 80 %", "Hours inside 80 %")
_INSIDE_NOTE = Text("deberían ser cerca de 80\u202f%", "it should be about 80\u202f%")
_JUDGED = Text("{n} días, del {first} al {last}", "{n} days, {first} to {last}")
_LEAN = Text("Dentro del 95 %: {share}", "Inside 95 %: {share}")


def zone_card(visit: Visit, row: Mapping[str, Any]) -> Component:
    """The zone's next day and week, its data and what it is."""
    if row["status"] is None:
        body: list[Component] = [notice(visit, "info", _NO_FORECAST)]
    else:
        body = [
            grid(*(_volume(visit, row, over) for over in _NEXT), columns=2),
            _status(visit, row["status"]),
        ]
        body += _why(visit, row["zone_id"])
    facts = " · ".join(_facts(visit, row))
    return card(visit, title(row), *body, html.P(facts, className="says"))


def _volume(visit: Visit, row: Mapping[str, Any], over: str) -> Component:
    change = row[f"{over}_change_percent"]
    note = None if change is None else _CHANGE.fill(change=signed(change), usual=USUAL)
    low, high = whole(row[f"{over}_low80_m3"]), whole(row[f"{over}_high80_m3"])
    return number(
        visit,
        _NEXT[over],
        whole(row[f"{over}_m3"]),
        unit="m³",
        interval=between(visit, low, f"{high}\u202fm³"),
        note=note,
    )


def _status(visit: Visit, code: str) -> Component:
    name, meaning = (visit.say(word(kind, code)) for kind in ("zone_status", "zone_status_meaning"))
    said = f"{name[:1].upper()}{name[1:]}. {meaning}"
    if code == "ok":
        return html.P(said, className="says")
    return notice(visit, "warn", f"{said} {visit.say(word('zone_status_remedy', code))}")


def _why(visit: Visit, zone: str) -> list[Component]:
    """The sentence of the first day ahead."""
    found = reasons(visit, zone)
    if not found:
        return []
    first = min(found)
    said = visit.say(_FIRST, day=weekday(visit, first), sentence=_within(reason_sentence(found[first])))
    return [html.P(said, className="zone-why")]


def _within(sentence: Text) -> Text:
    """As it goes on inside another sentence."""
    return Text(*(words[:1].lower() + words[1:] for words in sentence))


def _facts(visit: Visit, row: Mapping[str, Any]) -> list[str]:
    out = []
    if row["kind"] is not None:
        out.append(visit.say(word("zone_kind", row["kind"])))
    if row["parent_id"] is not None:
        out.append(visit.say(_FED, name=row["parent_id"]))
    if row["population"] is not None:
        out.append(visit.say(_PEOPLE, n=count(row["population"])))
    if row["connections"] is not None:
        out.append(visit.say(_CONNECTIONS, n=count(row["connections"])))
    if row["last_hour"] is not None:
        local = row["last_hour"].astimezone(visit.desk.zone)
        out.append(visit.say(_UNTIL, day=short_day(local.date()), hour=f"{local:%H:%M}"))
    return [out[0][:1].upper() + out[0][1:], *out[1:]] if out else []


def days_card(visit: Visit, zone: str) -> Component:
    """Each whole day of the week ahead with its range."""
    found = days(visit, zone)
    if found.is_empty():
        return card(visit, _DAYS, empty(visit, _NO_DAYS), help=_DAYS_HELP)
    rows = found.with_columns(interval=pl.struct("low80_m3", "high80_m3"))
    why = reasons(visit, zone)
    columns = [
        Column("day", Text("Día", "Day"), lambda day: _day(visit, day, why.get(day))),
        Column("total_m3", Text("m³", "m³"), whole, right=True),
        Column(
            "interval",
            Text("80 %: entre (m³)", "80 %: between (m³)"),
            lambda row: f"{whole(row['low80_m3'])} – {whole(row['high80_m3'])}",
            right=True,
        ),
        Column("change_percent", Text("Cambio", "Change"), coloured, right=True),
    ]
    told = plain(html.Div(table(visit, rows, columns, caption=_DAYS), className="zone-days"))
    wider = [html.P(visit.say(_WIDER), className="says")] if (found["range"] == FROM_HOURS).any() else []
    return card(visit, _DAYS, told, *wider, help=_DAYS_HELP)


def weekday(visit: Visit, day: date) -> str:
    """A day with the name of its weekday."""
    return f"{visit.say(WEEKDAYS[day.weekday()])} {visit.say(short_day(day))}"


def _day(visit: Visit, day: date, why: DayReasons | None) -> Component:
    said = [] if why is None else [html.Div(visit.say(reason_sentence(why)), className="quiet")]
    return html.Div([html.Div(weekday(visit, day)), *said])


def record_card(visit: Visit, chosen: Choice) -> Component:
    """Its errors beside the baseline's, and how many hours its intervals held."""
    found = record(visit, chosen.part.name)
    if not found.days or found.first_day is None or found.last_day is None:
        return card(visit, _RECORD, empty(visit, _RECORD_NONE), help=_RECORD_HELP)
    unit, per = UNIT_WORDS[chosen.unit], PER_UNIT[chosen.unit]

    def flow(value: float | None) -> str:
        return NONE if value is None else volume(value / per)

    def beside(baseline: float | None) -> Text | None:
        return None if baseline is None else _BASELINE.fill(value=flow(baseline), unit=unit)

    figures = grid(
        number(visit, _ERROR, flow(found.mae_m3h), unit=unit, note=beside(found.first_baseline_mae_m3h)),
        number(
            visit, _LATER, flow(found.later_mae_m3h), unit=unit, note=beside(found.later_baseline_mae_m3h)
        ),
        number(visit, _INSIDE, share(found.coverage80), note=_INSIDE_NOTE),
        columns=3,
    )
    span = _JUDGED.fill(n=count(found.days), first=short_day(found.first_day), last=short_day(found.last_day))
    said = f"{visit.say(span)}. {visit.say(_LEAN, share=share(found.coverage95))}."
    return card(visit, _RECORD, figures, html.P(said, className="says"), help=_RECORD_HELP)
