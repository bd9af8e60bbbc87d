"""Features of an hour ahead: what the recent deviations, the calendar and the weather say.

An origin is the start of a local day; a target is an hour of the day `lead` days later. Every
feature of an origin uses flow from earlier days alone; the weather and the calendar may reach to
the target day. All deviations are divided by the usual deviation of their zone, so that one model
serves every zone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.calendar import Calendar
from amuna.forecasting.zones.nans import nan_max, nan_mean
from amuna.forecasting.zones.profile import Profiles, profile_of
from amuna.forecasting.zones.weather import HUMIDITY, RAIN, TEMPERATURE, WIND

LEVEL_MEMORIES = (1.0, 3.0, 10.0)


@dataclass(frozen=True)
class History:
    """State of the zones at each origin, computed once and shared by every lead.

    Attributes
    ----------
    profiles : Profiles
    scale : Floats, shape (n_zones, n_days + 1)
        Usual deviation from the profile [the unit of the flow] as of each origin.
    deviation : Floats, shape (n_zones, n_days, 24)
        (capped flow − profile as of that day) / scale, nan where missing.
    level : Floats, shape (len(LEVEL_MEMORIES), n_zones, n_days + 1)
        Decayed mean of the daily deviations as of each origin.
    shift : Floats, shape (2, n_zones, n_days + 1, 7, 24)
        Profiles of two other memories less the profile, scaled.
    """

    profiles: Profiles
    scale: Floats
    deviation: Floats
    level: Floats
    shift: Floats


def history(profiles: Profiles, quick: Profiles, steady: Profiles, days: Calendar) -> History:
    """Summarise the deviations from `profiles`; `quick` and `steady` differ in memory."""
    n_days = profiles.capped.shape[1]
    scale = nan_mean(np.moveaxis(profiles.spread, 0, 1), axis=2)
    scale = np.where(scale > 1e-6, scale, np.nan)
    own = profile_of(profiles, np.arange(n_days), days.day_type[:n_days])
    deviation = (profiles.capped - own) / scale[:, :n_days, None]
    shift = np.stack([np.moveaxis(p.level - profiles.level, 0, 1) for p in (quick, steady)])
    return History(
        profiles=profiles,
        scale=scale,
        deviation=deviation,
        level=np.stack([decayed(nan_mean(deviation, axis=2), m) for m in LEVEL_MEMORIES]),
        shift=shift / scale[None, :, :, None, None],
    )


def decayed(daily: Floats, memory: float) -> Floats:
    """Exponentially decayed mean of earlier days, `(n, n_days)` to `(n, n_days + 1)`."""
    keep = np.exp(-1.0 / memory)
    total = np.zeros(daily.shape[0])
    count = np.zeros_like(total)
    out = np.zeros((daily.shape[0], daily.shape[1] + 1))
    for day in range(daily.shape[1]):
        known = np.isfinite(daily[:, day])
        total = keep * total + np.where(known, daily[:, day], 0.0)
        count = keep * count + known
        # A lone day is worth less than many: shrink towards no deviation.
        out[:, day + 1] = total / (count + 0.1)
    return out


def feature_names() -> list[str]:
    """Names in the order of the last axis of :func:`features`."""
    return [*RECENT, *CALENDAR, *WEATHER]


RECENT = [
    "zone", "hour", "lead", "profile", "shape", "spread", "quick", "steady",
    "yesterday", "yesterday_next", "last_hour", "last_3h", "last_6h", "last_24h", "night", "evening",
    "week_before", "mean_3d", "mean_7d", "level_1", "level_3", "level_10", "city_level", "city_hour",
    "trend",
]  # fmt: skip
CALENDAR = ["day_type", "weekday", "holiday", "bridge", "festive", "distance", "season_sin", "season_cos",
            "holiday_before", "type_before", "school_shift", "august_shift", "christmas_shift"]  # fmt: skip
WEATHER = ["temp", "temp_day", "temp_max", "temp_anomaly", "temp_step", "rain_hour", "rain_day", "rain_before",
           "dry_days", "humidity", "wind", "heat_18", "heat_23", "heat_27", "humidity_anomaly", "wind_anomaly"]  # fmt: skip


def features(
    past: History, days: Calendar, weather: Floats, origins: Ints, *, lead: int
) -> NDArray[np.float32]:
    """Features of the hours of the day `lead` days after each origin.

    Parameters
    ----------
    past : History
    days : Calendar
        At least `max(origins) + lead + 1` days.
    weather : Floats, shape (4, n_days, 24)
        Rain [mm], temperature [°C], humidity [%], wind [km/h]; nan where unknown.
    origins : Ints, shape (n_origins,)
        Day numbers, at least 8.
    lead : int
        0 is the first day ahead.

    Returns
    -------
    Floats, shape (n_zones, n_origins, 24, n_features)
        float32.
    """
    n_zones = past.scale.shape[0]
    shape = (n_zones, origins.size, 24)
    with np.errstate(divide="ignore", invalid="ignore"):
        recent = _recent(past, days, origins, lead)
    blocks = [
        *recent,
        *_calendar(days, origins, lead),
        *_weather(weather, origins, lead),
    ]
    out = np.empty((*shape, len(blocks)), dtype=np.float32)
    for i, block in enumerate(blocks):
        out[..., i] = np.broadcast_to(block, shape)
    out[~np.isfinite(out)] = np.nan
    return out


def _recent(past: History, days: Calendar, origins: Ints, lead: int) -> list[Floats]:
    kind = days.day_type[origins + lead]
    scale = past.scale[:, origins, None]
    level = profile_of(past.profiles, origins, kind)
    quick, steady = (s[:, origins, kind] for s in past.shift)
    dev = past.deviation
    last = dev[:, origins - 1]
    same = dev[:, origins - 7 + lead % 7]
    week = np.stack([dev[:, origins - k] for k in range(1, 8)])
    daily = nan_mean(last, axis=2, keepdims=True)
    mean_3d, mean_7d = nan_mean(week[:3], axis=0), nan_mean(week, axis=0)
    levels = [lv[:, origins, None] for lv in past.level]
    zone = np.arange(dev.shape[0], dtype=float)[:, None, None]
    return [
        zone, np.arange(24.0), np.array(float(lead)), level / scale, level / nan_mean(level, axis=2, keepdims=True),
        np.moveaxis(past.profiles.spread[origins], 0, 1) / scale, quick, steady,
        last, np.roll(last, -1, axis=2), last[..., 23:], _mean(last[..., 21:]), _mean(last[..., 18:]), daily,
        _mean(last[..., 2:5]), _mean(last[..., 18:24]) - _mean(last[..., 8:18]),
        same, mean_3d, mean_7d, *levels,
        nan_mean(levels[0], axis=0, keepdims=True), nan_mean(last, axis=0, keepdims=True),
        levels[0] - levels[2],
    ]  # fmt: skip


def _mean(part: Floats) -> Floats:
    return nan_mean(part, axis=2, keepdims=True)


def _calendar(days: Calendar, origins: Ints, lead: int) -> list[Floats]:
    columns = [
        days.day_type, days.weekday, days.holiday, days.bridge, days.festive, days.distance,
        np.sin(days.season), np.cos(days.season), np.roll(days.holiday, 1), np.roll(days.day_type, 1),
    ]  # fmt: skip
    plain = [np.asarray(column, dtype=float)[origins + lead] for column in columns]
    shifts = [shift(days.breaks[i], origins, lead) for i in range(3)]
    return [column[None, :, None] for column in (*plain, *shifts)]


def shift(daily: Floats, origins: Ints, lead: int, *, memory: float = 28.0) -> Floats:
    """What a daily quantity will be, less its recent mean: the part the profile has not seen."""
    return daily[origins + lead] - decayed(daily[None], memory)[0][origins]


def _weather(weather: Floats, origins: Ints, lead: int) -> list[Floats]:
    target = origins + lead
    temp, rain = weather[TEMPERATURE], np.clip(weather[RAIN], 0.0, 30.0)
    daily, high = _daily(temp), nan_max(temp, axis=1)
    humidity, wind = _daily(weather[HUMIDITY]), _daily(weather[WIND])
    wet = np.nansum(rain, axis=1)
    step = daily[target] - daily[origins - 1]
    before = wet[target - 1] + wet[target - 2]
    heat = [shift(np.maximum(high - limit, 0.0), origins, lead) for limit in (18.0, 23.0, 27.0)]
    day = [daily[target], high[target], shift(daily, origins, lead), step]
    rest = [wet[target], before, dry_spell(wet)[target], humidity[target], wind[target], *heat,
            shift(humidity, origins, lead), shift(wind, origins, lead)]  # fmt: skip
    column = [x[None, :, None] for x in (*day, *rest)]
    return [temp[target][None], *column[: len(day)], rain[target][None], *column[len(day) :]]


def _daily(hourly: Floats) -> Floats:
    return nan_mean(hourly, axis=1)


def dry_spell(wet: Floats) -> Floats:
    """Days since the last day with 1 mm of rain, at most 30, `(n_days,)`."""
    out = np.zeros(wet.size)
    for day in range(1, wet.size):
        out[day] = 0.0 if wet[day] >= 1.0 else min(out[day - 1] + 1.0, 30.0)
    return out
