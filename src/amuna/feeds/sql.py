"""SqlFeed: a query on any database that SQLAlchemy reaches, as a feed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from amuna.domain.errors import ColumnMismatch
from amuna.domain.ports import Batch
from amuna.domain.text import Text
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.sql_arrow import ArrowReader, UnknownArrowType, arrow_reader, speaks_arrow
from amuna.feeds.sql_errors import translated
from amuna.feeds.sql_increment import Increments
from amuna.feeds.sql_rows import RowReader, row_reader
from amuna.feeds.sql_source import SqlSource, feed_name, shown, url_of


class SqlFeed:
    """Rows of a query or table, read in increments.

    The watermark is the largest value of the watermark column so far. Rows equal to it, and those of the overlap or
    the look-back before it, are read again; the store takes repeated rows as known.

    Parameters
    ----------
    source
        Address, query, and how increments are read; its password appears in no message.
    feed_map
        What its columns mean.
    name
        Name of the feed; if None, the address without password and a digest of what is read.
    arrow
        Whether to read over Arrow where the database and the installed drivers can.
    """

    def __init__(
        self, source: SqlSource, feed_map: FeedMap, *, name: str | None = None, arrow: bool = True
    ) -> None:
        self._url = url_of(source)
        self._source = source
        self.feed_map = feed_map
        column = source.watermark or feed_map.recorded or feed_map.time or None
        by_time = column is not None and column == feed_map.time and column != feed_map.recorded
        self._increments = Increments(source, column, by_time, self._url.get_backend_name())
        self._arrow = arrow and speaks_arrow(self._url)
        self.name = name or feed_name(self._url, statement=f"{source.query or source.table}\n{column}")

    def batches(self, since: str | None) -> Iterator[Batch]:
        """Batches at or after the watermark, in the order of the watermark column."""
        statement = self._increments.statement(since)
        first_row, watermark = 2, since
        with self._reader() as reader:
            for frame in reader.frames(statement, texts=self._texts()):
                numbers = pl.int_range(first_row, first_row + frame.height, dtype=pl.Int64, eager=True)
                watermark = self._increments.watermark(frame, watermark)
                yield Batch(self.name, watermark, frame.with_columns(_row=numbers), self.feed_map.kind)
                first_row += frame.height

    def acknowledge(self, watermark: str) -> None:
        """Nothing to do: the store keeps the watermark with the rows."""

    @contextmanager
    def _reader(self) -> Iterator[ArrowReader | RowReader]:
        """A reader that has the columns; over Arrow if it knows their types."""
        if self._arrow:
            try:
                with arrow_reader(self._url, self._source, name=self.name) as arrow:
                    self._require_columns(arrow.columns(self._increments.probe()))
                    yield arrow
                    return
            except UnknownArrowType:
                pass
        with translated(self._url, name=self.name), row_reader(self._url, self._source) as rows:
            self._require_columns(rows.columns(self._increments.probe()))
            yield rows

    def _texts(self) -> frozenset[str]:
        """Columns whose exact numbers are names or positions, not amounts."""
        named = self.feed_map.columns()
        roles = [named.get(role) for role in ("account", "segment", "zone", "flag")]
        return frozenset(column for column in [*roles, self._increments.column] if column)

    def _require_columns(self, columns: tuple[str, ...]) -> None:
        needed = dict(self.feed_map.columns())
        if self._source.watermark:
            needed["watermark"] = self._source.watermark
        for setting, column in needed.items():
            if column not in columns:
                raise ColumnMismatch(
                    Text(
                        "{address}: la consulta no entrega una columna '{column}'; se encontraron: {found}.",
                        "{address}: the query gives no column '{column}'; found {found}.",
                    ),
                    remedy=Text(
                        'Escriba {setting} = "COLUMNA" bajo [feeds.NOMBRE] en amuna.toml, o agréguela a la consulta.',
                        'Set {setting} = "COLUMN" under [feeds.NAME] in amuna.toml, or add it to the query.',
                    ),
                    file=self.name,
                    address=shown(self._url),
                    column=column,
                    found=list(columns),
                    setting=setting,
                )
