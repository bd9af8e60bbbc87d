"""Demand day by day, by week or by month, and the days ahead with their intervals."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard import charts
from amuna.serve.dashboard.choices import choices, toolbar
from amuna.serve.dashboard.demand_choice import SPANS, STEPS, Choice
from amuna.serve.dashboard.demand_facts import cutoff_of, days, forecast, horizon, parts_ahead, sum_ahead
from amuna.serve.dashboard.demand_words import PER_DAY, against, changed, litres, part_words, short_words
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, between, card, empty, grid, link, number, stack, table
from amuna.serve.report.numbers import NONE, count, rounded
from amuna.workflows.views.demand import Part
from amuna.workflows.views.demand_periods import by_step, figures

_YEAR = timedelta(days=364)  # to the same weekday
_STEP_WORDS = {
    "day": Text("Por día", "By day"),
    "week": Text("Por semana", "By week"),
    "month": Text("Por mes", "By month"),
}
_SPAN_WORDS = {
    "90": Text("90 días", "90 days"),
    "365": Text("1 año", "1 year"),
    "730": Text("2 años", "2 years"),
}
_STEP = Text("Detalle", "Detail")
_SPAN = Text("Cuánto tiempo", "How long")
_TITLE = Text("{part}: consumo y pronóstico", "{part}: consumption and forecast")
_LAST = Text("Últimos {n} días", "Last {n} days")
_NEXT = Text("Próximos {n} días", "Next {n} days")
_EACH = Text("Por cuenta y día", "Per account and day")
_DAILY = Text("Por día", "Per day")
_ACCOUNTS = Text("Cuentas con dato", "Accounts with data")
_ACCOUNTS_NOTE = Text("en un día medio de los últimos {n}", "on a mean day of the last {n}")
_KNOWN_NOTE = Text("de los últimos {n}", "of the last {n}")
_KNOWN = Text("Días con dato", "Days with data")
_A_YEAR_AGO = Text("los mismos días de hace un año", "the same days a year ago")
_THE_LAST = Text("los últimos {n} días", "the last {n} days")
_TOO_SHORT = Text("falta historia para pronosticar", "history is too short to forecast")
_GAPS = Text("faltan {n} días", "{n} days missing")
_HELP = Text(
    "Cada punto suma las cuentas con dato de ese día; un día con menos del 90 % de las cuentas habituales no cuenta. El pronóstico de una suma se hace con su propia historia: los intervalos de las cuentas no se pueden sumar.",
    "Each point adds the accounts with data on that day; a day with under 90 % of the usual accounts does not count. The forecast of a sum is made from its own history: the intervals of accounts cannot be added.",
)
_HELP_ACCOUNT = Text(
    "Cada punto es el consumo de la cuenta en un día. El pronóstico es el del modelo elegido para ella.",
    "Each point is the account’s consumption of a day. The forecast is of the model chosen for it.",
)
_MEANS = Text(
    "Media de m³ por día en cada periodo, de sus días con dato; un periodo con menos del 80 % de sus días no se muestra.",
    "Mean m³ per day of each period, over its days with data; a period with under 80 % of its days is not shown.",
)
_PARTS = {
    "zone": Text("Próximos {n} días por zona", "Next {n} days by zone"),
    "segment": Text("Próximos {n} días por segmento", "Next {n} days by segment"),
}
_PARTS_HELP = Text(
    "Volumen que se espera de cada parte en los próximos {n} días, con su intervalo del 80 %, frente a los últimos {n}. Cada parte se pronostica con su propia historia; por eso la suma de las partes puede diferir un poco del total.",
    "Volume expected of each part in the next {n} days, with its 80 % interval, against the last {n}. Each part is forecast from its own history, so the sum of the parts may differ a little from the total.",
)
_PART = {"zone": Text("Zona", "Zone"), "segment": Text("Segmento", "Segment")}


def layout(visit: Visit, chosen: Choice) -> Component:
    """The view."""
    part = chosen.part
    rows = days(visit, part)
    boxes = [
        card(visit, part_words(part), grid(*_numbers(visit, part, rows), columns=4)),
        card(
            visit,
            Text("Consumo y pronóstico", "Consumption and forecast"),
            _choose(visit, chosen),
            _chart(visit, chosen, rows),
            help=_HELP_ACCOUNT if part.kind == "account" else _HELP,
        ),
    ]
    if part.kind == "all":
        boxes.append(grid(*(_parts(visit, kind) for kind in ("segment", "zone")), columns=2))
    return stack(*boxes)


def _numbers(visit: Visit, part: Part, rows: pl.DataFrame) -> list[Component]:
    cutoff, n = cutoff_of(visit), horizon(visit)
    start = cutoff - timedelta(days=n)
    now, ago = figures(rows, start, cutoff), figures(rows, start - _YEAR, cutoff - _YEAR)
    missing = int((now["days"] or 0) - (now["known"] or 0))
    note = against(now["mean_m3"], ago["mean_m3"], _A_YEAR_AGO)
    if missing:
        note = _GAPS.fill(n=str(missing))
    return [
        number(visit, _LAST.fill(n=str(n)), _total(now["total_m3"]), unit="m³", note=note),
        _next(visit, part, now["mean_m3"], n),
        *_third(visit, part, now, ago),
        _known(visit, part, now, n),
    ]


def _third(
    visit: Visit, part: Part, now: dict[str, float | None], ago: dict[str, float | None]
) -> list[Component]:
    note = against(now["account_l"], ago["account_l"], _A_YEAR_AGO)
    label = _DAILY if part.kind == "account" else _EACH
    return [number(visit, label, litres(now["account_l"]), unit="L", note=note)]


def _known(visit: Visit, part: Part, now: dict[str, float | None], n: int) -> Component:
    if part.kind == "account":
        return number(visit, _KNOWN, count(now["known"] or 0), note=_KNOWN_NOTE.fill(n=str(n)))
    accounts = now["accounts"]
    note = _ACCOUNTS_NOTE.fill(n=str(n))
    return number(visit, _ACCOUNTS, NONE if accounts is None else count(accounts), note=note)


def _next(visit: Visit, part: Part, mean_m3: float | None, n: int) -> Component:
    found = sum_ahead(visit, part)
    label = _NEXT.fill(n=str(n))
    if found is None:
        return number(visit, label, NONE, note=_TOO_SHORT)
    low, middle, high = found
    base = None if mean_m3 is None else mean_m3 * n
    return number(
        visit,
        label,
        _total(middle),
        unit="m³",
        interval=between(visit, _total(low), f"{_total(high)}\u202fm³"),
        note=against(middle, base, _THE_LAST.fill(n=str(n))),
    )


def _total(m3: float | None) -> str:
    return NONE if m3 is None else rounded(m3)


def _choose(visit: Visit, chosen: Choice) -> Component:
    return toolbar(
        choices(
            visit, _STEP, [(_STEP_WORDS[step], chosen.href(step=step), step == chosen.step) for step in STEPS]
        ),
        choices(
            visit, _SPAN, [(_SPAN_WORDS[span], chosen.href(span=span), span == chosen.span) for span in SPANS]
        ),
    )


def shown(visit: Visit, chosen: Choice, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the chart shows: periods of the history as `by_step` has them, and the days ahead where it shows days."""
    first = cutoff_of(visit) - timedelta(days=int(chosen.span))
    history = by_step(rows.filter(pl.col("day") >= first), chosen.step)
    ahead = forecast(visit, chosen.part)
    return history, ahead if chosen.step == "day" else ahead.clear()


