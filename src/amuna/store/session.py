"""What the store asks of a database driver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from threading import RLock
from typing import Protocol

import polars as pl

from amuna.domain.table import Table
from amuna.store.dialect import Dialect


class Session(Protocol):
    """A database behind one driver. Parameters are bound to `?`; instants go in and out in UTC.

    Each thread has its own connection and transaction. A driver's errors leave as StoreBusy or StoreBroken.
    """

    dialect: Dialect
    place: str
    write_lock: RLock

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement; returns the number of rows it changed."""

    def frame(self, sql: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
        """Rows of a query."""

    def stream(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[pl.DataFrame]:
        """Rows of a query in pieces, so that they never stand in memory all at once."""

    def staged(self, name: str, frame: pl.DataFrame) -> AbstractContextManager[None]:
        """The frame as a relation of that name, seen by this thread alone."""

    def append(self, name: str, frame: pl.DataFrame) -> None:
        """Write the rows to the end of a table, by the quickest way that the database has."""

    def create_statements(self, tables: Sequence[Table]) -> list[str]:
        """Statements that create the tables that do not exist yet, and what belongs to them."""

    def make_room(self, table: Table, frame: pl.DataFrame) -> None:
        """Prepare the table for these rows, inside a writing transaction: where it is divided, their months."""

    def begin(self, *, writing: bool) -> None:
        """Start a transaction whose reads all see one state of the database."""

    def commit(self) -> None:
        """Make the transaction's writes durable."""

    def rollback(self) -> None:
        """Undo the transaction's writes."""

    def close(self) -> None:
        """Release the database."""
