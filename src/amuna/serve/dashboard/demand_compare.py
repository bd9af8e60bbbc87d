"""Two periods side by side: volumes, per account, and which zones and segments changed."""

from __future__ import annotations

from datetime import date, timedelta

import dash_mantine_components as dmc
import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard import charts
from amuna.serve.dashboard.choices import choices
from amuna.serve.dashboard.demand_choice import PAIRS, Choice, periods, spelled
from amuna.serve.dashboard.demand_facts import cutoff_of, days, whole
from amuna.serve.dashboard.demand_words import (
    PER_DAY,
    against,
    changed,
    litres,
    part_words,
    short_words,
    signed,
    span_words,
)
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, grid, link, notice, number, stack, table
from amuna.serve.report.numbers import NONE, count, rounded, volume
from amuna.workflows.views.demand import Part
from amuna.workflows.views.demand_periods import breakdown, figures

Days = tuple[date, date]
_PAIR = Text("Qué periodos", "Which periods")
_PAIRS = {
    "month": Text("Este mes y el mismo mes del año pasado", "This month and the same month last year"),
    "weeks": Text("Las últimas 4 semanas y las 4 anteriores", "The last 4 weeks and the 4 before"),
    "year": Text("Las últimas 52 semanas y las 52 anteriores", "The last 52 weeks and the 52 before"),
    "own": Text("Otros periodos", "Other periods"),
}
_OWN = Text("Elegir otros periodos", "Choose other periods")
_BEFORE, _AFTER = Text("Antes", "Before"), Text("Después", "After")
_FROM, _TO = Text("{period}: desde", "{period}: from"), Text("{period}: hasta", "{period}: to")
_COMPARE = Text("Comparar", "Compare")
_DIFFERENCE = Text("Diferencia", "Difference")
_EACH = Text("Por cuenta y día", "Per account and day")
_EACH_NOTE = Text("antes {before} L", "{before} L before")
_TOTAL = Text("{total} m³ en {known} días", "{total} m³ in {known} days")
_PART_KNOWN = Text(
    "{total} m³ en {known} de {days} días con dato", "{total} m³ in {known} of {days} days with data"
)
_BASE = Text("el periodo anterior", "the period before")
_SAYS = Text(
    "Se comparan medias por día, de los días con dato: así no importa que un periodo sea más largo.",
    "Means per day are compared, over the days with data, so it does not matter that one period is longer.",
)
_NOT_SAME = Text(
    "Los dos periodos no tienen los mismos días de la semana; para consumos con fin de semana marcado, compare semanas completas.",
    "The two periods do not have the same weekdays; where weekends differ much, compare whole weeks.",
)
_NO_DAYS = Text(
    "No hay datos de {period}: los datos van del {first} al {last}.",
    "There are no data of {period}: data run from {first} to {last}.",
)
_BY = {
    "zone": Text("Qué zonas cambiaron", "Which zones changed"),
    "segment": Text("Qué segmentos cambiaron", "Which segments changed"),
}
_NAMES = {"zone": Text("Zona", "Zone"), "segment": Text("Segmento", "Segment")}


def layout(visit: Visit, chosen: Choice) -> Component:
    """The view."""
    before, after = periods(chosen, cutoff_of(visit))
    rows = days(visit, chosen.part)
    boxes = [_choose(visit, chosen, before, after)]
    missing = [span for span in (before, after) if not figures(rows, *span)["known"]]
    if missing:
        return stack(*boxes, _no_days(visit, rows, missing[0]))
    kinds = {"all": ("segment", "zone"), "zone": ("segment",), "segment": ("zone",)}.get(chosen.part.kind, ())
    boxes.append(_numbers(visit, chosen, rows, before, after))
    boxes += [_changes(visit, chosen, kind, before, after) for kind in kinds]
    return stack(*boxes)


def _choose(visit: Visit, chosen: Choice, before: Days, after: Days) -> Component:
    options = [(_PAIRS[pair], chosen.href(pair=pair, a="", b=""), pair == chosen.pair) for pair in PAIRS]
    if chosen.pair == "own":
        options.append((_PAIRS["own"], chosen.href(), True))
    fields = [
        dmc.TextInput(
            id=f"demand-{name}{end}",
            label=visit.say(words.fill(period=label)),
            value=day.isoformat(),
            inputProps={"type": "date"},
            w=160,
            className="field",
        )
        for name, label, span in (("a", _BEFORE, before), ("b", _AFTER, after))
        for end, words, day in (("1", _FROM, span[0]), ("2", _TO, span[1] - timedelta(days=1)))
    ]
    button = dmc.Button(visit.say(_COMPARE), id="demand-periods", variant="default", size="sm")
    own = html.Details(
        [html.Summary(visit.say(_OWN)), html.Div([*fields, button], className="toolbar periods")],
        open=chosen.pair == "own",
    )
    return html.Div([choices(visit, _PAIR, options), own], className="pairs")


