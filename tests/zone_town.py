"""A town of three zones by the hour: weekly shape, warm weather, noise; and its store."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import polars as pl

from amuna.domain.panel import Floats
from amuna.domain.ports import Store
from amuna.domain.tables import WEATHER
from amuna.domain.zone_tables import FLOWS, ZONE_FORECASTS
from amuna.forecasting.zones.boosting import BoostSettings
from amuna.forecasting.zones.calendar import Place, calendar
from amuna.forecasting.zones.grids import day_grid
from amuna.forecasting.zones.members.ridge import Ridge
from amuna.forecasting.zones.members.trees import Trees
from amuna.forecasting.zones.port import ZoneData
from amuna.forecasting.zones.weather import RAIN, TEMPERATURE, trusted_weather
from amuna.store.duckdb_store import open_store

ROME = ZoneInfo("Europe/Rome")
PLACE = Place("IT", "", ROME)
ZONES = ("north", "south", "west")
FIRST = datetime(2021, 12, 31, 23, tzinfo=UTC)
DAYS = 150
CUTOFF = FIRST + timedelta(days=DAYS, hours=-1)  # local midnight, for summer time has begun
QUICK = (Ridge(), Trees(BoostSettings(trees=15, smallest_leaf=40)))
RECORDED = datetime(2022, 1, 1, tzinfo=UTC)


def town_hours(days: int, *, seed: int = 3) -> pl.DataFrame:
    """observed_at, temperature_c and a column of inflow for each zone [m³/h]."""
    rng = np.random.default_rng(seed)
    at = [FIRST + timedelta(hours=hour) for hour in range(days * 24)]
    local = [one.astimezone(ROME) for one in at]
    hour = np.array([one.hour for one in local])
    off = holidays.country_holidays("IT", years=range(2021, 2024))
    free = np.array([one.weekday() >= 5 or one.date() in off for one in local])
    day = np.arange(days * 24) / 24
    temperature = 12 - 8 * np.cos(2 * np.pi * day / 365) + np.repeat(rng.normal(0, 2, days), 24)
    shape = 1 + 0.5 * np.sin((hour - 7 + 2 * free) * np.pi / 12) + 0.2 * np.sin((hour - 4) * np.pi / 6)
    frame = {"observed_at": at, "temperature_c": temperature}
    for size, zone in zip((20.0, 55.0, 90.0), ZONES, strict=True):
        level = 1 + 0.01 * (temperature - 12) + np.repeat(rng.normal(0, 0.02, days), 24)
        frame[zone] = size * level * (shape + rng.normal(0, 0.03, shape.size))
    return pl.DataFrame(frame).with_columns(pl.col("observed_at").cast(pl.Datetime("us", "UTC")))


def town_flow(hours: pl.DataFrame) -> Floats:
    """Inflows on a grid of local days, shape (3, n_days, 24); the last day may be cut short by summer time."""
    return _grid(hours, ZONES)


def town_data(hours: pl.DataFrame, flow: Floats, *, zones: tuple[str, ...] = ZONES) -> ZoneData:
    """What models are given: these inflows, and the weather and the calendar of all hours."""
    temperature = _grid(hours, ("temperature_c",))[0]
    weather = np.tile(np.array([0.0, 0.0, 60.0, 8.0])[:, None, None], (1, *temperature.shape))
    weather[TEMPERATURE] = temperature
    weather[RAIN, ::9, 3] = 4.0
    days = calendar(first_day(), temperature.shape[0], PLACE)
    return ZoneData(zones, flow, days, trusted_weather(weather).values)


def _grid(hours: pl.DataFrame, columns: tuple[str, ...]) -> Floats:
    local = hours["observed_at"].dt.convert_time_zone(ROME.key)
    day = (local.dt.date() - first_day()).dt.total_days().to_numpy()
    values = hours.select(columns).to_numpy()
    return day_grid(day, local.dt.hour().to_numpy().astype(np.int64), values, n_days=int(day[-1]) + 1)


def flow_rows(hours: pl.DataFrame) -> pl.DataFrame:
    """FLOWS rows; a null is no row."""
    rows = hours.unpivot(ZONES, index="observed_at", variable_name="zone_id", value_name="flow_m3h")
    rows = rows.drop_nulls("flow_m3h").with_columns(
        recorded_at=pl.lit(RECORDED).dt.cast_time_unit("us"), batch_id=pl.lit("b")
    )
    return rows.select(FLOWS.names)


def weather_rows(hours: pl.DataFrame, *, cutoff: datetime = CUTOFF) -> pl.DataFrame:
    """WEATHER rows, observed before the cutoff and forecast after it."""
    kind = pl.when(pl.col("observed_at") < cutoff).then(pl.lit("observed")).otherwise(pl.lit("forecast"))
    return hours.select(
        place_id=pl.lit("town"),
        observed_at="observed_at",
        temperature_c="temperature_c",
        apparent_temperature_c=pl.lit(None, pl.Float64),
        humidity_percent=pl.lit(60.0),
        rain_mm=pl.lit(0.0),
        wind_kmh=pl.lit(8.0),
        kind=kind,
        recorded_at=pl.lit(RECORDED).dt.cast_time_unit("us"),
        batch_id=pl.lit("w"),
    ).select(WEATHER.names)


def forecast_rows(
    hours: pl.DataFrame, cutoff: datetime, *, run_id: str = "zones-a", scale: float = 1.0
) -> pl.DataFrame:
    """ZONE_FORECASTS that are what will flow times `scale`, 10 % and 20 % on both sides."""
    ahead = (pl.col("observed_at") >= cutoff) & (pl.col("observed_at") < cutoff + timedelta(hours=168))
    forecast = pl.col("flow_m3h") * scale
    widths = {
        "low95_m3h": 0.8,
        "low80_m3h": 0.9,
        "forecast_m3h": 1.0,
        "high80_m3h": 1.1,
        "high95_m3h": 1.2,
    }
    return (
        flow_rows(hours)
        .filter(ahead)
        .with_columns(
            *(forecast.mul(width).alias(name) for name, width in widths.items()),
            run_id=pl.lit(run_id),
            cutoff=pl.lit(cutoff).dt.cast_time_unit("us"),
            status=pl.lit("ok"),
        )
        .select(ZONE_FORECASTS.names)
    )


def town_store(
    folder: Path, hours: pl.DataFrame, *, weather: pl.DataFrame | None = None, cutoff: datetime = CUTOFF
) -> Store:
    """A store with the inflows before the cutoff, and weather with a forecast of the week after it."""
    store = open_store(folder / "town.duckdb")
    store.upsert(FLOWS, flow_rows(hours.filter(pl.col("observed_at") < cutoff)))
    if weather is None:
        weather = weather_rows(hours, cutoff=cutoff)
    if len(weather):
        store.upsert(WEATHER, weather)
    return store


def first_day() -> date:
    """The first local day."""
    return FIRST.astimezone(ROME).date()
