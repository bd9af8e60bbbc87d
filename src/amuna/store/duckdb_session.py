"""DuckDB behind the Session protocol, and the one place that reads its errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

import duckdb
import polars as pl

from amuna.domain.errors import AmunaError, StoreBroken, StoreBusy
from amuna.domain.table import Table
from amuna.store.dialect import DUCKDB, listed, quoted
from amuna.store.holder import described_holder
from amuna.store.schema import create_statements

MEMORY = ":memory:"
_STREAMED_ROWS = 200_000
_APPENDED = "amuna_appended"
_OTHER_FILE = "Name another file, or restore this one from a backup."
_ONE_PROCESS = (
    "A store belongs to one process at a time: wait for it, stop that process, or ask it at its address."
)
_CASES: tuple[tuple[type[Exception], str, type[AmunaError], str], ...] = (
    (duckdb.IOException, "Could not set lock", StoreBusy, _ONE_PROCESS),
    (
        duckdb.ConnectionException,
        "different configuration",
        StoreBusy,
        "This process holds the file with other settings: close that store first.",
    ),
    (
        duckdb.TransactionException,
        "is aborted",
        StoreBroken,
        "An earlier statement failed: let its error leave the transaction, then run the transaction again.",
    ),
    (
        duckdb.TransactionException,
        "launched in read-only mode",
        StoreBroken,
        "A query only reads: write with upsert or delete.",
    ),
    (duckdb.TransactionException, "", StoreBusy, "Run the transaction again."),
    (duckdb.InterruptException, "", StoreBusy, "Repeat the call."),
    (
        duckdb.OutOfMemoryException,
        "",
        StoreBroken,
        "Raise the store's memory limit, or read fewer accounts at once.",
    ),
    (
        duckdb.IOException,
        "not a valid DuckDB",
        StoreBroken,
        _OTHER_FILE,
    ),
    (
        duckdb.IOException,
        "read-only mode: database does not exist",
        StoreBroken,
        "Check the path, or open it for writing to create it.",
    ),
    (
        duckdb.IOException,
        "No such file or directory",
        StoreBroken,
        "Check the path; its folder must exist before the store is created.",
    ),
    (duckdb.IOException, "Is a directory", StoreBroken, "Name a file inside that folder."),
    (duckdb.IOException, "No space left", StoreBroken, "Free space on the disk and repeat the call."),
    (duckdb.Error, "read-only", StoreBroken, "Open the store for writing (read_only=False)."),
    (duckdb.ConnectionException, "closed", StoreBroken, "Open the store again."),
)


def translate(error: duckdb.Error, *, place: str) -> AmunaError:
    """Decide whether a DuckDB error is transient (StoreBusy) or permanent (StoreBroken), and what fixes it."""
    found = str(error).strip()
    holder = described_holder(place, found) if "Could not set lock" in found else ""
    if holder:
        return StoreBusy(f"Store {place} is held by {holder}.", remedy=_ONE_PROCESS, file=place)
    for kind, text, meaning, remedy in _CASES:
        if isinstance(error, kind) and text in found:
            return meaning(f"Store {place}: {found}.", remedy=remedy, file=place)
    remedy = "If the statement is Amuna's own, the file may be damaged: restore it from a backup."
    return StoreBroken(f"Store {place}: {found}.", remedy=remedy, file=place)


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
                f"Store {self.place}: the file is not a valid DuckDB database.",
                remedy=_OTHER_FILE,
                file=self.place,
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
