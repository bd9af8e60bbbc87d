"""The PostgreSQL store against the world: the server's death, other processes, roles, wrong addresses, older versions."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import psycopg
import pytest

from amuna.access.secrets import hashed
from amuna.domain.access_tables import ACCESS_TABLES, AUDIT
from amuna.domain.errors import StoreBroken, StoreBusy, UnknownSetting
from amuna.domain.ports import Batch, Written
from amuna.domain.table import INSTANT
from amuna.domain.tables import ACCOUNTS, BATCHES, CONSUMPTION, READINGS
from amuna.domain.time import Interval
from amuna.feeds.feed_map import FeedMap, require_recognised
from amuna.feeds.rules import Rules
from amuna.store.postgres_address import address
from amuna.store.postgres_store import open_postgres, postgres_roles
from amuna.store.sql_store import SqlStore
from amuna.workflows.ingest import ingest
from amuna.workflows.links import choose_password, first_admin_link
from amuna.workflows.passes import all_passes
from services.postgres import PostgresServer, ServerMissing, postgres_server

ROOT = Path(__file__).parents[2]
NOW = datetime(2025, 1, 1, tzinfo=UTC)
NewDatabase = Callable[[], str]


def rows(
    first: date, *, days: int = 1, accounts: int = 10, m3: float = 1.0, batch: str = "b"
) -> pl.DataFrame:
    ids = pl.DataFrame({"account_id": [f"a{i:05d}" for i in range(accounts)]})
    span = pl.date_range(first, first + timedelta(days=days - 1), eager=True).alias("day")
    return ids.join(span.to_frame(), how="cross").with_columns(
        consumption_m3=pl.lit(m3),
        flag=pl.lit("ok"),
        recorded_at=pl.lit(NOW).cast(INSTANT),
        batch_id=pl.lit(batch),
    )


def plain(url: str) -> str:
    return url.replace("+psycopg", "", 1)


@pytest.fixture
def url(new_database: NewDatabase) -> str:
    return new_database()


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    opened = open_postgres(url)
    yield opened
    opened.close()


def plan(url: str, sql: str) -> str:
    with psycopg.connect(plain(url)) as connection:
        connection.execute("ANALYZE")
        return "\n".join(line for (line,) in connection.execute(f"EXPLAIN {sql}"))


def test_a_days_rows_are_read_from_their_month_alone(store: SqlStore, url: str) -> None:
    store.upsert(CONSUMPTION, rows(date(2024, 1, 1), days=366, accounts=20))
    with psycopg.connect(plain(url)) as connection:
        (months,) = connection.execute(
            "SELECT COUNT(*) FROM pg_inherits WHERE inhparent = 'consumption'::regclass"
        ).fetchone() or (0,)
    assert months == 12
    day = plan(url, "SELECT * FROM consumption WHERE day >= '2024-05-17' AND day < '2024-05-18'")
    assert "consumption_y2024m05" in day
    assert day.count("consumption_y") == day.count("consumption_y2024m05")
    assert store.read(CONSUMPTION, Interval(date(2024, 5, 17), date(2024, 5, 18))).height == 20


def test_whether_keys_are_there_already_is_asked_of_an_index(store: SqlStore, url: str) -> None:
    store.upsert(CONSUMPTION, rows(date(2024, 5, 1), days=20, accounts=1_000))
    asked = plan(
        url,
        "SELECT 1 FROM consumption WHERE account_id BETWEEN 'a00000' AND 'a00999'"
        " AND day BETWEEN '2024-05-21' AND '2024-05-21' LIMIT 1",
    )
    assert "Seq Scan" not in asked
    assert "Index" in asked


def test_rows_of_an_account_are_found_by_their_key(store: SqlStore, url: str) -> None:
    store.upsert(CONSUMPTION, rows(date(2024, 5, 1), days=20, accounts=1_000))
    assert "Seq Scan" not in plan(
        url, "SELECT * FROM consumption WHERE account_id BETWEEN 'a00500' AND 'a00501'"
    )


def test_readings_are_divided_by_utc_months(store: SqlStore) -> None:
    edges = [datetime(2024, 1, 31, 23, 59, 59, 999999, UTC), datetime(2024, 2, 1, tzinfo=UTC)]
    frame = pl.DataFrame({"account_id": "a", "observed_at": pl.Series(edges).cast(INSTANT)}).with_columns(
        reading_m3=pl.lit(1.0), recorded_at=pl.lit(NOW).cast(INSTANT), batch_id=pl.lit("b")
    )
    store.upsert(READINGS, frame)
    assert store.query("SELECT COUNT(*) FROM readings_y2024m01").item() == 1
    assert store.query("SELECT COUNT(*) FROM readings_y2024m02").item() == 1


def test_sums_and_means_are_numbers_whatever_their_type_on_the_server(store: SqlStore) -> None:
    found = store.query(
        "SELECT SUM(x) AS total, AVG(x) AS mean, CAST(? AS NUMERIC) AS given FROM"
        " (SELECT UNNEST(CAST(? AS BIGINT[])) AS x) AS numbers",
        [1.5, [2**40, 2**40 + 1]],
    )
    assert found.schema == {"total": pl.Int64, "mean": pl.Float64, "given": pl.Float64}
    assert found.rows() == [(2**41 + 1, 2**40 + 0.5, 1.5)]


def test_a_question_mark_inside_a_text_is_no_place_for_a_value(store: SqlStore) -> None:
    assert store.query("""SELECT 'is it ''so''?' AS "what?", ? AS said""", ["50 % of it's %s"]).rows() == [
        ("is it 'so'?", "50 % of it's %s")
    ]
    with pytest.raises(StoreBroken, match="another number of places"):
        store.query("SELECT ?", [1, 2])


def test_a_nul_in_a_text_is_kept_as_a_mark(store: SqlStore) -> None:
    account = pl.concat([ACCOUNTS.empty(), pl.DataFrame({"account_id": ["a\0b"]})], how="diagonal")
    assert store.upsert(ACCOUNTS, account) == Written(inserted=1)
    assert store.upsert(ACCOUNTS, account) == Written(unchanged=1)
    assert store.read(ACCOUNTS)["account_id"].to_list() == ["a\ufffdb"]


def test_a_thread_that_ends_leaves_no_connection(store: SqlStore) -> None:
    def look() -> None:
        store.count(ACCOUNTS)

    for _ in range(5):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    query = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()"
    assert store.query(query).item() <= 3


WRITER = """
import sys
from amuna.domain.tables import CONSUMPTION
from amuna.store.postgres_store import open_postgres
from tests.integration.test_store_postgres import date, rows

