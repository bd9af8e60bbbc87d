"""Zones of a real city: with every inflow after the cutoff drawn at random, settings, forecast and ranges are the same to the last bit."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from amuna.domain.tables import WEATHER
from amuna.domain.zone_tables import FLOWS
from amuna.forecasting.zones.calendar import Place
from amuna.forecasting.zones.members.ridge import Ridge
from amuna.forecasting.zones.tune import Choice
from amuna.forecasting.zones.week import WeekAhead, train_zone_model, week_ahead
from amuna.store.duckdb_store import open_store
from amuna.workflows.zone_grid import zone_grid

FERRARA = Path(__file__).resolve().parents[3] / "shared" / "data" / "zones" / "bwdf_ferrara"
pytestmark = pytest.mark.skipif(not FERRARA.exists(), reason="shared/data/zones/bwdf_ferrara is absent")
ROME = ZoneInfo("Europe/Rome")
PLACE = Place("IT", "", ROME)
# The second of the official weeks begins the day after summer time ends.
FIRST, CUTOFF, LAST = (
    datetime(2022, *day, tzinfo=ROME).astimezone(UTC) for day in ((3, 28), (10, 31), (11, 8))
)
ZONES = ("DMA_1", "DMA_4", "DMA_9")
RECORDED = pl.lit(FIRST).dt.cast_time_unit("us")


def hours(name: str) -> pl.DataFrame:
    """Rows of a file between the first and the last day, in UTC."""
    rows = pl.read_csv(FERRARA / f"{name}_hourly.csv.gz", infer_schema_length=None, null_values=["NaN", ""])
    local = pl.col("datetime").str.to_datetime(time_unit="us")
    at = local.dt.replace_time_zone("Europe/Rome", ambiguous="earliest", non_existent="null")
    rows = rows.with_columns(observed_at=at.dt.convert_time_zone("UTC")).drop_nulls("observed_at")
    inside = pl.col("observed_at").is_between(FIRST, LAST, closed="left")
    return rows.filter(inside).unique("observed_at", keep="first", maintain_order=True)


def flow_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """FLOWS rows [m³/h] of inflows in L/s."""
    long = rows.unpivot(
        ZONES, index="observed_at", variable_name="zone_id", value_name="flow_m3h"
    ).drop_nulls()
    return long.with_columns(
        pl.col("flow_m3h").cast(pl.Float64) * 3.6, recorded_at=RECORDED, batch_id=pl.lit("f")
    ).select(FLOWS.names)


def weather_rows() -> pl.DataFrame:
    """WEATHER rows, observed before the cutoff and forecast after it."""
    kind = pl.when(pl.col("observed_at") < CUTOFF).then(pl.lit("observed")).otherwise(pl.lit("forecast"))
    return (
        hours("weather")
        .select(
            place_id=pl.lit("ferrara"),
            observed_at="observed_at",
            temperature_c=pl.col("temp_c").cast(pl.Float64),
            apparent_temperature_c=pl.lit(None, pl.Float64),
            humidity_percent=pl.col("humidity_pct").cast(pl.Float64),
            rain_mm=pl.col("rain_mm").cast(pl.Float64),
            wind_kmh=pl.col("wind_kmh").cast(pl.Float64),
            kind=kind,
            recorded_at=RECORDED,
            batch_id=pl.lit("w"),
        )
        .select(WEATHER.names)
    )


def made(folder: Path, flows: pl.DataFrame) -> tuple[WeekAhead, Choice | None]:
    """Forecast and settings of a training at the cutoff, where the store knows the inflows of later days too."""
    store = open_store(folder / "ferrara.duckdb")
    store.upsert(FLOWS, flow_rows(flows))
    store.upsert(WEATHER, weather_rows())
    grid = zone_grid(store=store, place=PLACE, cutoff=CUTOFF)
    store.close()
    model = train_zone_model(grid.data, [Ridge()])
    return week_ahead(model, grid.data), model.choice


def test_inflows_after_the_cutoff_change_no_bit_of_settings_forecast_or_ranges(tmp_path: Path) -> None:
    known = hours("inflow")
    rng = np.random.default_rng(31)
    after = pl.col("observed_at") >= CUTOFF
    drawn = known.with_columns(
        pl.when(after)
        .then(pl.Series(rng.uniform(0, 300, len(known))))
        .otherwise(pl.col(zone).cast(pl.Float64))
        .alias(zone)
        for zone in ZONES
    )
    for name in ("true", "drawn"):
        (tmp_path / name).mkdir()
    (week, choice), (again, other) = made(tmp_path / "true", known), made(tmp_path / "drawn", drawn)
    assert choice is not None
    assert choice.trials
    assert choice == other
    assert np.array_equal(week.mean, again.mean)
    assert np.array_equal(week.bounds, again.bounds)
    seen = known.filter(after)["DMA_1"].cast(pl.Float64).mean() * 3.6
    assert week.mean[0].mean() == pytest.approx(seen, rel=0.3)
