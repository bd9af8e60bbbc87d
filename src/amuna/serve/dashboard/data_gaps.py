"""The map of gaps: which share of the accounts was known each day of a year, and in each zone lately."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import card, empty, grid, number, stack
from amuna.serve.report.numbers import NONE, count, day, share, short_day
from amuna.workflows.views.gaps import Gaps, gaps

CLASSES = (0.99, 0.95, 0.80, 0.50)
_COLOURS = ["var(--gap-none)", *(f"var(--gap-{at})" for at in range(5))]
_LABELS = (
    Text("sin cuentas", "no accounts"),
    Text("99 % o más", "99 % or more"),
    Text("95–99 %", "95–99 %"),
    Text("80–95 %", "80–95 %"),
    Text("50–80 %", "50–80 %"),
    Text("menos de 50 %", "below 50 %"),
)
_YEAR = Text(
    "Cuentas con dato, día por día del último año", "Accounts with data, day by day of the last year"
)
_HELP = Text(
    "Parte de las cuentas esperadas que tienen un día completo. Una cuenta se espera desde su primer día hasta 28 días "
    "después del último: si calla más tiempo, se toma por cerrada.",
    "Share of the expected accounts that have a whole day. An account is expected from its first day until 28 days after "
    "its last: silent for longer, it is taken for closed.",
)
_ZONES = Text("Últimos 90 días por zona", "Last 90 days by zone")
_NONE = Text("Todavía no hay consumos.", "There is no consumption yet.")
_WEEKDAYS = {
    "es": ["dom", "lun", "mar", "mié", "jue", "vie", "sáb"],
    "en": ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
}
_MONTHS = {
    "es": ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}


def layout(seen: Visit) -> Component:
    """The year as a calendar, the zones as rows."""
    found = seen.desk.memo.kept("gaps", lambda: gaps(store=seen.desk.store))
    if found.days.is_empty():
        return card(seen, _YEAR, empty(seen, _NONE))
    return stack(
        card(
            seen,
            _YEAR,
            grid(*_numbers(seen, found), columns=3),
            _calendar(seen, found.days),
            _legend(seen),
            help=_HELP,
        ),
        card(seen, _ZONES, _zones(seen, found.zones), _legend(seen), help=_HELP),
    )


def _numbers(seen: Visit, found: Gaps) -> list[Component]:
    last, worst = (
        found.days.row(-1, named=True),
        found.days.drop_nulls("share").sort("share", "day").row(0, named=True),
    )
    missing = found.days.select((pl.col("expected") - pl.col("known")).sum()).item()
    of = Text("{known} de {expected} cuentas", "{known} of {expected} accounts")
    return [
        number(
            seen,
            Text("El último día, {day}", "On the last day, {day}").fill(day=day(last["day"])),
            share(last["share"], decimals=1),
            note=of.fill(known=count(last["known"]), expected=count(last["expected"])),
        ),
        number(
            seen,
            Text("El peor día, {day}", "On the worst day, {day}").fill(day=day(worst["day"])),
            share(worst["share"], decimals=1),
            note=of.fill(known=count(worst["known"]), expected=count(worst["expected"])),
        ),
        number(
            seen,
            Text("Días sin dato en el año", "Missing days of the year"),
            count(missing),
            unit=Text("días de cuenta", "account days"),
        ),
    ]


def _calendar(seen: Visit, days: pl.DataFrame) -> Component:
    """A square for each day; the numbers by month for who cannot see it."""
    marks = {at.isoformat(): _place(part) for at, part in days.select("day", "share").iter_rows()}
    of = Text("{day}: {share} ({known} de {expected})", "{day}: {share} ({known} of {expected})")
    tips = {
        row["day"].isoformat(): seen.say(
            of,
            day=day(row["day"]),
            share=share(row["share"], decimals=1),
            known=count(row["known"]),
            expected=count(row["expected"]),
        )
        for row in days.to_dicts()
    }
    squares = dmc.Heatmap(
        data=marks,
        startDate=days["day"][0].isoformat(),
        endDate=days["day"][-1].isoformat(),
        colors=_COLOURS,
        domain=[0, len(_COLOURS) - 1],
        rectSize=17,
        rectRadius=3,
        gap=2,
        fontSize=12,
        withMonthLabels=True,
        withWeekdayLabels=True,
        withTooltip=True,
        firstDayOfWeek=1,
        monthLabels=_MONTHS[seen.language],
        weekdayLabels=_WEEKDAYS[seen.language],
        getTooltipLabel={"function": "amunaGapTip", "options": {"tips": tips}},
    )
    hidden = html.Div(_monthly(seen, days), className="hidden")
    return html.Figure(
        [html.Div(squares, className="wide-room", **{"aria-hidden": "true"}), hidden],
        className="chart",
        **{"aria-label": seen.say(_YEAR)},
    )


def _monthly(seen: Visit, days: pl.DataFrame) -> Component:
    months = days.group_by_dynamic("day", every="1mo").agg(pl.col("known", "expected").sum())
    rows = [
        html.Tr(
            [html.Td(seen.say(day(at))), html.Td(share(known / expected if expected else None, decimals=1))]
        )
        for at, known, expected in months.iter_rows()
    ]
    return html.Table(html.Tbody(rows))


def _zones(seen: Visit, zones: pl.DataFrame) -> Component:
    """A row for each zone: one strip of colours, its share, its worst day."""
    first, last = zones["day"].min(), zones["day"].max()
    ends = [html.Span(seen.say(short_day(at))) for at in (first, last)]  # type: ignore[arg-type]
    head = html.Tr(
        [
            html.Th(seen.say(Text("Zona", "Zone")), scope="col"),
            html.Th(html.Div(ends, className="strip-ends"), scope="col", className="strip-room"),
            html.Th(seen.say(Text("Con dato", "With data")), scope="col", className="right"),
            html.Th(seen.say(Text("Peor día", "Worst day")), scope="col", className="right"),
        ]
    )
    parts = zones.partition_by("zone_id", maintain_order=True)
    body = html.Tbody([_zone(seen, part) for part in parts])
    return html.Div(html.Table([html.Thead(head), body], className="rows strips"), className="table-room")


def _zone(seen: Visit, part: pl.DataFrame) -> Component:
    known, expected = part.select(pl.col("known", "expected").sum()).row(0)
    judged = part.drop_nulls("share").sort("share", "day")
    worst = NONE
    if judged.height:
        at, low = judged.row(0, named=True)["day"], judged["share"][0]
        worst = f"{share(low)} · {seen.say(short_day(at))}"
    name = part["zone_id"][0] or seen.say(Text("sin zona", "no zone"))
    strip = html.Div(className="strip", style={"backgroundImage": strip_colours(part["share"].to_list())})
    return html.Tr(
        [
            html.Th(name, scope="row"),
            html.Td(strip, className="strip-room", **{"aria-hidden": "true"}),
            html.Td(share(known / expected if expected else None, decimals=1), className="right"),
            html.Td(worst, className="right"),
        ]
    )


def strip_colours(shares: Sequence[float | None]) -> str:
    """A gradient with hard edges, equal neighbours in one piece: a row of days costs the page one element."""
    pieces: list[tuple[str, int]] = []
    for at, part in enumerate(shares, start=1):
        colour = _COLOURS[_place(part)]
        if pieces and pieces[-1][0] == colour:
            pieces[-1] = (colour, at)
        else:
            pieces.append((colour, at))
    stops, start = [], 0
    for colour, end in pieces:
        stops.append(f"{colour} {100 * start / len(shares):.2f}% {100 * end / len(shares):.2f}%")
        start = end
    return f"linear-gradient(to right, {', '.join(stops)})"


def _place(part: float | None) -> int:
    """Class of a share: 0 where none was expected, then from nearly all known down to few."""
    return 0 if part is None else 1 + sum(part < limit for limit in CLASSES)


def _legend(seen: Visit) -> Component:
    marks: list[Any] = [
        html.Li([html.I(), seen.say(label)], className="bar", style={"--mark": colour})
        for colour, label in zip(_COLOURS[1:], _LABELS[1:], strict=True)
    ]
    return html.Ul(
        marks,
        className="legend",
        **{
            "aria-label": seen.say(
                Text("Colores: parte de las cuentas con dato", "Colours: share of accounts with data")
            )
        },
    )
