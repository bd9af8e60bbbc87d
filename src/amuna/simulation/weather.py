"""Weather of a coastal desert city: mild, damp, and almost without rain.

The yearly wave follows the monthly means of Lima's minima and maxima (22.5 to 23 °C in January to March, 16.5 to
17 °C in July to September); rain is drizzle in winter, about 10 mm a year.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.signal import lfilter

from amuna.domain.panel import Floats
from amuna.simulation.calendar import season
from amuna.simulation.randomness import stream
from amuna.simulation.settings import UtilitySettings

MEAN_TEMPERATURE_C = 19.5
_AMPLITUDE_C = 3.2
_DRIZZLE_MM = 0.12


def simulate_weather(days: pl.Series, settings: UtilitySettings, seed: int) -> pl.DataFrame:
    """Return one row per day: `day`, `temperature_c` [°C], `rain_mm` [mm], `humidity` [%]."""
    rng = stream(seed, "weather")
    wave = season(days, settings)
    anomaly = autoregressive(rng, (len(days),), memory=0.75, sigma=0.9)
    anomaly += autoregressive(rng, (len(days),), memory=0.99, sigma=0.6)
    drizzle = rng.random(len(days)) < 0.25 - 0.18 * wave
    return pl.DataFrame(
        {
            "day": days,
            "temperature_c": MEAN_TEMPERATURE_C + _AMPLITUDE_C * wave + anomaly,
            "rain_mm": np.where(drizzle, rng.exponential(_DRIZZLE_MM, len(days)), 0.0),
            "humidity": np.clip(82 - 3 * wave - anomaly + rng.normal(0, 3, len(days)), 40, 100),
        }
    )


def autoregressive(
    rng: np.random.Generator, shape: tuple[int, ...], *, memory: float, sigma: float
) -> Floats:
    """Return stationary first-order autoregressive noise along the last axis, with standard deviation `sigma`."""
    shocks = rng.normal(0, sigma * np.sqrt(1 - memory**2), shape)
    shocks[..., 0] /= np.sqrt(1 - memory**2)
    return np.asarray(lfilter([1.0], [1.0, -memory], shocks, axis=-1))
