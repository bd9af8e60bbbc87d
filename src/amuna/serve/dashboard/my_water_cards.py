"""The cards of My water about bills: the present period, its chances, and a period of one's own choice."""

from __future__ import annotations

from datetime import date

import dash_mantine_components as dmc
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard.my_water_words import chance, cubic, edge, soles
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import card, notice
from amuna.serve.report.numbers import count, day, short_day
from amuna.workflows.bill import BillOutlook
from amuna.workflows.period import LONGEST_DAYS
from amuna.workflows.views.customer import CustomerReport

FIRST, LAST, ANSWER = "my-water-first", "my-water-last", "my-water-answer"
_BILL = Text("Su próximo recibo", "Your next bill")
_RANGE = Text(
    "Lo más probable: entre {low} y {high} (8 de 10 veces)", "Most likely: {low} to {high} (8 times of 10)"
)
_EXPECTED = Text("Consumo esperado", "Expected use")
_SO_FAR = Text("Hasta ahora", "So far")
_DAYS = Text("{seen} de {days} días leídos", "{seen} of {days} days read")
_BETWEEN = Text("entre {low} y {high}", "{low} to {high}")
_GAPS = Text("Días sin lectura, estimados: {missing}", "Days without reading, estimated: {missing}")
_LACKS = {
    "sewerage": Text("el alcantarillado", "sewerage"),
    "fixed": Text("el cargo fijo", "the fixed charge"),
}
_NOT_IN = Text(
    "Solo agua e IGV: no incluye {missing}. Su recibo será mayor.",
    "Water and tax (IGV) only: {missing} not included. Your bill will be higher.",
)
_NOR = Text(" ni ", " and ")
_NOT_IN_FORCE = Text(
    "Calculado con la tarifa {tariff}, la más cercana en el tiempo.",
    "Worked out with tariff {tariff}, the nearest in time.",
)
_TARIFF = Text(
    "Tarifa {tariff} ({date}): {source}.",
    "Tariff {tariff} ({date}): {source}.",
)
_CHANCES = Text("Qué puede pasar este periodo", "What may happen this period")
_CHANCES_HELP = Text(
    "Cada m³ por encima de un tramo cuesta más. Más del doble de su promedio se llama consumo atípico (SUNASS, R.C.D. 011-2007, art. 88): la empresa debe revisarlo antes de facturar.",
    "Each m³ above a block costs more. More than twice your average is called atypical use (SUNASS, R.C.D. 011-2007, art. 88): the utility must look into it before it bills.",
)
_BLOCK = Text("Pasar de {start}", "Going beyond {start}")
_DEAR = Text("desde ahí, {price} por m³", "from there, {price} per m³")
_DOUBLE = Text("Más del doble de lo usual", "More than twice the usual")
_USUAL = Text("lo usual: {usual}", "usual: {usual}")
_UNKNOWN = Text("falta historia para saber lo usual", "too little history to know the usual")
_SCALE = Text(
    "Usado hasta ahora {observed}; se espera entre {low} y {high}.",
    "Used so far {observed}; {low} to {high} expected.",
)
_CHOOSE = Text("Elija un periodo", "Choose a period")
_CHOOSE_HELP = Text(
    "De 1 a 92 días. Los días ya leídos se suman; los que faltan se pronostican.",
    "1 to 92 days. Days already read are summed; those to come are forecast.",
)
_FROM = Text("Desde", "From")
_TO = Text("Hasta", "To")
_WRONG = Text("Elija un periodo de 1 a {days} días.", "Choose a period of 1 to {days} days.")
_TOO_FAR = Text("Por ahora se puede ver hasta el {last}.", "For now, periods can be seen until {last}.")


def bill_card(seen: Visit, outlook: BillOutlook) -> Component:
    """The bill of the present period, large, with its range and what is behind it."""
    return card(
        seen,
        _BILL,
        html.P(_dates(seen, outlook), className="quiet dates"),
        _money(seen, outlook),
        *_notes(seen, outlook),
    )


def answer(seen: Visit, outlook: BillOutlook) -> Component:
    """What a chosen period will cost."""
    return html.Div([_money(seen, outlook), _chances(seen, outlook)])


def wrong_period(furthest: object) -> Text:
    """What is wrong with the dates."""
    if isinstance(furthest, str):
        return _TOO_FAR.fill(last=day(date.fromisoformat(furthest)))
    return _WRONG.fill(days=str(LONGEST_DAYS))


def _dates(seen: Visit, outlook: BillOutlook) -> str:
    first, last = outlook.period.first_day, outlook.period.last_day
    return f"{seen.say(short_day(first))} – {seen.say(day(last))}"


def _money(seen: Visit, outlook: BillOutlook) -> Component:
    total, volume = outlook.total_pen, outlook.volume_m3
    low, high = soles(total["low80_m3"]), soles(total["high80_m3"])
    seen_days = _DAYS.fill(seen=count(outlook.observed_days), days=count(outlook.period.days))
    facts = [
        (
            _EXPECTED,
            cubic(volume["forecast_m3"]),
            _BETWEEN.fill(low=cubic(volume["low80_m3"]), high=cubic(volume["high80_m3"])),
        )
    ]
    if outlook.observed_days or outlook.missing_days:
        facts.append((_SO_FAR, cubic(outlook.observed_m3), seen_days))
    rows = [
        html.Div([html.Dt(seen.say(name)), html.Dd([html.Strong(value), html.Span(seen.say(note))])])
        for name, value, note in facts
    ]
    parts: list[Component] = [
        html.P(soles(total["forecast_m3"]), className="money"),
        html.P(seen.say(_RANGE, low=low, high=high), className="range"),
        html.Dl(rows, className="bill-facts"),
    ]
    if outlook.missing_days:
        parts.append(html.P(seen.say(_GAPS, missing=count(outlook.missing_days)), className="quiet"))
    return html.Div(parts)


