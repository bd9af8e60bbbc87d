"""Zones whose inflows no utility would make up: nothing, always the same, months unknown, a stray day years ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.zone_town import CUTOFF, DAYS, FIRST, PLACE, QUICK, ZONES, flow_rows, town_hours, weather_rows

from amuna.domain.ports import Store
from amuna.domain.tables import WEATHER
from amuna.domain.zone_tables import FLOWS, ZONE_QUANTILE_COLUMNS
from amuna.store.duckdb_store import open_store
from amuna.workflows.zone_day import zone_day
from amuna.workflows.zone_explain import explain_zones
from amuna.workflows.zone_forecast import forecast_zones

HOURS = town_hours(DAYS)
NOW = datetime(2022, 6, 1, 4, tzinfo=UTC)
at = pl.col("observed_at")
nothing = pl.lit(0.0)

# Inflows, and between what the forecast of the south lies on average [m³/h].
ODD = {
    "one zone alone": (HOURS.drop("north", "west"), 50, 70),
    "one zone without inflow": (HOURS.drop("north", "west").with_columns(south=nothing), 0, 0),
    "no zone with inflow": (HOURS.with_columns(south=nothing, north=nothing, west=nothing), 0, 0),
    "one of three without inflow": (HOURS.with_columns(south=nothing), 0, 0),
    "always the same": (HOURS.drop("north", "west").with_columns(south=pl.lit(7.0)), 7, 7),
    "three weeks, months unknown, two days": (
        HOURS.drop("north", "west").filter(
            (at < FIRST + timedelta(days=20)) | (at >= CUTOFF - timedelta(days=2))
        ),
        40,
        70,
    ),
}


def store_of(folder: Path, hours: pl.DataFrame) -> Store:
    store = open_store(folder / "odd.duckdb")
    told = [zone for zone in ZONES if zone in hours.columns]
    every = hours.with_columns(pl.lit(None, pl.Float64).alias(zone) for zone in ZONES if zone not in told)
    store.upsert(FLOWS, flow_rows(every.filter(at < CUTOFF)))
    store.upsert(WEATHER, weather_rows(HOURS))
    return store


@pytest.mark.parametrize("name", ODD)
def test_odd_inflows_are_trained_forecast_and_explained(tmp_path: Path, name: str) -> None:
    hours, low, high = ODD[name]
    store = store_of(tmp_path, hours)
    assert zone_day(store=store, place=PLACE, forecasters=QUICK, now=NOW, search_every=None).trained == 1
    made = forecast_zones(store=store, place=PLACE, zone="south").rows
    assert made.select(pl.col(*ZONE_QUANTILE_COLUMNS.values()).is_finite().all()).row(0) == (True,) * 5
    mean = made["forecast_m3h"].mean()
    assert isinstance(mean, float)
    assert low == pytest.approx(mean) or high == pytest.approx(mean) or low < mean < high
    explained = explain_zones(store=store, place=PLACE, forecasters=QUICK, rng=np.random.default_rng(1))
    together = explained.dependence.filter(pl.col("zone_id").is_null())
    assert together["effect_m3h"].is_finite().all()
    store.close()


def test_a_stray_day_years_ago_does_not_stop_the_search_for_settings(tmp_path: Path) -> None:
    stray = HOURS.head(24).with_columns(at - timedelta(days=300))
    store = store_of(tmp_path, pl.concat([stray, HOURS]))
    done = zone_day(store=store, place=PLACE, forecasters=QUICK[1:], now=NOW)
    assert (done.trained, done.zones) == (1, 3)
    store.close()
