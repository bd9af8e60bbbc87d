"""The week ahead of every zone: several models, combined by weights they earned, with ranges.

Training looks at the past three times: settings are chosen on months of the year that ends nine weeks before the cutoff;
models fitted on days up to there learn their weights and the size of their errors from the nine weeks; and all days up
to the cutoff make the models that forecast.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.calendar import Calendar
from amuna.forecasting.zones.combine import choose_trust, combine, learn_weights
from amuna.forecasting.zones.copies import with_copies
from amuna.forecasting.zones.events import EVENTS, SHARP, event_move
from amuna.forecasting.zones.features import History
from amuna.forecasting.zones.intervals import error_quantiles, spread_by_hour
from amuna.forecasting.zones.members.target import WARM_UP
from amuna.forecasting.zones.nans import nan_mean
from amuna.forecasting.zones.port import (
    FIRST,
    HORIZON,
    LATER,
    FittedZoneForecaster,
    Memories,
    ZoneData,
    ZoneForecaster,
    lead_class,
)
from amuna.forecasting.zones.profile import profile_of
from amuna.forecasting.zones.tune import Choice, choose, set_by

HOLDOUT_DAYS = 63
SHORTEST_DAYS = 120
LEVELS = np.array([0.025, 0.1, 0.9, 0.975])
# The profile that scales errors for the weights and stands in where there is no model.
STEADY: Memories = (56.0, 5.0, 15.0)
# The one whose usual deviations scale ranges: younger, for zones calm down and get restless within weeks.
_RANGES: Memories = (28.0, 8.0, 60.0)
# Days of some zone, to fit on and held out, below which there is nothing to learn.
_FEWEST_DAYS = 7
# Of a normal distribution, in mean absolute deviations, and half as much again for a young profile.
_NORMAL = np.array([-1.96, -1.2816, 1.2816, 1.96]) * 1.2533 * 1.5


@dataclass(frozen=True)
class Calibrated:
    """What the held-out days taught, for the first and for the later days ahead.

    Parameters
    ----------
    weights
        Of the models, in the order of `ZoneModel.fitted`, shape (n_models,).
    quantiles
        Of the errors in usual deviations of their hour, shape (n_zones, n_levels).
    mae, baseline_mae
        Mean absolute error on the held-out days, and of the better of two baselines: last week repeated, and the mean of
        four weeks; in the unit of the flow, shape (n_zones,), nan where a zone had nothing then.
    """

    weights: dict[str, Floats]
    quantiles: dict[str, Floats]
    mae: dict[str, Floats]
    baseline_mae: dict[str, Floats]


@dataclass(frozen=True)
class WeekAhead:
    """A forecast of local days from the cutoff on, in the unit of the flow.

    Parameters
    ----------
    mean
        Shape (n_zones, n_days, 24).
    bounds
        Values not exceeded with the probabilities `LEVELS`, shape (4, n_zones, n_days, 24).
    """

    mean: Floats
    bounds: Floats


@dataclass(frozen=True)
class ZoneModel:
    """Everything a refresh needs.

    Parameters
    ----------
    zones
        Names, in the order of the arrays.
    fitted
        Models by name; none where the history bears no model yet.
    learned, choice
        None where the history bears no model yet.
    """

    zones: tuple[str, ...]
    fitted: dict[str, FittedZoneForecaster]
    learned: Calibrated | None
    choice: Choice | None

    @property
    def sharp(self) -> float:
        """Of events on a device's clock."""
        return SHARP if self.choice is None else self.choice.sharp


def train_zone_model(
    data: ZoneData, forecasters: Sequence[ZoneForecaster], *, choice: Choice | None = None
) -> ZoneModel:
    """Choose settings, fit the models on all days of `data`, and learn on its last weeks what to expect of them.

    Parameters
    ----------
    choice
        Settings chosen earlier; without them they are searched.
    """
    cutoff = data.n_days
    since = cutoff - HOLDOUT_DAYS
    if cutoff < SHORTEST_DAYS:
        return ZoneModel(data.zones, {}, None, None)
    data = _with_copies(data)
    if not _bears_models(data, since):
        return ZoneModel(data.zones, {}, None, None)
    chosen = choose(data, forecasters, cutoff=since) if choice is None else choice
    members = set_by(chosen, forecasters)
    learned = _calibrate([each.fit(data, since) for each in members], data, since)
    return ZoneModel(data.zones, {each.name: each.fit(data, cutoff) for each in members}, learned, chosen)


def _bears_models(data: ZoneData, since: int) -> bool:
    """Whether some zone departs from its profile on a week of days before `since` and on another after it."""
    departs = np.isfinite(data.history(STEADY).deviation[:, WARM_UP:]).any(axis=2)
    days = [part.sum(axis=1).max(initial=0) for part in np.split(departs, [since - WARM_UP], axis=1)]
    return bool(min(days) >= _FEWEST_DAYS)


