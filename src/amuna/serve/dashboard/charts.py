"""Charts: what was observed, what is expected with its intervals; each with its numbers as a table for who cannot see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import dash_mantine_components as dmc
import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.plain import plain
from amuna.serve.report.numbers import NONE, volume
from amuna.serve.report.numbers import day as day_text

Words = Text | str

_AXIS = 54  # width of the axis of values [px]
TABLE_ROWS = 45  # of a chart's table: more is read in an export
_DASHES = ("0", "6 4", "2 3", "10 3 2 3", "1 4", "12 4")
_MARKS = ("solid", "dashed", "dotted", "dashed", "dotted", "dashed")
_OBSERVED = Text("Observado", "Observed")
_EXPECTED = Text("Esperado", "Expected")
_BAND80 = Text("Intervalo del 80 %", "80 % interval")
_BAND95 = Text("Intervalo del 95 %", "95 % interval")
_DAY = Text("Día", "Day")
_NUMBER = {"function": "amunaNumber"}
_STILL = {"accessibilityLayer": False}  # its keyboard handling knows no names; the table is there instead


@dataclass(frozen=True)
class Series:
    """A line or the bars of a chart.

    Parameters
    ----------
    name
        Column of the frame.
    label
        What it is called.
    colour
        Place in the palette, from 1 to 6, which people of any colour vision can tell apart; 0 for the ink of the text.
    """

    name: str
    label: Words
    colour: int = 1


def fan(
    visit: Visit,
    history: pl.DataFrame,
    forecast: pl.DataFrame,
    *,
    title: Words,
    unit: str = "m³",
    height: int = 240,
    observed: Words = _OBSERVED,
    expected: Words = _EXPECTED,
    ticks: Sequence[str] | None = None,
    told: int = TABLE_ROWS,
) -> Component:
    """What was observed, then what is expected with its 80 % and 95 % intervals.

    Parameters
    ----------
    history
        `day` and a value; null where it is not known.
    forecast
        `day`, and by the names of FORECASTS (`low95_m3`, `low80_m3`, `forecast_m3`, `high80_m3`, `high95_m3`, whatever
        their unit) the quantiles. Where its days overlap the history's, both are drawn.
    title
        What the chart shows, for who hears it.
    unit
        Unit of all values.
    ticks
        Where the axis of days has its marks, as the points write it, such as the midnights of hours; without them anywhere.
    told
        Rows of its table, the last ones; 0 where the title says where else the numbers are.
    """
    points = _fan_points(history, _short_names(forecast))
    labels = {
        "observed": visit.say(observed),
        "forecast": visit.say(expected),
        "band80": visit.say(_BAND80),
        "band95": visit.say(_BAND95),
    }
    chart = dmc.CompositeChart(
        data=points,
        series=[
            {"name": "band95", "type": "area", "color": "var(--band)"},
            {"name": "band80", "type": "area", "color": "var(--band)"},
            {"name": "observed", "type": "line", "color": "var(--observed)"},
            {"name": "forecast", "type": "line", "color": "var(--accent)", "strokeDasharray": "6 4"},
        ],
        areaProps={"strokeWidth": 0, "fillOpacity": 0.3, "isAnimationActive": False, "activeDot": False},
        lineProps={"isAnimationActive": False},
        composedChartProps=_STILL,
        strokeWidth=2,
        connectNulls=False,
        **_frame(labels, unit, height, ticks),
    )
    legend = [
        ("solid", "var(--observed)", labels["observed"], "1"),
        ("dashed", "var(--accent)", labels["forecast"], "1"),
        ("band", "var(--band)", labels["band80"], "0.5"),
        ("band", "var(--band)", labels["band95"], "0.3"),
    ]
    return _figure(visit, title, unit, chart, legend, _plain_table(visit, points, labels, _DAY, told))


def lines(
    visit: Visit,
    frame: pl.DataFrame,
    series: Sequence[Series],
    *,
    title: Words,
    unit: str = "m³",
    x: str = "day",
    x_label: Words = _DAY,
    height: int = 240,
    ticks: Sequence[str] | None = None,
    told: int = TABLE_ROWS,
) -> Component:
    """Several lines over days (or another column), told apart by colour and by dashes."""
    points, labels = _plain_points(frame, x, series), _labels(visit, series)
    chart = dmc.LineChart(
        data=points,
        series=[
            {"name": each.name, "color": _colour(each), "strokeDasharray": _DASHES[at % len(_DASHES)]}
            for at, each in enumerate(series)
        ],
        lineProps={"isAnimationActive": False},
        lineChartProps=_STILL,
        strokeWidth=2,
        **_frame(labels, unit, height, ticks),
    )
    legend = [
        (_MARKS[at % len(_MARKS)], _colour(each), labels[each.name], "1") for at, each in enumerate(series)
    ]
    return _figure(visit, title, unit, chart, legend, _plain_table(visit, points, labels, x_label, told))


def bars(
    visit: Visit,
    frame: pl.DataFrame,
    series: Sequence[Series],
    *,
    title: Words,
    unit: str = "m³",
    x: str = "day",
    x_label: Words = _DAY,
    height: int = 240,
    stacked: bool = False,
    sideways: bool = False,
    label_width: int = 120,
    ticks: Sequence[str] | None = None,
) -> Component:
    """Bars over days or over names; `sideways` sets long names at the left, in `label_width` pixels."""
    points, labels = _plain_points(frame, x, series), _labels(visit, series)
    settings = _frame(labels, unit, height, ticks)
    del settings["withDots"], settings["curveType"]
    if sideways:
        settings |= {
            "orientation": "vertical",
            "gridAxis": "y",
            "xAxisProps": {"tickFormatter": _NUMBER},
            "yAxisProps": {"width": label_width, "interval": 0, "tickFormatter": {"function": "amunaDay"}},
        }
    else:
        settings["yAxisProps"] = settings["yAxisProps"] | {"domain": [0, "auto"]}
    chart = dmc.BarChart(
        data=points,
        series=[
            {"name": each.name, "color": _colour(each)} | ({"stackId": "all"} if stacked else {})
            for each in series
        ],
        barProps={"isAnimationActive": False, "radius": 2},
        barChartProps=_STILL,
        **settings,
    )
    legend = [("bar", _colour(each), labels[each.name], "1") for each in series] if len(series) > 1 else []
    return _figure(visit, title, unit, chart, legend, _plain_table(visit, points, labels, x_label))


def marked(
    visit: Visit,
    frame: pl.DataFrame,
    *,
    line: tuple[str, Words],
    dots: tuple[str, Words],
    title: Words,
    unit: str = "m³",
    height: int = 240,
) -> Component:
    """A thin line over many days, and dots on those to be noticed; each a column of the frame with its label."""
    series = (Series(line[0], line[1], 1), Series(dots[0], dots[1], 2))
    points, labels = _plain_points(frame, "day", series), _labels(visit, series)
    settings = _frame(labels, unit, height) | {"withDots": True}
    settings["yAxisProps"] = settings["yAxisProps"] | {"domain": [0, "auto"]}
    settings["xAxisProps"] = settings["xAxisProps"] | {"tickFormatter": {"function": "amunaMonth"}}
    chart = dmc.CompositeChart(
        data=points,
        series=[
            {"name": line[0], "type": "area", "color": _colour(series[0])},
            {"name": dots[0], "type": "line", "color": _colour(series[1])},
        ],
        areaProps={"dot": False, "strokeWidth": 1, "fillOpacity": 0.1, "isAnimationActive": False},
        lineProps={"strokeOpacity": 0, "dot": {"r": 3}, "isAnimationActive": False},
        composedChartProps=_STILL,
        connectNulls=False,
        **settings,
    )
    legend = [
        ("solid", _colour(series[0]), labels[line[0]], "1"),
        ("bar", _colour(series[1]), labels[dots[0]], "1"),
    ]
    return _figure(visit, title, unit, chart, legend, _plain_table(visit, points, labels, _DAY))


def ribbons(
    visit: Visit,
    frame: pl.DataFrame,
    series: Sequence[Series],
    *,
    title: Words,
    spread: Words,
    unit: str = "m³",
    x: str = "day",
    x_label: Words = _DAY,
    height: int = 240,
) -> Component:
    """Lines, of which those with columns NAME_low and NAME_high lie in a band; `spread` says what it spans."""
    points, labels = _plain_points(frame, x, series), _labels(visit, series)
    banded = [each for each in series if f"{each.name}_low" in frame.columns]
    for each in banded:
        labels[f"{each.name}_band"] = f"{labels[each.name]}: {visit.say(spread)}"
        ends = frame.select(f"{each.name}_low", f"{each.name}_high").iter_rows()
        for point, (low, high) in zip(points, ends, strict=True):
            point[f"{each.name}_band"] = None if low is None else [_short(low), _short(high)]
    areas = [{"name": f"{each.name}_band", "type": "area", "color": _colour(each)} for each in banded]
    strokes = [
        {"name": each.name, "type": "line", "color": _colour(each), "strokeDasharray": _DASHES[at]}
        for at, each in enumerate(series)
    ]
    settings = _frame(labels, unit, height)
    settings["yAxisProps"] = settings["yAxisProps"] | {"width": _room(frame)}
    chart = dmc.CompositeChart(
        data=points,
        series=[*areas, *strokes],
        areaProps={"strokeWidth": 0, "fillOpacity": 0.2, "isAnimationActive": False, "activeDot": False},
        lineProps={"isAnimationActive": False},
        composedChartProps=_STILL,
        strokeWidth=2,
        **settings,
    )
    legend = [(_MARKS[at], _colour(each), labels[each.name], "1") for at, each in enumerate(series)]
    legend += [("band", _colour(each), labels[f"{each.name}_band"], "0.3") for each in banded]
    return _figure(visit, title, unit, chart, legend, _plain_table(visit, points, labels, x_label))


def _room(frame: pl.DataFrame) -> int:
    """Width that the longest number of an axis needs [px]: volumes of a year have seven digits."""
    most = max(
        (value for value in frame.select(pl.col(pl.Float64).max()).row(0) if value is not None), default=0.0
    )
    return max(_AXIS, 7 * len(volume(most)) + 8)


def spark(visit: Visit, values: Sequence[float | None], *, title: Words, height: int = 36) -> Component:
    """A line without axes; `title` tells in words what it shows."""
    line = dmc.Sparkline(
        data=[each for each in values if each is not None],
        h=height,
        color="var(--accent)",
        curveType="linear",
        fillOpacity=0.15,
        strokeWidth=1.5,
    )
    return html.Div(html.Div(line, **{"aria-hidden": "true"}), role="img", **{"aria-label": visit.say(title)})


def _frame(
    labels: Mapping[str, str], unit: str, height: int, ticks: Sequence[str] | None = None
) -> dict[str, Any]:
    """What all charts have in common: axes, grid and tooltip."""
    marks = {} if ticks is None else {"ticks": list(ticks)}
    return {
        "dataKey": "x",
        "h": height,
        "withDots": False,
        "curveType": "linear",
        "gridAxis": "x",
        "tickLine": "none",
        "gridColor": "var(--line)",
        "xAxisProps": {"tickFormatter": {"function": "amunaDay"}, "minTickGap": 28} | marks,
        "yAxisProps": {"width": _AXIS, "domain": ["auto", "auto"], "tickFormatter": _NUMBER},
        "tooltipProps": {
            "content": {"function": "amunaTip", "options": {"labels": dict(labels), "unit": unit}}
        },
        "tooltipAnimationDuration": 0,
    }


def _figure(
    visit: Visit,
    title: Words,
    unit: str,
    chart: Component,
    legend: Sequence[tuple[str, str, str, str]],
    rows: list[Component],
) -> Component:
    marks = [
        html.Li([html.I(), text], className=kind, style={"--mark": colour, "--strength": strength})
        for kind, colour, text, strength in legend
    ]
    name = f"{visit.say(title)} ({unit})" if unit else visit.say(title)
    body = [html.Div(chart, **{"aria-hidden": "true"})]
    if marks:
        body.append(plain(html.Ul(marks, className="legend", **{"aria-hidden": "true"})))
    told = plain(html.Div(rows, className="hidden"))
    return html.Figure([*body, told], className="chart", **{"aria-label": name})


def _short_names(forecast: pl.DataFrame) -> pl.DataFrame:
    return forecast.rename(lambda name: name.split("_", maxsplit=1)[0])


def _fan_points(history: pl.DataFrame, forecast: pl.DataFrame) -> list[dict[str, Any]]:
    value = next(name for name in history.columns if name != "day")
    points: dict[date, dict[str, Any]] = {
        day: {"x": day.isoformat(), "observed": _short(amount)}
        for day, amount in history.select("day", value).iter_rows()
    }
    last = max((day for day, point in points.items() if point["observed"] is not None), default=None)
    rows = forecast.sort("day").to_dicts()
    if rows and last is not None and rows[0]["day"] > last:
        joint = points[last]["observed"]
        points[last] |= {"forecast": joint, "band80": [joint, joint], "band95": [joint, joint]}
    for row in rows:
        point = points.setdefault(row["day"], {"x": row["day"].isoformat()})
        point["forecast"] = _short(row["forecast"])
        for band in ("80", "95"):
            if row.get(f"low{band}") is not None:
                point[f"band{band}"] = [_short(row[f"low{band}"]), _short(row[f"high{band}"])]
    return [points[day] for day in sorted(points)]


def _plain_points(frame: pl.DataFrame, x: str, series: Sequence[Series]) -> list[dict[str, Any]]:
    names = [each.name for each in series]
    return [
        {"x": at.isoformat() if isinstance(at, date) else str(at)}
        | {name: _short(value) for name, value in zip(names, values, strict=True)}
        for at, *values in frame.select(x, *names).iter_rows()
    ]


def _short(value: float | None) -> float | None:
    """Four digits are more than a chart can show, and less to send."""
    return None if value is None else float(f"{value:.5g}")


def _labels(visit: Visit, series: Sequence[Series]) -> dict[str, str]:
    return {each.name: visit.say(each.label) for each in series}


def _colour(series: Series) -> str:
    return f"var(--series-{series.colour})" if series.colour else "var(--observed)"


def _plain_table(
    visit: Visit,
    points: list[dict[str, Any]],
    labels: Mapping[str, str],
    x_label: Words,
    told: int = TABLE_ROWS,
) -> list[Component]:
    return [_hidden_table(visit, points[-told:], labels, x_label)] if told else []


def _hidden_table(
    visit: Visit, points: list[dict[str, Any]], labels: Mapping[str, str], x_label: Words
) -> Component:
    head = html.Tr([html.Th(visit.say(x_label)), *(html.Th(text) for text in labels.values())])
    rows = [
        html.Tr([html.Td(_told(visit, point["x"])), *(html.Td(_amount(point.get(name))) for name in labels)])
        for point in points
    ]
    return html.Table([html.Thead(head), html.Tbody(rows)])


def _told(visit: Visit, at: str) -> str:
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return at
    hour = f", {found:%H:%M}" if "T" in at else ""
    return f"{visit.say(day_text(found.date()))}{hour}"


def _amount(value: Any) -> str:
    if isinstance(value, list):
        return f"{volume(value[0])}–{volume(value[1])}"
    return NONE if value is None else volume(value)
