"""The map of zones: each in the colour of its expected change, with the same in words; tiles where no outline is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard.choices import choices, toolbar
from amuna.serve.dashboard.demand_choice import Choice
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, table
from amuna.serve.dashboard.plain import plain
from amuna.serve.dashboard.zones_drawing import Drawing
from amuna.serve.dashboard.zones_facts import all_zones, outlines
from amuna.serve.dashboard.zones_outline import WIDTH, Outline, Sheet
from amuna.serve.dashboard.zones_words import CHANGES, SEE_TABLE, TONES, classes, signed, tone, whole
from amuna.serve.report.numbers import NONE
from amuna.serve.report.words import word

_TITLE = Text("Cambio esperado por zona", "Expected change by zone")
_HELP = Text(
    "Volumen que se espera en cada zona frente a lo usual: la media de las mismas horas de los últimos cuatro días iguales de la semana, sin contar feriados ni días puente. Azul: menos; naranja: más. Elija una zona para ver sus horas.",
    "Volume expected of each zone against the usual: the mean of the same hours of the last four such weekdays, holidays and bridge days left out. Blue: less; orange: more. Choose a zone to see its hours.",
)
_OVER = Text("Cuánto tiempo", "How long")
_OVERS = {"day": Text("Próximas 24 horas", "Next 24 hours"), "week": Text("Próximos 7 días", "Next 7 days")}
_NAME = Text(
    "{name}: {change} frente a lo usual; {volume} m³, entre {low} y {high} con 80 % de probabilidad; {status}",
    "{name}: {change} against the usual; {volume} m³, between {low} and {high} with a probability of 80 %; {status}",
)
_NO_FORECAST = Text("{name}: sin pronóstico todavía", "{name}: no forecast yet")
_ZONE = Text("Zona", "Zone")
_CHANGE = Text("Cambio", "Change")
_VOLUME = Text("Volumen (m³)", "Volume (m³)")
_INTERVAL = Text("80 %: entre (m³)", "80 %: between (m³)")
_WAITS = Text("sin pronóstico", "no forecast")
_LEGEND = Text("Colores: cambio frente a lo usual", "Colours: change against the usual")
_UNKNOWN = Text("sin dato", "not known")
_NO_OUTLINE = Text("Sin contorno en el mapa", "Without an outline on the map")
_NO_MAP = Text(
    "No se conoce el contorno de las zonas. Para verlas en un mapa, entregue un GeoJSON: vea docs/feeds.md.",
    "The outlines of the zones are not known. To see them on a map, hand in a GeoJSON: see docs/feeds.md.",
)
_MOST = 12  # outlines that have room for three lines of words


def map_card(visit: Visit, chosen: Choice, *, beside: bool = False) -> Component:
    """The map or the tiles, their colours, and the same as a table: folded under them, or beside them."""
    rows = {row["zone_id"]: _row(visit, chosen, row) for row in all_zones(visit).to_dicts()}
    drawn = outlines(visit)
    placed = {each.zone_id for each in drawn.outlines}
    others = [row for name, row in rows.items() if name not in placed]
    body: list[Component] = []
    if placed:
        body.append(_map(visit, chosen, drawn, rows))
    if others:
        body.append(_tiles(visit, chosen, others, above=bool(placed)))
    body.append(legend(visit, CHANGES))
    told = _table(visit, chosen, list(rows.values()))
    if beside:
        both = html.Div([html.Div(body), plain(told)], className="zones-pair")
    else:
        fold = html.Details([html.Summary(visit.say(SEE_TABLE)), told], className="fold")
        both = html.Div([*body, plain(fold)])
    return card(visit, _TITLE, toolbar(_overs(visit, chosen)), both, help=_HELP)


def to_zone(chosen: Choice, zone: str) -> str:
    """The address of a zone."""
    return chosen.href(of=f"zone:{zone}", see="zones")


def _row(visit: Visit, chosen: Choice, row: Mapping[str, Any]) -> dict[str, Any]:
    """A zone over the time that is chosen."""
    over = {name: row[f"{chosen.over}_{name}"] for name in ("m3", "low80_m3", "high80_m3", "change_percent")}
    found = {"zone_id": row["zone_id"], "name": row["name"], "status": row["status"], **over}
    words = {
        "name": title(row),
        "change": signed(over["change_percent"]),
        "volume": whole(over["m3"]),
        "low": whole(over["low80_m3"]),
        "high": whole(over["high80_m3"]),
        "status": visit.say(word("zone_status", row["status"] or "")),
    }
    heard = _NAME if over["m3"] is not None else _NO_FORECAST
    return found | {"heard": visit.say(heard, **words), "here": chosen.of == f"zone:{row['zone_id']}"}


def title(row: Mapping[str, Any]) -> str:
    """What a zone is called: its name, and its code where that is another."""
    return row["name"] if row["name"] == row["zone_id"] else f"{row['name']} ({row['zone_id']})"


def _overs(visit: Visit, chosen: Choice) -> Component:
    return choices(
        visit, _OVER, [(words, chosen.href(over=over), over == chosen.over) for over, words in _OVERS.items()]
    )


def _map(visit: Visit, chosen: Choice, drawn: Sheet, rows: Mapping[str, dict[str, Any]]) -> Component:
    shapes = [
        {
            "path": each.path,
            "tone": f"zone tone-{tone(rows[each.zone_id]['change_percent'])}",
            "href": to_zone(chosen, each.zone_id),
            "name": rows[each.zone_id]["heard"],
            "here": rows[each.zone_id]["here"],
        }
        for each in drawn.outlines
    ]
    labels = [_label(drawn, each, rows[each.zone_id]) for each in drawn.outlines]
    drawing = Drawing(width=WIDTH, height=drawn.height, shapes=shapes, label=visit.say(_TITLE))
    return html.Div(
        [drawing, plain(html.Div(labels, className="zone-labels", **{"aria-hidden": "true"}))],
        className="zone-map",
        style={"aspectRatio": f"{WIDTH} / {drawn.height}"},
    )


def _label(drawn: Sheet, each: Outline, row: Mapping[str, Any]) -> Component:
    place = {
        "left": f"{100 * (each.x - each.room / 2) / WIDTH:.2f}%",
        "top": f"{100 * each.y / drawn.height:.2f}%",
        "width": f"{100 * each.room / WIDTH:.2f}%",
    }
    few = len(drawn.outlines) <= _MOST
    return html.Div(html.Div(_words(row, full=few)), style=place)


def _words(row: Mapping[str, Any], *, full: bool) -> list[Component]:
    change = html.Strong(signed(row["change_percent"]))
    if not full:
        return [change]
    volume = [html.Small(f"{whole(row['m3'])}\u202fm³")] if row["m3"] is not None else []
    return [html.Span(row["name"], className="name"), change, *volume]


def _tiles(visit: Visit, chosen: Choice, rows: list[dict[str, Any]], *, above: bool) -> Component:
    """A tile for each zone without an outline; `above` where a map stands above them."""
    links = [
        html.A(
            _words(row, full=True),
            href=to_zone(chosen, row["zone_id"]),
            className=f"tile tone-{tone(row['change_percent'])}" + (" here" if row["here"] else ""),
            **{"aria-label": row["heard"], **({"aria-current": "true"} if row["here"] else {})},
        )
        for row in rows
    ]
    said = html.P(visit.say(_NO_OUTLINE if above else _NO_MAP), className="says")
    return plain(html.Div([said, html.Div(links, className="tiles")]))


def legend(visit: Visit, limits: tuple[float, ...]) -> Component:
    """What the colours mean."""
    marks = [
        html.Li([html.I(), visit.say(words)], className="bar", style={"--mark": f"var(--tone-{name})"})
        for name, words in zip((*TONES, "none"), (*classes(limits), _UNKNOWN), strict=True)
    ]
    return plain(html.Ul(marks, className="legend scale", **{"aria-label": visit.say(_LEGEND)}))


def _table(visit: Visit, chosen: Choice, rows: list[dict[str, Any]]) -> Component:
    numbers = ("change_percent", "m3")
    rows = sorted(rows, key=_departure)
    frame = pl.DataFrame({name: pl.Series([row[name] for row in rows], dtype=pl.Float64) for name in numbers})
    columns = [
        Column("row", _ZONE, lambda row: _named(visit, chosen, row)),
        Column("change_percent", _CHANGE, coloured, right=True),
        Column("m3", _VOLUME, whole, right=True),
        Column("row", _INTERVAL, _between, right=True, minor=True),
    ]
    body = table(visit, frame.with_columns(row=pl.Series(rows)), columns, caption=_TITLE)
    return html.Div(body, className="scrolled zone-list")


def _departure(row: Mapping[str, Any]) -> float:
    """The largest change first, what is not known last."""
    return float("inf") if row["change_percent"] is None else -abs(row["change_percent"])


def _named(visit: Visit, chosen: Choice, row: Mapping[str, Any]) -> Component:
    """The zone's name, which leads to it, and what is wrong with its data."""
    here = {"aria-current": "true"} if row["here"] else {}
    name = html.A(title(row), href=to_zone(chosen, row["zone_id"]), **here)
    if row["status"] == "ok":
        return name
    said = _WAITS if row["status"] is None else word("zone_status", row["status"])
    return html.Div(
        [name, html.Div(visit.say(said), className="quiet" if row["status"] is None else "warn state")]
    )


def coloured(percent: float | None) -> Component:
    """A change with its colour before it."""
    return html.Span([html.I(className=f"swatch tone-{tone(percent)}"), signed(percent)])


def _between(row: Mapping[str, Any]) -> str:
    return NONE if row["low80_m3"] is None else f"{whole(row['low80_m3'])} – {whole(row['high80_m3'])}"