store = open_postgres(sys.argv[1])
for number in range(5):
    store.upsert(CONSUMPTION, rows(date(2024, 1, 1), days=60, accounts=50, batch=sys.argv[2]))
"""


def test_processes_that_write_the_same_keys_take_turns(url: str) -> None:
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}:{ROOT / 'benchmarks'}"}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, url, f"b{number}"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    for writer in writers:
        _, said = writer.communicate(timeout=60)
        assert writer.returncode == 0, said
    store = open_postgres(url)
    assert store.count(CONSUMPTION) == store.versions(CONSUMPTION).height == 3_000
    store.close()


def test_a_writer_that_waits_too_long_for_its_turn_is_busy(store: SqlStore, url: str) -> None:
    impatient = open_postgres(f"{url}?options=-c%20lock_timeout%3D100")
    with store.transaction():
        with pytest.raises(StoreBusy, match="lock timeout"):
            impatient.upsert(CONSUMPTION, rows(date(2024, 1, 1)))
        assert impatient.count(CONSUMPTION) == 0
    assert impatient.upsert(CONSUMPTION, rows(date(2024, 1, 1))).inserted == 10
    impatient.close()


def test_wrong_addresses_name_what_to_correct_and_never_the_password(postgres: PostgresServer) -> None:
    cases = [
        (postgres.url_of("amuna", password="secret-1"), StoreBroken, "password"),
        (postgres.url_of("nowhere"), StoreBroken, "Check the database"),
        (postgres.url_of("amuna", user="nobody"), StoreBroken, "user"),
        ("postgresql://x:secret-1@127.0.0.1:1/amuna", StoreBusy, "server runs"),
    ]
    for url, kind, words in cases:
        with pytest.raises(kind, match=words) as caught:
            open_postgres(url)
        assert "secret-1" not in f"{caught.value} {caught.value.facts}"
        assert postgres.password not in str(caught.value)
    for url in ("mysql://x:secret-1@h/d", "secret-1", "postgresql://x:sec%ret-1@h/d"):
        with pytest.raises(UnknownSetting, match=r"store\.url") as refused:
            open_postgres(url)
        assert "secret-1" not in str(refused.value)
        assert "ret-1" not in str(refused.value)
    assert "secret-1" not in repr(address("postgresql://x:secret-1@h/d"))


def test_a_reader_cannot_write_and_a_writer_cannot_drop(postgres: PostgresServer, url: str) -> None:
    statements = postgres_roles(url, apply=True)
    assert postgres_roles(url, apply=True) == statements
    name = url.rsplit("/", 1)[1]
    with psycopg.connect(plain(url), autocommit=True) as connection:
        for role in ("reader", "writer", "owner"):
            connection.execute(f"CREATE ROLE {role}_{name} LOGIN PASSWORD 'pw' IN ROLE amuna_{role}")
    reader, writer, owner = (
        open_postgres(postgres.url_of(name, user=f"{role}_{name}", password="pw"))
        for role in ("reader", "writer", "owner")
    )
    assert writer.upsert(CONSUMPTION, rows(date(2024, 1, 1), days=60)) == Written(inserted=600)
    assert writer.upsert(CONSUMPTION, rows(date(2024, 2, 1), m3=2.0)) == Written(replaced=10)
    assert writer.delete(CONSUMPTION, where={"account_id": "a00000"}) == 60
    assert reader.count(CONSUMPTION) == 540
    assert len(reader.panel()) == 9
    for change in (
        lambda: reader.upsert(CONSUMPTION, rows(date(2024, 1, 1), m3=3.0)),
        lambda: reader.upsert(CONSUMPTION, rows(date(2030, 1, 1))),
        lambda: reader.delete(CONSUMPTION, where={"account_id": "a00001"}),
        lambda: _change(writer, "DROP TABLE consumption"),
        lambda: _change(writer, "DROP TABLE consumption_y2024m01"),
        lambda: _change(writer, "ALTER TABLE accounts ADD COLUMN x INTEGER"),
        lambda: _change(writer, "CREATE TABLE mine (x INTEGER)"),
        lambda: _change(writer, "UPDATE schema_version SET number = 99"),
        lambda: _change(writer, "TRUNCATE consumption"),
    ):
        with pytest.raises(StoreBroken, match=r"permission denied|must be owner"):
            change()
    _change(owner, "ALTER TABLE accounts ADD COLUMN tariff TEXT")
    assert writer.count(CONSUMPTION) == 540
    for one in (reader, writer, owner):
        one.close()


def test_the_audit_log_is_only_added_to_and_readers_see_nothing_of_users(
    postgres: PostgresServer, url: str
) -> None:
    postgres_roles(url, apply=True)
    name = url.rsplit("/", 1)[1]
    with psycopg.connect(plain(url), autocommit=True) as connection:
        for role in ("reader", "writer"):
            connection.execute(f"CREATE ROLE {role}2_{name} LOGIN PASSWORD 'pw' IN ROLE amuna_{role}")
    reader, writer = (
        open_postgres(postgres.url_of(name, user=f"{role}2_{name}", password="pw"))
        for role in ("reader", "writer")
    )
    now = datetime(2025, 3, 1, tzinfo=UTC)
    secret = first_admin_link(writer, now)
    assert secret is not None
    opened = choose_password(secret, "tres gatos y un canal", store=writer, now=now, address="")
    assert hashed(opened.secret) in all_passes(store=writer, now=now)
    assert writer.count(AUDIT) == 4
    for change in (
        lambda: writer.delete(AUDIT, where={"user_id": "admin"}),
        lambda: _change(writer, "UPDATE audit SET user_id = 'nobody'"),
        lambda: _change(writer, "TRUNCATE audit"),
        *(lambda table=table: reader.count(table) for table in ACCESS_TABLES),
    ):
        with pytest.raises(StoreBroken, match="permission denied"):
            change()
    assert reader.count(CONSUMPTION) == 0
    for one in (reader, writer):
        one.close()


def _change(store: SqlStore, sql: str) -> None:
    with store.transaction():
        store.query(sql)


def test_a_store_open_for_reading_refuses_to_write(store: SqlStore, url: str) -> None:
    reader = open_postgres(url, read_only=True)
    with pytest.raises(StoreBroken, match="read_only=False"):
        reader.upsert(CONSUMPTION, rows(date(2024, 1, 1)))
    assert reader.count(CONSUMPTION) == 0
    reader.close()


def test_another_schema_with_the_same_tables_is_not_looked_at(url: str) -> None:
    with psycopg.connect(plain(url)) as connection:
        connection.execute("CREATE SCHEMA other")
        connection.execute("CREATE TABLE other.schema_version (number INTEGER, name TEXT)")
        connection.execute("INSERT INTO other.schema_version VALUES (999, 'of something else')")
        connection.execute("CREATE TABLE other.accounts (id INTEGER)")
    store = open_postgres(url)
    assert store.count(ACCOUNTS) == 0
    store.close()


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server that this test may kill; what it said it wrote is on the disk."""
    try:
        with postgres_server() as started:
            yield started
    except ServerMissing as missing:
        pytest.skip(str(missing))