def _chart(visit: Visit, chosen: Choice, rows: pl.DataFrame) -> Component:
    history, ahead = shown(visit, chosen, rows)
    title = _TITLE.fill(part=part_words(chosen.part))
    observed = history.select(day="start", observed="mean_m3")
    if chosen.step == "day":
        return html.Div([_unit(visit), charts.fan(visit, observed, ahead, title=title, height=340)])
    series = [charts.Series("observed", Text("Observado", "Observed"), 0)]
    chart = charts.lines(visit, observed, series, title=title, height=340)
    return html.Div([_unit(visit), chart, html.P(visit.say(_MEANS), className="says")])


def _unit(visit: Visit) -> Component:
    return html.Div(visit.say(PER_DAY), className="quiet")


def _parts(visit: Visit, kind: str) -> Component:
    n = horizon(visit)
    found = parts_ahead(visit, kind)
    if found.height <= 1:
        return card(
            visit, _PARTS[kind].fill(n=str(n)), empty(visit, Text("Hay una sola.", "There is only one."))
        )
    rows = found.with_columns(
        change=pl.struct("forecast_m3", "before_m3"), interval=pl.struct("low80_m3", "high80_m3")
    ).sort("forecast_m3", descending=True, nulls_last=True)
    columns = [
        Column("name", _PART[kind], lambda name: _to(visit, Part(kind, name))),
        Column("forecast_m3", Text("Volumen (m³)", "Volume (m³)"), _total, right=True),
        Column(
            "interval",
            Text("Intervalo del 80 %", "80 % interval"),
            lambda row: _between(row["low80_m3"], row["high80_m3"]),
            right=True,
        ),
        Column(
            "change",
            Text("Cambio", "Change"),
            lambda row: changed(row["forecast_m3"], row["before_m3"]),
            right=True,
        ),
    ]
    title = _PARTS[kind].fill(n=str(n))
    body = table(visit, rows, columns, caption=title)
    return card(
        visit,
        title,
        html.Div(body, className="scrolled", tabIndex=0, role="region", **{"aria-label": visit.say(title)}),
        help=_PARTS_HELP.fill(n=str(n)),
    )


def _to(visit: Visit, part: Part) -> Component:
    return link(visit, short_words(part), Choice(of=f"{part.kind}:{part.name}").href())


def _between(low: float | None, high: float | None) -> str:
    return NONE if low is None or high is None else f"{_total(low)} – {_total(high)}"
