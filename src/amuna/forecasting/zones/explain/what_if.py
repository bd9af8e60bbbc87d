"""Rows of features as they would be on a warmer, a wetter or another kind of day."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.calendar import SUNDAY, Calendar
from amuna.forecasting.zones.features import feature_names

HOLIDAY_KIND = 7
_SHIFTED = ("temp", "temp_day", "temp_max", "temp_anomaly", "temp_step")
_LIMITS_C = {"heat_18": 18.0, "heat_23": 23.0, "heat_27": 27.0}
_WET_MM, _LONGEST_DRY, _FAR = 1.0, 30.0, 4.0
_Rows = NDArray[np.float32]


def with_highest(rows: _Rows, highest: Floats) -> _Rows:
    """The first day as warm as to reach another highest temperature, every hour by as much.

    Parameters
    ----------
    rows
        From `features` with lead 0, shape (n_zones, n_origins, 24, n_features).
    highest
        [°C], shape (n_origins,).
    """
    out, names = rows.copy(), feature_names()
    was = rows[..., names.index("temp_max")]
    now = np.broadcast_to(highest[None, :, None], was.shape)
    for name in _SHIFTED:
        out[..., names.index(name)] += now - was
    for name, limit in _LIMITS_C.items():
        out[..., names.index(name)] += np.maximum(now - limit, 0.0) - np.maximum(was - limit, 0.0)
    return out


def with_rain(rows: _Rows, rain: Floats, *, dry_before: Floats) -> _Rows:
    """The first day with another amount of rain, at the hours it fell, or evenly where none did.

    Parameters
    ----------
    rows
        As in `with_highest`.
    rain
        [mm], shape (n_origins,).
    dry_before
        Dry days up to the day before, shape (n_origins,) [days].
    """
    out, names = rows.copy(), feature_names()
    hourly, daily = names.index("rain_hour"), names.index("rain_day")
    was, now = rows[..., daily], rain[None, :, None]
    factor = np.divide(now, was, out=np.zeros(was.shape), where=was > 0)
    out[..., hourly] = np.where(was > 0, rows[..., hourly] * factor, now / 24.0)
    out[..., daily] = now
    dry = np.where(rain >= _WET_MM, 0.0, np.minimum(dry_before + 1.0, _LONGEST_DRY))
    out[..., names.index("dry_days")] = dry[None, :, None]
    return out


def as_kind(days: Calendar, kind: int) -> Calendar:
    """Every day taken for a weekday, 0 to 6, far from holidays, or for a holiday (7) that falls on its weekday."""
    if kind == HOLIDAY_KIND:
        same = np.ones_like(days.holiday)
        return replace(
            days,
            day_type=np.full_like(days.day_type, SUNDAY),
            holiday=same,
            bridge=0 * same,
            distance=0 * same,
        )
    off = np.zeros_like(days.holiday)
    weekday = np.full_like(days.weekday, kind)
    return replace(days, day_type=weekday, weekday=weekday, holiday=off, bridge=off, distance=off + _FAR)


def rows_of_kind(rows: _Rows, weekday: Ints) -> _Rows:
    """Rows made with `as_kind`, after an ordinary day of the weekday before; `weekday` of the day, shape (n_origins,)."""
    out, names = rows.copy(), feature_names()
    out[..., names.index("holiday_before")] = 0.0
    out[..., names.index("type_before")] = ((weekday - 1) % 7)[None, :, None]
    return out
