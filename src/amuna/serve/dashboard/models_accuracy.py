"""How accurate the forecasts are: on the backtest, by model, segment and days ahead; and since, day by day."""

from __future__ import annotations

import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard import charts
from amuna.serve.dashboard.models_choice import Choice
from amuna.serve.dashboard.models_facts import facts
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, empty, grid, number, stack, table
from amuna.serve.report.numbers import NONE, change, count, scaled, share, volume
from amuna.serve.report.words import word
from amuna.workflows.evaluate import EvaluateReport

_NONE = Text(
    "Todavía no hay modelos comprobados. Cargue historia y entrene: los operadores pueden hacerlo en Entrenamientos.",
    "No models have been judged yet. Load history and train: operators can do so under Trainings.",
)
_MASE_HELP = Text(
    "El error se mide con MASE: el error medio de cada cuenta, dividido entre lo que su consumo cambia de una semana a otra. 1 es tan bueno como esa variación; menos es mejor. Así se pueden promediar cuentas grandes y pequeñas.",
    "Error is measured by MASE: each account’s mean miss over how much its consumption changes from one week to the next. 1 is as good as that variation; less is better. So large and small accounts can be averaged.",
)
_HEAD = Text("Exactitud de los pronósticos", "Accuracy of the forecasts")
_MEAN, _MEDIAN = (
    Text("Error medio (MASE)", "Mean error (MASE)"),
    Text("Error mediano (MASE)", "Median error (MASE)"),
)
_LAST_WEEK = Text(
    "{change} frente a repetir la semana pasada ({value})", "{change} on repeating last week ({value})"
)
_BETTER = Text("Cuentas mejor que la semana pasada", "Accounts better than last week")
_BETTER_NOTE = Text("de {accounts} comprobadas", "of {accounts} judged")
_HELD = Text("Dentro del intervalo del 80 %", "Inside the 80 % interval")
_HELD_NOTE = Text("un día antes, últimos {days} días comprobados", "one day ahead, last {days} days judged")
_MODELS = Text("Error por modelo", "Error by model")
_LEADS = Text("Error según los días de anticipación", "Error by days ahead")
_SEGMENTS = Text("Error por segmento y por modo de uso", "Error by segment and by kind of use")
_COVERAGE = Text(
    "Pronósticos que quedaron dentro de su intervalo", "Forecasts that fell inside their interval"
)
_COVERAGE_HELP = Text(
    "De los pronósticos guardados un día antes: la parte que quedó dentro de su intervalo. Lo previsto es 80 % y 95 %; por debajo, los intervalos prometen de más; por encima, son más anchos de lo necesario.",
    "Of the forecasts stored one day ahead: the share that fell inside its interval. 80 % and 95 % are meant; below, the intervals promise too much; above, they are wider than they need be.",
)
_COVERAGE_NONE = Text(
    "Hacen falta al menos dos días comprobados. Cada actualización diaria agrega uno.",
    "It takes at least two judged days. Each daily update adds one.",
)
_STORED = Text("Pronósticos guardados, comprobados después", "Stored forecasts, checked since")
_STORED_NONE = Text("Ningún pronóstico guardado tiene aún su día.", "No stored forecast has met its day yet.")
_RECENT_DAYS = 28


def layout(visit: Visit, _chosen: Choice) -> Component:
    """The view."""
    found = facts(visit)
    if found.accuracy is None:
        return card(visit, _HEAD, empty(visit, _NONE), help=_MASE_HELP)
    return stack(
        card(visit, _HEAD, grid(*_numbers(visit, found.accuracy, found.held), columns=4), help=_MASE_HELP),
        grid(_models(visit, found.accuracy.models), _leads(visit, found.accuracy.leads), columns=2),
        _coverage(visit, found.held),
        _segments(visit, found.accuracy.segments, found.by_segment),
        _stored(visit, found.accuracy.stored),
    )


def _numbers(visit: Visit, accuracy: EvaluateReport, held: pl.DataFrame) -> list[Component]:
    by = {row["model"]: row for row in accuracy.models.iter_rows(named=True)}
    champion, last = by["champion"], by.get("last_week", {})
    judged = accuracy.accounts.filter(pl.col("mase").is_not_null(), pl.col("baseline_mase") > 0)
    better = judged.select((pl.col("mase") < pl.col("baseline_mase")).mean()).item()
    recent = held.tail(_RECENT_DAYS)
    inside = recent.select((pl.col("held80") * pl.col("forecasts")).sum() / pl.col("forecasts").sum()).item()
    return [
        *(
            number(visit, label, scaled(champion[name]), note=_against(champion[name], last.get(name)))
            for label, name in ((_MEAN, "mase"), (_MEDIAN, "median_mase"))
        ),
        number(visit, _BETTER, share(better), note=_BETTER_NOTE.fill(accounts=count(len(judged)))),
        number(
            visit,
            _HELD,
            share(inside if len(recent) else None),
            note=_HELD_NOTE.fill(days=str(len(recent))) if len(recent) else _STORED_NONE,
        ),
    ]


def _against(value: float, last_week: float | None) -> Text:
    return _LAST_WEEK.fill(change=change(value, last_week), value=scaled(last_week))


