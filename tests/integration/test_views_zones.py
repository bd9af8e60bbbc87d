"""What pages and programs read of zones: totals with ranges that past totals earned, hours, shapes and records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.zone_town import CUTOFF, DAYS, PLACE, ROME, flow_rows, forecast_rows, town_hours, town_store

from amuna.domain.errors import NotFound
from amuna.domain.ports import Store
from amuna.domain.tables import RUNS, WEATHER
from amuna.domain.zone_tables import FLOWS, ZONE_FORECASTS, ZONES
from amuna.store.postgres_store import open_postgres
from amuna.workflows.views.zone_days import zone_days
from amuna.workflows.views.zone_record import zone_scores
from amuna.workflows.views.zone_week import HEAT_DAYS, zone_heat, zone_week
from amuna.workflows.views.zones import zone_shapes, zones_list
from amuna.workflows.zone_score import score_zones

HOURS = town_hours(DAYS + 8)
DAY = timedelta(days=1)
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = town_store(tmp_path, HOURS)
    zones = [
        {
            "zone_id": "north",
            "name": "Norte",
            "kind": "dma",
            "population": 900.0,
            "geometry": json.dumps(SQUARE),
        },
        {"zone_id": "dry", "name": "Seca", "kind": "dma"},
    ]
    blank = dict.fromkeys(("parent_id", "population", "connections", "area_km2", "geometry"))
    opened.upsert(ZONES, ZONES.frame([blank | row for row in zones]))
    opened.upsert(ZONE_FORECASTS, forecast_rows(HOURS, CUTOFF))
    yield opened
    opened.close()


def one(store: Store, zone_id: str) -> dict[str, object]:
    return zones_list(store, PLACE).row(by_predicate=pl.col("zone_id") == zone_id, named=True)


def test_every_zone_that_is_described_flows_or_is_forecast_is_listed(store: Store) -> None:
    assert zones_list(store, PLACE)["name"].to_list() == ["Seca", "Norte", "south", "west"]
    dry, north = one(store, "dry"), one(store, "north")
    assert (dry["last_hour"], dry["status"], dry["day_m3"], dry["week_range"]) == (None, None, None, None)
    assert (north["status"], north["cutoff"], north["population"]) == ("ok", CUTOFF, 900.0)
    assert north["last_hour"] == CUTOFF - timedelta(hours=1)


def test_a_total_without_enough_past_ones_has_the_range_of_its_hours_and_says_so(store: Store) -> None:
    row = one(store, "south")
    hours = forecast_rows(HOURS, CUTOFF).filter(pl.col("zone_id") == "south").sort("observed_at")
    assert row["day_m3"] == pytest.approx(hours["forecast_m3h"].head(24).sum())
    assert row["week_m3"] == pytest.approx(hours["forecast_m3h"].sum())
    assert row["week_low80_m3"] == pytest.approx(0.9 * hours["forecast_m3h"].sum())
    assert (row["day_range"], row["week_range"]) == ("hours", "hours")


def test_a_total_has_the_range_that_past_totals_of_the_zone_earned(store: Store) -> None:
    errors = np.linspace(-0.05, 0.05, 45)
    for back, error in enumerate(np.random.default_rng(1).permutation(errors), start=1):
        store.upsert(ZONE_FORECASTS, forecast_rows(HOURS, CUTOFF - back * DAY, scale=1 / (1 + error)))
    row = one(store, "south")
    assert (row["day_range"], row["week_range"]) == ("totals", "totals")
    low, high = errors[3], errors[-4]  # floor(46 × 0.1) = 4th from each end
    assert row["day_low80_m3"] == pytest.approx(row["day_m3"] * (1 + low))
    assert row["day_high80_m3"] == pytest.approx(row["day_m3"] * (1 + high))
    week = row["week_high80_m3"] - row["week_low80_m3"]  # type: ignore[operator]
    assert 0 < week < 0.11 * row["week_m3"]  # type: ignore[operator]


def test_past_totals_of_another_status_do_not_count(store: Store) -> None:
    for back in range(1, 21):
        rows = forecast_rows(HOURS, CUTOFF - back * DAY).with_columns(status=pl.lit("no_weather"))
        store.upsert(ZONE_FORECASTS, rows)
    assert one(store, "south")["day_range"] == "hours"


def test_the_change_is_against_the_same_local_hours_of_four_weeks(store: Store) -> None:
    flat = flow_rows(HOURS).filter(pl.col("observed_at") < CUTOFF).with_columns(flow_m3h=pl.lit(10.0))
    store.upsert(FLOWS, flat)
    store.upsert(ZONE_FORECASTS, forecast_rows(HOURS, CUTOFF).with_columns(forecast_m3h=pl.lit(12.0)))
    row = one(store, "west")
    assert row["day_change_percent"] == pytest.approx(20)
    assert row["week_change_percent"] == pytest.approx(20)


def test_a_holiday_of_the_last_weeks_is_not_what_is_usual(store: Store) -> None:
    liberation = pl.col("observed_at").dt.convert_time_zone("Europe/Rome").dt.date() == date(2022, 4, 25)
    flow = pl.when(liberation).then(1.0).otherwise(10.0)
    store.upsert(FLOWS, flow_rows(HOURS).filter(pl.col("observed_at") < CUTOFF).with_columns(flow_m3h=flow))
    cutoff = datetime(2022, 5, 15, 22, tzinfo=UTC)  # of a Monday, as the holiday was
    store.delete(ZONE_FORECASTS, where={"run_id": "zones-a"})
    store.upsert(ZONE_FORECASTS, forecast_rows(HOURS, cutoff).with_columns(forecast_m3h=pl.lit(11.0)))
    week = zone_week(store, "south", PLACE)
    assert set(week.ahead["usual_m3h"]) == {10.0}
    assert one(store, "south")["day_change_percent"] == pytest.approx(10)
    assert zone_days(store, week, ROME)["change_percent"].to_list() == pytest.approx([10] * 7)
    weeks = zone_week(store, "south", PLACE, past_days=HEAT_DAYS)
    holiday = zone_heat(weeks, ROME).filter(pl.col("day") == date(2022, 4, 25))
    assert set(holiday["ratio"]) == {0.1}


def test_usual_hours_follow_the_clock_over_daylight_saving(store: Store) -> None:
    local = pl.col("observed_at").dt.convert_time_zone("Europe/Rome").dt.hour().cast(pl.Float64)
    store.upsert(FLOWS, flow_rows(HOURS).filter(pl.col("observed_at") < CUTOFF).with_columns(flow_m3h=local))
    cutoff = datetime(2022, 4, 10, 22, tzinfo=UTC)
    store.delete(ZONE_FORECASTS, where={"run_id": "zones-a"})
    store.upsert(ZONE_FORECASTS, forecast_rows(HOURS, cutoff))
    ahead = zone_week(store, "south", PLACE).ahead.with_columns(hour=local)
    assert ahead["usual_m3h"].to_list() == ahead["hour"].to_list()


def test_a_week_has_its_hours_the_two_weeks_before_and_weather(store: Store) -> None:
    week = zone_week(store, "south", PLACE)
    assert (week.run_id, week.cutoff, week.status) == ("zones-a", CUTOFF, "ok")
    assert (len(week.ahead), len(week.past)) == (168, 14 * 24)
    assert week.ahead["observed_at"][0] == CUTOFF
    assert week.past["observed_at"][-1] == CUTOFF - timedelta(hours=1)
    weather = HOURS.select("observed_at", "temperature_c")
    for hours in (week.ahead, week.past):
        assert hours["usual_m3h"].null_count() == hours["rain_mm"].null_count() == 0
        joined = hours.join(weather, on="observed_at", suffix="_true")
        assert joined["temperature_c"].equals(joined["temperature_c_true"])


def test_a_zone_without_forecast_or_without_inflow_has_a_week_with_nothing_ahead(store: Store) -> None:
    dry = zone_week(store, "dry", PLACE)
    assert (dry.cutoff, len(dry.ahead), len(dry.past)) == (None, 0, 0)
    store.delete(ZONE_FORECASTS, where={"run_id": "zones-a"})
    bare = zone_week(store, "north", PLACE)
    assert (bare.status, len(bare.ahead), len(bare.past)) == (None, 0, 14 * 24)
    assert zone_heat(dry, ROME).is_empty()
    with pytest.raises(NotFound):
        zone_week(store, "nowhere", PLACE)


def test_the_run_that_serves_is_shown_where_two_forecast_the_same_hours(store: Store) -> None:
    run = {"started_at": CUTOFF, "finished_at": CUTOFF, "cutoff": CUTOFF.date(), "settings": "{}"}
    run |= {"code_version": "1", "accounts": 0, "kind": "zones", "parent": None}
    store.upsert(ZONE_FORECASTS, forecast_rows(HOURS, CUTOFF, run_id="zones-b", scale=2))
    rows = [run | {"run_id": "zones-a", "alias": "zones"}, run | {"run_id": "zones-b", "alias": ""}]
    store.upsert(RUNS, RUNS.frame(rows))
    assert one(store, "south")["run_id"] == zone_week(store, "south", PLACE).run_id == "zones-a"


def test_the_heat_of_a_zone_is_a_cell_for_each_local_hour(store: Store) -> None:
    heat = zone_heat(zone_week(store, "west", PLACE, past_days=HEAT_DAYS), ROME)
    assert len(heat) == 35 * 24
    assert heat.group_by("day").len()["len"].unique().to_list() == [24]
    assert heat.filter("ahead")["day"].min() == CUTOFF.astimezone(ROME).date()
    days = HOURS.select("west", at=pl.col("observed_at").dt.convert_time_zone("Europe/Rome"))
    seen = dict(days.filter(pl.col("at").dt.hour() == 7).select(pl.col("at").dt.date(), "west").iter_rows())
    day = date(2022, 5, 20)
    usual = np.mean([seen[day - week * 7 * DAY] for week in range(1, 5)])
    cell = heat.row(by_predicate=(pl.col("day") == day) & (pl.col("hour") == 7), named=True)
    assert cell["ratio"] == pytest.approx(seen[day] / usual)


def test_shapes_are_geojson_with_the_figures_of_the_list(store: Store) -> None:
    shapes = json.loads(json.dumps(zone_shapes(store, PLACE)))
    (feature,) = shapes["features"]
    assert (feature["id"], feature["geometry"]) == ("north", SQUARE)
    assert feature["properties"]["cutoff"] == f"{CUTOFF:%Y-%m-%dT%H:%M:%SZ}"
    assert feature["properties"]["week_m3"] == one(store, "north")["week_m3"]


def test_the_record_of_a_zone_is_what_was_judged(store: Store) -> None:
    empty = zone_scores(store, "south")
    assert (empty.days, empty.mae_m3h, empty.first_day) == (0, None, None)
    for back in (8, 9):
        store.upsert(ZONE_FORECASTS, forecast_rows(HOURS, CUTOFF - back * DAY, scale=1.05))
    score_zones(store=store, time_zone=ROME)
    record = zone_scores(store, "south")
    assert (record.days, len(record.daily), record.coverage80) == (14, 14, 1.0)
    first = record.daily.filter(pl.col("lead") == 1)
    assert record.mae_m3h == pytest.approx(first["mae_m3h"].mean())
    assert record.last_day == CUTOFF.astimezone(ROME).date() - 2 * DAY


def test_over_postgresql_the_same_is_told(store: Store, new_database: Callable[[], str]) -> None:
    for back in range(1, 21):
        store.upsert(ZONE_FORECASTS, forecast_rows(HOURS, CUTOFF - back * DAY, scale=1 + back / 100))
    other = open_postgres(new_database())
    for table in (FLOWS, ZONES, ZONE_FORECASTS, WEATHER):
        other.upsert(table, store.read(table))
    assert set(zones_list(store, PLACE)["day_range"]) == {"totals", None}
    assert_frame_equal(zones_list(other, PLACE), zones_list(store, PLACE))
    assert_frame_equal(zone_week(other, "west", PLACE).ahead, zone_week(store, "west", PLACE).ahead)
    other.close()
