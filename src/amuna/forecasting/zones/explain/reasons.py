"""Why a day of the week ahead departs from the usual such day, in amounts of inflow that add up.

Every model that can tell what its inputs add is asked about the day ahead and, as many days ahead, about the usual days;
a reason is the difference of the two. What the other models add is told as one amount, by difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amuna.domain.panel import Floats
from amuna.forecasting.zones.combine import combine
from amuna.forecasting.zones.events import EVENTS, event_move
from amuna.forecasting.zones.explain.measured import measured
from amuna.forecasting.zones.explain.port import GROUPS, HOLIDAY, OTHER, ExplainedForecaster, grouping
from amuna.forecasting.zones.features import features
from amuna.forecasting.zones.nans import nan_mean
from amuna.forecasting.zones.port import HORIZON, Memories, ZoneData, lead_class
from amuna.forecasting.zones.profile import profile_of
from amuna.forecasting.zones.usual import UsualDays, usual_days, usual_inflow
from amuna.forecasting.zones.week import STEADY, ZoneModel

TREND, CHANCE, EVENT, TODAY = "trend", "chance", "event", "today"
REASONS = (*GROUPS, TREND, CHANCE, EVENT, TODAY)
_MODELLED = REASONS[:-2]
_FIRST_ORIGIN = 8  # features look a week back


@dataclass(frozen=True)
class WeekReasons:
    """Daily means of a week in the unit of the flow; nan where a zone has no usual day.

    Parameters
    ----------
    forecast, usual
        Shape (n_zones, n_days).
    parts
        What each of `REASONS` adds; they sum to `forecast` less `usual`. Shape (n_reasons, n_zones, n_days).
    values, usual_values
        What was measured of some reasons on the day and on the usual days: highest temperature [°C], rain of the day [mm],
        mean humidity [%] and wind [km/h], and whether schools are closed; nan for the others. Shape of `parts`.
    """

    forecast: Floats
    usual: Floats
    parts: Floats
    values: Floats
    usual_values: Floats


def week_reasons(
    model: ZoneModel, data: ZoneData, mean: Floats, *, moved: Floats | None = None
) -> WeekReasons:
    """Take a forecast of the days from the end of `data` on apart.

    Parameters
    ----------
    model
        The one that made it.
    data
        What it was made from, with the zones of the model.
    mean
        The forecast, of which at most a week is explained, shape (n_zones, n_days, 24).
    moved
        How much of it the hours since midnight added, in the same shape.
    """
    leads = range(min(mean.shape[1], HORIZON))
    moved = np.zeros_like(mean) if moved is None else moved
    days = [_day(model, data, mean[:, lead], moved[:, lead], lead) for lead in leads]
    return WeekReasons(*(np.stack(each, axis=-1) for each in zip(*days, strict=True)))


def _day(model: ZoneModel, data: ZoneData, mean: Floats, moved: Floats, lead: int) -> tuple[Floats, ...]:
    """The fields of `WeekReasons` of one day."""
    target = data.n_days + lead
    normal = usual_inflow(data.flow, data.days.usual, target)
    usual = usual_days(data.flow, data.days.usual, target, first=_FIRST_ORIGIN + lead, fewest=1)
    told = _told(model, data, usual, lead)
    told[_MODELLED.index(CHANCE)] -= normal
    parts = np.concatenate([np.nan_to_num(told), np.zeros((1, *mean.shape)), moved[None]])
    if model.learned is not None:
        profiles = data.history(EVENTS).profiles
        parts[REASONS.index(EVENT)] = event_move(profiles, data.days, data.n_days, target, sharp=model.sharp)
    parts[REASONS.index(OTHER)] += mean - normal - parts.sum(axis=0)
    inside = np.isfinite(parts).all(axis=0)
    daily = [nan_mean(np.where(inside, each, np.nan), axis=-1) for each in (mean, normal, parts)]
    return (*daily, *measured(data, usual, target, REASONS))


def _told(model: ZoneModel, data: ZoneData, usual: UsualDays, lead: int) -> Floats:
    """What the models say of each reason but events and today, and in the place of chance what they forecast of the usual days.

    Shape (n_reasons - 2, n_zones, 24).
    """
    explained = {name: each for name, each in model.fitted.items() if isinstance(each, ExplainedForecaster)}
    if model.learned is None or not explained:
        return _profile_alone(data, STEADY, usual, lead)
    each = np.stack([_of_member(member, data, usual, lead) for member in explained.values()])
    whole = np.where(np.isfinite(each).all(axis=1, keepdims=True), each, np.nan)
    shares = dict(zip(model.fitted, model.learned.weights[lead_class(lead)], strict=True))
    return combine(whole, np.array([shares[name] for name in explained]))


def _of_member(member: ExplainedForecaster, data: ZoneData, usual: UsualDays, lead: int) -> Floats:
    """As `_told`, of one model; the sum is its forecast of the day."""
    past, origins = data.history(member.memories), data.n_days - 7 * np.append(0, usual.weeks)
    rows = features(past, data.days, data.weather, origins, lead=lead)
    scale = past.scale[:, origins, None]
    groups = member.contributions(rows, lead=lead) @ grouping() * scale[..., None]
    out = _profile_alone(data, member.memories, usual, lead)
    out[: len(GROUPS)] += np.moveaxis(groups[:, 0] - usual.mean(groups[:, 1:]), -1, 0)
    out[_MODELLED.index(CHANCE)] += usual.mean((member.scaled(rows, lead=lead) * scale)[:, 1:])
    return out


def _profile_alone(data: ZoneData, memories: Memories, usual: UsualDays, lead: int) -> Floats:
    """As `_told`, of the profile: a holiday departs from its weekday, and the level from that of the usual days."""
    profiles, target, now = data.history(memories).profiles, data.n_days + lead, np.array([data.n_days])
    weekday = data.days.weekday[[target]]
    day, same = (profile_of(profiles, now, kind)[:, 0] for kind in (data.days.day_type[[target]], weekday))
    then = usual.mean(profile_of(profiles, now - 7 * usual.weeks, np.repeat(weekday, usual.weeks.size)))
    out = np.zeros((len(_MODELLED), *same.shape))
    out[REASONS.index(HOLIDAY)] = day - same
    out[REASONS.index(TREND)] = same - then
    out[REASONS.index(CHANCE)] = then
    return out
