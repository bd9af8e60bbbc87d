"""Zones: whatever happens after the cutoff, the forecast made at it is the same to the last bit."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.zone_town import (
    CUTOFF,
    DAYS,
    PLACE,
    QUICK,
    RECORDED,
    ZONES,
    flow_rows,
    town_hours,
    town_store,
    weather_rows,
)

from amuna.domain.tables import WEATHER
from amuna.domain.zone_tables import FLOWS
from amuna.forecasting.zones.artefact import from_texts, to_texts
from amuna.forecasting.zones.week import train_zone_model
from amuna.workflows.zone_forecast import model_data, zone_week
from amuna.workflows.zone_grid import zone_grid

HOURS = town_hours(DAYS + 8)


def forecast(
    folder: Path, hours: pl.DataFrame, *, observed: bool, known_at: datetime | None = CUTOFF
) -> pl.DataFrame:
    """What a training and a forecast at the cutoff say where the store knows more than that."""
    store = town_store(folder, hours, weather=weather_rows(HOURS))
    store.upsert(FLOWS, flow_rows(hours.filter(pl.col("observed_at") >= CUTOFF)))
    if observed:
        later = weather_rows(hours).filter(pl.col("observed_at") >= CUTOFF)
        corrected = later.with_columns(
            kind=pl.lit("observed"), recorded_at=pl.lit(RECORDED).dt.offset_by("300d").dt.cast_time_unit("us")
        )
        store.upsert(WEATHER, corrected)
    grid = zone_grid(store=store, place=PLACE, cutoff=CUTOFF, known_at=known_at)
    store.close()
    model = train_zone_model(grid.data, QUICK)
    week, status = zone_week(model, grid, model_data(model, grid))
    kept = from_texts(to_texts(model))
    again, _ = zone_week(kept, grid, model_data(kept, grid))
    assert np.array_equal(week.mean, again.mean)
    assert np.array_equal(week.bounds, again.bounds)
    assert np.isfinite(week.mean).all()
    return pl.DataFrame({"mean": week.mean.ravel(), "status": status[0], "low": week.bounds[0].ravel()})


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    return forecast(tmp_path_factory.mktemp("known"), HOURS, observed=False)


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.floats(0.0, 1e6))
def test_values_after_the_cutoff_change_no_bit_of_a_forecast(
    known: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory, seed: int, size: float
) -> None:
    rng = np.random.default_rng(seed)
    after = HOURS["observed_at"] >= CUTOFF
    drawn = {
        name: pl.when(after).then(pl.Series(rng.uniform(0, size, len(HOURS)))).otherwise(pl.col(name))
        for name in (*ZONES, "temperature_c")
    }
    made = forecast(tmp_path_factory.mktemp("drawn"), HOURS.with_columns(**drawn), observed=True)
    assert made.equals(known)


def test_weather_observed_after_the_cutoff_is_not_read_even_where_it_is_known(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    after = pl.col("observed_at") >= CUTOFF
    warmer = HOURS.with_columns(pl.col("temperature_c") + pl.when(after).then(8.0).otherwise(0.0))
    one, other = (
        forecast(tmp_path_factory.mktemp("w"), hours, observed=True, known_at=None)
        for hours in (HOURS, warmer)
    )
    assert one.equals(other)
    assert one["status"][0] == "no_weather"


def test_values_before_the_cutoff_do_change_it(
    known: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> None:
    last = HOURS["observed_at"] == HOURS.filter(pl.col("observed_at") < CUTOFF)["observed_at"].max()
    more = HOURS.with_columns(
        pl.when(last).then(pl.col("north") * 1.2).otherwise(pl.col("north")).alias("north")
    )
    made = forecast(tmp_path_factory.mktemp("more"), more, observed=False)
    assert not made.equals(known)