def _notes(seen: Visit, outlook: BillOutlook) -> list[Component]:
    notes: list[Component] = []
    if outlook.not_included:
        missing = seen.say(_NOR).join(seen.say(_LACKS[charge]) for charge in outlook.not_included)
        notes.append(notice(seen, "warn", seen.say(_NOT_IN, missing=missing)))
    if not outlook.tariff_in_force:
        notes.append(html.P(seen.say(_NOT_IN_FORCE, tariff=outlook.tariff), className="quiet source"))
    source = _TARIFF.fill(
        tariff=outlook.tariff, date=day(outlook.tariff_source_date), source=outlook.tariff_source
    )
    notes.append(html.P(seen.say(source), className="quiet source"))
    return notes


def chance_card(seen: Visit, outlook: BillOutlook) -> Component:
    """Chance of each block that can still be crossed, and of twice the usual."""
    return card(seen, _CHANCES, _scale(seen, outlook), _chances(seen, outlook), help=_CHANCES_HELP)


def _chances(seen: Visit, outlook: BillOutlook) -> Component:
    rows = [
        _meter(
            seen,
            _BLOCK.fill(start=edge(block["starts_m3"])),
            _DEAR.fill(price=soles(block["price_pen_per_m3"])),
            block["probability"],
        )
        for block in _next_blocks(outlook)
    ]
    if outlook.usual_m3 is None or outlook.atypical_probability is None:
        rows.append(html.Li(html.Span(seen.say(_UNKNOWN), className="quiet")))
    else:
        usual = _USUAL.fill(usual=cubic(outlook.usual_m3))
        rows.append(_meter(seen, _DOUBLE, usual, outlook.atypical_probability))
    return html.Ul(rows, className="meters")


def _next_blocks(outlook: BillOutlook) -> list[dict[str, float]]:
    """Blocks still to come that have a chance worth showing, or else the next one."""
    used = max(outlook.observed_m3, 1e-9)
    blocks = [block for block in outlook.blocks.to_dicts() if block["starts_m3"] >= used]
    likely = [block for block in blocks if block["probability"] >= 0.01]
    return likely or blocks[:1]


def _meter(seen: Visit, name: Text, note: Text, probability: float) -> Component:
    said = chance(probability)
    return html.Li(
        [
            html.Span([html.Span(seen.say(name)), html.Small(seen.say(note))], className="name"),
            html.Strong(said),
            html.Span(
                html.Span(style={"width": f"{100 * probability:.1f}%"}),
                className="track",
                **{"aria-hidden": "true"},
            ),
        ]
    )


def _scale(seen: Visit, outlook: BillOutlook) -> Component:
    """A ruler of the period's volume: what is used, what is expected, and where the blocks begin."""
    low, high = outlook.volume_m3["low80_m3"], outlook.volume_m3["high80_m3"]
    starts = [start for start in outlook.blocks["starts_m3"].to_list() if start > 0]
    top = next((start for start in starts if start > high), high) * 1.12 or 1.0
    marks = [
        html.Span(html.Small(edge(start)), className="mark", style={"left": f"{100 * start / top:.1f}%"})
        for start in starts
        if start <= top
    ]
    body = [
        html.Span(className="used", style={"width": f"{100 * outlook.observed_m3 / top:.1f}%"}),
        html.Span(
            className="expected",
            style={"left": f"{100 * low / top:.1f}%", "width": f"{max(100 * (high - low) / top, 0.8):.1f}%"},
        ),
        *marks,
    ]
    label = _SCALE.fill(observed=cubic(outlook.observed_m3), low=cubic(low), high=cubic(high))
    return html.Div(
        [
            html.Div(body, className="ruler", role="img", **{"aria-label": seen.say(label)}),
            html.P(seen.say(label), className="quiet", **{"aria-hidden": "true"}),
        ]
    )


def choice_card(seen: Visit, report: CustomerReport) -> Component:
    """Dates to choose, and what they cost; the next billing period to begin with."""
    period = report.following.period
    fields = [
        dmc.TextInput(
            id=name,
            label=seen.say(words),
            value=value.isoformat(),
            attributes={
                "input": {
                    "type": "date",
                    "min": report.first_choice.isoformat(),
                    "max": report.last_choice.isoformat(),
                }
            },
            className="field",
            debounce=100,
        )
        for name, words, value in ((FIRST, _FROM, period.first_day), (LAST, _TO, period.last_day))
    ]
    return card(
        seen,
        _CHOOSE,
        html.Div(fields, className="from-to"),
        html.Div(answer(seen, report.following), id=ANSWER, **{"aria-live": "polite"}),
        help=_CHOOSE_HELP,
    )
