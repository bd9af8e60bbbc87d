"""The rows that a grid asks for: its sort model, its filter model and a search, applied to a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from typing import Any

import polars as pl

Model = Mapping[str, Any]


def matching(
    frame: pl.DataFrame, filters: Mapping[str, Model], *, search: str = "", searched: Sequence[str] = ()
) -> pl.DataFrame:
    """The rows that pass every filter and hold every word of the search.

    Parameters
    ----------
    filters
        The grid's filter model: for each column a condition, or several joined by AND or OR. Columns that the frame
        does not have, as a browser may remember them from an earlier version, are passed over.
    search
        Words; each must stand somewhere in the columns `searched`. Capital letters do not matter, here and in filters.
    searched
        Columns of text.
    """
    wanted = [_condition(pl.col(name), model) for name, model in filters.items() if name in frame.columns]
    for word in search.lower().split():
        holds = [pl.col(name).str.to_lowercase().str.contains(word, literal=True) for name in searched]
        wanted.append(pl.any_horizontal(each.fill_null(value=False) for each in holds))
    return frame.filter(*wanted) if wanted else frame


def ordered(frame: pl.DataFrame, sorts: Sequence[Model]) -> pl.DataFrame:
    """The rows in the order of the grid's sort model; what is not known comes last, equal rows stay as they were."""
    known = [each for each in sorts if each["colId"] in frame.columns]
    if not known:
        return frame
    return frame.sort(
        [_order(frame, each["colId"]) for each in known],
        descending=[each["sort"] == "desc" for each in known],
        nulls_last=True,
        maintain_order=True,
    )


def _order(frame: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase() if frame.schema[name] == pl.String else pl.col(name)


def _condition(column: pl.Expr, model: Model) -> pl.Expr:
    """A column's filter, simple or joined, as an expression that is never null."""
    if "conditions" in model:
        parts = [_condition(column, each) for each in model["conditions"]]
        return reduce(lambda a, b: a | b if model["operator"] == "OR" else a & b, parts)
    kind = model["type"]
    if kind in ("blank", "notBlank"):
        return _blank(column, model) if kind == "blank" else ~_blank(column, model)
    of = {"text": _text, "number": _number, "date": _date}[model["filterType"]]
    return of(column, kind, model).fill_null(kind in _PASS_BLANKS and model["filterType"] == "text")


_PASS_BLANKS = ("notContains", "notEqual")


def _blank(column: pl.Expr, model: Model) -> pl.Expr:
    return column.is_null() | (column == "") if model["filterType"] == "text" else column.is_null()


def _text(column: pl.Expr, kind: str, model: Model) -> pl.Expr:
    low, wanted = column.str.to_lowercase(), pl.lit(str(model.get("filter") or "").lower())
    return {
        "contains": low.str.contains(wanted, literal=True),
        "notContains": ~low.str.contains(wanted, literal=True),
        "equals": low == wanted,
        "notEqual": low != wanted,
        "startsWith": low.str.starts_with(wanted),
        "endsWith": low.str.ends_with(wanted),
    }[kind]


def _number(column: pl.Expr, kind: str, model: Model) -> pl.Expr:
    return _compared(column, kind, pl.lit(float(model["filter"])), lambda: pl.lit(float(model["filterTo"])))


def _date(column: pl.Expr, kind: str, model: Model) -> pl.Expr:
    return _compared(column, kind, _day(model["dateFrom"]), lambda: _day(model["dateTo"]))


def _day(text: str) -> pl.Expr:
    return pl.lit(date.fromisoformat(text[:10]))


def _compared(column: pl.Expr, kind: str, wanted: pl.Expr, to: Any) -> pl.Expr:
    """Comparisons of what has an order; a range holds its ends."""
    if kind == "inRange":
        return (column >= wanted) & (column <= to())
    return {
        "equals": column == wanted,
        "notEqual": column != wanted,
        "greaterThan": column > wanted,
        "greaterThanOrEqual": column >= wanted,
        "lessThan": column < wanted,
        "lessThanOrEqual": column <= wanted,
    }[kind]
