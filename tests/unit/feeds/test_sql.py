"""A database query is a feed: in chunks, resumable, and silent about its password."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amuna.domain.errors import ColumnMismatch, SourceUnreadable, TransientError
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.prepare import prepare
from amuna.feeds.rules import Rules
from amuna.feeds.sql import SqlFeed
from amuna.feeds.sql_source import SqlSource
from amuna.feeds.validate import validate

_MAP = FeedMap("suministro", "fecha", "consumo", recorded="registrado")
_NOW = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "billing.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE lecturas (suministro, fecha, consumo, registrado)")
        connection.executemany("INSERT INTO lecturas VALUES (?, ?, ?, ?)", [_row(i) for i in range(25)])
        connection.commit()
    return path


def _row(i: int) -> tuple[object, ...]:
    return (f"A{i}", "2024-01-02", i / 2, f"2024-01-03 00:00:{i:02d}")


def _feed(path: Path, query: str = "SELECT * FROM lecturas;", chunk: int = 10) -> SqlFeed:
    return SqlFeed(SqlSource(f"sqlite:///{path}", query, chunk_rows=chunk), _MAP)


def test_chunks_follow_the_recorded_column(database: Path) -> None:
    batches = list(_feed(database).batches(None))

    assert [batch.rows.height for batch in batches] == [10, 10, 5]
    assert [batch.rows["_row"][0] for batch in batches] == [2, 12, 22]
    checked = validate(prepare(batches[1], _MAP, now=_NOW), Rules(), now=_NOW)
    assert checked.accepted["consumption_m3"].to_list() == [i / 2 for i in range(10, 20)]


def test_a_second_run_reads_the_new_rows_and_those_of_the_last_instant(database: Path) -> None:
    last = list(_feed(database).batches(None))[-1]
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO lecturas VALUES (?, ?, ?, ?)", _row(30))
        connection.commit()

    (batch,) = _feed(database).batches(last.watermark)

    assert batch.rows["suministro"].to_list() == ["A24", "A30"]


def test_a_killed_run_loses_no_row(database: Path) -> None:
    first, *_ = _feed(database).batches(None)
    again = list(_feed(database).batches(first.watermark))

    read = {account for batch in (first, *again) for account in batch.rows["suministro"]}
    assert read == {f"A{i}" for i in range(25)}


def test_mixed_types_become_text_and_are_quarantined(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO lecturas VALUES ('A99', '2024-01-02', 'roto', '2024-01-04 00:00:00')")
        connection.commit()
    *_, batch = _feed(database).batches(None)

    checked = validate(prepare(batch, _MAP, now=_NOW), Rules(), now=_NOW)

    assert checked.quarantined.select("reason", "row").rows() == [("not_a_number", 27)]
    assert checked.counts.accepted == 5


def test_a_missing_column_names_the_setting(database: Path) -> None:
    with pytest.raises(
        ColumnMismatch, match=r"no column 'consumo'; found suministro, fecha, registrado.*value = "
    ):
        next(_feed(database, "SELECT suministro, fecha, registrado FROM lecturas").batches(None))


def test_a_wrong_query_is_permanent(database: Path) -> None:
    with pytest.raises(SourceUnreadable, match=r"no such table.*Check the query"):
        next(_feed(database, "SELECT * FROM nada").batches(None))


def test_a_locked_database_is_transient(database: Path) -> None:
    feed = SqlFeed(SqlSource(f"sqlite:///{database}?timeout=0", "SELECT * FROM lecturas"), _MAP)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(TransientError, match=r"locked.*Try again"):
            next(feed.batches(None))


def test_no_driver_and_no_url_are_named_without_the_password() -> None:
    with pytest.raises(SourceUnreadable, match="pip install") as caught:
        SqlFeed(SqlSource("nosuchdb://ana:s3creto@host/db", "SELECT 1"), _MAP)
    assert "s3creto" not in str(caught.value)
    with pytest.raises(SourceUnreadable, match="no SQLAlchemy URL"):
        SqlFeed(SqlSource("nothing at all", "SELECT 1"), _MAP)
    with pytest.raises(SourceUnreadable, match="a web address is none"):
        SqlSource("https://ana:s3creto@host/readings.csv")


def test_the_name_and_errors_hide_the_password(tmp_path: Path) -> None:
    feed = SqlFeed(SqlSource(f"sqlite://ana:s3creto@/{tmp_path}/s3creto.db", "SELECT 1"), _MAP)

    assert "s3creto@" not in feed.name
    assert "s3creto" not in repr(feed)
    with pytest.raises(SourceUnreadable) as caught:
        next(feed.batches(None))
    assert ":s3creto" not in str(caught.value)