def _models(visit: Visit, models: pl.DataFrame) -> Component:
    names = [visit.say(word("model", code)) for code in models["model"]]
    rows = models.sort("mase").with_columns(
        name=pl.col("model").replace_strict(
            dict(zip(models["model"], names, strict=True)), return_dtype=pl.String
        )
    )
    series = [
        charts.Series("mase", Text("Media", "Mean"), 1),
        charts.Series("median_mase", Text("Mediana", "Median"), 6),
    ]
    chart = charts.bars(
        visit,
        rows,
        series,
        title=_MODELS,
        unit="MASE",
        x="name",
        x_label=Text("Modelo", "Model"),
        height=60 + 46 * len(rows),
        sideways=True,
        label_width=170,
    )
    return card(visit, _MODELS, html.Div("MASE", className="quiet"), chart, help=_MASE_HELP)


def _leads(visit: Visit, leads: pl.DataFrame) -> Component:
    if leads.is_empty():
        return card(visit, _LEADS, empty(visit, _NONE))
    series = [
        charts.Series("mase", Text("Modelos elegidos", "Chosen models"), 1),
        charts.Series("baseline_mase", Text("Repetir la semana pasada", "Last week repeated"), 6),
    ]
    rows = leads.with_columns(pl.col("lead").cast(pl.String))
    chart = charts.lines(
        visit, rows, series, title=_LEADS, unit="MASE", x="lead", x_label=Text("Días", "Days"), height=330
    )
    return card(visit, _LEADS, html.Div("MASE", className="quiet"), chart)


def _coverage(visit: Visit, held: pl.DataFrame) -> Component:
    if len(held) < 2:
        return card(visit, _COVERAGE, empty(visit, _COVERAGE_NONE), help=_COVERAGE_HELP)
    rows = held.select("day", held80=100 * pl.col("held80"), held95=100 * pl.col("held95"))
    rows = rows.with_columns(wanted80=pl.lit(80.0), wanted95=pl.lit(95.0))
    series = [
        charts.Series("held80", Text("Dentro del 80 %", "Inside 80 %"), 1),
        charts.Series("held95", Text("Dentro del 95 %", "Inside 95 %"), 3),
        charts.Series("wanted80", Text("Previsto: 80 %", "Meant: 80 %"), 6),
        charts.Series("wanted95", Text("Previsto: 95 %", "Meant: 95 %"), 6),
    ]
    unit = html.Div(visit.say(Text("% de los pronósticos", "% of the forecasts")), className="quiet")
    chart = charts.lines(visit, rows, series, title=_COVERAGE, unit="%", height=240)
    return card(visit, _COVERAGE, unit, chart, help=_COVERAGE_HELP)


def _segments(visit: Visit, segments: pl.DataFrame, by_segment: pl.DataFrame) -> Component:
    """Accuracy of the chosen models by class; for segments, which single model came closest."""
    single = by_segment.filter(~pl.col("model").is_in(["champion", "last_week"])).sort("mase")
    best = single.group_by("segment", maintain_order=True).first()
    rows = (
        segments.join(best.select("segment", best="model"), left_on="name", right_on="segment", how="left")
        .with_columns(
            best=pl.when(pl.col("kind") == "segment").then("best"),
            label=pl.struct("kind", "name"),
            gap=pl.struct("mase", "baseline_mase"),
        )
        .filter(pl.col("accounts") > 0)
    )
    columns = [
        Column("label", Text("Cuentas", "Accounts"), lambda row: _class(row["kind"], row["name"])),
        Column("accounts", Text("Número", "Number"), count, right=True),
        Column("mase", Text("Media (MASE)", "Mean (MASE)"), scaled, right=True),
        Column("median_mase", Text("Mediana (MASE)", "Median (MASE)"), scaled, right=True),
        Column("baseline_mase", Text("Semana pasada (MASE)", "Last week (MASE)"), scaled, right=True),
        Column(
            "gap",
            Text("Frente a ella", "Against it"),
            lambda row: change(row["mase"], row["baseline_mase"]),
            right=True,
        ),
        Column(
            "best",
            Text("Mejor modelo único", "Best single model"),
            lambda code: _model(visit, code),
        ),
    ]
    return card(visit, _SEGMENTS, table(visit, rows, columns, caption=_SEGMENTS), help=_MASE_HELP)


def _model(visit: Visit, code: str | None) -> Component:
    return NONE if code is None else html.Span(visit.say(word("model", code)), className="nowrap")


def _class(kind: str, name: str) -> Text:
    words = word(kind, name)
    return Text(words.es[:1].upper() + words.es[1:], words.en[:1].upper() + words.en[1:])


def _stored(visit: Visit, stored: pl.DataFrame) -> Component:
    if stored.is_empty():
        return card(visit, _STORED, empty(visit, _STORED_NONE))
    rows = stored.with_columns(gap=pl.struct("mae_m3", "baseline_mae_m3"))
    columns = [
        Column("lead", Text("Días de anticipación", "Days ahead"), count),
        Column("forecasts", Text("Pronósticos", "Forecasts"), count, right=True),
        Column("mae_m3", Text("Error medio (m³)", "Mean miss (m³)"), volume, right=True),
        Column("baseline_mae_m3", Text("Semana pasada (m³)", "Last week (m³)"), volume, right=True),
        Column(
            "gap",
            Text("Frente a ella", "Against it"),
            lambda row: change(row["mae_m3"], row["baseline_mae_m3"]),
            right=True,
        ),
        Column("coverage80", Text("Dentro del 80 %", "Inside 80 %"), _percent, right=True),
        Column("coverage95", Text("Dentro del 95 %", "Inside 95 %"), _percent, right=True),
    ]
    return card(visit, _STORED, table(visit, rows, columns, caption=_STORED))


def _percent(part: float | None) -> str:
    return share(part, decimals=1)
