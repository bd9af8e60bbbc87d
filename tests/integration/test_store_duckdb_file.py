"""The DuckDB store against the world: other processes, sudden death, wrong files, other versions."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from amuna.domain.errors import StoreBroken, StoreBusy
from amuna.domain.table import INSTANT, Column, Table
from amuna.domain.tables import ACCOUNTS, BATCHES, CONSUMPTION
from amuna.store.duckdb_session import MEMORY, DuckDBSession
from amuna.store.duckdb_store import open_store
from amuna.store.migrations import MIGRATIONS, Migration, migrate

ROOT = Path(__file__).parents[2]
BARCELONA = ROOT.parent / "shared" / "data" / "accounts" / "barcelona_meters" / "daily.parquet"

WRITER = """
import sys
from datetime import UTC, date, datetime
import polars as pl
import polars.selectors as cs
from amuna.domain.table import INSTANT
from amuna.domain.tables import BATCHES, CONSUMPTION
from amuna.store.duckdb_store import open_store

path, mode = sys.argv[1:]
store = open_store(path, threads=1)
now = datetime(2024, 6, 1, tzinfo=UTC)

def rows(number):
    day = pl.date_range(date(2020, 1, 1), date(2023, 1, 1), eager=True)
    return pl.DataFrame({"account_id": f"a{number % 7}", "day": day}).with_columns(
        consumption_m3=pl.lit(float(number)), flag=pl.lit("ok"),
        recorded_at=pl.lit(now).cast(INSTANT).dt.offset_by(f"{number}m"), batch_id=pl.lit(f"b{number}"))

def write(number):
    frame = rows(number)
    store.upsert(CONSUMPTION, frame)
    print("half", number, flush=True)
    said = pl.DataFrame({"batch_id": [f"b{number}"], "rows_accepted": [frame.height]})
    store.upsert(BATCHES, pl.concat([BATCHES.empty(), said], how="diagonal").with_columns(
        cs.string().fill_null(""), cs.integer().fill_null(0), cs.datetime().fill_null(now)))

write(0)
print("ready", flush=True)
if mode == "hold":
    sys.stdin.read()
if mode == "one transaction":
    with store.transaction():
        for number in range(1, 10_000):
            write(number)
for number in range(1, 10_000):
    with store.transaction():
        write(number)
    print("committed", number, flush=True)
