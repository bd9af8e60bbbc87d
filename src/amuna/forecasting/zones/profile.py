"""An adaptive same-hour profile by day type, and what the flow did around it.

The profile of a day type is an exponentially decayed mean of the same hour on earlier days, where
days of another type count with a similarity below one. It is a recursion over days: each state is
decayed and updated once a day, so profiles as of every origin cost one pass over the history and
a daily refresh costs one step. Nothing after the day of the state enters it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.calendar import SATURDAY

N_TYPES = 7


@dataclass(frozen=True)
class ProfileSettings:
    """How fast the profile forgets and how alike two days are.

    Attributes
    ----------
    memory : float
        Time constant of the decay [days].
    alike, own : float
        Weight of a working day of another weekday, relative to the same weekday, in the shared and
        in the weekday's own profile. The two are mixed hour by hour: where they differ by more
        than chance (a weekly flushing, a market day) the own profile prevails.
    apart : float
        Weight of any other day: keeps the profile defined when a type was never seen.
    doubt : float
        How large a difference between the two must be, in squared standard errors, to count half.
    limit : float
        An hour further than this many usual deviations from its profile is capped before it
        enters the history.
    """

    memory: float = 20.0
    alike: float = 0.5
    own: float = 0.0
    apart: float = 0.003
    doubt: float = 2.0
    limit: float = 3.5


def similarity(alike: float, apart: float) -> Floats:
    """Weight of a past day of each type (columns) for a target of each type (rows), `(7, 7)`."""
    weights = np.full((N_TYPES, N_TYPES), apart)
    weights[:SATURDAY, :SATURDAY] = alike
    weights[SATURDAY:, SATURDAY:] = max(apart, alike / 7)
    np.fill_diagonal(weights, 1.0)
    return weights


@dataclass(frozen=True)
class Profiles:
    """Profiles as they stood at the start of each day, from earlier days alone.

    Attributes
    ----------
    level : Floats, shape (n_days + 1, n_zones, 7, 24)
        Profile of each day type as of the start of each day [the unit of the flow].
    spread : Floats, shape (n_days + 1, n_zones, 24)
        Decayed mean absolute deviation from the profile, by hour.
    capped : Floats, shape (n_zones, n_days, 24)
        The flow after capping against the profile of its own day.
    """

    level: Floats
    spread: Floats
    capped: Floats


def run_profiles(
    flow: Floats, day_type: Ints, usual: NDArray[np.bool_], settings: ProfileSettings
) -> Profiles:
    """Run the recursion over a history.

    Parameters
    ----------
    flow : Floats, shape (n_zones, n_days, 24)
        Zone inflow [any unit], nan where missing.
    day_type : Ints, shape (n_days,)
        0–6, holidays as Sundays.
    usual : shape (n_days,)
        False keeps a day (a holiday, a bridge) out of the history.
    settings : ProfileSettings

    Returns
    -------
    Profiles
    """
    n_zones, n_days, _ = flow.shape
    keep = np.exp(-1.0 / settings.memory)
    own, shared = similarity(settings.own, settings.apart), similarity(settings.alike, settings.apart)
    total = np.zeros((n_zones, N_TYPES, 24))
    count = np.zeros_like(total)
    gap, seen = np.zeros((n_zones, 24)), np.zeros((n_zones, 24))
    level = np.empty((n_days + 1, n_zones, N_TYPES, 24))
    spread = np.empty((n_days + 1, n_zones, 24))
    capped = flow.copy()
    for day in range(n_days + 1):
        spread[day] = _ratio(gap, seen)
        alone, together = (_ratio(w @ total, w @ count) for w in (own, shared))
        level[day] = _mix(alone, together, count, spread[day], settings.doubt)
        if day == n_days:
            break
        kind = day_type[day]
        capped[:, day] = _cap(flow[:, day], level[day, :, kind], spread[day], settings.limit)
        today, known = capped[:, day], np.isfinite(capped[:, day])
        miss = np.abs(today - level[day, :, kind])
        total, count, gap, seen = total * keep, count * keep, gap * keep, seen * keep
        if usual[day]:
            total[:, kind] += np.where(known, today, 0.0)
            count[:, kind] += known
            valid = np.isfinite(miss)
            gap += np.where(valid, miss, 0.0)
            seen += valid
    return Profiles(level, spread, capped)


def _ratio(total: Floats, count: Floats) -> Floats:
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 1e-9)


def _mix(alone: Floats, together: Floats, count: Floats, spread: Floats, doubt: float) -> Floats:
    """Shrink a weekday's own profile towards the shared one where the two hardly differ."""
    noise = doubt * (1.25 * spread[:, None]) ** 2 / np.maximum(count, 0.25)
    apart = (alone - together) ** 2
    wide = sum(np.roll(apart, step, axis=2) for step in range(-2, 3)) / 5.0
    apart = np.maximum(apart, 2.0 * wide)
    trust = _ratio(apart, apart + noise)
    return together + np.nan_to_num(trust) * (alone - together)


def _cap(flow: Floats, level: Floats, spread: Floats, limit: float) -> Floats:
    """Pull values beyond `limit` usual deviations to that limit; nan bounds leave them be."""
    room = limit * 1.25 * np.maximum(spread, 0.02 * np.abs(level))
    low = np.where(np.isfinite(room), level - room, -np.inf)
    high = np.where(np.isfinite(room), level + room, np.inf)
    return np.clip(flow, low, high)


def profile_of(profiles: Profiles, origin: Ints, kind: Ints) -> Floats:
    """Profile of days of type `kind` as it stood at `origin`, `(n_zones, n_pairs, 24)`."""
    return np.moveaxis(profiles.level[origin, :, kind], 0, 1)
