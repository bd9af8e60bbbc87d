"""Rows of any database that SQLAlchemy reaches, as frames: the fallback where there is no Arrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import polars as pl
import sqlalchemy as sa

from amuna.feeds.sql_source import SqlSource, open_engine


class RowReader:
    """Frames of at most `chunk_rows` rows, read as a stream through SQLAlchemy."""

    def __init__(self, connection: sa.Connection, source: SqlSource) -> None:
        self._connection = connection
        self._chunk = source.chunk_rows

    def columns(self, probe: sa.Select[tuple[object]]) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self._connection.execute(probe).keys())

    def frames(self, statement: sa.Select[tuple[object]], *, texts: frozenset[str]) -> Iterator[pl.DataFrame]:
        """Rows in their order; exact numbers of the columns `texts` as text, others as Float64."""
        streamed = self._connection.execution_options(stream_results=True, yield_per=self._chunk)
        result = streamed.execute(statement)
        columns = tuple(result.keys())
        for rows in result.partitions(self._chunk):
            values = zip(columns, zip(*rows, strict=True), strict=True)
            yield pl.DataFrame([_series(name, column, exact=name in texts) for name, column in values])


@contextmanager
def row_reader(url: sa.URL, source: SqlSource) -> Iterator[RowReader]:
    """A reader on a connection of its own."""
    engine = open_engine(url, timeout_s=source.connect_timeout_s)
    try:
        with engine.connect() as connection:
            driver_connection = connection.connection.driver_connection
            try:
                yield RowReader(connection, source)
            except BaseException:
                _abandon(connection, driver_connection)
                raise
    finally:
        engine.dispose()


def _abandon(connection: sa.Connection, driver_connection: Any) -> None:
    """Drop the rows still to come: PyMySQL would read them all before it closes, from a lost server too."""
    unread: Any = getattr(driver_connection, "_result", None)
    if unread is not None and getattr(unread, "unbuffered_active", False):
        unread.unbuffered_active = False
        if not connection.invalidated:
            connection.invalidate()


def _series(name: str, values: Sequence[object], *, exact: bool) -> pl.Series:
    """A column in its own type, or as text where a loosely typed database mixes types."""
    first = next((value for value in values if value is not None), None)
    if isinstance(first, Decimal):
        kind: type[object] = str if exact else float
        values = [None if value is None else kind(value) for value in values]  # type: ignore[call-arg]
    try:
        series = pl.Series(name, values, strict=True)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
        return _texts(name, values)
    if series.dtype == pl.Object or isinstance(series.dtype, pl.Struct | pl.List):
        return _texts(name, values)
    if isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone not in (None, "UTC"):
        return series.dt.convert_time_zone("UTC")
    return series


def _texts(name: str, values: Sequence[object]) -> pl.Series:
    return pl.Series(name, [None if value is None else str(value) for value in values], dtype=pl.String)
