"""The week ahead of every zone: profile, ridge and trees, combined, with ranges.

Training happens twice: on days up to nine weeks before the cutoff, to learn the weights of the members and the size of
their errors from the days after, and on all days up to the cutoff.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.boosting import BoostSettings
from amuna.forecasting.zones.calendar import Calendar
from amuna.forecasting.zones.combine import combine, learn_weights
from amuna.forecasting.zones.events import event_move
from amuna.forecasting.zones.features import History
from amuna.forecasting.zones.intervals import error_quantiles, spread_by_hour
from amuna.forecasting.zones.members import (
    FIRST,
    HORIZON,
    LATER,
    Trained,
    histories,
    lead_class,
    predict_members,
    train_members,
)
from amuna.forecasting.zones.nans import nan_mean
from amuna.forecasting.zones.profile import profile_of

HOLDOUT_DAYS = 63
SHORTEST_DAYS = 120
LEVELS = np.array([0.025, 0.1, 0.9, 0.975])
_PRIOR = {FIRST: np.array([0.6, 0.4]), LATER: np.array([0.5, 0.5])}
# Of a normal distribution, in mean absolute deviations, and half as much again for a young profile.
_NORMAL = np.array([-1.96, -1.2816, 1.2816, 1.96]) * 1.2533 * 1.5


@dataclass(frozen=True)
class Calibrated:
    """What the held-out days taught, for the first and for the later days ahead.

    Parameters
    ----------
    weights
        Of the members, shape (n_members,).
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
    """Everything a refresh needs; members and what was learned are None where the history bears no model yet.

    Parameters
    ----------
    zones
        Names, in the order of the arrays.
    """

    zones: tuple[str, ...]
    trained: Trained | None
    learned: Calibrated | None


def train_zone_model(
    zones: tuple[str, ...], flow: Floats, *, days: Calendar, weather: Floats, settings: BoostSettings
) -> ZoneModel:
    """Train on all days of `flow`.

    Parameters
    ----------
    flow
        Inflow up to the cutoff, nan where missing, shape (n_zones, n_days, 24).
    days
        At least `n_days` + 7 days.
    weather
        From `trusted_weather`, shape (4, at least n_days, 24).
    """
    cutoff = flow.shape[1]
    if cutoff < SHORTEST_DAYS:
        return ZoneModel(zones, None, None)
    pasts = histories(flow, days)
    earlier = train_members(
        pasts, flow, days=days, weather=weather, cutoff=cutoff - HOLDOUT_DAYS, settings=settings
    )
    learned = _calibrate(earlier, pasts, flow, days, weather)
    model = train_members(pasts, flow, days=days, weather=weather, cutoff=cutoff, settings=settings)
    return ZoneModel(zones, model, learned)


def week_ahead(
    model: ZoneModel, flow: Floats, *, days: Calendar, weather: Floats, n_days: int = HORIZON
) -> WeekAhead:
    """Forecast local days from the end of `flow` on; the model may be older.

    Parameters
    ----------
    days, weather
        At least `n_days` more days than `flow`.
    """
    pasts = histories(flow, days)
    if model.trained is None or model.learned is None:
        return _profile_alone(pasts[0], days, flow.shape[1], n_days)
    cutoff = flow.shape[1]
    origins = np.array([cutoff])
    mean, bounds = [], []
    unit = _unit(pasts[0], cutoff)
    for lead in range(n_days):
        name = lead_class(lead)
        members = predict_members(
            model.trained, pasts, days=days, weather=weather, origins=origins, lead=lead
        )
        centre = combine(members, model.learned.weights[name])[:, 0]
        centre = centre + event_move(pasts[1].profiles, days, cutoff, cutoff + lead)
        mean.append(centre)
        bounds.append(centre + model.learned.quantiles[name].T[:, :, None] * unit)
    return ordered(np.stack(mean, axis=1), np.stack(bounds, axis=2))


def ordered(mean: Floats, bounds: Floats) -> WeekAhead:
    """Nothing below zero, and each bound on its side of the forecast and of the narrower bound."""
    centre = np.maximum(mean, 0.0)
    low80, high80 = np.minimum(bounds[1], centre), np.maximum(bounds[2], centre)
    low95, high95 = np.minimum(bounds[0], low80), np.maximum(bounds[3], high80)
    return WeekAhead(centre, np.maximum(np.stack([low95, low80, high80, high95]), 0.0))


def _calibrate(
    model: Trained, pasts: list[History], flow: Floats, days: Calendar, weather: Floats
) -> Calibrated:
    """Learn weights and error quantiles on the days after the training of `model`."""
    learned = Calibrated({}, {}, {}, {})
    for name, leads in ((FIRST, range(1)), (LATER, range(1, HORIZON))):
        members, observed, unit, scale, naive = [], [], [], [], []
        for lead in leads:
            origins = np.arange(model.cutoff, flow.shape[1] - lead)
            members.append(
                predict_members(model, pasts, days=days, weather=weather, origins=origins, lead=lead)
            )
            observed.append(flow[:, origins + lead])
            naive.append(_baselines(flow, origins + lead))
            unit.append(np.stack([_unit(pasts[0], origin) for origin in origins], axis=1))
            scale.append(np.broadcast_to(pasts[0].scale[:, origins, None], observed[-1].shape))
        made = np.concatenate(members, axis=-2)
        seen, size, each = (np.concatenate(parts, axis=-2) for parts in (observed, unit, scale))
        learned.weights[name] = learn_weights(
            (made / each).reshape(len(made), -1), (seen / each).ravel(), _PRIOR[name]
        )
        errors = (seen - combine(made, learned.weights[name])) / size
        learned.quantiles[name] = error_quantiles(errors.reshape(errors.shape[0], -1), LEVELS)
        learned.mae[name] = _by_zone(errors * size)
        simple = np.concatenate(naive, axis=-2)
        learned.baseline_mae[name] = np.fmin(*(_by_zone(seen - each) for each in simple))
    return learned


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
