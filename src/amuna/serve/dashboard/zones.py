"""The view of zones: where more or less is expected, one zone by the hour, and the years to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import html

from amuna.access.roles import Permission
from amuna.domain.errors import NotFound
from amuna.domain.text import Text
from amuna.serve.dashboard.demand_choice import Choice
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import card, empty, grid, number, stack
from amuna.serve.dashboard.zones_facts import all_zones
from amuna.serve.dashboard.zones_heat import heat_card
from amuna.serve.dashboard.zones_hours import hours_card
from amuna.serve.dashboard.zones_map import map_card, title
from amuna.serve.dashboard.zones_plan import plan_card
from amuna.serve.dashboard.zones_words import CHANGES
from amuna.serve.dashboard.zones_zone import days_card, record_card, zone_card
from amuna.serve.report.numbers import count

_NOTHING = Text(
    "Todavía no hay zonas con ingreso medido. Cargue sus caudales por hora con una fuente de tipo «flow» en amuna.toml (docs/feeds.md); después: amuna ingest, amuna train zones y amuna forecast --zone all.",
    "There are no zones with a measured inflow yet. Load their hourly flows by a feed of kind “flow” in amuna.toml (docs/feeds.md); then: amuna ingest, amuna train zones and amuna forecast --zone all.",
)
_ALL = Text("Todas las zonas", "All zones")
_CHOOSE = Text(
    "Elija una zona en el mapa o en la tabla para ver sus horas, sus días y sus aciertos.",
    "Choose a zone on the map or in the table to see its hours, its days and how its forecasts did.",
)
_MORE = Text("Con más de lo usual", "Above the usual")
_LESS = Text("Con menos de lo usual", "Below the usual")
_LACKING = Text("Con datos que faltan", "With data missing")
_WAITING = Text("Sin pronóstico", "Without a forecast")
_BEYOND = Text("más de 3\u202f% sobre lo usual", "more than 3\u202f% above the usual")
_UNDER = Text("más de 3\u202f% bajo lo usual", "more than 3\u202f% below the usual")
_OF = Text("de {n}", "of {n}")
_WIDER = Text("su rango es más ancho", "their range is wider")


def layout(visit: Visit, chosen: Choice) -> Component:
    """The view.

    Raises
    ------
    NotFound
        If a zone is chosen that nothing is known of.
    """
    rows = {row["zone_id"]: row for row in all_zones(visit).to_dicts()}
    if not rows:
        return empty(visit, _NOTHING)
    chosen = _only(chosen, rows)
    if chosen.part.kind != "zone":
        summary = _summary(visit, chosen, list(rows.values()))
        return stack(summary, map_card(visit, chosen, beside=True), *_plan(visit, chosen, None))
    if chosen.part.name not in rows:
        raise NotFound("zone", chosen.part.name)
    row = rows[chosen.part.name]
    return stack(
        _pair(map_card(visit, chosen), stack(zone_card(visit, row), record_card(visit, chosen))),
        hours_card(visit, chosen, row["name"]),
        _pair(heat_card(visit, chosen), days_card(visit, chosen.part.name)),
        *_plan(visit, chosen, title(row)),
    )


def _plan(visit: Visit, chosen: Choice, name: str | None) -> list[Component]:
    """The years to come, which count what accounts use, for who may see totals of accounts."""
    return [plan_card(visit, chosen, name)] if visit.principal.may(Permission.DEMAND) else []


def _pair(left: Component, right: Component) -> Component:
    """Two boxes side by side where there is room for both."""
    return html.Div([left, right], className="zones-pair")


def _only(chosen: Choice, rows: Mapping[str, Any]) -> Choice:
    """The one zone there is, where none was chosen."""
    if chosen.part.kind == "zone" or len(rows) > 1:
        return chosen
    return replace(chosen, of=f"zone:{next(iter(rows))}")


def _summary(visit: Visit, chosen: Choice, rows: list[dict[str, Any]]) -> Component:
    """How many zones depart, and how many want looking after."""
    changes = [row[f"{chosen.over}_change_percent"] for row in rows]
    more = sum(change is not None and change >= CHANGES[3] for change in changes)
    less = sum(change is not None and change < CHANGES[2] for change in changes)
    lacking = sum(row["status"] not in (None, "ok") for row in rows)
    waiting = sum(row["status"] is None for row in rows)
    of = _OF.fill(n=count(len(rows)))
    figures = [
        number(visit, _MORE, count(more), unit=of, note=_BEYOND),
        number(visit, _LESS, count(less), unit=of, note=_UNDER),
        number(visit, _LACKING, count(lacking), unit=of, note=_WIDER),
        number(visit, _WAITING, count(waiting), unit=of),
    ]
    return card(visit, _ALL, grid(*figures, columns=4, phone=2), html.P(visit.say(_CHOOSE), className="says"))
