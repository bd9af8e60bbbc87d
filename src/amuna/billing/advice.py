"""Advice: what an account may do about its bill, each with what was seen and what it may save; nothing without evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from amuna.billing.bill import total_pen
from amuna.billing.chance import probability_above
from amuna.billing.tariff import Rates
from amuna.domain.panel import Floats

ENOUGH_PEERS = 10
FLOOR_DAYS, FLOOR_KNOWN = 14, 12
FLOOR_BEFORE = 8  # fortnights known before, from which on a change is one
RECENT_DAYS = 30
PEER_DAYS, PEER_KNOWN = 28, 24
WEEKS = 8
MUCH = 0.1  # share of a month's volume from which on unusual days are worth a word
EXCESS = 1.25  # share from which on more use than usual is worth a word
SURE = 2.6  # standard errors from which on a difference is no chance
NEAR_BLOCK = (0.2, 0.95)
NEAR_SHARE = 0.1
_KINDS = ("floor_rose", "unusual_days", "more_than_last_year", "weekends", "near_block", "similar_homes")


@dataclass(frozen=True)
class Peers:
    """Similar accounts, never one alone.

    Parameters
    ----------
    accounts
        How many; at least ENOUGH_PEERS.
    mean_m3
        Quartiles of their mean day of the last PEER_DAYS [m³/day].
    floor_m3
        Median of their smallest day of the last FLOOR_DAYS [m³/day].
    """

    accounts: int
    mean_m3: tuple[float, float, float]
    floor_m3: float


@dataclass(frozen=True)
class Use:
    """What an account used, and what its next period may bring.

    Parameters
    ----------
    days_m3
        Volume of each of the last days, the newest last [m³], NaN where not known; up to 400.
    last_weekday
        Weekday of the newest, Monday 0.
    unusual_m3, unusual_noise_m3
        What the unusual days of the last RECENT_DAYS went beyond expectation [m³], shape (n_unusual,), and how far such a
        day usually is off [m³].
    period_days
        Length of the next period [days].
    quantiles_m3, draws_m3
        Its volume: quantiles, and volumes of equal probability [m³].
    rates
        What it costs.
    peers
        Similar accounts; None where there are too few.
    """

    days_m3: Floats
    last_weekday: int
    unusual_m3: Floats
    unusual_noise_m3: float
    period_days: int
    quantiles_m3: Floats
    draws_m3: Floats
    rates: Rates
    peers: Peers | None


@dataclass(frozen=True)
class Advice:
    """One piece of advice.

    Parameters
    ----------
    kind
        floor_rose, unusual_days, more_than_last_year, weekends, near_block or similar_homes.
    evidence
        Figures it rests on, unit in the name.
    saving_m3
        Low, expected and high saving of the next period [m³].
    saving_pen
        The same in money [PEN]: 80 % interval and mean.
    """

    kind: str
    evidence: dict[str, float]
    saving_m3: tuple[float, float, float]
    saving_pen: tuple[float, float, float]


Finding = tuple[dict[str, float], tuple[float, float, float]]


def advise(use: Use) -> tuple[Advice, ...]:
    """What is worth saying, the largest expected saving first; empty where nothing is."""
    rules: tuple[Callable[[Use], Finding | None], ...] = (
        floor_rose,
        unusual_days,
        more_than_last_year,
        weekends,
        near_block,
        similar_homes,
    )
    found = [
        Advice(kind, evidence, saving_m3, saving_pen(use, saving_m3))
        for kind, rule in zip(_KINDS, rules, strict=True)
        for finding in [rule(use)]
        if finding is not None
        for evidence, saving_m3 in [finding]
    ]
    return tuple(sorted(found, key=lambda advice: -advice.saving_pen[1]))


def saving_pen(use: Use, saving_m3: tuple[float, float, float]) -> tuple[float, float, float]:
    """What using less saves over all volumes to come [PEN]: 10 % of the low, mean of the expected, 90 % of the high saving."""
    before = total_pen(use.draws_m3, use.rates)
    low, middle, high = (before - total_pen(use.draws_m3 - saving, use.rates) for saving in saving_m3)
    return float(np.quantile(low, 0.1)), float(middle.mean()), float(np.quantile(high, 0.9))


def floor_rose(use: Use) -> Finding | None:
    """The smallest day of a fortnight is larger than a usual day was before: perhaps a leak, perhaps more people.

    A leak adds the same to every day, so it lifts the smallest most. `benchmarks/advice.py` tells how often it is one.
    """
    recent = use.days_m3[-FLOOR_DAYS:]
    if use.peers is None or np.isfinite(recent).sum() < FLOOR_KNOWN:
        return None
    floors, means = _fortnights(use.days_m3[:-FLOOR_DAYS])
    if len(floors) < FLOOR_BEFORE:
        return None
    floor, before, usual = float(np.nanmin(recent)), float(np.median(floors)), float(np.median(means))
    if before <= 0 or floor <= usual or floor <= use.peers.floor_m3:
        return None
    rise = floor - before
    low, middle, high = (
        use.period_days * part for part in (min(floor - usual, 0.5 * rise), 0.5 * rise, rise)
    )
    evidence = {"floor_m3": floor, "usual_day_m3": usual, "peers_floor_m3": use.peers.floor_m3}
    return evidence, (low, middle, high)


def _fortnights(days: Floats) -> tuple[Floats, Floats]:
    """Smallest and mean day of each earlier fortnight of a year [m³], where enough of it is known."""
    count = min(len(days) // FLOOR_DAYS, 24)
    if not count:
        return np.empty(0), np.empty(0)
    each = days[-count * FLOOR_DAYS :].reshape(count, FLOOR_DAYS)
    each = each[np.isfinite(each).sum(axis=1) >= FLOOR_KNOWN]
    return np.nanmin(each, axis=1), np.nanmean(each, axis=1)


def unusual_days(use: Use) -> Finding | None:
    """Two or more days of the last month far above what was expected of them, and much of the month together."""
    if len(use.unusual_m3) < 2:
        return None
    if use.unusual_m3.sum() < MUCH * np.nansum(use.days_m3[-RECENT_DAYS:]):
        return None
    excess = float(use.unusual_m3.sum()) * use.period_days / RECENT_DAYS
    noise = 1.28 * use.unusual_noise_m3 * len(use.unusual_m3) ** 0.5
    return (
        {"days": float(len(use.unusual_m3)), "excess_m3": float(use.unusual_m3.sum())},
        (max(excess - noise, 0.0), excess, excess + noise),
    )


def more_than_last_year(use: Use) -> Finding | None:
    """The last month against the same days of the year before (52 weeks, so that weekdays agree)."""
    days = use.days_m3
    if len(days) < 364 + RECENT_DAYS:
        return None
    now, then = days[-RECENT_DAYS:], days[-364 - RECENT_DAYS : -364]
    compared = _compare(now, then)
    if compared is None:
        return None
    mean, before, error = compared
    return (
        {"mean_m3": mean, "before_m3": before},
        _half(mean - before, error, use.period_days),
    )


def weekends(use: Use) -> Finding | None:
    """Saturdays and Sundays against other days over eight weeks."""
    days = use.days_m3[-7 * WEEKS :]
    weekday = (use.last_weekday - np.arange(len(days))[::-1]) % 7
    compared = _compare(days[weekday >= 5], days[weekday < 5])
    if compared is None:
        return None
    mean, before, error = compared
    return (
        {"mean_m3": mean, "before_m3": before},
        _half(mean - before, error, use.period_days * 2 / 7),
    )


def _compare(some: Floats, others: Floats) -> tuple[float, float, float] | None:
    """Means of both and the standard error of their difference; None unless the first is surely and clearly larger."""
    some, others = some[np.isfinite(some)], others[np.isfinite(others)]
    if len(some) < 12 or len(others) < 12:
        return None
    error = float(np.sqrt(some.var(ddof=1) / len(some) + others.var(ddof=1) / len(others)))
    mean, before = float(some.mean()), float(others.mean())
    if before <= 0 or mean < EXCESS * before or mean - before < SURE * error:
        return None
    return mean, before, error


def _half(difference: float, error: float, days: float) -> tuple[float, float, float]:
    """Half of a daily difference over some days [m³], with its 80 % interval."""
    low, high = (max(difference + sign * 1.28 * error, 0.0) for sign in (-1, 1))
    return 0.5 * low * days, 0.5 * difference * days, 0.5 * high * days


def near_block(use: Use) -> Finding | None:
    """A dearer block that a small saving avoids."""
    starts = use.rates.starts_m3[1:]
    chances = probability_above(starts, use.quantiles_m3)
    inside = np.flatnonzero((chances >= NEAR_BLOCK[0]) & (chances <= NEAR_BLOCK[1]))
    if not len(inside):
        return None
    start = float(starts[inside[-1]])
    over = np.maximum(use.draws_m3 - start, 0.0)
    saving = (0.0, float(over.mean()), float(np.quantile(over, 0.9)))
    if saving[1] <= 0 or saving[1] > NEAR_SHARE * float(use.draws_m3.mean()):
        return None
    price = (use.rates.water_pen_per_m3 + use.rates.sewerage_pen_per_m3) * (1 + use.rates.igv_rate)
    evidence = {
        "block_m3": start,
        "probability": float(chances[inside[-1]]),
        "price_pen_per_m3": float(price[inside[-1]]),
        "next_price_pen_per_m3": float(price[inside[-1] + 1]),
    }
    return evidence, saving


def similar_homes(use: Use) -> Finding | None:
    """More than three in four similar accounts use."""
    recent = use.days_m3[-PEER_DAYS:]
    if use.peers is None or np.isfinite(recent).sum() < PEER_KNOWN:
        return None
    mean = float(np.nanmean(recent))
    _, median, third = use.peers.mean_m3
    if mean <= third:
        return None
    days = use.period_days
    evidence = {"mean_m3": mean, "peers_m3": median, "accounts": float(use.peers.accounts)}
    over = (mean - third) * days
    return evidence, (0.25 * over, 0.5 * over, over)
