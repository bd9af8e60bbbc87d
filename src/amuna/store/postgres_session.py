"""PostgreSQL behind the Session protocol: rows go in by COPY and come out as Arrow."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as adbc
import polars as pl
import pyarrow as pa

from amuna.domain.errors import StoreBroken, StoreBusy
from amuna.domain.table import Table
from amuna.domain.text import Text
from amuna.store.dialect import POSTGRES, quoted
from amuna.store.postgres_address import Address
from amuna.store.postgres_errors import connection_lost, translate
from amuna.store.postgres_sql import NUL_MARK, bound
from amuna.store.postgres_tables import DIVIDED, MAKE_ROOM, create_statements

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('amuna'), hashtext(current_schema()))"
_LOCK_TIMEOUT = (
    "SELECT set_config('lock_timeout', '10min', false) WHERE current_setting('lock_timeout') = '0'"
)
_ON_CONNECT = (
    "SET TIME ZONE 'UTC'",
    "SET standard_conforming_strings = on",
    "SET work_mem = '64MB'",
    "SET temp_buffers = '64MB'",
    "SET jit = off",
    _LOCK_TIMEOUT,
)
_WRITING = "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE"
_READING = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"


@dataclass
class _Link:
    """A thread's connection, none while it is lost, and whether a transaction is open."""

    connection: Any = field(default=None, repr=False)
    inside: bool = False


