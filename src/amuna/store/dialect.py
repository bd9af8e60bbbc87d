"""What differs between one database and another: the names of types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from amuna.domain.table import INSTANT

DType = pl.DataType | type[pl.DataType]


@dataclass(frozen=True)
class Dialect:
    """A database's spelling of the column types that the contracts use.

    Parameters
    ----------
    name
        Name of the database, for messages.
    types
        SQL type of each polars type.
    text_order
        What a column of text needs so that it sorts by code point, as polars and Python do.
    needs_statistics
        Whether the database plans badly over a temporary table until it has looked at its rows.
    """

    name: str
    types: Mapping[DType, str]
    text_order: str = ""
    needs_statistics: bool = False

    def sql_type(self, dtype: DType) -> str:
        """SQL type of a contract's column type; a list becomes an array."""
        if isinstance(dtype, pl.List):
            inner = dtype.inner
            return f"{self.sql_type(inner if isinstance(inner, pl.DataType) else inner())}[]"
        return self.types[dtype]

    def column_type(self, dtype: DType) -> str:
        """SQL type of a column, with the order of text."""
        return self.sql_type(dtype) + (self.text_order if dtype == pl.String else "")


DUCKDB = Dialect(
    "DuckDB",
    {
        pl.String(): "VARCHAR",
        pl.Float64(): "DOUBLE",
        pl.Int32(): "INTEGER",
        pl.Int64(): "BIGINT",
        pl.Boolean(): "BOOLEAN",
        pl.Date(): "DATE",
        INSTANT: "TIMESTAMPTZ",
    },
)
POSTGRES = Dialect(
    "PostgreSQL",
    {**DUCKDB.types, pl.String(): "TEXT", pl.Float64(): "DOUBLE PRECISION"},
    text_order=' COLLATE "C"',
    needs_statistics=True,
)


def quoted(name: str) -> str:
    """The identifier in quotes; `order` and `group` are columns here and keywords there."""
    return '"' + name.replace('"', '""') + '"'


def listed(names: Iterable[str], *, of: str = "") -> str:
    """The identifiers with commas between, each qualified by the alias `of` if there is one."""
    prefix = f"{of}." if of else ""
    return ", ".join(prefix + quoted(name) for name in names)


def equal(names: Iterable[str], left: str, right: str) -> str:
    """Condition that two aliases agree in these never-null columns; true for no columns."""
    return " AND ".join(f"{left}.{quoted(name)} = {right}.{quoted(name)}" for name in names) or "TRUE"


def same(names: Iterable[str], left: str, right: str) -> str:
    """Condition that two aliases agree in these columns, null being equal to null; true for no columns."""
    terms = [f"{left}.{quoted(name)} IS NOT DISTINCT FROM {right}.{quoted(name)}" for name in names]
    return " AND ".join(terms) or "TRUE"
