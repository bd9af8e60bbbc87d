"""The cards of My water about use: days, similar homes, advice, and the periods before."""

from __future__ import annotations

import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard.charts import Series, bars, fan
from amuna.serve.dashboard.my_water_words import TITLES, cubic, evidence, litres, soles, what_to_do
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, empty, table
from amuna.serve.report.numbers import count, day, short_day
from amuna.workflows.views.customer import CustomerReport

_ADVICE_SHOWN = 3
_DAYS = Text("Su consumo día por día (m³)", "Your use day by day (m³)")
_CHART = Text("Consumo diario y lo esperado", "Daily use and what is expected")
_UNUSUAL = Text("Días fuera de lo común, último mes", "Unusual days, last month")
_NO_UNUSUAL = Text("Ningún día del último mes fue inusual.", "No day of the last month was unusual.")
_PEERS = Text("Frente a conexiones parecidas", "Against similar connections")
_PEERS_HELP = Text(
    "Del mismo tipo y la misma zona, en las últimas cuatro semanas. Nunca se muestra el consumo de otra persona, solo la mitad del medio de un grupo de diez o más.",
    "Of the same kind and zone, over the last four weeks. Another person's use is never shown, only the middle half of a group of ten or more.",
)
_NO_PEERS = Text(
    "No hay suficientes conexiones parecidas para comparar.",
    "There are too few similar connections to compare.",
)
_YOU = Text("Usted", "You")
_COMPARED = Text(
    "Usted usa {mine} al día. La mitad de {accounts} conexiones parecidas usa entre {low} y {high}.",
    "You use {mine} a day. Half of {accounts} similar connections use {low} to {high}.",
)
_COMPARED_ONLY = Text(
    "La mitad de {accounts} conexiones parecidas usa entre {low} y {high} al día.",
    "Half of {accounts} similar connections use {low} to {high} a day.",
)
_ADVICE = Text("Cómo pagar menos", "How to pay less")
_ADVICE_HELP = Text(
    "Cada ahorro es para el próximo periodo, con su rango: 8 de 10 veces cae dentro si cambia el consumo como se dice. Los ahorros no se suman entre sí.",
    "Each saving is for the next period, with its range: 8 times of 10 it falls inside if use changes as said. Savings do not add up.",
)
_NO_ADVICE = Text(
    "No vemos nada fuera de lo común en su consumo.",
    "We see nothing out of the ordinary in your use.",
)
_SAVING = Text("Ahorro: {middle}", "Saves {middle}")
_SAVING_RANGE = Text("entre {low} y {high}", "{low} to {high}")
_PAST = Text("Periodos anteriores (m³)", "Earlier periods (m³)")
_PAST_HELP = Text(
    "El monto es lo que costarían hoy, con la tarifa de este periodo.",
    "The amount is what they would cost today, at the tariff of this period.",
)
_NO_PAST = Text("Todavía no hay periodos completos.", "There are no whole periods yet.")
_VOLUME = Text("Consumo", "Use")
_DAY = Text("Día", "Day")
_USED = Text("Usado", "Used")
_WAS_EXPECTED = Text("Esperado", "Expected")
_PERIOD = Text("Periodo", "Period")
_COST = Text("Con la tarifa de hoy", "At today's tariff")


def days_card(seen: Visit, report: CustomerReport) -> Component:
    """Two months of days, the days to come, and which were unusual."""
    history = report.days.select("day", pl.col("volume_m3"))
    chart = fan(seen, history, report.forecast, title=_CHART, unit="m³", height=230)
    unusual = report.unusual
    body: list[Component] = [chart, html.H3(seen.say(_UNUSUAL))]
    if unusual.is_empty():
        body.append(html.P(seen.say(_NO_UNUSUAL), className="quiet"))
    else:
        columns = [
            Column("day", _DAY, day),
            Column("volume_m3", _USED, litres, right=True),
            Column("expected_m3", _WAS_EXPECTED, litres, right=True),
        ]
        body.append(table(seen, unusual, columns, caption=_UNUSUAL))
    return card(seen, _DAYS, *body)


def peers_card(seen: Visit, report: CustomerReport) -> Component:
    """Where the account stands among similar ones."""
    peers, mine = report.peers, report.mean_m3
    if peers is None:
        return card(seen, _PEERS, empty(seen, _NO_PEERS), help=_PEERS_HELP)
    low, middle, high = peers.mean_m3
    said = {"low": litres(low), "high": litres(high), "accounts": count(peers.accounts)}
    words = _COMPARED_ONLY if mine is None else _COMPARED
    text = seen.say(words, **said, **({} if mine is None else {"mine": litres(mine)}))
    top = 1.15 * max(high * 1.4, mine or 0.0) or 1.0
    marks: list[Component] = [
        html.Span(
            className="expected",
            style={"left": f"{100 * low / top:.1f}%", "width": f"{100 * (high - low) / top:.1f}%"},
        ),
        html.Span(className="middle", style={"left": f"{100 * middle / top:.1f}%"}),
    ]
    if mine is not None:
        marks.append(
            html.Span(
                html.Small(seen.say(_YOU)), className="mark you", style={"left": f"{100 * mine / top:.1f}%"}
            )
        )
    ruler = html.Div(marks, className="ruler peers", role="img", **{"aria-label": text})
    return card(seen, _PEERS, html.P(text), ruler, help=_PEERS_HELP)


def advice_card(seen: Visit, report: CustomerReport) -> Component:
    """What may be done, the most worthwhile first."""
    if not report.advice:
        return card(seen, _ADVICE, empty(seen, _NO_ADVICE), help=_ADVICE_HELP)
    rows = []
    for advice in report.advice[:_ADVICE_SHOWN]:
        low, middle, high = advice.saving_pen
        rows.append(
            html.Li(
                [
                    html.H3(seen.say(TITLES[advice.kind])),
                    html.P(seen.say(evidence(advice))),
                    html.P(seen.say(what_to_do(advice)), className="quiet"),
                    html.P(
                        [
                            html.Strong(seen.say(_SAVING, middle=soles(middle))),
                            html.Span(seen.say(_SAVING_RANGE, low=soles(low), high=soles(high))),
                        ],
                        className="saving",
                    ),
                ]
            )
        )
    return card(seen, _ADVICE, html.Ol(rows, className="advice"), help=_ADVICE_HELP)


def past_card(seen: Visit, report: CustomerReport) -> Component:
    """The periods before, as bars and with what they would cost today."""
    if report.periods.is_empty():
        return card(seen, _PAST, empty(seen, _NO_PAST), help=_PAST_HELP)
    named = report.periods.with_columns(
        period=pl.Series(
            [
                f"{seen.say(short_day(first))} – {seen.say(day(last))}"
                for first, last in report.periods.select("first_day", "last_day").iter_rows()
            ]
        )
    )
    chart = bars(
        seen,
        report.periods,
        [Series("volume_m3", _VOLUME)],
        title=_PAST,
        x="first_day",
        x_label=_PERIOD,
        height=180,
    )
    columns = [
        Column("period", _PERIOD),
        Column("volume_m3", _VOLUME, cubic, right=True),
        Column("total_pen", _COST, soles, right=True),
    ]
    rows = table(seen, named.reverse().head(6), columns, caption=_PAST)
    return card(seen, _PAST, html.Div([chart, rows], className="beside"), help=_PAST_HELP)
