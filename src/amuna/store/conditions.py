"""Intervals and `where` mappings as SQL conditions with bound parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl

from amuna.domain.errors import ColumnMismatch
from amuna.domain.ports import Where
from amuna.domain.table import Column, Table
from amuna.domain.text import Text
from amuna.domain.time import Interval
from amuna.store.dialect import Dialect, quoted


@dataclass(frozen=True)
class Condition:
    """A WHERE clause (empty where nothing is asked) and the parameters it binds."""

    terms: tuple[str, ...] = ()
    parameters: tuple[object, ...] = field(default=(), repr=False)

    @property
    def sql(self) -> str:
        """The clause with its keyword."""
        return f" WHERE {' AND '.join(self.terms)}" if self.terms else ""

    def __and__(self, other: Condition) -> Condition:
        return Condition(self.terms + other.terms, self.parameters + other.parameters)


def checked_columns(table: Table, names: Iterable[str]) -> list[str]:
    """The names, each of which is a column of the table.

    Raises
    ------
    ColumnMismatch
        If the table has no such column.
    """
    names = list(names)
    for name in names:
        if name not in table.names:
            raise ColumnMismatch(
                Text(
                    "La tabla {table} no tiene la columna {column}.", "Table {table} has no column {column}."
                ),
                remedy=Text("Sus columnas son: {known}.", "Its columns are: {known}."),
                table=table.name,
                column=name,
                known=", ".join(table.names),
            )
    return names


def within(table: Table, interval: Interval | None) -> Condition:
    """Condition that the table's time column lies in the half-open interval.

    Raises
    ------
    ColumnMismatch
        If the table has no time column.
    """
    if interval is None:
        return Condition()
    if not table.time:
        raise ColumnMismatch(
            Text(
                "La tabla {table} no tiene una columna de tiempo con que elegir un intervalo.",
                "Table {table} has no time column to select an interval on.",
            ),
            remedy=Text("Elija con where en su lugar.", "Select with where instead."),
            table=table.name,
        )
    instants = _column(table, table.time).dtype != pl.Date()
    edges = tuple(_edge(edge, instants=instants) for edge in (interval.start, interval.end))
    return Condition((f"{quoted(table.time)} >= ?", f"{quoted(table.time)} < ?"), edges)


def matching(table: Table, where: Where | None, dialect: Dialect) -> Condition:
    """Condition that each named column equals its value, or is one of its values."""
    condition = Condition()
    for name, wanted in (where or {}).items():
        checked_columns(table, [name])
        condition &= _one_of(_column(table, name), wanted, dialect)
    return condition


def between(names: Sequence[str], lows: Sequence[object], highs: Sequence[object]) -> Condition:
    """Condition that each column lies in its inclusive range."""
    parameters = [edge for pair in zip(lows, highs, strict=True) for edge in pair]
    return Condition(tuple(f"{quoted(name)} BETWEEN ? AND ?" for name in names), tuple(parameters))


def _one_of(column: Column, wanted: object, dialect: Dialect) -> Condition:
    name = quoted(column.name)
    if isinstance(wanted, pl.Series):
        wanted = wanted.to_list()
    elif isinstance(wanted, np.ndarray | np.generic):
        wanted = wanted.tolist()
    if wanted is None:
        return Condition((f"{name} IS NULL",))
    if isinstance(wanted, list | tuple | set | frozenset):
        known = [value for value in wanted if value is not None]
        array = f"CAST(? AS {dialect.sql_type(column.dtype)}[])"
        term = f"{name} IN (SELECT UNNEST({array}))"
        return Condition((term if len(known) == len(wanted) else f"({term} OR {name} IS NULL)",), (known,))
    return Condition((f"{name} = ?",), (wanted,))


def _edge(edge: date | datetime, *, instants: bool) -> object:
    """An interval's edge in the type of the column: a day `>= 12:00` is a day `>= tomorrow`, and so for `<`."""
    if isinstance(edge, datetime):
        if instants:
            return edge
        return edge.date() + timedelta(days=edge.time() != time(0))
    return datetime.combine(edge, time(0), UTC) if instants else edge


def _column(table: Table, name: str) -> Column:
    return table.columns[table.names.index(name)]
