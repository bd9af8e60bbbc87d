"""SQL feeds against genuine servers: PostgreSQL over Arrow and row by row, and MariaDB."""

from __future__ import annotations

import gc
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import psycopg
import pytest
import sqlalchemy as sa
from tests.integration.conftest import Amuna

from amuna.domain.errors import ColumnMismatch, SourceUnreadable, TransientError
from amuna.domain.ports import Batch, Store
from amuna.domain.tables import CONSUMPTION
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.rules import Rules
from amuna.feeds.sql import SqlFeed
from amuna.feeds.sql_arrow import ArrowReader
from amuna.feeds.sql_rows import RowReader
from amuna.feeds.sql_source import SqlSource
from amuna.workflows.ingest import ingest
from services import mariadb, postgres
from services.machine import ServerMissing

_NOW = datetime(2024, 6, 1, tzinfo=UTC)
_MAP = FeedMap("suministro", "fecha", "consumo", recorded="registrado", time_zone="UTC")
_UNRECORDED = replace(_MAP, recorded=None)
_ACCOUNTS, _DAYS = 40, 20
_START = datetime(2024, 1, 1)  # noqa: DTZ001 (a column without zone)


@dataclass
class Database:
    """A server, an empty table of a test's own in it, and how it is read."""

    server: postgres.PostgresServer | mariadb.MariadbServer
    table: str
    arrow: bool

    def feed(self, feed_map: FeedMap = _MAP, *, chunk: int = 300, **source: object) -> SqlFeed:
        keys = {"source": self.server.url, "table": self.table, "chunk_rows": chunk} | source
        if "query" in keys:
            keys["table"] = ""
        return SqlFeed(SqlSource(**keys), feed_map, arrow=self.arrow)  # type: ignore[arg-type]

    def run(self, statement: str, rows: list[dict[str, object]] | None = None) -> None:
        engine = sa.create_engine(self.server.url)
        with engine.begin() as connection:
            connection.execute(sa.text(statement.format(table=self.table)), rows)
        engine.dispose()

    def insert(self, rows: list[dict[str, object]]) -> None:
        self.run("INSERT INTO {table} VALUES (:suministro, :fecha, :consumo, :registrado)", rows)


@pytest.fixture(scope="module")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    try:
        with postgres.postgres_server() as server:
            yield server
    except ServerMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def mariadb_server() -> Iterator[mariadb.MariadbServer]:
    try:
        with mariadb.mariadb_server() as server:
            yield server
    except ServerMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(params=["postgres_arrow", "postgres_rows", "mariadb"])
def database(request: pytest.FixtureRequest) -> Database:
    kind = request.param
    server = request.getfixturevalue("mariadb_server" if kind == "mariadb" else "postgres_server")
    return _prepared(server, arrow=kind == "postgres_arrow")


def _prepared(server: postgres.PostgresServer | mariadb.MariadbServer, *, arrow: bool) -> Database:
    found = Database(server, "lecturas", arrow)
    moment = "datetime(6)" if "mariadb" in server.url else "timestamptz"
    columns = f"suministro integer, fecha date, consumo numeric(12,3), registrado {moment}"
    found.run("DROP TABLE IF EXISTS {table}")
    found.run(f"CREATE TABLE {{table}} ({columns})")
    return found


def _row(
    account: int, day: int, *, volume: float | None = None, recorded: datetime | None = None
) -> dict[str, object]:
    fecha = _START + timedelta(days=day)
    return {
        "suministro": account,
        "fecha": fecha.date(),
        "consumo": account + day / 8 if volume is None else volume,
        "registrado": recorded or fecha + timedelta(days=1, hours=3),
    }


def _fill(database: Database, *, first: int = 0, days: int = _DAYS, accounts: int = _ACCOUNTS) -> None:
    database.insert([_row(account, day) for day in range(first, first + days) for account in range(accounts)])


def _pairs(batches: list[Batch]) -> list[tuple[int, object]]:
    return [pair for batch in batches for pair in batch.rows.select("suministro", "fecha").iter_rows()]


def _take_in(feed: SqlFeed, store: Store, *, hour: int = 0) -> tuple[int, int, int]:
    moment = _NOW + timedelta(hours=hour)
    report = ingest(feed, feed.feed_map, store=store, rules=Rules(), now=lambda: moment)
    return report.inserted, report.replaced, report.unchanged


