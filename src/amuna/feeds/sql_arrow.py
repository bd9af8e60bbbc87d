"""Rows of PostgreSQL over Arrow: COPY in the server's binary form, turned into columns outside Python (ADBC)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import polars as pl
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from amuna.feeds.sql_errors import translate
from amuna.feeds.sql_source import SqlSource

_LIBPQ_DRIVERS = ("psycopg", "psycopg2")
_NUMERIC = "numeric"
_WIDENED = ("int2", "int4")
_SAME = ("int8", "float8", "text", "varchar", "bpchar", "name", "bool", "date", "timestamp", "timestamptz")
_KNOWN = {*_SAME, *_WIDENED, "float4", "uuid", _NUMERIC}


class UnknownArrowType(Exception):
    """A column whose type Arrow would not bring as SQLAlchemy does."""


def speaks_arrow(url: sa.URL) -> bool:
    """Whether the database is PostgreSQL, reached by libpq's options, and its Arrow driver is installed."""
    libpq = url.get_backend_name() == "postgresql" and url.get_driver_name() in _LIBPQ_DRIVERS
    return libpq and find_spec("adbc_driver_postgresql") is not None


class ArrowReader:
    """Frames of exactly `chunk_rows` rows but for the last, read as a stream."""

    def __init__(self, cursor: Any, source: SqlSource) -> None:
        self._cursor = cursor
        self._chunk = source.chunk_rows
        self._schema: pa.Schema = pa.schema([])

    def columns(self, probe: sa.Select[tuple[object]]) -> tuple[str, ...]:
        """Names of the columns.

        Raises
        ------
        UnknownArrowType
            If a column's type is read through SQLAlchemy only.
        """
        self._schema = self._cursor.adbc_execute_schema(_text(probe))
        for field in self._schema:
            if _type(field) not in _KNOWN:
                raise UnknownArrowType(field.name)
        return tuple(self._schema.names)

    def frames(self, statement: sa.Select[tuple[object]], *, texts: frozenset[str]) -> Iterator[pl.DataFrame]:
        """Rows in their order; exact numbers of the columns `texts` as text, others as Float64."""
        self._cursor.execute(_text(statement))
        waiting: list[pa.RecordBatch] = []
        rows = 0
        for batch in self._cursor.fetch_record_batch():
            waiting.append(batch)
            rows += batch.num_rows
            while rows >= self._chunk:
                frame = self._frame(waiting, texts)
                yield frame.head(self._chunk)
                rows -= self._chunk
                waiting = [batch.slice(batch.num_rows - rows)] if rows else []
        if rows:
            yield self._frame(waiting, texts)

    def _frame(self, batches: list[pa.RecordBatch], texts: frozenset[str]) -> pl.DataFrame:
        columns = []
        for position, field in enumerate(self._schema):
            chunks = [batch.column(position) for batch in batches]
            storage = [chunk.storage if isinstance(chunk, pa.ExtensionArray) else chunk for chunk in chunks]
            series = pl.Series(field.name, pa.chunked_array(storage))
            columns.append(_plain(series, _type(field), exact=field.name in texts))
        return pl.DataFrame(columns)


@contextmanager
def arrow_reader(url: sa.URL, source: SqlSource, *, name: str) -> Iterator[ArrowReader]:
    """A reader on a connection of its own; what the driver raises becomes an error of Amuna's own."""
    from adbc_driver_manager import Error
    from adbc_driver_postgresql import dbapi

    options = {"connect_timeout": str(math.ceil(source.connect_timeout_s)), **url.query}
    address = url.set(drivername="postgresql", query=options).render_as_string(hide_password=False)
    try:
        with dbapi.connect(address) as connection, connection.cursor() as cursor:
            yield ArrowReader(cursor, source)
    except (Error, OSError) as error:
        raise translate(error, url, name=name) from None


def _text(statement: sa.Select[tuple[object]]) -> str:
    """The statement with its values in it: with parameters apart, the driver would not stream."""
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _type(field: pa.Field) -> str:
    return (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()


def _plain(series: pl.Series, kind: str, *, exact: bool) -> pl.Series:
    """The column in the type that SQLAlchemy's path gives it."""
    if kind == _NUMERIC:
        return series if exact else series.cast(pl.Float64)
    if kind in _WIDENED:
        return series.cast(pl.Int64)
    if kind == "float4":
        return series.cast(pl.String).cast(pl.Float64)
    if kind == "uuid":
        digits = series.bin.encode("hex").to_frame("hex")
        parts = [
            pl.col("hex").str.slice(start, length)
            for start, length in ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))
        ]
        return digits.select(pl.concat_str(parts, separator="-").alias(series.name)).to_series()
    return series
