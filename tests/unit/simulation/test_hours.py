"""Hours of the simulated utility: inflows that add up to the balance, weather, and outlines."""

from __future__ import annotations

import json
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from amuna.simulation import (
    Utility,
    UtilitySettings,
    simulate,
    weather_forecast,
    weather_hours,
    zone_balance,
    zone_hours,
    zone_shapes,
)

DAYS = 60


@pytest.fixture(scope="module")
def utility() -> Utility:
    return simulate(UtilitySettings(accounts=1_500, days=DAYS, start=date(2025, 3, 1)), seed=5)


@pytest.fixture(scope="module")
def hours(utility: Utility) -> pl.DataFrame:
    return zone_hours(utility, zone_balance(utility))


def test_the_hours_of_a_day_add_up_to_what_was_put_into_the_zone(
    utility: Utility, hours: pl.DataFrame
) -> None:
    local = hours.with_columns(
        day=pl.col("observed_at").dt.convert_time_zone(utility.settings.time_zone).dt.date()
    )
    days = local.group_by("zone_id", "day").agg(pl.col("flow_m3h").sum())
    both = days.join(zone_balance(utility), on=["zone_id", "day"])
    assert len(both) == len(utility.areas) * DAYS
    assert np.allclose(both["flow_m3h"], both["system_input_m3"], atol=0.02)


def test_zones_that_are_supplied_some_hours_a_day_are_dry_in_the_others(
    utility: Utility, hours: pl.DataFrame
) -> None:
    clock = hours.with_columns(
        hour=pl.col("observed_at").dt.convert_time_zone(utility.settings.time_zone).dt.hour()
    )
    flowing = clock.filter(pl.col("flow_m3h") > 0).group_by("zone_id").agg(pl.col("hour").n_unique())
    told = pl.DataFrame({"zone_id": utility.areas.zone_ids, "supply": utility.areas.supply_hours})
    both = flowing.join(told, on="zone_id")
    assert both["hour"].to_list() == both["supply"].to_list()


def test_nights_are_quieter_than_mornings_and_days_off_start_later(
    utility: Utility, hours: pl.DataFrame
) -> None:
    always = [
        zone
        for zone, open_ in zip(utility.areas.zone_ids, utility.areas.supply_hours, strict=True)
        if open_ == 24
    ]
    local = pl.col("observed_at").dt.convert_time_zone(utility.settings.time_zone)
    shape = (
        hours.filter(pl.col("zone_id").is_in(always))
        .group_by(hour=local.dt.hour(), off=local.dt.weekday() >= 6)
        .agg(pl.col("flow_m3h").mean())
        .sort("off", "hour")
    )
    work, rest = (shape.filter(pl.col("off") == off)["flow_m3h"].to_numpy() for off in (False, True))
    assert work[2:5].mean() < 0.6 * work[7:10].mean()
    assert rest[:12].argmax() > work[:12].argmax()


def test_the_mean_of_the_hours_is_the_temperature_of_the_day_and_rows_are_of_one_clock(
    utility: Utility,
) -> None:
    weather = weather_hours(utility)
    zone = ZoneInfo(utility.settings.time_zone)
    assert weather["observed_at"][0].astimezone(zone).hour == 0
    daily = weather["temperature_c"].to_numpy().reshape(DAYS, 24).mean(axis=1)
    assert np.allclose(daily, utility.weather["temperature_c"], atol=0.1)
    assert weather["humidity_percent"].is_between(0, 100).all()


def test_a_forecast_of_the_weather_knows_only_the_days_before_and_is_better_than_nothing(
    utility: Utility,
) -> None:
    made = weather_forecast(utility, day=40)
    assert made["observed_at"][0] == weather_hours(utility)["observed_at"][40 * 24]
    truth = utility.weather["temperature_c"].to_numpy()
    first = [
        weather_forecast(utility, day=day)["temperature_c"].to_numpy()[:24].mean() for day in range(10, DAYS)
    ]
    off = np.abs(np.array(first) - truth[10:]).mean()
    assert 0 < off < np.abs(truth[10:] - truth.mean()).mean()


def test_outlines_are_a_geojson_of_closed_rings_with_their_parents(utility: Utility) -> None:
    features = json.loads(zone_shapes(utility))["features"]
    kinds = {feature["properties"]["kind"] for feature in features}
    assert kinds == {"source", "supply", "dma"}
    assert len(features) == len(utility.zones)
    for feature in features:
        ring = feature["geometry"]["coordinates"][0]
        assert ring[0] == ring[-1]
    assert features[-1]["properties"]["parent_id"].startswith("SUP-")