def test_everything_comes_once_in_order_and_in_plain_types(database: Database) -> None:
    _fill(database)

    batches = list(database.feed().batches(None))

    assert [batch.rows.height for batch in batches] == [300, 300, 200]
    assert len(set(_pairs(batches))) == _ACCOUNTS * _DAYS
    rows = pl.concat([batch.rows for batch in batches])
    types = dict(rows.schema)
    zone = None if "mariadb" in database.server.url else "UTC"
    assert types.pop("registrado") == pl.Datetime("us", zone)
    assert types == {"suministro": pl.Int64, "fecha": pl.Date, "consumo": pl.Float64, "_row": pl.Int64}
    assert rows["registrado"].is_sorted()
    assert rows["_row"].to_list() == list(range(2, 802))
    expected = [_row(account, day)["consumo"] for day in range(_DAYS) for account in range(_ACCOUNTS)]
    assert sorted(rows["consumo"].to_list()) == sorted(expected)


def test_increments_bring_new_late_and_corrected_rows(database: Database, store: Store) -> None:
    _fill(database)
    later = _START + timedelta(days=_DAYS, hours=9)
    assert _take_in(database.feed(), store)[:2] == (_ACCOUNTS * _DAYS, 0)

    _fill(database, first=_DAYS, days=1)
    late = _row(999, 2, recorded=later + timedelta(days=1))
    corrected = _row(3, 5, volume=77.5, recorded=later + timedelta(days=1))
    database.insert([late, corrected])
    inserted, replaced, unchanged = _take_in(database.feed(), store, hour=1)

    assert (inserted, replaced, unchanged) == (_ACCOUNTS + 1, 1, _ACCOUNTS)
    kept = store.read(CONSUMPTION, where={"account_id": "3", "day": corrected["fecha"]})
    assert kept["consumption_m3"].to_list() == [77.5]


def test_a_row_committed_after_later_ones_comes_within_the_overlap(database: Database) -> None:
    recorded = _START + timedelta(days=31)
    database.insert([_row(1, 0, recorded=recorded)])
    *_, last = database.feed().batches(None)
    database.insert(
        [
            _row(2, 0, recorded=recorded - timedelta(minutes=4)),
            _row(3, 0, recorded=recorded - timedelta(hours=1)),
        ]
    )

    def accounts(**source: object) -> list[int]:
        return [account for account, _ in _pairs(list(database.feed(**source).batches(last.watermark)))]

    assert accounts() == [2, 1]
    assert accounts(overlap_minutes=0.0) == [1]


def test_without_a_recorded_column_the_last_days_are_read_again(database: Database, store: Store) -> None:
    _fill(database)
    feed = database.feed(_UNRECORDED)
    assert _take_in(feed, store)[0] == _ACCOUNTS * _DAYS
    database.insert([_row(999, _DAYS - 3), _row(999, _DAYS - 12)])
    database.run("UPDATE {table} SET consumo = 55.5 WHERE suministro = 7 AND fecha = '2024-01-16'")

    inserted, replaced, _ = _take_in(database.feed(_UNRECORDED), store, hour=1)

    assert (inserted, replaced) == (1, 1)
    assert _take_in(database.feed(_UNRECORDED, look_back_days=30), store, hour=2)[:2] == (1, 0)


def test_a_run_cut_short_in_the_look_back_does_not_fall_back(database: Database) -> None:
    _fill(database)
    *_, last = database.feed(_UNRECORDED).batches(None)

    first, *_ = database.feed(_UNRECORDED, chunk=40).batches(last.watermark)

    assert first.rows["fecha"].max() < _START.date() + timedelta(days=_DAYS - 1)
    assert first.watermark == last.watermark


