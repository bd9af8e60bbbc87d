"""Weather that can be trusted: absurd values are left out, and hours that nothing is known of look like the days before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amuna.domain.panel import Floats
from amuna.forecasting.zones.nans import nan_mean

RAIN, TEMPERATURE, HUMIDITY, WIND = 0, 1, 2, 3
N_VARIABLES = 4
# Beyond what was ever measured, or not physical: mm/h, degC, %, km/h.
_LOWEST = np.array([0.0, -70.0, 0.0, 0.0])
_HIGHEST = np.array([300.0, 57.0, 100.0, 250.0])
_DAYS = 7
_STEP_C = 20.0


@dataclass(frozen=True)
class TrustedWeather:
    """Weather without holes, and how much of it is made up.

    Parameters
    ----------
    values
        Rain [mm], temperature [degC], humidity [%], wind [km/h], shape (4, n_days, 24); nan only where nothing came before.
    unknown
        Share of hours of each day whose temperature was missing or absurd, shape (n_days,).
    """

    values: Floats
    unknown: Floats


def trusted_weather(weather: Floats) -> TrustedWeather:
    """Leave out what is absurd and fill holes with the mean of the same hour on the seven days before.

    Temperatures more than 20 degC away from that mean count as absurd too. Each day looks at earlier days alone.

    Parameters
    ----------
    weather
        Rain [mm], temperature [degC], humidity [%], wind [km/h], shape (4, n_days, 24); nan where missing.
    """
    within = (weather >= _LOWEST[:, None, None]) & (weather <= _HIGHEST[:, None, None])
    values = np.where(within, weather, np.nan)
    unknown = np.empty(values.shape[1])
    for day in range(values.shape[1]):
        before = (
            nan_mean(values[:, max(day - _DAYS, 0) : day], axis=1)
            if day
            else np.full((N_VARIABLES, 24), np.nan)
        )
        today = values[:, day]
        far = np.abs(today[TEMPERATURE] - before[TEMPERATURE]) > _STEP_C
        today[TEMPERATURE, far] = np.nan
        unknown[day] = np.isnan(today[TEMPERATURE]).mean()
        values[:, day] = np.where(np.isnan(today), before, today)
    return TrustedWeather(values, unknown)