def _no_days(visit: Visit, rows: pl.DataFrame, missing: Days) -> Component:
    known = (rows["day"][0], rows["day"][-1])
    words = {
        name: span_words((day, day + timedelta(days=1)))
        for name, day in zip(("first", "last"), known, strict=True)
    }
    return notice(visit, "warn", _NO_DAYS.fill(period=span_words(missing), **words))


def _numbers(visit: Visit, chosen: Choice, rows: pl.DataFrame, before: Days, after: Days) -> Component:
    a, b = figures(rows, *before), figures(rows, *after)
    gap = None if a["mean_m3"] is None or b["mean_m3"] is None else b["mean_m3"] - a["mean_m3"]
    numbers = [
        number(visit, span_words(span), volume(found["mean_m3"]), unit=PER_DAY, note=_total(found))
        for span, found in ((before, a), (after, b))
    ]
    numbers.append(
        number(visit, _DIFFERENCE, signed(gap), unit=PER_DAY, note=against(b["mean_m3"], a["mean_m3"], _BASE))
    )
    if chosen.part.kind != "account":
        note = html.Span(
            [
                visit.say(_EACH_NOTE.fill(before=litres(a["account_l"]))),
                ": ",
                changed(b["account_l"], a["account_l"]),
            ]
        )
        numbers.append(number(visit, _EACH, litres(b["account_l"]), unit="L", note=note))
    same = [sorted(day.isoweekday() for day in _every(span)) for span in (before, after)]
    return card(
        visit,
        part_words(chosen.part),
        grid(*numbers, columns=len(numbers)),
        html.Div(visit.say(PER_DAY), className="quiet spaced"),
        _chart(visit, rows, before, after),
        html.P(
            visit.say(_SAYS) + (" " + visit.say(_NOT_SAME) if same[0] != same[1] else ""), className="says"
        ),
    )


def _every(span: Days) -> list[date]:
    return [span[0] + timedelta(days=n) for n in range((span[1] - span[0]).days)]


def _total(found: dict[str, float | None]) -> Text:
    total, known, length = found["total_m3"], found["known"] or 0, found["days"] or 0
    words = _TOTAL if known == length else _PART_KNOWN
    return words.fill(total=NONE if total is None else rounded(total), known=count(known), days=count(length))


def paired(rows: pl.DataFrame, before: Days, after: Days) -> pl.DataFrame:
    """Both periods day by day: n, and the days and volumes of each; null where one is shorter or not known."""
    spans = [
        rows.filter(pl.col("day") >= start, pl.col("day") < end).select(
            n=(pl.col("day") - start).dt.total_days() + 1, day="day", total_m3="total_m3"
        )
        for start, end in (before, after)
    ]
    return spans[0].join(spans[1], on="n", how="full", suffix="_after", coalesce=True).sort("n")


def _chart(visit: Visit, rows: pl.DataFrame, before: Days, after: Days) -> Component:
    both = paired(rows, before, after).with_columns(pl.col("n").cast(pl.String))
    series = [
        charts.Series("total_m3_after", span_words(after), 1),
        charts.Series("total_m3", span_words(before), 6),
    ]
    return charts.lines(
        visit,
        both,
        series,
        title=Text("Los dos periodos, día a día", "Both periods, day by day"),
        x="n",
        x_label=Text("Día del periodo", "Day of the period"),
        height=280,
    )


def _changes(visit: Visit, chosen: Choice, kind: str, before: Days, after: Days) -> Component:
    name = f"demand change {chosen.of} {kind} {spelled(before)} {spelled(after)}"
    found = visit.desk.memo.kept(
        name, lambda: breakdown(whole(visit), kind, before, after, within=chosen.part)
    )
    rows = found.with_columns(
        share=pl.struct("mean_m3", "mean_m3_after"), each=pl.struct("account_l", "account_l_after")
    )
    columns = [
        Column("name", _NAMES[kind], lambda code: _to(visit, chosen, Part(kind, code))),
        Column("change_m3", Text("Diferencia (m³/día)", "Difference (m³/day)"), signed, right=True),
        Column(
            "share",
            Text("Cambio", "Change"),
            lambda row: changed(row["mean_m3_after"], row["mean_m3"]),
            right=True,
        ),
        Column(
            "each",
            Text("Cambio por cuenta", "Change per account"),
            lambda row: changed(row["account_l_after"], row["account_l"]),
            right=True,
        ),
        Column("mean_m3", Text("Antes (m³/día)", "Before (m³/day)"), volume, right=True),
        Column("mean_m3_after", Text("Después (m³/día)", "After (m³/day)"), volume, right=True),
    ]
    body = html.Div(
        table(visit, rows, columns, caption=_BY[kind]),
        className="scrolled",
        tabIndex=0,
        role="region",
        **{"aria-label": visit.say(_BY[kind])},
    )
    return card(visit, _BY[kind], body)


def _to(visit: Visit, chosen: Choice, part: Part) -> Component:
    return link(visit, short_words(part), chosen.href(of=f"{part.kind}:{part.name}"))