def test_rows_without_a_watermark_do_not_lose_it(database: Database) -> None:
    _fill(database, days=2)
    database.run("UPDATE {table} SET registrado = NULL WHERE suministro < 10")

    batches = list(database.feed(chunk=20).batches(None))
    again = list(database.feed(chunk=20).batches(batches[-1].watermark))

    assert len(set(_pairs(batches))) == 2 * _ACCOUNTS
    assert {fecha for _, fecha in _pairs(again)} == {_START.date() + timedelta(days=1)}


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # psycopg: no cursor of a lost server can be closed
def test_a_server_killed_while_read_is_transient_and_reading_goes_on(database: Database) -> None:
    database.run("DROP TABLE {table}")
    numbers = "generate_series(0, 149999) AS seq" if "postgres" in database.server.url else "seq_0_to_149999"
    moment = (
        "timestamp '2024-01-02 03:00:00' + interval '1' day * (seq / 20000)"
        if "postgres" in database.server.url
        else "timestamp '2024-01-02 03:00:00' + interval (seq div 20000) day"
    )
    filler = "repeat('x', 400) AS filler"
    database.run(
        f"CREATE TABLE {{table}} AS SELECT seq AS suministro, date '2024-01-01' AS fecha, seq * 0.5 AS consumo, {moment} AS registrado, {filler} FROM {numbers}"
    )
    batches = database.feed(chunk=25_000).batches(None)
    seen = [next(batches)]

    database.server.kill()
    with pytest.raises(TransientError, match="does not answer") as caught:
        seen += list(batches)
    with pytest.raises(TransientError):
        next(database.feed().batches(None))
    database.server.start()
    seen += list(database.feed(chunk=25_000).batches(seen[-1].watermark))

    assert len({account for account, _ in _pairs(seen)}) == 150_000
    assert database.server.password not in str(caught.value)
    del caught
    gc.collect()


def test_a_wrong_password_is_said_without_it(database: Database) -> None:
    url = database.server.url.replace(database.server.password, "s3creto%2F1")

    with pytest.raises(SourceUnreadable, match="Check user and password") as caught:
        next(database.feed(source=url).batches(None))

    for spelling in ("s3creto", "%2F1", "/1@"):
        assert spelling not in f"{caught.value} {caught.value.facts}"


def test_missing_tables_and_columns_are_named(database: Database) -> None:
    with pytest.raises(SourceUnreadable, match=r"nowhere.*Check the query"):
        next(database.feed(table="nowhere").batches(None))
    with pytest.raises(
        ColumnMismatch, match=r"no column 'volumen'; found suministro, fecha, consumo, registrado"
    ):
        next(database.feed(replace(_MAP, value="volumen")).batches(None))
    with pytest.raises(ColumnMismatch, match=r"no column 'version'.*Set watermark"):
        next(database.feed(watermark="version").batches(None))


def test_a_query_with_colons_percents_and_quoted_names(database: Database) -> None:
    _fill(database, days=1)
    quote = "`" if "mariadb" in database.server.url else '"'
    query = (
        f"SELECT suministro, fecha, consumo, registrado AS {quote}Registrado En{quote}, "
        "'12:30 %s 100%' AS nota FROM lecturas WHERE suministro % 2 = 0;"
    )

    (batch,) = database.feed(replace(_MAP, recorded="Registrado En"), query=query).batches(None)

    assert batch.rows.height == _ACCOUNTS // 2
    assert set(batch.rows["nota"]) == {"12:30 %s 100%"}


def test_nobody_listens(database: Database) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = sa.make_url(database.server.url).set(port=closed.getsockname()[1])
        feed = database.feed(source=url.render_as_string(hide_password=False))
        with pytest.raises(TransientError, match="does not answer"):
            next(feed.batches(None))


def test_a_host_that_swallows_connections_is_given_up(database: Database) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(1)
        url = sa.make_url(database.server.url).set(port=deaf.getsockname()[1])
        feed = database.feed(source=url.render_as_string(hide_password=False), connect_timeout_s=2.0)
        started = time.monotonic()
        with pytest.raises(TransientError):
            next(feed.batches(None))
    assert time.monotonic() - started < 10


def _types_feed(database: Database, columns: str, **source: object) -> SqlFeed:
    query = f"SELECT 1 AS suministro, date '2024-01-02' AS fecha, 2.5 AS consumo, {columns}"
    return database.feed(replace(_MAP, recorded=None), query=query, **source)