class Days:
    """A feed of one batch per day."""

    name = "days"

    def __init__(self, days: int) -> None:
        self._days = days

    def batches(self, since: str | None) -> Iterator[Batch]:
        for number in range(self._days):
            mark = f"{number:04d}"
            if since is not None and mark <= since:
                continue
            day = date(2024, 1, 1) + timedelta(days=number)
            frame = pl.DataFrame(
                {"ConsumptionDate": day, "AccountOID": [f"a{i:04d}" for i in range(400)], "Consumption": 250}
            )
            yield Batch("days", mark, frame.with_row_index("_row", 2).cast({"_row": pl.Int64}))

    def acknowledge(self, watermark: str) -> None:
        """Nothing to tell."""


def take_in(store: SqlStore, days: int) -> None:
    feed_map: FeedMap = require_recognised(
        ["ConsumptionDate", "AccountOID", "Consumption"], source="days", time_zone="America/Lima"
    )
    ingest(Days(days), feed_map, store=store, rules=Rules(), now=lambda: NOW)


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.45])
def test_killed_in_the_middle_of_an_ingest_nothing_is_lost_or_doubled(
    server: PostgresServer, seconds: float
) -> None:
    days, faults = 40, []
    store = open_postgres(server.url)

    def run() -> None:
        try:
            take_in(store, days)
        except StoreBusy as busy:
            faults.append(busy)

    ingesting = threading.Thread(target=run)
    ingesting.start()
    while store.count(BATCHES) == 0:
        time.sleep(0.005)
    time.sleep(seconds)
    server.kill()
    ingesting.join(timeout=30)
    assert not ingesting.is_alive()
    with pytest.raises(StoreBusy, match="Check that the server runs"):
        store.count(CONSUMPTION)
    server.start()
    kept = store.read(BATCHES)
    assert store.count(CONSUMPTION) == kept["rows_accepted"].sum() == 400 * kept.height
    take_in(store, days)
    assert store.count(CONSUMPTION) == store.versions(CONSUMPTION).height == 400 * days
    assert store.read(CONSUMPTION)["batch_id"].n_unique() == store.count(BATCHES) == days
    assert len(faults) == (kept.height < days)
    store.close()


