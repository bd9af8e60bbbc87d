"""A store of the first version, upgraded with its rows, in either database."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import psycopg
import pytest

from amuna.domain.errors import StoreBroken
from amuna.domain.tables import CONSUMPTION, FORECASTS, MODELS, RUNS, STATES, TABLES, UPDATES
from amuna.store.duckdb_store import open_store
from amuna.store.migrations import MIGRATIONS
from amuna.store.postgres_store import open_postgres
from amuna.store.sql_store import SqlStore

FIRST = Path(__file__).with_name("store_version_1.sql")
ROWS = """
INSERT INTO runs (run_id, started_at, cutoff, settings, code_version, accounts, alias)
    VALUES ('r1', '2024-03-01 00:00:00+00', '2024-02-28', '{}', '0.1.0', 1, 'champion');
INSERT INTO models VALUES ('r1', 'a', 'arima', 'ok', '(1,0,0)(0,0,0)7', 'none', ARRAY[0.5], ARRAY[0.1], 1, 2, 'g', 3, 4, 0, 365, ARRAY[1.0]);
INSERT INTO states VALUES ('r1', 'a', '2024-02-28', ARRAY[1.0, 2.0]);
INSERT INTO updates (run_id, cutoff, updated_at, known_at, rows, restated, adopted, scored, seconds)
    VALUES ('r1', '2024-02-28', '2024-03-01 00:00:00+00', '2024-02-29 00:00:00+00', 0, 0, 0, 0, 1);
INSERT INTO consumption VALUES ('a', '2024-02-27', 0.25, 'ok', '2024-02-28 00:00:00+00', 'b1');
INSERT INTO forecasts SELECT 'r1', 'a', DATE '2024-02-28', DATE '2024-02-28', q, 10 * q
    FROM (SELECT UNNEST(ARRAY[0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]) AS q) AS quantiles;
"""


def written_by_the_first(backend: str, folder: Path, request: pytest.FixtureRequest) -> str:
    script = FIRST.read_text(encoding="utf-8") + ROWS
    if backend == "duckdb":
        place = str(folder / "store.duckdb")
        with duckdb.connect(place) as connection:
            connection.execute(script)
        return place
    url: str = request.getfixturevalue("new_database")()
    with psycopg.connect(url.replace("+psycopg", "", 1)) as connection:
        connection.execute(script)  # type: ignore[arg-type]
    return url


def opened(backend: str, place: str, *, read_only: bool = False) -> SqlStore:
    if backend == "duckdb":
        return open_store(place, read_only=read_only)
    return open_postgres(place, read_only=read_only)


@pytest.mark.parametrize("backend", ["duckdb", "postgres"])
def test_a_store_of_the_first_version_is_upgraded_with_its_rows(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    place = written_by_the_first(backend, tmp_path, request)
    with pytest.raises(StoreBroken, match="has schema version 1"):
        opened(backend, place, read_only=True)
    for _ in range(2):
        store = opened(backend, place)
        numbers = store.query("SELECT number FROM schema_version ORDER BY number")["number"].to_list()
        assert numbers == [migration.number for migration in MIGRATIONS]
        for table in TABLES:
            rows = table.check(store.read(table))
            assert store.upsert(table, rows).inserted == 0
        assert store.read(RUNS)["kind"].to_list() == ["training"]
        assert store.read(MODELS).select("fitted_run", "fitted_to").rows() == [("r1", date(2024, 2, 28))]
        assert store.read(STATES)["known_at"].to_list() == store.read(UPDATES)["known_at"].to_list()
        assert store.read(FORECASTS).select("low95_m3", "forecast_m3", "high95_m3").rows() == [
            (0.25, 5, 9.75)
        ]
        assert store.read(CONSUMPTION)["consumption_m3"].to_list() == [0.25]
        store.close()


def test_an_upgrade_leaves_no_table_without_its_key(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    place = written_by_the_first("postgres", tmp_path, request)
    opened("postgres", place).close()
    with psycopg.connect(place.replace("+psycopg", "", 1)) as connection:
        keyless = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = pg_class.oid AND contype = 'p')"
            " AND relname NOT LIKE '%\\_superseded' ORDER BY 1"
        ).fetchall()
    assert keyless == [("quarantine",), ("schema_version",)]
