"""How the forecast of the first day depends on temperature, on rain and on the kind of day, other things being equal."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.explain.port import RAIN, TEMPERATURE, ExplainedForecaster
from amuna.forecasting.zones.explain.what_if import as_kind, rows_of_kind, with_highest, with_rain
from amuna.forecasting.zones.features import dry_spell, features
from amuna.forecasting.zones.members.target import WARM_UP, unscaled
from amuna.forecasting.zones.nans import nan_max, nan_mean
from amuna.forecasting.zones.port import FIRST, ZoneData
from amuna.forecasting.zones.weather import RAIN as RAIN_ROW
from amuna.forecasting.zones.weather import TEMPERATURE as TEMPERATURE_ROW
from amuna.forecasting.zones.week import ZoneModel

DAY_TYPE = "day_type"
_YEAR, _SEASON = 365, 56
_DEGREES = 2.0
_RAINS_MM = np.array([0.0, 1.0, 3.0, 10.0, 20.0, 40.0, 80.0])
_KINDS = 8
_FEWEST_DAYS = 5
_Rows = NDArray[np.float32]
_Change = Callable[[_Rows, Ints, Floats], _Rows]


def dependence(model: ZoneModel, data: ZoneData) -> pl.DataFrame:
    """How demand depends on the weather and on the kind of day, of the models that can tell, by their weights.

    Of temperature and rain by accumulated local effects (Apley and Zhu 2020, doi:10.1111/rssb.12377): every day of the last
    year is moved to the two ends of its own step of the scale only, never to a value that its season does not know, and the
    differences are summed up. Of the kind of day by partial dependence (Friedman 2001, doi:10.1214/aos/1013203451): each
    ordinary day of the last eight weeks is taken for every kind.

    Returns
    -------
    polars.DataFrame
        what (temperature, rain, day_type), value (highest temperature of the day [°C], rain of the day [mm], or the kind: 0–6
        from Monday to Sunday, 7 a holiday), zone_id (null: all zones together), effect (daily mean beside that of a mean day,
        of a day without rain, or of a mean weekday, in the unit of the flow), share (of the zone's mean; nan where that is
        not above zero) and days (that the point rests on). The effect is nan where a zone never departs from its profile.
        Only values that were seen on five days at least. Empty where no model can tell.
    """
    if not _members(model):
        return _frame(
            data, DAY_TYPE, np.zeros(0), np.zeros((len(data.zones), 0)), np.zeros(0, dtype=np.int64)
        )
    rain = _rain(data)
    dry = dry_spell(rain)

    def warmer(rows: _Rows, _: Ints, highest: Floats) -> _Rows:
        return with_highest(rows, highest)

    def wetter(rows: _Rows, origins: Ints, mm: Floats) -> _Rows:
        return with_rain(rows, mm, dry_before=dry[origins - 1])

    return pl.concat(
        [
            _local(model, data, TEMPERATURE, _highest(data), warmer),
            _local(model, data, RAIN, rain, wetter),
            _kinds(model, data),
        ]
    )


def _local(model: ZoneModel, data: ZoneData, what: str, value: Floats, change: _Change) -> pl.DataFrame:
    """Accumulated local effects over the days of the last year."""
    origins = np.arange(max(WARM_UP, data.n_days - _YEAR), data.n_days)
    origins = origins[np.isfinite(value[origins])]
    edges = _edges(what, value[origins])
    if edges.size < 2:
        return _frame(data, what, np.zeros(0), np.zeros((len(data.zones), 0)), np.zeros(0, dtype=np.int64))
    step = np.digitize(value[origins], edges) - 1
    inside = (step >= 0) & (step < edges.size - 1)
    origins, step = origins[inside], step[inside]
    low, high = (_mean_day(model, data, origins, change, edges[step + end]) for end in (0, 1))
    days = np.bincount(step, minlength=edges.size - 1)
    slope = np.stack([nan_mean((high - low)[:, step == i], axis=1) for i in range(days.size)], axis=1)
    effect = np.concatenate([np.zeros((len(data.zones), 1)), np.cumsum(slope, axis=1)], axis=1)
    if what == TEMPERATURE:
        middle = (effect[:, 1:] + effect[:, :-1]) / 2
        effect = effect - (middle * days).sum(axis=1, keepdims=True) / days.sum()
    return _frame(data, what, edges, effect, np.maximum(np.append(days, 0), np.append(0, days)))


def _edges(what: str, seen: Floats) -> Floats:
    """Ends of the steps of a scale, each step with enough days."""
    if what == RAIN:
        edges = _RAINS_MM[seen.max(initial=0.0) >= _RAINS_MM]
    else:
        low, high = np.nanquantile(seen, [0.01, 0.99]) if seen.size else (0.0, 0.0)
        edges = np.arange(np.ceil(low / _DEGREES), np.floor(high / _DEGREES) + 1) * _DEGREES
    counts = np.histogram(seen, edges)[0] if edges.size > 1 else np.zeros(0)
    enough = np.flatnonzero(counts >= _FEWEST_DAYS)
    if not enough.size:
        return np.zeros(0)
    kept = [edges[enough[0]], *(edges[i + 1] for i in enough)]
    return np.array(kept)


def _kinds(model: ZoneModel, data: ZoneData) -> pl.DataFrame:
    """Partial dependence on the kind of day."""
    origins = np.arange(max(WARM_UP, data.n_days - _SEASON), data.n_days)
    origins = origins[data.days.usual[origins]]
    members = _members(model)
    kinds = np.arange(_KINDS)
    made = np.zeros((len(data.zones), kinds.size))
    for kind in kinds:
        days = as_kind(data.days, int(kind))
        for member, weight in members:
            past = data.history(member.memories)
            rows = rows_of_kind(features(past, days, data.weather, origins, lead=0), days.weekday[origins])
            scaled = member.scaled(rows, lead=0)
            day = unscaled(past, days, origins, scaled, lead=0)
            made[:, kind] += weight * nan_mean(day.reshape(len(data.zones), -1), axis=1)
    effect = made - made[:, :7].mean(axis=1, keepdims=True)
    return _frame(data, DAY_TYPE, kinds.astype(float), effect, np.full(kinds.size, origins.size))


def _mean_day(model: ZoneModel, data: ZoneData, origins: Ints, change: _Change, values: Floats) -> Floats:
    """Mean scaled part of the forecast of each day with another value, in the unit of the flow, shape (n_zones, n_origins)."""
    total = np.zeros((len(data.zones), origins.size))
    for member, weight in _members(model):
        past = data.history(member.memories)
        rows = features(past, data.days, data.weather, origins, lead=0)
        scaled = member.scaled(change(rows, origins, values), lead=0)
        total += weight * nan_mean(scaled, axis=2) * past.scale[:, origins]
    return total


def _members(model: ZoneModel) -> list[tuple[ExplainedForecaster, float]]:
    """Models that can tell, with their weights on the first day made to sum to one."""
    if model.learned is None:
        return []
    weighted = zip(model.fitted.values(), model.learned.weights[FIRST].tolist(), strict=True)
    told = [(each, weight) for each, weight in weighted if isinstance(each, ExplainedForecaster)]
    total = sum(weight for _, weight in told)
    return [(each, weight / total) for each, weight in told if total > 0]


def _frame(data: ZoneData, what: str, values: Floats, effect: Floats, days: Ints) -> pl.DataFrame:
    """A row for each value and zone, and for all zones together."""
    mean = nan_mean(data.flow[:, -_YEAR:].reshape(len(data.zones), -1), axis=1)
    effects = np.concatenate([effect, np.nansum(effect, axis=0, keepdims=True)])
    usual = np.broadcast_to(np.append(mean, np.nansum(mean))[:, None], effects.shape)
    names = [*data.zones, None]
    n = values.size
    return pl.DataFrame(
        {
            "what": [what] * (n * len(names)),
            "value": np.tile(values, len(names)),
            "zone_id": pl.Series(np.repeat(np.arange(len(names)), n)).replace_strict(
                dict(enumerate(names)), return_dtype=pl.String
            ),
            "effect": effects.ravel(),
            "share": np.divide(effects, usual, out=np.full_like(effects, np.nan), where=usual > 0).ravel(),
            "days": np.tile(days.astype(np.int64), len(names)),
        }
    )


def _highest(data: ZoneData) -> Floats:
    return nan_max(data.weather[TEMPERATURE_ROW], axis=1)


def _rain(data: ZoneData) -> Floats:
    rain = data.weather[RAIN_ROW]
    return np.where(np.isfinite(rain).any(axis=1), np.nansum(rain, axis=1), np.nan)
