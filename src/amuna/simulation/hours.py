"""By the hour: what flows into every district metered area, the weather of the city, and the outlines on a map."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from amuna.domain.panel import Floats
from amuna.simulation.meters import HOME_HOURS, WORK_HOURS
from amuna.simulation.patterns import PATTERNS
from amuna.simulation.randomness import stream
from amuna.simulation.utility import Utility
from amuna.simulation.weather import autoregressive

PLACE = "city"
_HOURS = 24
_FIRST_SUPPLY_HOUR = 5
_HOUR_NOISE, _HOUR_MEMORY = 0.035, 0.6
_LATE_RISER_HOURS = 1.5
_DAY_SWING_C, _WARMEST_HOUR = 3.5, 14
_FORECAST_MEMORY, _FORECAST_ERROR_C = 0.75, 0.25
_CLIMATE_DAYS = 28


def zone_hours(utility: Utility, balance: pl.DataFrame) -> pl.DataFrame:
    """Return the metered inflow of every area and hour.

    Leaks and background losses flow evenly; use follows the hours of homes and of work places in the proportion of the
    area's accounts, later on days off, and only in the hours of supply. A day adds up to its system input.

    Parameters
    ----------
    utility
        The utility.
    balance
        From `zone_balance`, or the file `zone_days`.

    Returns
    -------
    polars.DataFrame
        `zone_id`, `observed_at` (start of the hour, UTC), `flow_m3h` [m³/h], sorted.
    """
    shape = (len(utility.areas), utility.settings.days)
    used = balance["consumption_m3"].to_numpy().reshape(shape)
    even = (balance["zone_leak_m3"] + balance["background_m3"]).to_numpy().reshape(shape)
    supplied = _supplied(utility)
    noise = autoregressive(
        stream(utility.seed, "zone hours"),
        (shape[0], shape[1] * _HOURS),
        memory=_HOUR_MEMORY,
        sigma=_HOUR_NOISE,
    )
    wanted = _profile(utility) * np.exp(noise.reshape(*shape, _HOURS)) * supplied[:, None]
    share = wanted / wanted.sum(axis=2, keepdims=True)
    constant = supplied / supplied.sum(axis=1, keepdims=True)
    flow = used[..., None] * share + even[..., None] * constant[:, None]
    hours = _instants(utility, utility.settings.days)
    return pl.DataFrame(
        {
            "zone_id": np.repeat(utility.areas.zone_ids, len(hours)),
            "observed_at": pl.concat([hours] * shape[0]),
            "flow_m3h": np.round(flow.ravel(), 3),
        }
    )


def weather_hours(utility: Utility) -> pl.DataFrame:
    """Return the weather of every hour of the period: one place, under the names of the table WEATHER.

    `place_id`, `observed_at` (UTC), `temperature_c` [°C], `humidity_percent` [%], `rain_mm` [mm], `wind_kmh` [km/h].
    """
    days = utility.weather
    rng = stream(utility.seed, "weather hours")
    wind = 9 + 5 * _swing() + rng.gamma(4, 0.5, (len(days), _HOURS))
    return _weather_rows(
        utility,
        days["temperature_c"].to_numpy(),
        humidity=days["humidity"].to_numpy(),
        rain=days["rain_mm"].to_numpy(),
        wind=wind,
    )


def weather_forecast(utility: Utility, *, day: int, ahead: int = 9) -> pl.DataFrame:
    """Return what a forecaster would say on the morning of a day: `weather_hours` of it and the days after.

    What is unusual today fades by a quarter each day; a small error grows with the distance; a dry day is likelier than
    drizzle, so that none is forecast.

    Parameters
    ----------
    day
        Position of the day; what came before it is known.
    ahead
        Days [days].
    """
    known = utility.weather[max(0, day - _CLIMATE_DAYS) : day]
    usual, humidity = known.select("temperature_c", "humidity").to_numpy().mean(axis=0)
    unusual = known["temperature_c"].to_numpy()[-1] - usual
    lead = np.arange(1, ahead + 1)
    rng = stream(utility.seed, "weather forecast", day)
    error = np.cumsum(rng.normal(0, _FORECAST_ERROR_C, ahead))
    return _weather_rows(
        utility,
        usual + unusual * _FORECAST_MEMORY**lead + error,
        humidity=np.full(ahead, humidity),
        rain=np.zeros(ahead),
        wind=np.tile(11 + 5 * _swing(), (ahead, 1)),
        first=day,
    )


def zone_shapes(utility: Utility) -> str:
    """Return the areas and supply zones as a GeoJSON FeatureCollection, as a utility would export them."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "zone_id": zone["zone_id"],
                "name": zone["zone_id"],
                "kind": zone["kind"],
                "parent_id": zone["parent_id"],
                "population": zone["population"],
                "connections": zone["connections"],
            },
            "geometry": {"type": "Polygon", "coordinates": [_ring(zone["polygon"])]},
        }
        for zone in utility.zones.iter_rows(named=True)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def _ring(polygon: str) -> list[list[float]]:
    inside = polygon.removeprefix("POLYGON ((").removesuffix("))")
    return [[float(number) for number in corner.split()] for corner in inside.split(", ")]


