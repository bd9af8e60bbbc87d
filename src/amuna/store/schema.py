"""The tables in SQL, spelled from their contracts."""

from __future__ import annotations

from collections.abc import Sequence

from amuna.domain.table import INSTANT, Column, Table
from amuna.domain.tables import TABLES
from amuna.store.dialect import Dialect, quoted

RECORDED_AT = "recorded_at"
SUPERSEDED_AT = "superseded_at"
_WHO_TOLD_US = (RECORDED_AT, "batch_id")


def superseded(table: Table) -> str:
    """Name of the table that keeps a versioned table's earlier versions."""
    return f"{table.name}_superseded"


def value_names(table: Table) -> tuple[str, ...]:
    """Columns that say something about the key, as opposed to when and from which batch we learned it."""
    told = _WHO_TOLD_US if table.versioned else ()
    return tuple(name for name in table.names if name not in (*table.key, *told))


def stored_columns(tables: Sequence[Table] = TABLES) -> dict[str, tuple[Column, ...]]:
    """Columns of every stored table, those of earlier versions included."""
    columns = {table.name: table.columns for table in tables}
    ended = Column(SUPERSEDED_AT, INSTANT, "when the version that replaced it was recorded", "UTC")
    return columns | {superseded(table): (*table.columns, ended) for table in tables if table.versioned}


def create_statements(dialect: Dialect, tables: Sequence[Table] = TABLES) -> list[str]:
    """Statements that create the tables that do not exist yet.

    There are no primary keys in DuckDB: an index makes DuckDB's inserts five times slower. The store's upsert,
    inside a transaction and under the write lock, keeps keys unique.
    """
    return [
        f"CREATE TABLE IF NOT EXISTS {quoted(name)} ({', '.join(spelled(dialect, one) for one in columns)})"
        for name, columns in stored_columns(tables).items()
    ]


def spelled(dialect: Dialect, column: Column) -> str:
    """The column in a CREATE TABLE statement."""
    null = "" if column.nullable else " NOT NULL"
    return f"{quoted(column.name)} {dialect.column_type(column.dtype)}{null}"
