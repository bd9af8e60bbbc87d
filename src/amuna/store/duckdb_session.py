"""DuckDB behind the Session protocol."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

import duckdb
import polars as pl

from amuna.domain.errors import StoreBroken
from amuna.domain.table import Table
from amuna.domain.text import Text
from amuna.store.dialect import DUCKDB, listed, quoted
from amuna.store.duckdb_errors import NO_DATABASE, OTHER_FILE, translate
from amuna.store.schema import create_statements

MEMORY = ":memory:"
_STREAMED_ROWS = 200_000
_APPENDED = "amuna_appended"


@contextmanager
def _translated(place: str) -> Iterator[None]:
    try:
        yield
    except (duckdb.Error, RuntimeError) as error:
        if _interrupted(error):
            raise KeyboardInterrupt from error
        if isinstance(error, duckdb.Error):
            raise translate(error, place=place) from error
        raise


def _interrupted(error: Exception) -> bool:
    """Whether the error is how DuckDB passes on a Ctrl-C that came inside a statement."""
    return "KeyboardInterrupt" in str(error) or str(error) == "Query interrupted"


class DuckDBSession:
    """An open DuckDB database; one cursor, and so one transaction, per thread.

    Parameters
    ----------
    place
        File name, or `:memory:`.
    read_only
        Open without the right to write.
    settings
        DuckDB settings such as `threads` and `memory_limit`.
    write_lock
        Held while a thread writes: the tables have no unique index, so two writers must never interleave.

    Raises
    ------
    StoreBusy
        If another process holds the file.
    StoreBroken
        If the file cannot be opened or is not a DuckDB database.
    """

    dialect = DUCKDB

    def __init__(
        self, place: str, *, read_only: bool, settings: dict[str, str | int], write_lock: threading.RLock
    ) -> None:
        self.place = place
        self.write_lock = write_lock
        self._local = threading.local()
        self._cursors: WeakSet[Any] = WeakSet()
        with _translated(place):
            self._root = duckdb.connect(place, read_only=read_only, config=settings)
        if place != MEMORY:
            self._check_is_file()

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        with _translated(self.place):
            row = self._cursor().execute(sql, list(parameters)).fetchone()
        return int(row[0]) if row else 0

    def frame(self, sql: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
        with _translated(self.place):
            relation = self._cursor().sql(sql, params=list(parameters))
            rows: pl.DataFrame = pl.DataFrame() if relation is None else relation.pl()
        # DuckDB sums integers into 128 bits, which arrive as decimals without a fraction.
        return rows.cast(
            {name: pl.Int64 for name, dtype in rows.schema.items() if dtype == pl.Decimal(38, 0)}
        )

    def stream(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[pl.DataFrame]:
        with _translated(self.place):
            for piece in self._cursor().sql(sql, params=list(parameters)).to_arrow_reader(_STREAMED_ROWS):
                yield pl.DataFrame(piece)

    @contextmanager
    def staged(self, name: str, frame: pl.DataFrame) -> Iterator[None]:
        cursor = self._cursor()
        with _translated(self.place):
            cursor.register(name, frame)
        try:
            yield
        finally:
            # A failed transaction refuses this too, and takes the relation along when it rolls back.
            with suppress(duckdb.TransactionException):
                cursor.unregister(name)

    def append(self, name: str, frame: pl.DataFrame) -> None:
        names = listed(frame.columns)
        with self.staged(_APPENDED, frame):
            self.execute(f"INSERT INTO {quoted(name)} ({names}) SELECT {names} FROM {_APPENDED}")

    def create_statements(self, tables: Sequence[Table]) -> list[str]:
        return create_statements(self.dialect, tables)

    def make_room(self, table: Table, frame: pl.DataFrame) -> None:
        """Nothing to do: DuckDB's tables are not divided."""

    def begin(self, *, writing: bool) -> None:
        self.execute("BEGIN TRANSACTION" if writing else "BEGIN TRANSACTION READ ONLY")

    def commit(self) -> None:
        self.execute("COMMIT")

    def rollback(self) -> None:
        self.execute("ROLLBACK")

    def close(self) -> None:
        for cursor in list(self._cursors):
            cursor.close()
        self._root.close()

    def _check_is_file(self) -> None:
        """Refuse a CSV, JSON or Parquet file: DuckDB opens one as views over a store in memory, soon forgotten."""
        path = self.frame(
            "SELECT path FROM duckdb_databases() WHERE database_name = current_database()"
        ).item()
        if path is None:
            self.close()
            raise StoreBroken(
                Text("Almacén {file}: {cause}.", "Store {file}: {cause}."),
                remedy=OTHER_FILE,
                file=self.place,
                cause=NO_DATABASE,
            )

    def _cursor(self) -> Any:
        if not hasattr(self._local, "cursor"):
            with _translated(self.place):
                cursor = self._root.cursor()
                cursor.execute("SET TimeZone = 'UTC'")
                cursor.execute("SET python_enable_replacements = false")
            self._cursors.add(cursor)
            self._local.cursor = cursor
        return self._local.cursor