"""


@contextmanager
def writer(path: Path, mode: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the store and writes to it; killed at the latest when the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )
    with process:
        try:
            wait_for(process, "ready")
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout is not None
    while True:
        found = process.stdout.readline()
        assert found, f"the writer ended before it said '{line}'"
        if found.strip() == line:
            return


def kill(process: subprocess.Popen[str]) -> str:
    """Kill the process as a power cut would; returns what it had still said."""
    process.kill()
    assert process.stdout is not None
    said = process.stdout.read()
    process.wait(timeout=30)
    return said


def an_account() -> pl.DataFrame:
    return pl.concat([ACCOUNTS.empty(), pl.DataFrame({"account_id": ["a"]})], how="diagonal")


def open_connection(path: Path, *, read_only: bool = False) -> DuckDBSession:
    return DuckDBSession(str(path), read_only=read_only, settings={}, write_lock=threading.RLock())


@pytest.mark.parametrize("upserts", [1, 5, 40])
def test_a_writer_killed_inside_a_transaction_leaves_nothing_of_it(tmp_path: Path, upserts: int) -> None:
    path = tmp_path / "store.duckdb"
    with writer(path, "one transaction") as process:
        wait_for(process, f"half {upserts}")
    store = open_store(path)
    assert store.read(BATCHES)["batch_id"].to_list() == ["b0"]
    assert store.versions(CONSUMPTION)["batch_id"].unique().to_list() == ["b0"]
    store.close()


@pytest.mark.parametrize("milliseconds", [0, 37, 111, 290, 700])
def test_a_writer_killed_at_any_moment_leaves_whole_batches(tmp_path: Path, milliseconds: int) -> None:
    path = tmp_path / "store.duckdb"
    with writer(path, "many transactions") as process:
        wait_for(process, "committed 1")
        time.sleep(milliseconds / 1000)
        said = kill(process)
    promised = [int(line.split()[1]) for line in said.splitlines() if line.startswith("committed")]
    store = open_store(path)
    batches = store.read(BATCHES)
    rows = store.versions(CONSUMPTION)
    assert set(rows["batch_id"]) == set(batches["batch_id"])
    assert rows.height == batches["rows_accepted"].sum()
    assert set(batches["batch_id"]) >= {f"b{number}" for number in [0, 1, *promised]}
    assert rows.filter(pl.col("superseded_at").is_null()).select(CONSUMPTION.key).is_duplicated().sum() == 0
    store.close()


def test_a_file_another_process_holds_is_busy_and_the_message_names_the_process(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    with writer(path, "hold") as process:
        for read_only in (False, True):
            with pytest.raises(StoreBusy, match=rf"PID {process.pid}\b.*stop that process") as caught:
                open_store(path, read_only=read_only)
            assert caught.value.facts["file"] == str(path)
    store = open_store(path)
    assert store.count(BATCHES) == 1
    store.close()


def test_readers_share_a_file_and_cannot_write_it(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    open_store(path).close()
    first, second = open_store(path, read_only=True), open_store(path, read_only=True)
    assert first.count(ACCOUNTS) == second.count(ACCOUNTS) == 0
    assert len(first.panel()) == 0
    frame = an_account()
    with pytest.raises(StoreBroken, match="read_only=False"):
        first.upsert(ACCOUNTS, frame)
    with pytest.raises(StoreBusy, match="close that store first"):
        open_store(path)
    first.close()
    second.close()


@pytest.mark.parametrize("content", [b"", b"account,day\n", b"text that is no database\n" * 1000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes(content)
    with pytest.raises(StoreBroken, match=r"notes\.csv.*Name another file"):
        open_store(path)
    assert path.read_bytes() == content


def test_a_place_where_no_file_can_be_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(StoreBroken, match="folder must exist"):
        open_store(tmp_path / "no" / "store.duckdb")
    with pytest.raises(StoreBroken, match="Name a file inside"):
        open_store(tmp_path)
    with pytest.raises(StoreBroken, match="open it for writing to create it"):
        open_store(tmp_path / "store.duckdb", read_only=True)


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.duckdb")
    store.close()
    with pytest.raises(StoreBroken, match="Open the store again"):
        store.count(ACCOUNTS)


def test_a_store_of_a_newer_amuna_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    open_store(path).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO schema_version VALUES (999, 'from the future')")
    for read_only in (False, True):
        with pytest.raises(StoreBroken, match=r"schema version 999.*Upgrade Amuna"):
            open_store(path, read_only=read_only)


def test_a_store_without_an_expected_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    open_store(path).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("ALTER TABLE accounts DROP COLUMN segment")
    with pytest.raises(StoreBroken, match=r"accounts.*segment"):
        open_store(path)


def test_an_older_store_is_upgraded_with_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    store = open_store(path)
    store.upsert(
        ACCOUNTS,
        an_account(),
    )
    store.close()
    wider = Table(
        "accounts", (*ACCOUNTS.columns, Column("tariff", pl.String, "tariff", nullable=True)), ("account_id",)
    )
    added = Table("wells", (Column("well_id", pl.String, "a well"),), ("well_id",))
    next_number = MIGRATIONS[-1].number + 1
    newer = (
        *MIGRATIONS,
        Migration(next_number, "tariffs", ("ALTER TABLE accounts ADD COLUMN tariff VARCHAR",)),
    )

    reader = open_connection(path, read_only=True)
    with pytest.raises(StoreBroken, match=rf"needs {next_number}.*read_only=False"):
        migrate(reader, read_only=True, migrations=newer, tables=(wider, added))
    reader.close()
    for _ in range(2):
        session = open_connection(path)
        migrate(session, read_only=False, migrations=newer, tables=(wider, added))
        assert wider.check(session.frame("SELECT * FROM accounts")).height == 1
        assert session.frame("SELECT * FROM wells").is_empty()
        numbers = session.frame("SELECT number FROM schema_version ORDER BY number")["number"].to_list()
        assert numbers == list(range(1, next_number + 1))
        session.close()


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    open_store(path).close()
    statements = (
        "ALTER TABLE accounts ADD COLUMN tariff VARCHAR",
        "ALTER TABLE nowhere ADD COLUMN tariff VARCHAR",
    )
    session = open_connection(path)
    with pytest.raises(StoreBroken, match="nowhere"):
        migrate(
            session,
            read_only=False,
            migrations=(*MIGRATIONS, Migration(MIGRATIONS[-1].number + 1, "half", statements)),
        )
    session.close()
    store = open_store(path)
    assert ACCOUNTS.check(store.query("SELECT * FROM accounts")).is_empty()
    store.close()


def test_memory_and_threads_are_limited_as_asked(tmp_path: Path) -> None:
    store = open_store(MEMORY, threads=1, memory="100MB")
    found = store.query(
        "SELECT current_setting('threads') AS threads, current_setting('memory_limit') AS memory"
    )
    assert found.rows() == [(1, "95.3 MiB")]
    with pytest.raises(StoreBroken, match="memory limit"):
        store.query("SELECT LIST(x) FROM range(50_000_000) AS r(x)")
    store.close()


def test_instants_are_utc_whatever_the_machine_thinks(tmp_path: Path) -> None:
    script = (
        "from datetime import UTC, datetime; import sys; from amuna.store.duckdb_store import open_store;"
        "s = open_store(sys.argv[1]);"
        "print(s.query(\"SELECT TIMESTAMPTZ '2024-01-01 00:00:00' AS t, CAST(? AS VARCHAR) AS u\","
        " [datetime(2024, 1, 1, tzinfo=UTC)]).rows())"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "TZ": "America/Lima"}
    said = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "s.duckdb")],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    ).stdout
    assert "datetime.datetime(2024, 1, 1, 0, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC'))" in said
    assert "2024-01-01 00:00:00+00" in said


@pytest.mark.skipif(not BARCELONA.exists(), reason="shared/data/accounts/barcelona_meters is absent")
def test_real_meters_come_back_as_they_were_however_they_are_cut(tmp_path: Path) -> None:
    """940,000 rows with repeated keys, in slabs that cut across accounts, against polars."""
    raw = pl.read_parquet(BARCELONA)
    frame = raw.select(
        account_id=pl.col("AccountOID").cast(pl.String),
        day=pl.col("ConsumptionDate").cast(pl.Date),
        consumption_m3=pl.col("Consumption").cast(pl.Float64) / 1000,
        flag=pl.lit("ok"),
        recorded_at=pl.lit(datetime(2022, 1, 1, tzinfo=UTC)).cast(INSTANT),
        batch_id=pl.lit("b1"),
    ).drop_nulls()
    store = open_store(tmp_path / "store.duckdb", threads=2)
    for slab in frame.iter_slices(200_000):
        store.upsert(CONSUMPTION, slab)
    expected = frame.unique(CONSUMPTION.key, keep="last").sort(CONSUMPTION.key)
    assert store.read(CONSUMPTION).sort(CONSUMPTION.key).equals(expected)
    panel = store.panel()
    assert len(panel) == expected["account_id"].n_unique()
    assert (~np.isnan(panel.values)).sum() == expected.height
    assert np.nansum(panel.values) == pytest.approx(expected["consumption_m3"].sum())
    store.close()
