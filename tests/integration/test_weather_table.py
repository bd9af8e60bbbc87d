"""Weather of a utility's own stations: from a file into the store, and nothing that cannot be read is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from tests.integration.conftest import Amuna

from amuna.domain.tables import QUARANTINE, WEATHER
from amuna.store.duckdb_store import open_store

TABLE = """estacion,fecha_hora,temp,hr,lluvia
norte,2026-01-01 00:00,"21,5",80,0
norte,2026-01-01 01:00,"21,0",,0
norte,2026-01-01 02:00,ayer,80,0
norte,2026-01-01 03:00,"99,0",80,0
sur,2026-01-01 00:00,"19,5",85,"0,2"
sur,sin hora,"19,5",85,0
"""
SECTION = """
[feeds.station]
kind = "weather"
time = "fecha_hora"
temperature = "temp"
humidity = "hr"
rain = "lluvia"
place = "estacion"
time_zone = "America/Lima"
"""


@pytest.fixture
def workspace(amuna: Amuna, tmp_path: Path) -> Path:
    folder = tmp_path / "utility"
    amuna("init", folder)
    with (folder / "amuna.toml").open("a", encoding="utf-8") as file:
        file.write(SECTION)
    return folder


def test_hours_of_several_stations_enter_and_the_others_wait_in_quarantine_as_they_came(
    amuna: Amuna, workspace: Path
) -> None:
    (workspace / "weather.csv").write_text(TABLE, encoding="utf-8")
    amuna("-w", workspace, "ingest", workspace / "weather.csv", "--feed", "station")
    store = open_store(workspace / "amuna.duckdb", read_only=True)
    rows = store.read(WEATHER).sort("place_id", "observed_at")
    refused = store.read(QUARANTINE).sort("row")
    store.close()
    assert rows["place_id"].to_list() == ["norte", "norte", "sur"]
    assert rows["observed_at"][0] == datetime(2026, 1, 1, 5, tzinfo=UTC)
    assert rows["temperature_c"].to_list() == [21.5, 21.0, 19.5]
    assert rows["humidity_percent"].to_list() == [80, None, 85]
    assert rows["rain_mm"][2] == 0.2
    assert rows["kind"].unique().to_list() == ["observed"]
    assert refused.select("row", "field", "reason").rows() == [
        (4, "temp", "not_a_number"),
        (5, "temp", "impossible"),
        (7, "fecha_hora", "not_a_time"),
    ]
    assert "'ayer'" in refused["detail"][0]
    assert '"temp":"99,0"' in refused["original"][1]


def test_a_station_without_a_name_is_the_utility_and_the_hour_that_comes_twice_is_two(
    amuna: Amuna, workspace: Path
) -> None:
    settings = (workspace / "amuna.toml").read_text(encoding="utf-8")
    settings = settings.replace('place = "estacion"\n', "").replace("America/Lima", "Europe/Rome")
    (workspace / "amuna.toml").write_text(settings, encoding="utf-8")
    hours = pl.DataFrame(
        {
            "fecha_hora": ["2025-10-26 01:00", "2025-10-26 02:00", "2025-10-26 02:00", "2025-10-26 03:00"],
            "temp": [9.0, 8.0, 7.0, 6.0],
            "hr": [80, 81, 82, 83],
            "lluvia": [0.0] * 4,
        }
    )
    hours.write_csv(workspace / "weather.csv")
    amuna("-w", workspace, "ingest", workspace / "weather.csv", "--feed", "station")
    store = open_store(workspace / "amuna.duckdb", read_only=True)
    rows = store.read(WEATHER).sort("observed_at")
    store.close()
    assert rows["place_id"].unique().to_list() == ["utility"]
    assert rows["temperature_c"].to_list() == [9.0, 8.0, 7.0, 6.0]
    assert rows["observed_at"].diff().drop_nulls().dt.total_hours().to_list() == [1, 1, 1]


def test_times_that_nobody_can_read_name_the_setting(workspace: Path, amuna: Amuna) -> None:
    (workspace / "weather.csv").write_text("fecha_hora,temp,hr,lluvia,estacion\nlunes,20,80,0,x\n")
    refused = amuna("-w", workspace, "ingest", workspace / "weather.csv", "--feed", "station", code=None)
    assert "date_format" in refused.err


def test_columns_under_the_contracts_names_are_recognised() -> None:
    from amuna.feeds.feed_map import recognise

    found = recognise(["place_id", "observed_at", "temperature_c", "wind_kmh"])
    assert found is not None
    assert (found.kind, found.wind, found.rain, found.time_zone) == ("weather", "wind_kmh", None, "UTC")
