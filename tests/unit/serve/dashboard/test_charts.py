"""Charts: what is drawn, and the table that says the same to who cannot see it."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest
from dash.development.base_component import Component

from amuna.access.roles import Principal, Role
from amuna.domain.text import Text
from amuna.serve.dashboard.charts import TABLE_ROWS, Series, bars, fan, lines, spark
from amuna.serve.dashboard.page import Visit
from amuna.serve.desk import Desk

DAY = date(2025, 12, 28)
HISTORY = pl.DataFrame({"day": [DAY, DAY + timedelta(days=1)], "total_m3": [1234.5678, 99.0]})
FORECAST = pl.DataFrame(
    {
        "day": [DAY + timedelta(days=2)],
        "low95_m3": [70.0],
        "low80_m3": [80.0],
        "forecast_m3": [100.0],
        "high80_m3": [120.0],
        "high95_m3": [130.0],
    }
)


def visit(language: str) -> Visit:
    desk = cast("Desk", SimpleNamespace())
    return Visit(desk, Principal("ana", "Ana", Role.ADMIN, None), language)


def parts(component: Component, kind: str) -> list[Any]:
    """The parts of a kind, the component itself included."""
    found = [component] if type(component).__name__ == kind else []
    return found + [part for part in component._traverse() if type(part).__name__ == kind]


def table(figure: Component) -> Any:
    """The numbers of a chart, as its last part tells them."""
    (name, hidden, found) = figure.children[-1].tree
    assert (name, hidden, found[0]) == ("div", {"className": "hidden"}, "table")
    return found


def words(tree: Any) -> list[str]:
    return [tree] if isinstance(tree, str) else [text for part in tree[1:] for text in words(part)]


def rows(tree: Any) -> int:
    return 0 if isinstance(tree, str) else (tree[0] == "tr") + sum(rows(part) for part in tree[1:])


def test_a_fan_begins_where_the_observed_ends_and_widens() -> None:
    figure = fan(visit("es"), HISTORY, FORECAST, title="x")
    (chart,) = parts(figure, "CompositeChart")
    assert chart.data == [
        {"x": "2025-12-28", "observed": 1234.6},
        {
            "x": "2025-12-29",
            "observed": 99.0,
            "forecast": 99.0,
            "band80": [99.0, 99.0],
            "band95": [99.0, 99.0],
        },
        {"x": "2025-12-30", "forecast": 100.0, "band80": [80.0, 120.0], "band95": [70.0, 130.0]},
    ]
    kinds = {each["name"]: each["type"] for each in chart.series}
    assert kinds == {"band95": "area", "band80": "area", "observed": "line", "forecast": "line"}


def test_a_fan_over_days_that_are_known_joins_nothing() -> None:
    over = FORECAST.with_columns(pl.lit(DAY + timedelta(days=1)).alias("day"))
    (chart,) = parts(fan(visit("es"), HISTORY, over, title="x"), "CompositeChart")
    assert chart.data[-1]["band80"] == [80.0, 120.0]
    assert chart.data[-1]["observed"] == 99.0


@pytest.mark.parametrize(
    ("language", "name", "head", "row"),
    [
        ("es", "Demanda (m³)", "Intervalo del 80 %", "30 dic 2025"),
        ("en", "Demand (m³)", "80 % interval", "30 Dec 2025"),
    ],
)
def test_who_cannot_see_a_chart_hears_its_name_and_reads_its_numbers(
    language: str, name: str, head: str, row: str
) -> None:
    figure = fan(visit(language), HISTORY, FORECAST, title=Text("Demanda", "Demand"))
    assert getattr(figure, "aria-label") == name
    assert {head, row, "80.0–120", "1\u202f235"} <= set(words(table(figure)))


def test_lines_differ_by_more_than_colour() -> None:
    series = [Series(name, name, colour) for colour, name in enumerate("abc", start=1)]
    frame = pl.DataFrame(
        {"day": [DAY], "a": [1.0], "b": [2.0], "c": [None]}, schema_overrides={"c": pl.Float64}
    )
    figure = lines(visit("es"), frame, series, title="x")
    (chart,) = parts(figure, "LineChart")
    assert (
        len({each["color"] for each in chart.series})
        == len({each["strokeDasharray"] for each in chart.series})
        == 3
    )
    assert "–" in words(table(figure))


def test_bars_start_at_zero_and_lie_down_for_long_names() -> None:
    frame = pl.DataFrame({"zone": ["Norte", "Sur"], "m3": [10.0, 20.0]})
    upright, lying = (
        parts(
            bars(visit("es"), frame, [Series("m3", "m3")], title="x", x="zone", sideways=sideways), "BarChart"
        )[0]
        for sideways in (False, True)
    )
    assert upright.yAxisProps["domain"] == [0, "auto"]
    assert lying.orientation == "vertical"


def test_a_long_history_is_drawn_whole_and_told_in_part() -> None:
    days = [DAY + timedelta(days=step) for step in range(400)]
    history = pl.DataFrame({"day": days, "m3": [1.0] * 400})
    figure = fan(visit("es"), history, FORECAST.clear(), title="x")
    assert len(parts(figure, "CompositeChart")[0].data) == 400
    assert rows(table(figure)) == TABLE_ROWS + 1


def test_a_spark_says_in_words_what_it_shows() -> None:
    found = spark(visit("es"), [1.0, None, 2.0], title=Text("sube", "rises"))
    assert getattr(found, "aria-label") == "sube"
    assert parts(found, "Sparkline")[0].data == [1.0, 2.0]
