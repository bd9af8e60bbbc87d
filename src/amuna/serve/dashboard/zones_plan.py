"""The next years of a zone or of all: sliders of growth, tariff, climate, savings and losses, answered at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import dash_mantine_components as dmc
import polars as pl
from dash import ClientsideFunction, Input, Output, State, dcc, html

from amuna.access.roles import Permission
from amuna.domain.errors import NotEnoughData
from amuna.domain.text import Text
from amuna.serve.dashboard import charts
from amuna.serve.dashboard.demand_choice import Choice, choice
from amuna.serve.dashboard.later import Later
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, between, card, empty, grid, number, table
from amuna.serve.dashboard.plain import plain
from amuna.serve.dashboard.visits import visit
from amuna.serve.dashboard.zones_facts import planning
from amuna.serve.dashboard.zones_words import signed, whole
from amuna.serve.desk import Desk
from amuna.serve.report.plan_words import EFFECTS, MEASURES, largest_sentence, proof_sentence
from amuna.wiring import planning as wired
from amuna.workflows.plan_demand import PlanReport
from amuna.workflows.plan_levers import CHOSEN, LEVERS, Levers, plan_levers

ANSWER = "zone-plan-answer"
_TITLE = Text("Los próximos años: {part}", "The years to come: {part}")
_ALL = Text("todas las zonas", "all zones")
_HELP = Text(
    "Demanda por año si las cosas cambian como dicen los controles, con su rango del 80 %, junto al escenario base, con todos los controles en su lugar. Son supuestos, no pronósticos de lo que se decidirá. El método está en docs/planning.md.",
    "Demand by year if things change as the sliders say, with its 80 % range, beside the base scenario, where all sliders rest. They are suppositions, not forecasts of what will be decided. The method is in docs/planning.md.",
)
_NAMES = {
    "growth": Text("Población, frente a la proyección", "Population, against the projection"),
    "price": Text("Tarifa, sin contar la inflación", "Tariff, inflation apart"),
    "warming": Text("Calentamiento en diez años", "Warming in ten years"),
    "saving": Text("Ahorro por equipos y hábitos", "Savings by fixtures and habits"),
    "losses": Text("Pérdidas en el último año", "Losses in the last year"),
    "years": Text("Hasta dentro de", "Up to"),
}
_UNITS = {
    "growth": Text("puntos por año", "points a year"),
    "price": Text("% por año", "% a year"),
    "warming": Text("°C", "°C"),
    "saving": Text("% por año", "% a year"),
    "losses": Text("% de lo que entra", "% of what enters"),
    "years": Text("años", "years ahead"),
}
_NO_LOSSES = Text("no se conocen las de hoy", "those of today are not known")
_NO_YEAR = Text(
    "Para proyectar hace falta un año completo de consumos de las cuentas.",
    "A projection takes a full year of consumption of the accounts.",
)
_NO_ACCOUNTS = Text(
    "Ninguna cuenta está en esta zona, así que no se sabe cuánto consumen sus clientes: se muestra la proyección de todas las zonas juntas.",
    "No account is in this zone, so what its customers use is not known: the projection of all zones together is shown.",
)
_LAST = Text("En {year}", "In {year}")
_BASE_NOTE = Text("{change} frente a {year}", "{change} on {year}")
_BASE_LAST = Text("En {year}, escenario base", "In {year}, base scenario")
_YOURS, _BASE = Text("Con estos controles", "With these sliders"), Text("Base", "Base")
_SPREAD = Text("intervalo del 80 %", "80 % interval")
_YEAR = Text("Año", "Year")
_MOVES = Text("Qué la mueve", "What moves it")
_CAUSE, _PART = Text("Causa", "Cause"), Text("Cambio", "Change")
_MEASURE = Text("Se proyecta: {what}.", "What is projected: {what}.")
_CHART = Text("Demanda por año", "Demand by year")
_CONTROLS = tuple(LEVERS)
_CHART_HEIGHT = 230


def plan_card(seen: Visit, chosen: Choice, name: str | None) -> Component:
    """The sliders and their answer, for the zone that is chosen or for all."""
    title = _TITLE.fill(part=name or _ALL)
    try:
        report = _report(seen, chosen)
    except NotEnoughData:
        return card(seen, title, empty(seen, _NO_YEAR), help=_HELP)
    sliders = html.Div([_slider(seen, each, chosen, report) for each in _CONTROLS], className="levers")
    rests = {name: _rest(name, report) for name in _CONTROLS}
    body = html.Div(
        [sliders, html.Div(_answer(seen, report), id=ANSWER, **{"aria-live": "polite"})], className="plan"
    )
    return card(
        seen,
        title,
        *_lacking(seen, chosen, report),
        body,
        dcc.Store(id="zone-plan-rests", data=rests),
        help=_HELP,
    )


def levers(text: str) -> Levers:
    """The levers that an address sets, as growth:1,years:5; what cannot be rests."""
    moved: dict[str, Any] = {}
    for part in text.split(","):
        name, _, value = part.partition(":")
        lever = LEVERS.get(name)
        try:
            found = float(value)
        except ValueError:
            continue
        if lever is not None and lever.least <= found <= lever.most:
            moved[name] = int(found) if name == "years" else found
    return Levers(**moved)


def _report(seen: Visit, chosen: Choice, set_to: Levers | None = None) -> PlanReport:
    """The plan of the zone, or of all where no account is in it or none is chosen."""
    record = planning(seen)
    found = levers(chosen.plan) if set_to is None else set_to
    if not record.base.losses_known and found.losses is not None:
        found = replace(found, losses=None)
    zone = chosen.part.name if chosen.part.kind == "zone" and chosen.part.name in record.base.zones else None
    population = wired.population(None, record.base, years=found.years)
    return seen.desk.memo.kept(
        f"plan {zone} {found}", lambda: plan_levers(record, found, population=population, zone=zone)
    )


def _lacking(seen: Visit, chosen: Choice, report: PlanReport) -> list[Component]:
    if chosen.part.kind != "zone" or report.zone is not None:
        return []
    return [html.P(seen.say(_NO_ACCOUNTS), className="says")]


def _rest(name: str, report: PlanReport) -> float | None:
    """Where a slider stands when nobody has moved it: losses at those of today."""
    if name != "losses" or report.loss_share is None:
        return LEVERS[name].rest
    return float(min(max(round(100 * report.loss_share), LEVERS[name].least), LEVERS[name].most))


def _slider(seen: Visit, name: str, chosen: Choice, report: PlanReport) -> Component:
    lever, rest = LEVERS[name], _rest(name, report)
    value = getattr(levers(chosen.plan), name)
    unknown = rest is None
    shown = lever.least if unknown else rest if value is None else value
    unit = seen.say(_NO_LOSSES if unknown else _UNITS[name])
    label = f"{seen.say(_NAMES[name])} ({unit})"
    slider = dmc.Slider(
        id=f"zone-plan-{name}",
        value=shown,
        min=lever.least,
        max=lever.most,
        step=lever.step,
        precision=2,
        disabled=unknown,
        thumbLabel=label,
        label={"function": "amunaLever"},
        labelAlwaysOn=not unknown,
        marks=[{"value": rest}] if rest is not None else [],
        size="sm",
    )
    return html.Div(
        [html.Div(label, className="quiet", **{"aria-hidden": "true"}), slider], className="lever"
    )


def _answer(seen: Visit, report: PlanReport) -> list[Component]:
    wide = _by_year(report)
    last = wide.row(-1, named=True)
    yours = number(
        seen,
        _LAST.fill(year=str(last["year"])),
        whole(last["yours"]),
        unit=Text("m³ por año", "m³ a year"),
        interval=between(seen, whole(last["yours_low"]), f"{whole(last['yours_high'])}\u202fm³"),
        note=_on_base_year(report, last["yours"]),
    )
    base = number(
        seen,
        _BASE_LAST.fill(year=str(last["year"])),
        whole(last["base"]),
        unit=Text("m³ por año", "m³ a year"),
        interval=between(seen, whole(last["base_low"]), f"{whole(last['base_high'])}\u202fm³"),
        note=_on_base_year(report, last["base"]),
    )
    chart = charts.ribbons(
        seen,
        wide.with_columns(pl.col("year").cast(pl.String)).drop("base_low", "base_high"),
        [charts.Series("yours", _YOURS, 1), charts.Series("base", _BASE, 6)],
        title=_CHART,
        spread=_SPREAD,
        x="year",
        x_label=_YEAR,
        height=_CHART_HEIGHT,
    )
    sentences = [
        _MEASURE.fill(what=MEASURES[report.measure]),
        largest_sentence(report, CHOSEN),
        proof_sentence(report),
    ]
    said = " ".join(seen.say(each) for each in sentences)
    return [
        plain(grid(yours, base, columns=2)),
        html.Div(f"{seen.say(_CHART)} (m³)", className="quiet spaced"),
        Later(chart, height=_CHART_HEIGHT),
        plain(html.Div([html.H3(seen.say(_MOVES)), _effects(seen, report)], className="spaced")),
        html.P(said, className="says"),
    ]


def _on_base_year(report: PlanReport, value: float) -> Text:
    return _BASE_NOTE.fill(change=signed(100 * (value / report.base_m3 - 1)), year=str(report.base_year))


def _by_year(report: PlanReport) -> pl.DataFrame:
    """A row for each year, the base year first: `yours` and `base` with the ends of their 80 % ranges [m³]."""
    start = pl.DataFrame(
        {"year": [report.base_year]}
        | {f"{name}{end}": [report.base_m3] for name in ("yours", "base") for end in ("", "_low", "_high")}
    )
    names = {"forecast_m3": "", "low80_m3": "_low", "high80_m3": "_high"}
    sides = [
        report.rows.filter(pl.col("scenario") == scenario).select(
            "year", **{f"{name}{end}": column for column, end in names.items()}
        )
        for name, scenario in (("yours", CHOSEN), ("base", "base"))
    ]
    return pl.concat([start, sides[0].join(sides[1], on="year")], how="vertical_relaxed")


def _effects(seen: Visit, report: PlanReport) -> Component:
    rows = report.effects.filter(pl.col("scenario") == CHOSEN, pl.col("change_m3").abs() > 0)
    shown = rows.sort(pl.col("change_m3").abs(), descending=True)
    columns = [
        Column("effect", _CAUSE, lambda code: _capital(EFFECTS[code])),
        Column("change_m3", Text("m³ por año", "m³ a year"), _more, right=True),
        Column("change_percent", _PART, signed, right=True),
    ]
    return table(seen, shown, columns, caption=_MOVES)


def _capital(text: Text) -> Text:
    return Text(text.es[:1].upper() + text.es[1:], text.en[:1].upper() + text.en[1:])


def _more(m3: float) -> str:
    return f"{'−' if m3 < 0 else '+'}{whole(abs(m3))}"


def register(dashboard: Any, desk: Desk) -> None:
    """Answer when a slider moves, and keep where it stands in the address."""
    inputs = [Input(f"zone-plan-{name}", "value") for name in _CONTROLS]

    rests = State("zone-plan-rests", "data")

    @dashboard.callback(Output(ANSWER, "children"), *inputs, rests, prevent_initial_call=True)
    def answer(*values: Any) -> Any:
        seen = visit(desk)
        seen.principal.require(Permission.DEMAND)
        return _answer(seen, _report(seen, choice(seen.query), _moved(values[:-1], values[-1])))

    dashboard.clientside_callback(
        ClientsideFunction("amunaZones", "plan"),
        *inputs,
        rests,
        prevent_initial_call=True,
    )


def _moved(values: tuple[float | None, ...], rests: Mapping[str, float | None]) -> Levers:
    """The levers where the sliders stand; what rests, or cannot be set, is left to the base scenario and today's losses."""
    moved = {
        name: value
        for name, value in zip(_CONTROLS, values, strict=True)
        if rests.get(name) is not None and value != rests[name]
    }
    return levers(",".join(f"{name}:{value}" for name, value in moved.items()))