class PostgresSession:
    """A PostgreSQL database; one connection, and so one transaction, per thread.

    Writers of one schema take turns across threads, processes and machines: each holds an advisory lock until its
    transaction ends. So a writer sees one state even though it sees its own writes.

    Parameters
    ----------
    address
        Where the database is, and who asks.
    read_only
        Refuse to write, whatever the user's rights are.

    Raises
    ------
    StoreBusy
        If the server is away or has no connection left.
    StoreBroken
        If the server refuses the user, or has no such database.
    """

    dialect = POSTGRES

    def __init__(self, address: Address, *, read_only: bool) -> None:
        self.place = address.place
        self.write_lock = threading.RLock()
        self._address = address
        self._read_only = read_only
        self._local = threading.local()
        self._links: dict[threading.Thread, _Link] = {}
        self._guard = threading.Lock()
        self._closed = False
        self._execute("SELECT 1")

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        return self._execute(bound(sql, parameters))

    def frame(self, sql: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
        statement = bound(sql, parameters)
        with self._cursor(statement) as cursor:
            return _polars(cursor.fetch_arrow_table())

    def stream(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[pl.DataFrame]:
        statement = bound(sql, parameters)
        with self._cursor(statement) as cursor:
            for piece in cursor.fetch_record_batch():
                yield _polars(pa.Table.from_batches([piece]))

    @contextmanager
    def staged(self, name: str, frame: pl.DataFrame) -> Iterator[None]:
        frame = _storable(frame)
        columns = ", ".join(
            f"{quoted(column)} {self.dialect.column_type(dtype)}" for column, dtype in frame.schema.items()
        )
        self._execute(f"CREATE TEMPORARY TABLE {name} ({columns})")
        self._copy(name, frame, schema="pg_temp")
        self._execute(f"ANALYZE {name}")
        yield
        self._execute(f"DROP TABLE {name}")

    def append(self, name: str, frame: pl.DataFrame) -> None:
        self._copy(name, _storable(frame))

    def create_statements(self, tables: Sequence[Table]) -> list[str]:
        return create_statements(tables)

    def make_room(self, table: Table, frame: pl.DataFrame) -> None:
        if table.name in DIVIDED:
            months = frame[table.time].dt.truncate("1mo").unique().sort().dt.date().to_list()
            self.execute(f"SELECT {MAKE_ROOM}(?, CAST(? AS DATE[]))", [table.name, months])

    def begin(self, *, writing: bool) -> None:
        if writing and not self._read_only:
            self._execute(_WRITING)
            self._link().inside = True
            try:
                self._execute(_LOCK)
            except BaseException:
                self.rollback()
                raise
        else:
            self._execute(_READING)
            self._link().inside = True

    def commit(self) -> None:
        try:
            self._execute("COMMIT")
        finally:
            self._link().inside = False

    def rollback(self) -> None:
        link = self._link()
        try:
            if link.connection is not None:
                # A connection that broke has rolled back by itself.
                with suppress(StoreBusy, StoreBroken):
                    self._execute("ROLLBACK")
        finally:
            link.inside = False

    def close(self) -> None:
        self._closed = True
        with self._guard:
            for link in self._links.values():
                _drop(link)
            self._links.clear()

    def _execute(self, statement: str) -> int:
        with self._cursor(statement) as cursor:
            if cursor.description:
                cursor.fetch_arrow_table()  # a query's errors come with its rows
            return max(cursor.rowcount, 0)

    def _copy(self, name: str, frame: pl.DataFrame, *, schema: str | None = None) -> None:
        with self._translated(), self._open().cursor() as cursor:
            cursor.adbc_ingest(name, frame.to_arrow(), mode="append", db_schema_name=schema)

    @contextmanager
    def _cursor(self, statement: str) -> Iterator[Any]:
        """A cursor that has run the statement; outside a transaction, over a new connection if the old one is lost."""
        link = self._link()
        again = link.connection is not None and not link.inside
        with self._translated():
            cursor = self._open().cursor()
            try:
                try:
                    cursor.execute(statement)
                except adbc_driver_manager.Error as error:
                    if not (again and connection_lost(error)):
                        raise
                    cursor.close()
                    _drop(link)
                    cursor = self._open().cursor()
                    cursor.execute(statement)
                yield cursor
            finally:
                cursor.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except adbc_driver_manager.Error as error:
            if connection_lost(error):
                _drop(self._link())
            raise translate(error, place=self.place) from error

    def _open(self) -> Any:
        """This thread's connection, made if there is none."""
        link = self._link()
        if link.connection is None:
            self._check_usable(link)
            link.connection = self._connect()
        return link.connection

    def _check_usable(self, link: _Link) -> None:
        if self._closed:
            raise StoreBroken(
                Text("Almacén {store}: está cerrado.", "Store {store}: it is closed."),
                remedy=Text("Abra el almacén de nuevo.", "Open the store again."),
                store=self.place,
            )
        if link.inside:
            raise StoreBusy(
                Text(
                    "Almacén {store}: se perdió la conexión en medio de una transacción, así que nada de ella se guardó.",
                    "Store {store}: the connection was lost inside a transaction, so nothing of it was written.",
                ),
                remedy=Text("Ejecute la transacción de nuevo.", "Run the transaction again."),
                store=self.place,
            )

    def _connect(self) -> Any:
        connection = adbc.connect(self._address.dsn, autocommit=True)
        try:
            with connection.cursor() as cursor:
                for statement in _ON_CONNECT:
                    cursor.execute(statement)
                if self._read_only:
                    cursor.execute("SET default_transaction_read_only = on")
        except BaseException:
            connection.close()
            raise
        return connection

    def _link(self) -> _Link:
        """This thread's connection; those of threads that ended are closed on the way."""
        if not hasattr(self._local, "link"):
            self._local.link = _Link()
            with self._guard:
                for thread in [one for one in self._links if not one.is_alive()]:
                    _drop(self._links.pop(thread))
                self._links[threading.current_thread()] = self._local.link
        link: _Link = self._local.link
        return link


def _drop(link: _Link) -> None:
    if link.connection is not None:
        with suppress(adbc_driver_manager.Error):
            link.connection.close()
        link.connection = None


def _storable(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame in types the database has; a NUL, which its texts cannot hold, becomes U+FFFD."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    dirty = [name for name in texts if frame[name].str.contains("\0", literal=True).any()]
    return frame.with_columns(
        pl.col(pl.UInt32).cast(pl.Int64), pl.col(dirty).str.replace_all("\0", NUL_MARK, literal=True)
    )


def _polars(rows: pa.Table) -> pl.DataFrame:
    """Arrow as polars. A NUMERIC arrives as text: a whole number (a sum of integers) becomes Int64, others Float64."""
    names = _told_apart(rows.column_names)
    plain, numeric = {}, []
    for name, column in zip(names, rows.columns, strict=True):
        if isinstance(column.type, pa.OpaqueType):
            numeric += [name] if column.type.type_name == "numeric" else []
            pieces = [piece.storage for piece in column.chunks]
            column = pa.chunked_array(pieces, type=column.type.storage_type)
        plain[name] = column
    frame: pl.DataFrame = pl.DataFrame(pl.from_arrow(pa.table(plain)))
    return frame.with_columns(_number(frame[name]) for name in numeric)


def _number(texts: pl.Series) -> pl.Series:
    fractions = texts.str.contains(r"[^0-9-]").any()
    return texts.cast(pl.Float64 if fractions else pl.Int64)


def _told_apart(names: list[str]) -> list[str]:
    """The names, those that came before with a number: two counts in one query are both called `count`."""
    return [f"{name}_{names[:i].count(name)}" if name in names[:i] else name for i, name in enumerate(names)]
