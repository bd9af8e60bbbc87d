"""One account's past: forecasts against what happened, flagged days, corrections, decisions about its register."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard.charts import Series, lines
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, empty, grid, number, table
from amuna.serve.report.numbers import count, day, share, volume
from amuna.serve.report.words import word
from amuna.workflows.views.account import AccountFacts

SHOWN = 8
FEW = 20  # judged forecasts below which a coverage says little
_PAST = Text("Pronósticos pasados y lo que ocurrió", "Past forecasts and what happened")
_PAST_HELP = Text(
    "Pronósticos que se guardaron antes de conocer el consumo, a un día de distancia en el gráfico. Si los intervalos "
    "son honestos, 8 de cada 10 días caen en el del 80 %.",
    "Forecasts that were stored before the consumption was known, one day ahead in the chart. If the intervals are "
    "honest, 8 days of 10 fall into the 80 % one.",
)
_NO_PAST = Text(
    "Todavía no llegó ningún día que se haya pronosticado.", "No day that was forecast has come yet."
)
_INSIDE = Text("Dentro del intervalo del {level} %", "Inside the {level} % interval")
_OF = Text("pronósticos juzgados: {n}", "forecasts judged: {n}")
_OF_FEW = Text("pronósticos juzgados: {n}, aún pocos", "forecasts judged: {n}, still few")
_TYPICAL = Text("Error medio", "Mean error")
_BASELINE = Text("repetir la semana pasada: {error} m³", "repeating last week: {error} m³")


def past(seen: Visit, facts: AccountFacts) -> Component:
    """Forecasts whose day has come, and how often the truth lay inside."""
    if facts.past.is_empty():
        return card(seen, _PAST, empty(seen, _NO_PAST), help=_PAST_HELP)
    rows = facts.past
    note = (_OF if len(rows) >= FEW else _OF_FEW).fill(n=count(len(rows)))
    error, baseline = (
        (rows["observed_m3"] - rows[name]).abs().mean() for name in ("forecast_m3", "baseline_m3")
    )
    figures = [
        number(seen, _INSIDE.fill(level="80"), share(_mean(rows["inside80"])), note=note),
        number(seen, _INSIDE.fill(level="95"), share(_mean(rows["inside95"]))),
        number(
            seen,
            _TYPICAL,
            volume(_number(error)),
            unit="m³",
            note=_BASELINE.fill(error=volume(_number(baseline))),
        ),
    ]
    nearest = rows.group_by("day").agg(pl.all().sort_by("cutoff").last()).sort("day").tail(60)
    chart = lines(
        seen,
        nearest,
        [
            Series("observed_m3", Text("Observado", "Observed"), 0),
            Series("forecast_m3", Text("Pronosticado", "Forecast"), 1),
            Series("low80_m3", Text("80 %, desde", "80 %, from"), 6),
            Series("high80_m3", Text("80 %, hasta", "80 %, to"), 6),
        ],
        title=_PAST,
        height=200,
    )
    return card(
        seen, _PAST, grid(*figures, columns=3), *([chart] if len(nearest) > 1 else []), help=_PAST_HELP
    )


def flags(seen: Visit, facts: AccountFacts) -> Component:
    """How many days of the last two years are good, flagged or not known."""
    title = Text("Calidad de los días", "Quality of the days")
    days = facts.days
    if days.is_empty():
        return card(seen, title, empty(seen, Text("Sin días.", "No days.")))
    span = (days["day"][-1] - days["day"][0]).days + 1
    found = [
        {"flag": word("flag", flag), "days": n}
        for flag, n in days["flag"].value_counts(sort=True).iter_rows()
    ]
    found.append({"flag": Text("sin dato", "not known"), "days": span - len(days)})
    frame = pl.DataFrame(
        {
            "flag": [seen.say(each["flag"]) for each in found],
            "days": [each["days"] for each in found],
            "share": [each["days"] / span for each in found],
        }
    )
    columns = [
        Column("flag", Text("Marca", "Flag")),
        Column("days", Text("Días", "Days"), show=count, right=True),
        Column("share", Text("Parte", "Share"), show=lambda part: share(part, decimals=1), right=True),
    ]
    return card(seen, title, table(seen, frame, columns, caption=title))


def corrections(seen: Visit, facts: AccountFacts) -> Component:
    """Days that were known otherwise before."""
    title = Text("Correcciones", "Corrections")
    columns = [
        Column("day", Text("Día", "Day"), show=partial(date_cell, seen)),
        Column("was_m3", Text("Era (m³)", "Was (m³)"), show=volume, right=True),
        Column("consumption_m3", Text("Es (m³)", "Is (m³)"), show=volume, right=True),
        Column(
            "recorded_at",
            Text("Registrado", "Recorded"),
            show=lambda at: date_cell(seen, at.astimezone(seen.desk.zone).date()),
        ),
    ]
    none = Text("Ningún día se corrigió.", "No day was corrected.")
    return _latest(seen, title, facts.corrections, columns, none)


def registers(seen: Visit, facts: AccountFacts) -> Component:
    """What was decided where the dial went back or jumped."""
    title = Text("Eventos del registro", "Register events")
    columns = [
        Column(
            "observed_at",
            Text("Día", "Day"),
            show=lambda at: date_cell(seen, at.astimezone(seen.desk.zone).date()),
        ),
        Column(
            "decision", Text("Qué se decidió", "What was decided"), show=lambda code: word("register", code)
        ),
        Column("before_m3", Text("Antes (m³)", "Before (m³)"), show=volume, right=True),
        Column("after_m3", Text("Después (m³)", "After (m³)"), show=volume, right=True),
    ]
    none = Text("El registro nunca retrocedió ni saltó.", "The register never went back or jumped.")
    return _latest(seen, title, facts.register_events, columns, none)


def _latest(seen: Visit, title: Text, rows: pl.DataFrame, columns: list[Column], none: Text) -> Component:
    """The latest rows, and how many more there are."""
    body = [table(seen, rows.head(SHOWN), columns, caption=title, empty_text=none)]
    if len(rows) > SHOWN:
        more = Text("Las {shown} últimas de {n}.", "The latest {shown} of {n}.")
        body.append(empty(seen, more.fill(shown=str(SHOWN), n=count(len(rows)))))
    return card(seen, title, *body)


def date_cell(seen: Visit, value: date) -> Component:
    """A day that no line breaks."""
    return html.Span(seen.say(day(value)), className="nowrap")


def _mean(column: pl.Series) -> float | None:
    return _number(column.mean())


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
