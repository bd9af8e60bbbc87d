"""The last weeks and the week ahead of a zone as a map of days and hours, in colours of how far each lies from its usual."""

from __future__ import annotations

from typing import Any

import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard.demand_choice import Choice
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, empty, table
from amuna.serve.dashboard.plain import plain
from amuna.serve.dashboard.zones_drawing import Drawing
from amuna.serve.dashboard.zones_facts import heat
from amuna.serve.dashboard.zones_map import legend
from amuna.serve.dashboard.zones_words import (
    PER_UNIT,
    RATIOS,
    SEE_TABLE,
    TONES,
    UNIT_WORDS,
    USUAL,
    signed,
    tone,
    whole,
)
from amuna.serve.report.numbers import NONE, short_day

_TITLE = Text("Días y horas frente a lo usual", "Days and hours against the usual")
_HELP = Text(
    "Cada columna es un día y cada fila una hora. El color dice cuánto se aparta la hora de lo usual: la media de esa hora en los cuatro días iguales de la semana anteriores, sin contar feriados ni días puente. A la derecha de la línea está el pronóstico.",
    "Each column is a day and each row an hour. The colour tells how far the hour lies from the usual: the mean of that hour on the four such weekdays before, holidays and bridge days left out. The forecast is on the right of the line.",
)
_NOTHING = Text(
    "Hacen falta al menos tres semanas de horas para saber qué es lo usual.",
    "It takes at least three weeks of hours to know what is usual.",
)
_FORECAST = Text("Pronóstico", "Forecast")
_AHEAD = Text("pronóstico", "forecast")
_NONE = Text("sin dato", "not known")
_DAY, _CHANGE = Text("Día", "Day"), Text("Cambio", "Change")
_FURTHEST = Text("Hora más distinta", "Hour that differs most")
_HOURS = (0, 6, 12, 18)
_DAY_HOURS = 24


def heat_card(visit: Visit, chosen: Choice) -> Component:
    """The map of days and hours, and the days as a table."""
    cells, days = heat(visit, chosen.part.name)
    if cells["ratio"].count() == 0:
        return card(visit, _TITLE, empty(visit, _NOTHING), help=_HELP)
    known = days["day"].to_list()
    first = days.filter("ahead")["day"].min()
    start = known.index(first) if first in known else None
    figure = html.Div(
        [
            plain(html.Div(_hours(), className="heat-hours", **{"aria-hidden": "true"})),
            html.Div(
                [_drawing(visit, chosen, cells, known, start), *_line(visit, start, len(known))],
                className="heat-room",
            ),
            plain(html.Div(_days(visit, known), className="heat-days", **{"aria-hidden": "true"})),
        ],
        className="heat",
    )
    rows = html.Details(
        [html.Summary(visit.say(SEE_TABLE)), html.Div(_table(visit, days), className="scrolled")],
        className="fold",
    )
    return card(visit, _TITLE, figure, legend(visit, RATIOS), plain(rows), help=_HELP)


def _drawing(
    visit: Visit, chosen: Choice, cells: pl.DataFrame, days: list[Any], start: int | None
) -> Component:
    flow, change = (_grid(cells, days, name) for name in ("flow_m3h", "ratio"))
    per = PER_UNIT[chosen.unit]
    change = [[None if ratio is None else round(100 * (ratio - 1)) for ratio in day] for day in change]
    squares = _squares(change, flow)
    shapes = [{"path": squares[name], "tone": f"tone-{name}"} for name in (*TONES, "none") if name in squares]
    read = {
        "days": [day.isoformat() for day in days],
        "flow": [[None if value is None else float(f"{value / per:.4g}") for value in day] for day in flow],
        "change": change,
        "ahead": start,
        "words": {
            "unit": UNIT_WORDS[chosen.unit],
            "ahead": visit.say(_AHEAD),
            "usual": visit.say(USUAL),
            "none": visit.say(_NONE),
        },
    }
    return Drawing(
        width=10 * len(days),
        height=10 * _DAY_HOURS,
        shapes=shapes,
        label=visit.say(_TITLE),
        stretched=True,
        cells=read,
    )


def _grid(cells: pl.DataFrame, days: list[Any], name: str) -> list[list[float | None]]:
    at = {day: place for place, day in enumerate(days)}
    out: list[list[float | None]] = [[None] * _DAY_HOURS for _ in days]
    for day, hour, value in cells.select("day", "hour", name).iter_rows():
        out[at[day]][hour] = value
    return out


def _squares(change: list[list[Any]], flow: list[list[Any]]) -> dict[str, str]:
    """One path for all cells of a colour: a thousand squares cost the page one element."""
    found: dict[str, list[str]] = {}
    for day, hours in enumerate(change):
        for hour, percent in enumerate(hours):
            if flow[day][hour] is not None:
                found.setdefault(tone(percent, RATIOS), []).append(f"M{10 * day} {10 * hour}h9.4v9.4h-9.4z")
    return {name: "".join(squares) for name, squares in found.items()}


def _hours() -> list[Component]:
    return [
        html.Span(f"{hour:02d}:00", style={"top": f"{100 * (hour + 0.5) / _DAY_HOURS:.1f}%"})
        for hour in _HOURS
    ]


def _days(visit: Visit, days: list[Any]) -> list[Component]:
    """Every Monday, by its date."""
    return [
        html.Span(visit.say(short_day(day)), style={"left": f"{100 * (at + 0.5) / len(days):.1f}%"})
        for at, day in enumerate(days)
        if day.isoweekday() == 1
    ]


def _line(visit: Visit, start: int | None, count: int) -> list[Component]:
    if start is None:
        return []
    place = {"left": f"{100 * start / count:.2f}%"}
    return [
        html.Div(
            html.Span(visit.say(_FORECAST)), className="heat-line", style=place, **{"aria-hidden": "true"}
        )
    ]


def _table(visit: Visit, days: pl.DataFrame) -> Component:
    rows = days.sort("day", descending=True).with_columns(
        day=pl.struct("day", "ahead"), furthest=pl.struct("hour", "hour_percent")
    )
    columns = [
        Column("day", _DAY, lambda row: _day(visit, row)),
        Column("total_m3", Text("Volumen (m³)", "Volume (m³)"), whole, right=True),
        Column("change_percent", _CHANGE, signed, right=True),
        Column("furthest", _FURTHEST, _hour, right=True),
    ]
    return table(visit, rows, columns, caption=_TITLE)


def _day(visit: Visit, row: dict[str, Any]) -> str:
    text = visit.say(short_day(row["day"]))
    return f"{text} ({visit.say(_AHEAD)})" if row["ahead"] else text


def _hour(row: dict[str, Any]) -> str:
    return NONE if row["hour_percent"] is None else f"{row['hour']:02d}:00, {signed(row['hour_percent'])}"
