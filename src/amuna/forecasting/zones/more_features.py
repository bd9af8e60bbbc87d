"""Every feature of an hour ahead: those of `features`, and month, season, lags, felt heat, degree days and what zones are.

Units and meaning of each are in the table of docs/zones.md; `KNOWN_AHEAD` are those that the calendar, the weather
forecast and the table of zones tell of the target itself, the rest ends with the day before the origin.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones import features as basic
from amuna.forecasting.zones.heat import apparent_temperature, cooling_degree_days, heating_degree_days
from amuna.forecasting.zones.nans import nan_max, nan_mean
from amuna.forecasting.zones.port import Memories, ZoneData
from amuna.forecasting.zones.rolling import lag_names, lags
from amuna.forecasting.zones.weather import HUMIDITY, RAIN, TEMPERATURE, WIND

MEMORIES: Memories = (28.0, 8.0, 60.0)
CALENDAR = ["month", "season_of_year"]
WEATHER = ["apparent", "apparent_max", "humidity_hour", "wind_hour", "heating_days", "cooling_days",
           "cooling_days_7", "rain_7d"]  # fmt: skip
FACTS = ["population", "connections", "density"]
KNOWN_AHEAD = ("hour", "lead", *basic.CALENDAR, *basic.WEATHER, *CALENDAR, *WEATHER, "zone", *FACTS)
_WEEK = 7


def feature_names() -> list[str]:
    """Names in the order of the last axis of `all_features`."""
    return [*basic.feature_names(), *CALENDAR, *WEATHER, *FACTS, *lag_names()]


def all_features(
    data: ZoneData, origins: Ints, *, lead: int, memories: Memories = MEMORIES
) -> NDArray[np.float32]:
    """Features of the hours of the day `lead` days after each origin.

    Parameters
    ----------
    data
        Of its flow only the days before an origin are read; weather and calendar reach to the target day.
    origins
        Days counted from the first of `data`, at least 8, shape (n_origins,).
    lead
        0 is the first day ahead.
    memories
        Of the profiles that deviations are measured from [days].

    Returns
    -------
    NDArray[np.float32]
        nan where unknown, shape (n_zones, n_origins, 24, n_features).
    """
    known = basic.features(data.history(memories), data.days, data.weather, origins, lead=lead)
    more = [
        *_calendar(data, origins + lead),
        *_weather(data.weather, origins + lead),
        *_facts(data),
        *lags(data.flow, origins),
    ]
    made = [np.broadcast_to(each, known.shape[:3])[..., None].astype(np.float32) for each in more]
    return np.concatenate([known, *made], axis=3)


def _calendar(data: ZoneData, target: Ints) -> list[Floats]:
    days = data.days
    return [each[target].astype(float)[None, :, None] for each in (days.month, days.season_of_year)]


def _weather(weather: Floats, target: Ints) -> list[Floats]:
    felt = apparent_temperature(weather[TEMPERATURE], weather[HUMIDITY], weather[WIND])
    mean = nan_mean(weather[TEMPERATURE], axis=1)
    cooling = cooling_degree_days(mean)
    rain = np.nansum(weather[RAIN], axis=1)
    daily = (nan_max(felt, axis=1), heating_degree_days(mean), cooling, _week_sum(cooling), _week_sum(rain))
    high, *rest = (each[target][None, :, None] for each in daily)
    return [
        felt[target][None],
        high,
        weather[HUMIDITY, target][None],
        weather[WIND, target][None],
        *rest,
    ]


def _week_sum(daily: Floats) -> Floats:
    """Sum of each day and the six before it, shape (n_days,)."""
    total = np.concatenate([np.zeros(_WEEK), np.nan_to_num(daily)])
    return np.stack([total[_WEEK - back : total.size - back] for back in range(_WEEK)]).sum(axis=0)


def _facts(data: ZoneData) -> list[Floats]:
    n_zones = len(data.zones)
    if data.facts is None:
        return [np.full((n_zones, 1, 1), np.nan)] * len(FACTS)
    area = np.where(data.facts.area > 0.0, data.facts.area, np.nan)
    known = (data.facts.population, data.facts.connections, data.facts.population / area)
    return [each[:, None, None] for each in known]