def _supplied(utility: Utility) -> Floats:
    """1 in the hours of supply of each area, 0 in the others, shape (n_areas, 24)."""
    hours = (np.arange(_HOURS) - _FIRST_SUPPLY_HOUR) % _HOURS
    return (hours < utility.areas.supply_hours[:, None]).astype(np.float64)


def _profile(utility: Utility) -> Floats:
    """Usual shares of the hours of each area and day, shape (n_areas, n_days, 24)."""
    work = _work_share(utility)[:, None]
    home, trade = (np.array(hours) / sum(hours) for hours in (HOME_HOURS, WORK_HOURS))
    working = (1 - work) * home + work * trade
    late = (1 - work) * _later(home) + work * (trade + 1 / _HOURS) / 2
    days = utility.calendar
    off = ((days["weekday"] >= 5) | days["holiday"].is_not_null()).to_numpy()
    return np.where(off[None, :, None], late[:, None], working[:, None])


def _later(shape: Floats) -> Floats:
    hours = np.arange(_HOURS)
    return np.asarray(np.interp(hours - _LATE_RISER_HOURS, hours, shape, period=_HOURS))


def _work_share(utility: Utility) -> Floats:
    """Share of each area's use that follows working hours, shape (n_areas,)."""
    homes = np.array([pattern.segment in ("household", "vacant") for pattern in PATTERNS])
    size = utility.traits["base_m3"]
    area = utility.traits["area"]
    every = np.bincount(area, size, len(utility.areas))
    work = np.bincount(area, size * ~homes[utility.traits["pattern"]], len(utility.areas))
    return np.divide(work, every, out=np.zeros_like(every), where=every > 0)


def _swing() -> Floats:
    """From −1 at night to 1 in the early afternoon."""
    return np.asarray(np.cos((np.arange(_HOURS) - _WARMEST_HOUR) * 2 * np.pi / _HOURS))


def _weather_rows(
    utility: Utility, temperature: Floats, *, humidity: Floats, rain: Floats, wind: Floats, first: int = 0
) -> pl.DataFrame:
    """Rows of whole days from means of the day; `wind` is by hour, shape (n_days, 24)."""
    n_days = len(temperature)
    swing = _swing()
    hours = _instants(utility, n_days, first=first)
    drizzle = np.roll(np.maximum(-swing, 0.0), 2)
    return pl.DataFrame(
        {
            "place_id": pl.Series([PLACE]).new_from_index(0, len(hours)),
            "observed_at": hours,
            "temperature_c": (temperature[:, None] + _DAY_SWING_C * swing).ravel().round(1),
            "humidity_percent": np.clip(humidity[:, None] - 9 * swing, 20, 100).ravel().round(),
            "rain_mm": (rain[:, None] * drizzle / drizzle.sum()).ravel().round(2),
            "wind_kmh": wind.ravel().round(1),
        }
    )


def _instants(utility: Utility, n_days: int, *, first: int = 0) -> pl.Series:
    """Starts of the hours from local midnight of a day on; 24 to a day, whatever the clock does."""
    zone = ZoneInfo(utility.settings.time_zone)
    start = datetime.combine(utility.settings.start + timedelta(days=first), time(), zone).astimezone(UTC)
    end = start + timedelta(days=n_days) - timedelta(hours=1)
    return pl.datetime_range(start, end, "1h", time_unit="us", time_zone="UTC", eager=True)
