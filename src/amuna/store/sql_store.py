"""The Store port over any database session."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime

import polars as pl

from amuna.domain.errors import ColumnMismatch, StoreBroken
from amuna.domain.panel import Panel
from amuna.domain.ports import Where, Written
from amuna.domain.table import INSTANT, Table
from amuna.domain.text import Text
from amuna.domain.time import Interval
from amuna.store.conditions import checked_columns, matching, within
from amuna.store.dialect import listed, quoted
from amuna.store.panel import read_panel
from amuna.store.schema import RECORDED_AT, SUPERSEDED_AT, superseded
from amuna.store.session import Session
from amuna.store.transactions import Transactions
from amuna.store.upsert import upsert_rows
from amuna.store.versions import upsert_versions, visible


class SqlStore:
    """Rows at rest in a database; safe to use from several threads.

    Parameters
    ----------
    session
        Database whose tables are up to date.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._transactions = Transactions(session)

    def read(
        self,
        table: Table,
        interval: Interval | None = None,
        *,
        known_at: datetime | None = None,
        where: Where | None = None,
        columns: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """Rows of a table in the interval, as they were known at an instant; in no promised order."""
        names = checked_columns(table, table.names if columns is None else columns)
        rows = visible(table, known_at)
        wanted = within(table, interval) & matching(table, where, self._session.dialect)
        return self._session.frame(
            f"SELECT {listed(names)} FROM {rows.terms[0]} AS r{wanted.sql}",
            (*rows.parameters, *wanted.parameters),
        )

    def panel(
        self,
        interval: Interval | None = None,
        *,
        known_at: datetime | None = None,
        accounts: tuple[str, str] | None = None,
    ) -> Panel:
        """Daily consumption flagged ok [m³], sorted by account; `accounts` is an inclusive range of ids."""
        with self._transactions.reading():
            return read_panel(self._session, interval, known_at=known_at, accounts=accounts)

    def upsert(self, table: Table, frame: pl.DataFrame) -> Written:
        """Write rows by key. In a versioned table the later-recorded row wins and both are kept.

        Raises
        ------
        ColumnMismatch
            If the frame breaks the table's contract.
        """
        rows = table.check(frame)
        if rows.is_empty():
            return Written()
        write = upsert_versions if table.versioned else upsert_rows
        with self._transactions.writing():
            self._session.make_room(table, rows)
            return write(self._session, table, rows)

    def versions(self, table: Table, *, where: Where | None = None) -> pl.DataFrame:
        """Every version of the rows, by key and as recorded, with `superseded_at` (null for the current one).

        Raises
        ------
        ColumnMismatch
            If the table keeps no versions.
        """
        if not table.versioned:
            raise ColumnMismatch(
                Text("La tabla {table} no guarda versiones.", "Table {table} keeps no versions."),
                remedy=Text("Use read en su lugar.", "Use read instead."),
                table=table.name,
            )
        names, wanted = listed(table.names), matching(table, where, self._session.dialect)
        ended = f"CAST(NULL AS {self._session.dialect.sql_type(INSTANT)})"
        return self._session.frame(
            f"SELECT {names}, {ended} AS {SUPERSEDED_AT} FROM {quoted(table.name)}{wanted.sql} UNION ALL"
            f" SELECT {names}, {SUPERSEDED_AT} FROM {quoted(superseded(table))}{wanted.sql}"
            f" ORDER BY {listed(table.key)}, {RECORDED_AT}, {SUPERSEDED_AT} NULLS LAST",
            wanted.parameters * 2,
        )

    def count(self, table: Table, *, where: Where | None = None) -> int:
        """Number of rows, earlier versions not counted."""
        wanted = matching(table, where, self._session.dialect)
        return int(
            self._session.frame(
                f"SELECT COUNT(*) FROM {quoted(table.name)}{wanted.sql}", wanted.parameters
            ).item()
        )

    def delete(self, table: Table, *, where: Where) -> int:
        """Remove rows and, in a versioned table, their earlier versions; returns how many rows.

        Raises
        ------
        StoreBroken
            If `where` is empty.
        """
        if not where:
            raise StoreBroken(
                Text(
                    "No se eliminan todas las filas de {table} de una vez.",
                    "Refused to delete every row of {table}.",
                ),
                remedy=Text(
                    "Indique al menos una columna en where.",
                    "Name at least one column in where.",
                ),
                table=table.name,
            )
        wanted = matching(table, where, self._session.dialect)
        key = listed(table.key)
        with self._transactions.writing():
            if table.versioned:
                self._session.execute(
                    f"DELETE FROM {quoted(superseded(table))} WHERE ({key}) IN"
                    f" (SELECT {key} FROM {quoted(table.name)}{wanted.sql})",
                    wanted.parameters,
                )
            return self._session.execute(f"DELETE FROM {quoted(table.name)}{wanted.sql}", wanted.parameters)

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
        """Aggregates too large to fetch row by row; standard SQL over the tables' names, parameters as `?`.

        Raises
        ------
        StoreBroken
            If the database refuses the statement; outside a transaction it refuses every one that writes.
        """
        with self._transactions.reading():
            return self._session.frame(sql, parameters)

    def transaction(self) -> AbstractContextManager[None]:
        """All writes inside commit together or not at all; a transaction inside another joins it."""
        return self._transactions.writing()

    def close(self) -> None:
        """Release the database."""
        self._session.close()
