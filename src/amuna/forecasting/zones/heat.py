"""What heat and cold feel like, and how much of them a day has."""

from __future__ import annotations

import numpy as np

from amuna.domain.panel import Floats

HEATING_BASE_C, COOLING_BASE_C = 18.0, 22.0


def apparent_temperature(temperature: Floats, humidity: Floats, wind: Floats) -> Floats:
    """Temperature as a walking adult feels it in the shade, in the form without radiation.

    Steadman (1994), Norms of apparent temperature in Australia, Australian Meteorological Magazine 43, 1-16, as the Australian
    Bureau of Meteorology computes it: AT = T + 0.33 e - 0.70 v - 4.00, vapour pressure e = H/100 · 6.105 ·
    exp(17.27 T / (237.7 + T)) hPa. A regression, meant for the range of weather of inhabited places, cold included.

    Parameters
    ----------
    temperature
        Of the air in the shade [degC].
    humidity
        Relative [%].
    wind
        Speed at 10 m above the ground [km/h].

    Returns
    -------
    Floats
        [degC], nan where an input is.
    """
    vapour = humidity / 100.0 * 6.105 * np.exp(17.27 * temperature / (237.7 + temperature))
    return temperature + 0.33 * vapour - 0.70 * wind / 3.6 - 4.00


def heating_degree_days(daily_mean: Floats, *, base: float = HEATING_BASE_C) -> Floats:
    """How far each day's mean temperature lies below a base [degC d], 0 above it.

    Statistics Netherlands and Eurostat count from 18 degC (Eurostat leaves days above 15 degC out).
    """
    return np.maximum(base - daily_mean, 0.0)


def cooling_degree_days(daily_mean: Floats, *, base: float = COOLING_BASE_C) -> Floats:
    """How far each day's mean temperature lies above a base [degC d], 0 below it.

    The European Environment Agency takes 22 degC as the base for Europe.
    """
    return np.maximum(daily_mean - base, 0.0)