@pytest.mark.parametrize(
    "columns",
    [
        "0.1::real AS r, 3::smallint AS s, 'x'::varchar AS v, 'y'::char(3) AS c, true AS b",
        "timestamp '2024-01-02 03:04:05.000006' AS naive, timestamptz '2024-01-02 03:04:05-05' AS aware",
        "'NaN'::numeric AS nan, 123456789012345678.25::numeric AS large",
        "'6f9619ff-8b86-d011-b42d-00c04fc964ff'::uuid AS u",
    ],
)
def test_arrow_and_rows_bring_the_same(postgres_server: postgres.PostgresServer, columns: str) -> None:
    over_arrow, by_row = (
        next(_types_feed(Database(postgres_server, "", arrow), columns).batches(None))
        for arrow in (True, False)
    )

    assert over_arrow.rows.schema == by_row.rows.schema
    assert over_arrow.rows.equals(by_row.rows, null_equal=True)
    assert over_arrow.watermark == by_row.watermark


def test_account_numbers_of_any_length_stay_exact(postgres_server: postgres.PostgresServer) -> None:
    query = (
        "SELECT 12345678901234567890::numeric(20) AS suministro, date '2024-01-02' AS fecha, 2.5 AS consumo"
    )
    for arrow in (True, False):
        (batch,) = Database(postgres_server, "", arrow).feed(_UNRECORDED, query=query).batches(None)
        assert batch.rows["suministro"].to_list() == ["12345678901234567890"]


def test_types_that_arrow_brings_otherwise_are_read_by_row(
    postgres_server: postgres.PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    for reader in (ArrowReader, RowReader):
        monkeypatch.setattr(reader, "frames", _noting(reader.frames, read, reader.__name__))
    database = Database(postgres_server, "", arrow=True)

    (batch,) = _types_feed(database, "3.4::money AS m, '{\"a\": 1}'::json AS j").batches(None)
    next(_types_feed(database, "1 AS one").batches(None))

    assert batch.rows.select("m", "j").rows() == [("$3.40", "{'a': 1}")]
    assert read == ["RowReader", "ArrowReader"]


def _noting(frames: Callable[..., object], read: list[str], name: str) -> Callable[..., object]:
    def noted(*words: object, **named: object) -> object:
        read.append(name)
        return frames(*words, **named)

    return noted


def test_a_view_may_be_read_by_who_may_read_nothing_else(postgres_server: postgres.PostgresServer) -> None:
    with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
        connection.execute(
            "CREATE VIEW vista AS SELECT 1 AS suministro, date '2024-01-02' AS fecha, 2.5 AS consumo"
        )
        connection.execute("CREATE ROLE lector LOGIN PASSWORD 'leer'")
        connection.execute("GRANT SELECT ON vista TO lector")
        connection.execute("CREATE TABLE secreta AS SELECT * FROM vista")
    url = postgres_server.url_of("amuna", user="lector", password="leer")
    database = Database(postgres_server, "public.vista", arrow=True)

    (batch,) = database.feed(_UNRECORDED, source=url).batches(None)

    assert batch.rows.height == 1
    with pytest.raises(SourceUnreadable, match="permission denied"):
        next(database.feed(_UNRECORDED, source=url, table="secreta").batches(None))


def test_the_command_reads_the_feeds_of_the_workspace(
    postgres_server: postgres.PostgresServer, amuna: Amuna, tmp_path: Path
) -> None:
    database = _prepared(postgres_server, arrow=True)
    _fill(database, days=3)
    password, url = database.server.password, database.server.url
    (tmp_path / "amuna.toml").write_text(
        '[feeds.billing]\naccount = "suministro"\ntime = "fecha"\nvalue = "consumo"\nrecorded = "registrado"\n'
        f'source = "{url.replace(password, "${BILLING_PASSWORD}")}"\ntable = "lecturas"\n'
        '[feeds.other]\naccount = "a"\ntime = "t"\nvalue = "v"\n'
    )

    unset = amuna("-w", tmp_path, "ingest", code=78)
    first = amuna("-w", tmp_path, "ingest", "--json", BILLING_PASSWORD=password).json()
    _fill(database, first=3, days=1)
    second = amuna("-w", tmp_path, "ingest", "--feed", "billing", "--json", BILLING_PASSWORD=password)

    assert "BILLING_PASSWORD" in unset.err
    assert [report["inserted"] for report in first["sources"]] == [3 * _ACCOUNTS]
    assert [report["inserted"] for report in second.json()["sources"]] == [_ACCOUNTS]
    assert password not in second.out + second.err + str(first)
