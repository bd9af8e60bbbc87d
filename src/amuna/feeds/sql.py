"""SqlFeed: a query on any database that SQLAlchemy reaches, as a feed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from amuna.domain.errors import AmunaError, ColumnMismatch, SourceUnreadable, TransientError
from amuna.domain.ports import Batch
from amuna.feeds.feed_map import FeedMap

CHUNK_ROWS = 500_000
_PASSING = (
    "locked",
    "timeout",
    "timed out",
    "refused",
    "could not connect",
    "can't connect",
    "closed the connection",
    "closed unexpectedly",
    "gone away",
    "lost connection",
    "connection reset",
    "starting up",
    "shutting down",
    "too many connections",
    "too many clients",
    "deadlock",
)


class SqlFeed:
    """Rows of a query, read in increments.

    The watermark is the largest value of the watermark column so far. Rows equal to it are read again, because
    others of the same value may have come meanwhile; the store takes repeated rows as known.

    Parameters
    ----------
    url
        SQLAlchemy URL; its password appears in no message.
    query
        One SELECT without ORDER BY.
    feed_map
        What its columns mean.
    watermark_column
        Column that rises as rows are added; if None, the `recorded` column, else the `time` column. With a time
        column, readings that arrive late for times already read are not seen.
    chunk
        Most rows in a batch.
    name
        Name of the feed; if None, the URL without password and a digest of the query.
    """

    def __init__(
        self,
        url: str,
        query: str,
        feed_map: FeedMap,
        *,
        watermark_column: str | None = None,
        chunk: int = CHUNK_ROWS,
        name: str | None = None,
    ) -> None:
        self._url = _parse_url(url)
        self._query = query.strip().rstrip(";")
        self.feed_map = feed_map
        self._watermark_column = watermark_column or feed_map.recorded or feed_map.time or None
        self._chunk = chunk
        digest = hashlib.sha256(self._query.encode()).hexdigest()[:8]
        self.name = name or f"{self._url.render_as_string(hide_password=True)}#{digest}"

    def batches(self, since: str | None) -> Iterator[Batch]:
        """Batches at or after the watermark, in the order of the watermark column."""
        with self._translated():
            engine = sa.create_engine(self._url)
            try:
                yield from self._stream(engine, since)
            finally:
                engine.dispose()

    def acknowledge(self, watermark: str) -> None:
        """Nothing to do: the store keeps the watermark with the rows."""

    def _stream(self, engine: sa.Engine, since: str | None) -> Iterator[Batch]:
        with engine.connect().execution_options(stream_results=True, yield_per=self._chunk) as connection:
            statement, parameters = self._statement(connection, since)
            result = connection.execute(statement, parameters)
            columns = tuple(result.keys())
            self._require_columns(columns)
            first_row = 2
            for chunk in result.partitions(self._chunk):
                rows = _frame(columns, chunk).with_columns(
                    _row=pl.int_range(first_row, first_row + len(chunk), dtype=pl.Int64, eager=True)
                )
                yield Batch(self.name, self._watermark(columns, chunk, since), rows, self.feed_map.kind)
                first_row += len(chunk)

    def _statement(
        self, connection: sa.Connection, since: str | None
    ) -> tuple[sa.TextClause, dict[str, object]]:
        if self._watermark_column is None:
            return sa.text(self._query), {}
        column = connection.dialect.identifier_preparer.quote(self._watermark_column)
        wrapped = f"SELECT * FROM ({self._query}) feed"
        if since is None:
            return sa.text(f"{wrapped} ORDER BY {column}"), {}
        return sa.text(f"{wrapped} WHERE {column} >= :since ORDER BY {column}"), {"since": _restore(since)}

    def _watermark(
        self, columns: tuple[str, ...], chunk: Sequence[sa.Row[tuple[object, ...]]], since: str | None
    ) -> str:
        """Largest value of the chunk, which is sorted; null values come with the rows of the watermark before."""
        if self._watermark_column is None:
            return ""
        position = columns.index(self._watermark_column)
        values = [row[position] for row in (chunk[-1], chunk[0]) if row[position] is not None]
        return _keep(values[0]) if values else since or ""

    def _require_columns(self, columns: tuple[str, ...]) -> None:
        needed = dict(self.feed_map.columns())
        if self._watermark_column:
            needed["watermark_column"] = self._watermark_column
        for setting, column in needed.items():
            if column not in columns:
                raise ColumnMismatch(
                    f"{self.name}: the query gives no column '{column}'; found {', '.join(columns)}.",
                    remedy=f'Set {setting} = "COLUMN" under [feeds.NAME] in amuna.toml, or add it to the query.',
                    file=self.name,
                    column=column,
                    found=list(columns),
                    setting=setting,
                )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise _translate(error, self._url, name=self.name) from None


def _parse_url(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):
        raise SourceUnreadable(
            "The source is no SQLAlchemy URL.",
            remedy="Write it as postgresql+psycopg://USER:PASSWORD@HOST/DATABASE or sqlite:///FILE.",
        ) from None
    try:
        parsed.get_dialect().import_dbapi()
    except (NoSuchModuleError, ImportError) as error:
        shown = parsed.render_as_string(hide_password=True)
        raise SourceUnreadable(
            f"{shown}: no driver for it is installed ({error}).",
            remedy="Install the driver named in the URL with pip, for example: pip install psycopg.",
            file=shown,
        ) from None
    return parsed


def _translate(error: SQLAlchemyError, url: sa.URL, *, name: str) -> AmunaError:
    """Transient where the database may answer later, permanent where the query or the access is wrong."""
    cause = str(error.orig if isinstance(error, DBAPIError) else error)
    if url.password:
        cause = cause.replace(str(url.password), "***")
    invalidated = isinstance(error, DBAPIError) and error.connection_invalidated
    if invalidated or any(sign in cause.lower() for sign in _PASSING):
        return TransientError(
            f"{name}: the database does not answer ({cause}).",
            remedy="Try again; if it stays so, check host, port and load.",
            file=name,
        )
    return SourceUnreadable(
        f"{name}: the database refused the query ({cause}).",
        remedy="Check the query, the URL and the rights of the user under [feeds.NAME] in amuna.toml.",
        file=name,
    )


def _frame(columns: tuple[str, ...], chunk: Sequence[sa.Row[tuple[object, ...]]]) -> pl.DataFrame:
    by_column = zip(*chunk, strict=True)
    return pl.DataFrame([_series(name, values) for name, values in zip(columns, by_column, strict=True)])


def _series(name: str, values: Sequence[object]) -> pl.Series:
    """A column in its own type, or as text where a loosely typed database mixes types."""
    try:
        return pl.Series(name, values, strict=True)
    except (TypeError, pl.exceptions.PolarsError):
        return pl.Series(name, [None if value is None else str(value) for value in values], dtype=pl.String)


def _keep(value: object) -> str:
    kind = "datetime" if isinstance(value, datetime) else "date" if isinstance(value, date) else ""
    text = value.isoformat() if isinstance(value, date) else value
    return json.dumps([kind, text], default=str)


def _restore(watermark: str) -> object:
    kind, value = json.loads(watermark)
    readers = {"datetime": datetime.fromisoformat, "date": date.fromisoformat}
    return readers[kind](value) if kind in readers else value
