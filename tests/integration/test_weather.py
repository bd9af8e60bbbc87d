"""Weather from a real HTTP server into a real store: versions, units, quarantine, cache, stale answers, kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from amuna.domain.errors import ColumnMismatch, SourceUnreadable, TransientError, UnknownTimeZone, UnknownUnit
from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, QUARANTINE, WEATHER
from amuna.feeds.answer_cache import AnswerCache
from amuna.feeds.http_json import HttpJson
from amuna.feeds.places import Place
from amuna.feeds.weather import WeatherApi, WeatherFeed
from amuna.store.duckdb_store import open_store
from amuna.workflows.weather import WeatherReport, ingest_weather
from services.weather import WeatherServer, broken, slow, weather_server

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 10, 14, 20, tzinfo=UTC)
LIMA = Place("lima", -12.05, -77.04)
CUSCO = Place("cusco", -13.52, -71.97)


class Bench:
    """A server, a store and a cache; `fetch` is what `amuna weather` does."""

    def __init__(self, server: WeatherServer, store: Store, folder: Path) -> None:
        self.server, self.store, self.cache = server, store, AnswerCache(folder / "cache")

    def fetch(
        self, *places: Place, now: datetime = NOW, days_back: int = 2, days_ahead: int = 1
    ) -> WeatherReport:
        self.server.now = now
        feed = WeatherFeed(
            places or (LIMA,),
            WeatherApi(self.server.url, self.server.url),
            http=HttpJson(5.0, 2, sleep=lambda _: None, now=lambda: now),
            cache=self.cache,
            days_back=days_back,
            days_ahead=days_ahead,
            now=lambda: now,
        )
        report = ingest_weather(feed, store=self.store, now=lambda: now)
        rows = report.rows
        parts = (rows.inserted, rows.replaced, rows.superseded, rows.unchanged, rows.duplicate)
        assert rows.read == sum(parts) + rows.quarantined
        return report


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with weather_server(NOW) as server:
        store = open_store(tmp_path / "amuna.duckdb")
        try:
            yield Bench(server, store, tmp_path)
        finally:
            store.close()


def test_hours_that_ended_are_observed_and_the_others_forecast(bench: Bench) -> None:
    report = bench.fetch()
    stored = bench.store.read(WEATHER).sort("observed_at")
    assert report.rows.inserted == stored.height == 4 * 24
    last_observed = stored.filter(kind="observed")["observed_at"].max()
    assert last_observed == datetime(2026, 3, 10, 13, tzinfo=UTC)
    assert stored.filter(kind="forecast")["observed_at"].min() == datetime(2026, 3, 10, 14, tzinfo=UTC)
    assert stored["recorded_at"].unique().to_list() == [NOW]
    midnight = stored.row(0, named=True)
    assert {
        name: midnight[name] for name in ("temperature_c", "humidity_percent", "rain_mm", "wind_kmh")
    } == {
        "temperature_c": 15.5,
        "humidity_percent": 80.0,
        "rain_mm": 0.0,
        "wind_kmh": 11.0,
    }


def test_a_forecast_gives_way_to_what_was_observed_and_can_still_be_read(bench: Bench) -> None:
    bench.server.warmer_c = 3.0
    bench.fetch()
    later = NOW + timedelta(days=1)
    report = bench.fetch(now=later)
    hour = {"observed_at": datetime(2026, 3, 10, 18, tzinfo=UTC)}
    before = bench.store.read(WEATHER, known_at=NOW, where=hour).row(0, named=True)
    after = bench.store.read(WEATHER, known_at=later, where=hour).row(0, named=True)
    assert (before["kind"], after["kind"]) == ("forecast", "observed")
    assert before["temperature_c"] == pytest.approx(after["temperature_c"] + 3.0)
    assert report.rows.replaced >= 24


def test_units_are_read_and_converted(bench: Bench) -> None:
    def imperial(body: dict[str, Any]) -> None:
        body["hourly_units"] |= {
            "temperature_2m": "°F",
            "apparent_temperature": "°F",
            "precipitation": "inch",
            "wind_speed_10m": "mp/h",
        }
        for name, value in (("temperature_2m", 68.0), ("precipitation", 0.1), ("wind_speed_10m", 10.0)):
            body["hourly"][name] = [value] * len(body["hourly"]["time"])

    bench.server.change = imperial
    bench.fetch()
    row = bench.store.read(WEATHER).row(0, named=True)
    assert row["temperature_c"] == pytest.approx(20.0)
    assert row["rain_mm"] == pytest.approx(2.54)
    assert row["wind_kmh"] == pytest.approx(16.09344)


def test_null_stays_null_and_absurd_values_are_quarantined(bench: Bench) -> None:
    def damage(body: dict[str, Any]) -> None:
        hourly = body["hourly"]
        hourly["precipitation"][0] = None
        hourly["temperature_2m"][1] = 451
        hourly["relative_humidity_2m"][2] = -1
        hourly["wind_speed_10m"][3] = "calm"
        hourly["apparent_temperature"][4] = float("nan")
        hourly["time"][5] = "2026-03-08 5 o'clock"
        hourly["time"][6] = "2031-03-08T06:00"

    bench.server.change = damage
    report = bench.fetch()
    assert report.rows.reasons == {"impossible": 2, "not_a_number": 2, "not_a_time": 1, "future": 1}
    first = bench.store.read(WEATHER).sort("observed_at").row(0, named=True)
    assert (first["rain_mm"], first["temperature_c"]) == (None, 15.5)
    refused = bench.store.read(QUARANTINE).sort("row")
    assert refused["row"].to_list() == [2, 3, 4, 5, 6, 7]
    assert "451" in refused["detail"][0]
    assert "°C" in refused["detail"][0]
    assert "calm" in refused["original"][2]


def test_an_hour_told_twice_is_refused_where_the_two_differ(bench: Bench) -> None:
    def clocks_go_back(body: dict[str, Any]) -> None:
        for name in body["hourly"]:
            body["hourly"][name].insert(2, body["hourly"][name][1])
            body["hourly"][name].insert(6, body["hourly"][name][5])
        body["hourly"]["temperature_2m"][2] += 1.0

    bench.server.change = clocks_go_back
    report = bench.fetch()
    assert report.rows.reasons == {"repeated_hour": 2}
    assert report.rows.duplicate == 1


def _without(name: str) -> Any:
    return lambda body: body["hourly"].pop(name)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (_without("precipitation"), ColumnMismatch, "hourly.precipitation, found nothing"),
        (_without("time"), ColumnMismatch, "hourly.time"),
        (lambda body: body["hourly"]["time"].pop(), ColumnMismatch, "96 values for 95 hours"),
        (lambda body: body.pop("hourly"), SourceUnreadable, "hourly to be a JSON object"),
        (lambda body: body.pop("hourly_units"), SourceUnreadable, "hourly_units"),
        (lambda body: body["hourly_units"].update(precipitation="cm"), UnknownUnit, "in 'cm'"),
        (lambda body: body["hourly_units"].pop("wind_speed_10m"), UnknownUnit, "wind_speed_10m comes in ''"),
        (lambda body: body.update(utc_offset_seconds=-18000), UnknownTimeZone, "-18000"),
        (lambda body: body["hourly_units"].update(time="unixtime"), UnknownTimeZone, "unixtime"),
        (
            lambda body: body.update(hourly={name: [] for name in body["hourly"]}),
            SourceUnreadable,
            "no hours",
        ),
    ],
)
def test_an_answer_of_another_shape_stops_with_a_clear_error(
    bench: Bench, change: Any, error: type[Exception], words: str
) -> None:
    bench.server.change = change
    with pytest.raises(error, match=words):
        bench.fetch()
    assert bench.store.count(WEATHER) == bench.store.count(BATCHES) == 0


def test_a_fresh_forecast_is_not_asked_for_again(bench: Bench) -> None:
    bench.fetch()
    again = bench.fetch(now=NOW + timedelta(minutes=59))
    assert len(bench.server.requests) == 1
    assert (again.rows.read, again.rows.unchanged, again.stale) == (96, 96, {})
    bench.fetch(now=NOW + timedelta(minutes=61))
    assert len(bench.server.requests) == 2


def test_months_of_the_archive_are_fetched_once_and_settled_days_not_again(bench: Bench) -> None:
    bench.fetch(days_back=150)
    paths = [path for path, _ in bench.server.requests]
    assert paths == ["/v1/archive"] * 3 + ["/v1/forecast"]
    assert bench.server.requests[0][1]["start_date"] == "2025-10-01"
    assert bench.server.requests[2][1]["end_date"] == "2025-12-31"
    hours = bench.store.read(WEATHER).sort("observed_at")["observed_at"]
    assert hours.diff().drop_nulls().unique().to_list() == [timedelta(hours=1)]

    bench.server.requests.clear()
    bench.fetch(days_back=150, now=NOW + timedelta(days=1))
    assert [(path, asked["past_days"]) for path, asked in bench.server.requests] == [("/v1/forecast", "3")]

    bench.server.requests.clear()
    bench.fetch(days_back=200, now=NOW + timedelta(days=1, hours=2))
    archive = [asked["start_date"] for path, asked in bench.server.requests if path == "/v1/archive"]
    assert archive == ["2025-08-01", "2025-09-01"]


def test_a_feed_that_was_off_catches_up(bench: Bench) -> None:
    bench.fetch()
    bench.fetch(now=NOW + timedelta(days=10))
    days = bench.store.read(WEATHER).sort("observed_at")["observed_at"].dt.date().unique().sort()
    assert days.to_list() == [date(2026, 3, 8) + timedelta(days=i) for i in range(14)]


def test_while_the_api_is_away_the_last_answer_serves_and_says_how_old_it_is(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.fetch(LIMA, CUSCO)
    bench.server.always = broken(503)
    later = bench.fetch(LIMA, CUSCO, now=NOW + timedelta(hours=5))
    assert later.stale == pytest.approx({"lima": 5.0, "cusco": 5.0})
    assert "5.0 hours ago for lima" in caplog.text
    assert bench.store.read(WEATHER)["recorded_at"].unique().to_list() == [NOW]
    bench.server.always = None
    assert bench.fetch(LIMA, CUSCO, now=NOW + timedelta(hours=6)).stale == {}


def test_away_and_nothing_kept_is_a_transient_error(bench: Bench) -> None:
    bench.server.always = broken(503)
    with pytest.raises(TransientError, match="503"):
        bench.fetch()


def test_a_damaged_cache_is_as_none(bench: Bench) -> None:
    bench.fetch()
    for file in bench.cache.folder.iterdir():
        file.write_text(file.read_text()[:50])
    bench.fetch(now=NOW + timedelta(minutes=5))
    assert len(bench.server.requests) == 2


def test_a_place_that_moved_is_asked_for_anew(bench: Bench) -> None:
    bench.fetch()
    bench.fetch(replace(LIMA, latitude=-11.0), days_back=20, now=NOW + timedelta(hours=2))
    assert bench.server.requests[-1][1]["past_days"] == "20"


def amuna(folder: Path) -> list[str]:
    return [sys.executable, "-m", "amuna.serve.cli.main", "--workspace", str(folder), "weather"]


def test_killed_between_places_it_goes_on_and_nothing_is_doubled(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with weather_server(now) as server:
        settings = f'[weather]\nurl = "{server.url}"\narchive_url = "{server.url}"\n'
        for place in (LIMA, CUSCO):
            settings += f"[places.{place.name}]\nlatitude = {place.latitude}\nlongitude = {place.longitude}\n"
        (tmp_path / "amuna.toml").write_text(settings, encoding="utf-8")
        server.faults.extend([None, slow(30)])
        with subprocess.Popen(
            amuna(tmp_path), cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True
        ) as killed:
            while len(server.requests) < 2 and killed.poll() is None:
                time.sleep(0.02)
            os.killpg(killed.pid, signal.SIGKILL)
        done = subprocess.run(amuna(tmp_path), cwd=ROOT, capture_output=True, text=True, check=False)
        asked = [parameters["latitude"] for _, parameters in server.requests]
    assert done.returncode == 0, done.stderr
    assert "hours read     720" in done.stdout
    assert asked == [str(place.latitude) for place in (LIMA, CUSCO, CUSCO)]
    store = open_store(tmp_path / "amuna.duckdb")
    stored = store.read(WEATHER)
    store.close()
    assert stored.select(pl.struct(WEATHER.key).n_unique()).item() == stored.height
    assert dict(stored["place_id"].value_counts().iter_rows()) == {"lima": 15 * 24, "cusco": 15 * 24}
