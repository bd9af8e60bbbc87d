"""The compiled heart of the simulator: `fill_demand` and its random numbers.

An account's days come from a counter-based stream keyed by (seed, account), so they depend neither on the slab that
computes them nor on the number of threads. The generator is splitmix64 (Steele, Lea and Flood, 2014, doi
10.1145/2660193.2660195). All kernels stand in this one file because Numba's cache does not see changes elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S11, _S27, _S30, _S31 = np.uint64(11), np.uint64(27), np.uint64(30), np.uint64(31)
_SLOW_MEMORY = 0.985
_TANK_SHARE = 0.25
_WEEKDAY_SIGMA, _WASHING_FACTOR = 0.07, 1.35


def _compiled(function: Kernel) -> Kernel:
    return cast("Kernel", njit(cache=True, nogil=True)(function))


@_compiled
def _mix(state: np.uint64) -> np.uint64:
    """Scramble 64 bits."""
    word = (state ^ (state >> _S30)) * _MIX_1
    word = (word ^ (word >> _S27)) * _MIX_2
    return word ^ (word >> _S31)


@_compiled
def _account_state(seed: np.uint64, account: np.uint64) -> np.uint64:
    """Return the first state of an account's stream."""
    return _mix(_mix(seed + _STEP) + account * _STEP)


@_compiled
def _uniform(state: np.uint64) -> tuple[np.uint64, float]:
    """Return the next state and a number inside (0, 1)."""
    state = state + _STEP
    return state, (np.float64(_mix(state) >> _S11) + 0.5) * 2.0**-53


@_compiled
def _two_normals(state: np.uint64) -> tuple[np.uint64, float, float]:
    """Return the next state and two independent standard normal numbers (Box and Muller, 1958)."""
    state, first = _uniform(state)
    state, second = _uniform(state)
    radius = math.sqrt(-2.0 * math.log(first))
    angle = 2.0 * math.pi * second
    return state, radius * math.cos(angle), radius * math.sin(angle)


@_compiled
def fill_demand(
    out: Floats,
    traits: NDArray[np.void],
    pattern: Floats,
    weekday: Ints,
    anomaly: Floats,
    away: Floats,
    supply: Floats,
    first: int,
    seed: np.uint64,
) -> None:
    own_week = np.empty(7)
    for i in range(out.shape[0]):
        trait = traits[i]
        state = _account_state(seed, np.uint64(first + i))
        state = _fill_week(own_week, trait.washing_day, state)
        _fill_account(
            out[i],
            trait,
            pattern[trait.pattern],
            weekday,
            anomaly,
            away,
            supply[trait.area, trait.tank],
            own_week,
            state,
        )


@_compiled
def _fill_week(own_week: Floats, washing_day: int, state: np.uint64) -> np.uint64:
    for k in range(7):
        state, jitter, _ = _two_normals(state)
        own_week[k] = math.exp(_WEEKDAY_SIGMA * jitter)
    if washing_day >= 0:
        own_week[washing_day] *= _WASHING_FACTOR
    return state


@_compiled
def _fill_account(
    out: Floats,
    trait: Any,
    pattern: Floats,
    weekday: Ints,
    anomaly: Floats,
    away: Floats,
    supply: Floats,
    own_week: Floats,
    state: np.uint64,
) -> None:
    fast_step = trait.sigma * math.sqrt(1 - trait.memory**2)
    slow_step = trait.drift * math.sqrt(1 - _SLOW_MEMORY**2)
    level = math.log(trait.base_m3) - 0.5 * (trait.sigma**2 + trait.drift**2)
    state, fast, slow = _two_normals(state)
    fast, slow = fast * trait.sigma, slow * trait.drift
    state, chance = _uniform(state)
    is_away = chance < trait.away_start / (trait.away_start + trait.away_stop)
    before = -1.0
    for d in range(out.shape[0]):
        state, shock, drift = _two_normals(state)
        fast = trait.memory * fast + fast_step * shock
        slow = _SLOW_MEMORY * slow + slow_step * drift
        state, chance = _uniform(state)
        state, rare = _uniform(state)
        is_away = chance >= trait.away_stop if is_away else chance < trait.away_start * away[d]
        if pattern[d] == 0:
            continue
        use = trait.drip_m3
        if not is_away:
            use = math.exp(level + fast + slow + trait.growth * d / 365.25 + trait.heat * anomaly[d])
            use *= pattern[d] * own_week[weekday[d]]
            if rare < trait.outlier:
                use *= 2 + 4 * rare / trait.outlier
        drawn = use
        if trait.tank == 1:
            drawn = (1 - _TANK_SHARE) * use + _TANK_SHARE * (before if before >= 0 else use)
        before = use
        if d >= trait.first_day:
            out[d] = drawn * supply[d]
