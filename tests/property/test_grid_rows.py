"""What a grid's models mean in polars is what they mean row by row in plain Python."""

from __future__ import annotations

from datetime import date
from functools import cmp_to_key
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from amuna.serve.dashboard.grid_rows import matching, ordered

SCHEMA = {"name": pl.String, "zone": pl.String, "m3": pl.Float64, "alarms": pl.Int64, "day": pl.Date}
TEXT = st.text(alphabet="aAbBñ.( é", max_size=4)
NUMBER = st.sampled_from([-1.5, 0.0, 1.0, 2.5, 1e6])
DAY = st.dates(date(2024, 1, 1), date(2024, 1, 6))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.none() | TEXT,
            "zone": st.none() | TEXT,
            "m3": st.none() | NUMBER,
            "alarms": st.none() | st.integers(0, 3),
            "day": st.none() | DAY,
        }
    ),
    max_size=12,
)
BLANKS = st.sampled_from(["blank", "notBlank"])
ORDER = ["equals", "notEqual", "greaterThan", "greaterThanOrEqual", "lessThan", "lessThanOrEqual", "inRange"]


def _one(kind: str, types: list[str], **values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    compared = st.fixed_dictionaries({"filterType": st.just(kind), "type": st.sampled_from(types), **values})
    return compared | st.fixed_dictionaries({"filterType": st.just(kind), "type": BLANKS})


def _joined(one: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    several = st.fixed_dictionaries(
        {"operator": st.sampled_from(["AND", "OR"]), "conditions": st.lists(one, min_size=2, max_size=3)}
    )
    return one | several


TEXTS = _joined(
    _one("text", ["contains", "notContains", "equals", "notEqual", "startsWith", "endsWith"], filter=TEXT)
)
NUMBERS = _joined(_one("number", ORDER, filter=NUMBER, filterTo=NUMBER))
DATES = _joined(
    _one(
        "date", ORDER, dateFrom=DAY.map(lambda d: f"{d} 00:00:00"), dateTo=DAY.map(lambda d: f"{d} 00:00:00")
    )
)
FILTERS = st.fixed_dictionaries(
    {}, optional={"name": TEXTS, "zone": TEXTS, "m3": NUMBERS, "alarms": NUMBERS, "day": DATES, "gone": TEXTS}
)
SORTS = st.lists(
    st.fixed_dictionaries(
        {"colId": st.sampled_from([*SCHEMA, "gone"]), "sort": st.sampled_from(["asc", "desc"])}
    ),
    max_size=3,
    unique_by=lambda each: each["colId"],
)


def _passes(value: Any, model: dict[str, Any]) -> bool:
    if "conditions" in model:
        found = [_passes(value, each) for each in model["conditions"]]
        return any(found) if model["operator"] == "OR" else all(found)
    kind, of = model["type"], model["filterType"]
    empty = value is None or (of == "text" and value == "")
    if kind in ("blank", "notBlank"):
        return empty is (kind == "blank")
    if value is None:
        return of == "text" and kind in ("notContains", "notEqual")
    if of == "text":
        low, wanted = value.lower(), model["filter"].lower()
        return {
            "contains": wanted in low,
            "notContains": wanted not in low,
            "equals": low == wanted,
            "notEqual": low != wanted,
            "startsWith": low.startswith(wanted),
            "endsWith": low.endswith(wanted),
        }[kind]
    first, last = (
        (model["filter"], model["filterTo"])
        if of == "number"
        else (date.fromisoformat(model["dateFrom"][:10]), date.fromisoformat(model["dateTo"][:10]))
    )
    return {
        "equals": value == first,
        "notEqual": value != first,
        "greaterThan": value > first,
        "greaterThanOrEqual": value >= first,
        "lessThan": value < first,
        "lessThanOrEqual": value <= first,
        "inRange": first <= value <= last,
    }[kind]


def _naive_order(rows: list[dict[str, Any]], sorts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def compare(one: dict[str, Any], other: dict[str, Any]) -> int:
        for each in sorts:
            if each["colId"] not in SCHEMA:
                continue
            a, b = (
                value.lower() if isinstance(value, str) else value
                for value in (one[each["colId"]], other[each["colId"]])
            )
            if a == b:
                continue
            if a is None or b is None:
                return 1 if a is None else -1
            sign = -1 if _less(a, b) else 1
            return sign if each["sort"] == "asc" else -sign
        return 0

    return sorted(rows, key=cmp_to_key(compare))


def _less(a: Any, b: Any) -> bool:
    return bool(a.encode() < b.encode()) if isinstance(a, str) else bool(a < b)


@settings(max_examples=150, deadline=None)
@given(ROWS, FILTERS, st.sampled_from(["", "a", "B ñ", "( .", "é"]))
def test_filters_and_search_keep_what_each_row_alone_would_pass(
    rows: list[dict[str, Any]], filters: dict[str, Any], search: str
) -> None:
    found = matching(pl.DataFrame(rows, schema=SCHEMA), filters, search=search, searched=["name", "zone"])
    words = search.lower().split()
    kept = [
        row
        for row in rows
        if all(_passes(row[name], model) for name, model in filters.items() if name in SCHEMA)
        and all(any(word in (row[name] or "").lower() for name in ("name", "zone")) for word in words)
    ]
    assert found.to_dicts() == kept


@settings(max_examples=150, deadline=None)
@given(ROWS, SORTS)
def test_sorts_are_stable_and_put_what_is_not_known_last(
    rows: list[dict[str, Any]], sorts: list[dict[str, Any]]
) -> None:
    found = ordered(pl.DataFrame(rows, schema=SCHEMA), sorts)
    assert found.to_dicts() == _naive_order(rows, sorts)