def test_a_connection_that_is_lost_is_made_anew_outside_a_transaction_only(server: PostgresServer) -> None:
    store = open_postgres(server.url)
    store.upsert(CONSUMPTION, rows(date(2024, 1, 1)))
    server.kill()
    server.start()
    assert store.count(CONSUMPTION) == 10

    def lose_it_halfway() -> None:
        with store.transaction():
            store.upsert(CONSUMPTION, rows(date(2024, 1, 2)))
            server.kill()
            server.start()
            with pytest.raises(StoreBusy):
                store.upsert(CONSUMPTION, rows(date(2024, 1, 3)))
            store.upsert(CONSUMPTION, rows(date(2024, 1, 4)))

    with pytest.raises(StoreBusy, match="lost inside a transaction"):
        lose_it_halfway()
    assert store.count(CONSUMPTION) == 10
    assert store.upsert(CONSUMPTION, rows(date(2024, 1, 4))).inserted == 10
    store.close()


def test_no_connection_left_is_busy() -> None:
    try:
        with postgres_server(settings={"max_connections": "5", "fsync": "off"}) as server:
            stores: list[SqlStore] = []

            def open_many() -> None:
                for _ in range(7):
                    stores.append(open_postgres(server.url))  # noqa: PERF401 (those opened must be closed)

            with pytest.raises(StoreBusy, match=r"too many clients|connection slots"):
                open_many()
            for store in stores:
                store.close()
    except ServerMissing as missing:
        pytest.skip(str(missing))
