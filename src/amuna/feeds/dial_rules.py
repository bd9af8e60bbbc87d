"""Dial rules: what a register did when it went down, or up by more than water can flow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints

_HOUR = 3_600_000_000
_SMALLEST_DIAL = 1e4


@dataclass(frozen=True)
class DialRules:
    """How a register is judged.

    Parameters
    ----------
    dial_m3
        Volume at which the dial starts again from zero [m³]; if None, the smallest power of ten above the last
        reading, at least 10,000, the least that ISO 4064-1 asks of a dial.
    near
        Share of the dial within which a reading counts as close to its end or its start.
    replacement_m3, replacement_share
        A new meter shows at most this [m³], or at most this share of the old reading.
    backflow_m3
        A smaller drop is water that ran back, not a fault [m³].
    recovery
        A drop or leap that is undone within this time was a faulty reading.
    max_flow_m3h
        Largest flow through any customer's meter [m³/h]: 100,000 m³/day.
    jump_ratio
        Largest flow of a meter over its usual flow: the range Q4/Q1 of ISO 4064-1 is at most about 1,000.
    jump_floor_m3
        A smaller rise is never called a jump [m³].
    jump_intervals
        Intervals with flow that an account needs before its own usual flow counts.
    """

    dial_m3: float | None = None
    near: float = 0.05
    replacement_m3: float = 1.0
    replacement_share: float = 0.02
    backflow_m3: float = 0.05
    recovery: timedelta = timedelta(hours=24)
    max_flow_m3h: float = 100_000 / 24
    jump_ratio: float = 1_000.0
    jump_floor_m3: float = 10.0
    jump_intervals: int = 12


@dataclass(frozen=True)
class Dials:
    """Readings of many accounts, sorted by account and time, each instant once.

    Parameters
    ----------
    account
        Number of the account, shape (n_readings,).
    time
        Microseconds since 1970 UTC, shape (n_readings,).
    reading
        Dial [m³], shape (n_readings,).
    usual_flow
        Usual flow of each account [m³/h], NaN where unknown, shape (n_accounts,).
    """

    account: Ints
    time: Ints
    reading: Floats
    usual_flow: Floats


@dataclass(frozen=True)
class Event:
    """One decision: `reading` is the index where the register misbehaved, `before` the last good one."""

    before: int
    reading: int
    decision: str
    volume_m3: float | None


@dataclass(frozen=True)
class Decisions:
    """What to use of the readings.

    Parameters
    ----------
    kept
        Readings that stand, shape (n_readings,).
    volume
        Volume [m³] of the interval that ends at a reading, where it is not the difference; else NaN.
    unknown
        Whether the volume of that interval cannot be known.
    events
        Every decision, in order.
    """

    kept: NDArray[np.bool_]
    volume: Floats
    unknown: NDArray[np.bool_]
    events: list[Event]


def decide(dials: Dials, rules: DialRules) -> Decisions:
    """Judge every fall of a register, and every rise above what could flow, one after another."""
    n = len(dials.time)
    kept, unknown, volume = np.ones(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_), np.full(n, np.nan)
    events: list[Event] = []
    settled = -1
    for i in _suspects(dials, rules):
        if i <= settled:
            continue
        back = _recovers_at(dials, rules, first=i)
        event = _judge(dials, rules, first=i, recovered=back is not None)
        events.append(event)
        if back is not None:
            kept[i:back] = False
            settled = back
        elif event.volume_m3 is not None:
            volume[i] = event.volume_m3
        else:
            unknown[i], volume[i] = True, _least_volume(dials, event)
    return Decisions(kept, volume, unknown, events)


def _suspects(dials: Dials, rules: DialRules) -> list[int]:
    rise = np.diff(dials.reading)
    hours = np.diff(dials.time) / _HOUR
    same = np.diff(dials.account) == 0
    limit = _largest_rise(dials.usual_flow[dials.account[1:]], hours, rules)
    return [int(i) for i in np.flatnonzero(same & ((rise < 0) | (rise > limit))) + 1]


def _largest_rise(usual_flow: Floats, hours: Floats, rules: DialRules) -> Floats:
    """Most that can flow [m³]; less than an hour counts as one, because loggers' clocks differ."""
    hours = np.maximum(hours, 1.0)
    physical = rules.max_flow_m3h * hours
    own = np.maximum(rules.jump_floor_m3, rules.jump_ratio * usual_flow * hours)
    return np.fmin(physical, own)


def _recovers_at(dials: Dials, rules: DialRules, *, first: int) -> int | None:
    """First reading that continues from before the disturbance, or None if none does in time."""
    before = first - 1
    account, start, level = dials.account[before], dials.time[before], dials.reading[before]
    last = int(np.searchsorted(dials.account, account, side="right"))
    until = start + rules.recovery // timedelta(microseconds=1)
    window = slice(first, first + int(np.searchsorted(dials.time[first:last], until, side="right")))
    hours = (dials.time[window] - start) / _HOUR
    rise = dials.reading[window] - level
    limit = _largest_rise(np.broadcast_to(dials.usual_flow[account], hours.shape), hours, rules)
    found = np.flatnonzero((rise >= 0) & (rise <= limit))
    return first + int(found[0]) if len(found) else None


def _judge(dials: Dials, rules: DialRules, *, first: int, recovered: bool) -> Event:
    before, after = float(dials.reading[first - 1]), float(dials.reading[first])
    drop = before - after
    if 0 < drop <= rules.backflow_m3:
        return Event(first - 1, first, "backflow", 0.0)
    if recovered:
        return Event(first - 1, first, "glitch", 0.0)
    if drop < 0:
        return Event(first - 1, first, "jump", None)
    wrapped = _wrapped_volume(before, after, rules)
    hours = np.array([(dials.time[first] - dials.time[first - 1]) / _HOUR])
    flow = dials.usual_flow[dials.account[first] : dials.account[first] + 1]
    if wrapped is not None and wrapped <= _largest_rise(flow, hours, rules)[0]:
        return Event(first - 1, first, "rollover", wrapped)
    if after <= max(rules.replacement_m3, rules.replacement_share * before):
        return Event(first - 1, first, "replacement", None)
    return Event(first - 1, first, "reset", None)


def _wrapped_volume(before: float, after: float, rules: DialRules) -> float | None:
    """Volume [m³] if the dial passed its end, or None if it was not near it."""
    dial = rules.dial_m3 or max(_SMALLEST_DIAL, 10.0 ** np.ceil(np.log10(max(before, 1.0))))
    if before < (1 - rules.near) * dial or before > dial or after > rules.near * dial:
        return None
    return float(dial - before + after)


def _least_volume(dials: Dials, event: Event) -> float:
    """What surely flowed: a new meter's own reading; nothing where the dial moved without cause."""
    return float(dials.reading[event.reading]) if event.decision == "replacement" else 0.0
