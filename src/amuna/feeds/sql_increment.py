"""Increments of a query: what to ask for after a watermark, and what the watermark is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa

from amuna.domain.errors import ColumnMismatch, SourceUnreadable
from amuna.domain.text import Text
from amuna.feeds.sql_source import SqlSource

_READERS: dict[str, Callable[[str], object]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "bytes": bytes.fromhex,
}
_SQL_SERVER_ROUNDING = timedelta(milliseconds=4)
_NOT_DERIVABLE = re.compile(r"^\s*with\b|\border\s+by\b[^()]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Increments:
    """How a source is read in increments.

    Parameters
    ----------
    source
        The query or table, look-back and overlap.
    column
        Watermark column; None where everything is read each time.
    by_time
        Whether it is the time column, where rows that come late lie before the watermark.
    dialect
        SQLAlchemy's name of the database.
    """

    source: SqlSource
    column: str | None
    by_time: bool
    dialect: str

    def statement(self, since: str | None) -> sa.Select[tuple[object]]:
        """Rows from the watermark on, in its order.

        Raises
        ------
        SourceUnreadable
            If the database cannot take the query as a subquery.
        ColumnMismatch
            If the time column is no time, so that no days can be taken off it.
        """
        rows = self._rows()
        if self.column is None:
            return rows
        column: sa.ColumnClause[object] = sa.column(self.column)
        if since:
            rows = rows.where(column >= _parameter(self._start(_restore(since))))
        return rows.order_by(column)

    def probe(self) -> sa.Select[tuple[object]]:
        """The columns without a row."""
        return self._rows().where(sa.literal_column("1 = 0"))

    def watermark(self, rows: pl.DataFrame, since: str | None) -> str:
        """Largest value of sorted rows; never before `since`, so that a run cut short does not fall back."""
        if self.column is None:
            return ""
        column = rows[self.column]
        found = column[-1] if column[-1] is not None else column.drop_nulls().last()
        if found is None:
            return since or ""
        read_again = self.by_time or isinstance(found, datetime)
        return since if since and read_again and _before(found, _restore(since)) else _keep(found)

    def _rows(self) -> sa.Select[tuple[object]]:
        everything: sa.Select[tuple[object]] = sa.select(sa.literal_column("*"))
        if self.source.table:
            *schema, table = self.source.table.rsplit(".", 1)
            return everything.select_from(sa.table(table, schema=schema[0] if schema else None))
        query = self.source.query.strip().rstrip(";").rstrip()
        if self.dialect == "mssql" and _NOT_DERIVABLE.search(query):
            raise SourceUnreadable(
                Text(
                    "SQL Server no acepta WITH ni ORDER BY dentro de una subconsulta, y Amuna lee la consulta como una.",
                    "SQL Server takes no WITH and no ORDER BY inside a subquery, and Amuna reads the query as one.",
                ),
                remedy=Text(
                    "Quite ORDER BY, ponga el WITH en una vista, o nombre la vista en table.",
                    "Leave ORDER BY out, put a WITH into a view, or name the view as table.",
                ),
                setting="query",
            )
        return everything.select_from(sa.text(query.replace(":", r"\:")).columns().subquery("feed"))

    def _start(self, value: object) -> object:
        if self.by_time:
            return _days_before(value, self.source.look_back_days, column=str(self.column))
        if not isinstance(value, datetime):
            return value
        overlap = timedelta(minutes=self.source.overlap_minutes)
        return value - (max(overlap, _SQL_SERVER_ROUNDING) if self.dialect == "mssql" else overlap)


def _days_before(value: object, days: int, *, column: str) -> object:
    """A day or instant, days earlier, in the form it came: a date, an ISO text or a number such as 20240131."""
    if isinstance(value, date):
        return value - timedelta(days=days)
    try:
        if isinstance(value, int):
            day = date.fromisoformat(str(value))
            return int((day - timedelta(days=days)).strftime("%Y%m%d"))
        return (date.fromisoformat(str(value)[:10]) - timedelta(days=days)).isoformat()
    except ValueError:
        raise ColumnMismatch(
            Text(
                "La columna '{column}' contiene {found!r}: ni una fecha ni un texto ISO, así que no se le pueden restar días.",
                "Column '{column}' holds {found!r}: neither a date nor ISO text, so no days can be taken off it.",
            ),
            remedy=Text(
                'Conviértala en la consulta, como en CAST({column} AS date) AS {column}, o escriba watermark = "COLUMNA".',
                'Cast it in the query, as in CAST({column} AS date) AS {column}, or set watermark = "COLUMN".',
            ),
            column=column,
            found=value,
        ) from None


def _parameter(value: object) -> sa.BindParameter[object]:
    aware = isinstance(value, datetime) and value.tzinfo is not None
    return sa.bindparam("since", value, type_=sa.DateTime(timezone=True) if aware else None)


def _before(value: Any, other: Any) -> bool:
    """Whether a value lies before another of its kind."""
    if type(value) is not type(other):
        return False
    if isinstance(value, datetime) and (value.tzinfo is None) != (other.tzinfo is None):
        return False
    return bool(value < other)


def _keep(value: object) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(UTC) if value.tzinfo else value
        return json.dumps(["datetime", value.isoformat()])
    if isinstance(value, date):
        return json.dumps(["date", value.isoformat()])
    if isinstance(value, bytes):
        return json.dumps(["bytes", value.hex()])
    return json.dumps(["", value])


def _restore(watermark: str) -> object:
    kind, value = json.loads(watermark)
    return _READERS[kind](value) if kind in _READERS else value
