"""What was measured of a reason: 31 °C, 12 mm, schools closed."""

from __future__ import annotations

import numpy as np

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones import weather as kinds
from amuna.forecasting.zones.explain.port import HUMIDITY, RAIN, SCHOOL, TEMPERATURE, WIND
from amuna.forecasting.zones.nans import nan_max, nan_mean
from amuna.forecasting.zones.port import ZoneData
from amuna.forecasting.zones.usual import UsualDays


def measured(
    data: ZoneData, usual: UsualDays, target: int, reasons: tuple[str, ...]
) -> tuple[Floats, Floats]:
    """What was measured of each reason on a day, and on the usual days of each zone; nan where nothing is.

    Returns
    -------
    tuple of Floats, shape (n_reasons, n_zones)
        Highest temperature [°C], rain of the day [mm], mean humidity [%], mean wind [km/h], 1 where schools are closed.
    """
    n_zones = len(data.zones)
    value, usually = (np.full((len(reasons), n_zones), np.nan) for _ in range(2))
    then = _daily(data, target - 7 * usual.weeks)
    for reason, now in _daily(data, np.array([target])).items():
        value[reasons.index(reason)] = now
        usually[reasons.index(reason)] = usual.mean(np.tile(then[reason], (n_zones, 1)))
    return value, usually


def _daily(data: ZoneData, days: Ints) -> dict[str, Floats]:
    """Shape (n_days,) each."""
    weather = data.weather[:, days]
    rain = weather[kinds.RAIN]
    known = np.isfinite(rain).any(axis=1)
    return {
        TEMPERATURE: nan_max(weather[kinds.TEMPERATURE], axis=1),
        RAIN: np.where(known, np.nansum(rain, axis=1), np.nan),
        HUMIDITY: nan_mean(weather[kinds.HUMIDITY], axis=1),
        WIND: nan_mean(weather[kinds.WIND], axis=1),
        SCHOOL: data.days.breaks[0, days],
    }