def week_ahead(model: ZoneModel, data: ZoneData, *, n_days: int = HORIZON) -> WeekAhead:
    """Forecast local days from the end of `data` on; the model may be older."""
    data = data if model.learned is None else _with_copies(data)
    past, origin = data.history(STEADY), data.n_days
    if model.learned is None:
        return _profile_alone(past, data.days, origin, n_days)
    made = _forecasts(list(model.fitted.values()), data, np.array([origin]), n_days)[:, :, 0]
    unit = _unit(data.history(_RANGES), origin)
    profiles = data.history(EVENTS).profiles
    mean, bounds = [], []
    for lead in range(n_days):
        name = lead_class(lead)
        centre = combine(made[:, :, lead], model.learned.weights[name])
        centre = centre + event_move(profiles, data.days, origin, origin + lead, sharp=model.sharp)
        mean.append(centre)
        bounds.append(centre + model.learned.quantiles[name].T[:, :, None] * unit)
    return ordered(np.stack(mean, axis=1), np.stack(bounds, axis=2))


def _with_copies(data: ZoneData) -> ZoneData:
    """Zones with a short history have copies of others before it; the same data where none has."""
    flow = with_copies(data.flow)
    return data if flow is data.flow else replace(data, flow=flow, _histories={})


def _forecasts(fitted: Sequence[FittedZoneForecaster], data: ZoneData, origins: Ints, n_days: int) -> Floats:
    """Forecasts of every model, shape (n_models, n_zones, n_origins, n_days, 24)."""
    return np.stack([each.forecast(data, origins, n_days) for each in fitted])


def ordered(mean: Floats, bounds: Floats) -> WeekAhead:
    """Nothing below zero, and each bound on its side of the forecast and of the narrower bound."""
    centre = np.maximum(mean, 0.0)
    low80, high80 = np.minimum(bounds[1], centre), np.maximum(bounds[2], centre)
    low95, high95 = np.minimum(bounds[0], low80), np.maximum(bounds[3], high80)
    return WeekAhead(centre, np.maximum(np.stack([low95, low80, high80, high95]), 0.0))


def _calibrate(fitted: Sequence[FittedZoneForecaster], data: ZoneData, since: int) -> Calibrated:
    """Learn weights and error quantiles on the days from `since` on, of models that have not seen them."""
    learned = Calibrated({}, {}, {}, {})
    origins = np.arange(since, data.n_days)
    every = _forecasts(fitted, data, origins, HORIZON)
    past, ranges = data.history(STEADY), data.history(_RANGES)
    units = np.stack([_unit(ranges, int(origin)) for origin in origins], axis=1)
    prior = np.full(len(fitted), 1.0 / len(fitted))
    for name in (FIRST, LATER):
        parts = list(_judged(every, units, past, data, origins, name))
        made, seen, unit, scale, naive = (np.concatenate(each, axis=-2) for each in zip(*parts, strict=True))
        trust = choose_trust(made / scale, seen / scale, prior)
        learned.weights[name] = learn_weights(
            (made / scale).reshape(len(made), -1), (seen / scale).ravel(), prior, trust=trust
        )
        errors = seen - combine(made, learned.weights[name])
        learned.quantiles[name] = error_quantiles((errors / unit).reshape(len(data.zones), -1), LEVELS)
        learned.mae[name] = _by_zone(errors)
        learned.baseline_mae[name] = np.fmin(*(_by_zone(seen - each) for each in naive))
    return learned


def _judged(
    every: Floats, units: Floats, past: History, data: ZoneData, origins: Ints, name: str
) -> Iterator[tuple[Floats, ...]]:
    """For each day ahead of a class: forecasts, what flowed, usual deviations of hour and of zone, and baselines."""
    for lead in range(HORIZON):
        if lead_class(lead) != name:
            continue
        known = origins[origins + lead < data.n_days]
        seen = data.flow[:, known + lead]
        scale = np.broadcast_to(past.scale[:, known, None], seen.shape)
        yield (
            every[:, :, : known.size, lead],
            seen,
            units[:, : known.size],
            scale,
            _baselines(data.flow, known + lead),
        )


def _baselines(flow: Floats, target: Ints) -> Floats:
    """Last week repeated and the mean of four weeks, for these days, shape (2, n_zones, n_targets, 24)."""
    weeks = np.stack([flow[:, target - 7 * back] for back in range(1, 5)])
    return np.stack([weeks[0], nan_mean(weeks, axis=0)])


def _by_zone(errors: Floats) -> Floats:
    return nan_mean(np.abs(errors).reshape(errors.shape[0], -1), axis=1)


def _unit(past: History, origin: int) -> Floats:
    """Deviation to expect in each hour as of an origin, shape (n_zones, 24)."""
    return spread_by_hour(past.profiles.spread[origin], past.scale[:, origin])


def _profile_alone(past: History, days: Calendar, cutoff: int, n_days: int) -> WeekAhead:
    """The profile with a wide range: what zones get before their history bears a model."""
    origins = np.full(n_days, cutoff)
    centre = profile_of(past.profiles, origins, days.day_type[cutoff : cutoff + n_days])
    unit = _unit(past, cutoff)[:, None]
    unit = np.where(np.isfinite(unit), unit, 0.3 * np.abs(centre))
    return ordered(centre, centre + _NORMAL[:, None, None, None] * unit)
