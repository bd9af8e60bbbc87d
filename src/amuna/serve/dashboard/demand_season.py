"""The shape of demand over the week and the year, with its spread."""

from __future__ import annotations

import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard import charts
from amuna.serve.dashboard.demand_choice import Choice
from amuna.serve.dashboard.demand_facts import cutoff_of, days
from amuna.serve.dashboard.demand_words import MONTHS, PER_DAY, WEEKDAYS
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import card, empty, grid
from amuna.workflows.views.demand_profile import month_profile, weekday_profile

_WEEK = Text("La semana", "The week")
_WEEK_HELP = Text(
    "Cada día frente a la media de su propia semana, en las últimas 52 semanas completas: 100 es un día medio. La franja abarca ocho de cada diez semanas.",
    "Each day against the mean of its own week, over the last 52 whole weeks: 100 is a mean day. The band spans eight weeks of ten.",
)
_WEEK_NONE = Text(
    "Hacen falta al menos cuatro semanas completas, con consumo cada día.",
    "It takes at least four whole weeks, with consumption on each day.",
)
_WEEK_SAYS = Text(
    "El {high} se usa lo más ({most} % de un día medio) y el {low} lo menos ({least} %).",
    "Use is highest on {high} ({most} % of a mean day) and lowest on {low} ({least} %).",
)
_YEAR = Text("El año", "The year")
_YEAR_HELP = Text(
    "Media por día de cada mes; la franja abarca ocho de cada diez días del mes, en el último año.",
    "Mean per day of each month; the band spans eight of ten of its days, in the latest year.",
)
_YEARS = 3  # shown, the latest
_ENOUGH_DAYS = 20  # of a month


def layout(visit: Visit, chosen: Choice) -> Component:
    """The view."""
    rows = days(visit, chosen.part)
    return grid(_week(visit, rows), _year(visit, rows), columns=2)


def week_frame(visit: Visit, rows: pl.DataFrame) -> pl.DataFrame:
    """The weekday profile in per cent of a mean day: name, short, weeks, share, share_low, share_high."""
    found = weekday_profile(rows, cutoff_of(visit))
    names = [visit.say(WEEKDAYS[weekday - 1]) for weekday in found["weekday"]]
    return found.select(
        pl.Series("name", names, dtype=pl.String),
        pl.Series("short", [name[:3] for name in names], dtype=pl.String),
        "weeks",
        share=100 * pl.col("middle"),
        share_low=100 * pl.col("low"),
        share_high=100 * pl.col("high"),
    )


def _week(visit: Visit, rows: pl.DataFrame) -> Component:
    found = week_frame(visit, rows)
    if found.is_empty():
        return card(visit, _WEEK, empty(visit, _WEEK_NONE), help=_WEEK_HELP)
    unit = Text("% de un día medio", "% of a mean day")
    chart = charts.ribbons(
        visit,
        found,
        [charts.Series("share", Text("Semana típica", "Typical week"), 1)],
        title=_WEEK,
        spread=Text("8 de cada 10 semanas", "8 weeks of 10"),
        unit="%",
        x="short",
        x_label=Text("Día", "Day"),
        height=300,
    )
    ranked = found.sort("share")
    most, least = ranked.row(-1, named=True), ranked.row(0, named=True)
    says = _WEEK_SAYS.fill(
        high=most["name"], most=f"{most['share']:.0f}", low=least["name"], least=f"{least['share']:.0f}"
    )
    return card(
        visit,
        _WEEK,
        html.Div(visit.say(unit), className="quiet"),
        chart,
        html.P(visit.say(says), className="says"),
        help=_WEEK_HELP,
    )


def _year(visit: Visit, rows: pl.DataFrame) -> Component:
    found = month_profile(rows).filter(pl.col("known") >= _ENOUGH_DAYS)
    years = found["year"].unique().sort().to_list()[-_YEARS:]
    if not years:
        none = Text("Hace falta al menos un mes de datos.", "It takes at least a month of data.")
        return card(visit, _YEAR, empty(visit, none), help=_YEAR_HELP)
    shown = pl.DataFrame({"month": range(1, 13)}, schema={"month": pl.Int64})
    for year in years:
        spread = {"low": f"{year}_low", "high": f"{year}_high"} if year == years[-1] else {}
        names = {"mean_m3": str(year), **spread}
        one = found.filter(pl.col("year") == year).select("month", *names).rename(names)
        shown = shown.join(one, on="month", how="left", maintain_order="left")
    shown = shown.with_columns(pl.Series("name", [visit.say(each) for each in MONTHS]))
    colours = (6, 2, 1)[-len(years) :]
    chart = charts.ribbons(
        visit,
        shown,
        [charts.Series(str(year), str(year), colour) for year, colour in zip(years, colours, strict=True)],
        title=_YEAR,
        spread=Text("8 de cada 10 días", "8 days of 10"),
        x="name",
        x_label=Text("Mes", "Month"),
        height=300,
    )
    return card(visit, _YEAR, html.Div(visit.say(PER_DAY), className="quiet"), chart, help=_YEAR_HELP)
