"""Accounts: who is connected where, how large, and with which habits."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.simulation.patterns import PATTERNS, SEGMENTS, median_m3, pattern_numbers, patterns_of
from amuna.simulation.randomness import stream
from amuna.simulation.settings import UtilitySettings
from amuna.simulation.zones import CELL_DEGREES, Areas

TRAITS = np.dtype(
    [
        ("pattern", np.int64),
        ("area", np.int64),
        ("tank", np.int64),
        ("first_day", np.int64),
        ("washing_day", np.int64),
        ("base_m3", np.float64),
        ("sigma", np.float64),
        ("memory", np.float64),
        ("drift", np.float64),
        ("heat", np.float64),
        ("growth", np.float64),
        ("away_start", np.float64),
        ("away_stop", np.float64),
        ("drip_m3", np.float64),
        ("outlier", np.float64),
        ("dial_litres", np.int64),
        ("index_litres", np.int64),
    ]
)
_VACANT_USE_STARTS, _VACANT_USE_STOPS = 0.03, 0.35
_HOMES_WITH_WASHING_DAY = 0.4
_SMALL_DIAL_M3 = 5.0
_LARGEST_M3 = 1_500.0


def simulate_traits(settings: UtilitySettings, areas: Areas, seed: int) -> tuple[NDArray[np.void], Ints]:
    """Return the habits of every account (TRAITS, shape (n_accounts,)) and the units it serves (households)."""
    rng = stream(seed, "accounts")
    count = settings.accounts
    traits = np.zeros(count, dtype=TRAITS)
    traits["pattern"] = _patterns(rng, settings)
    traits["area"] = rng.choice(len(areas), count, p=_area_weights(rng, len(areas)))
    traits["first_day"] = _first_days(rng, settings)
    units = _units(rng, traits["pattern"])
    traits["base_m3"] = _sizes(rng, traits, units, settings) * areas.wealth[traits["area"]]
    _set_noise(rng, traits, units)
    _set_responses(rng, traits, settings)
    _set_absences(rng, traits)
    _set_dials(rng, traits)
    rationed = areas.supply_hours[traits["area"]] < 24
    traits["tank"] = rng.random(count) < np.where(rationed, 0.9, 0.25)
    return traits, units


def account_table(
    traits: NDArray[np.void], units: Ints, areas: Areas, settings: UtilitySettings, seed: int
) -> pl.DataFrame:
    """Return the truth about every account: the columns of ACCOUNTS and those that the utility does not see."""
    rng = stream(seed, "account places")
    pattern, area, count = traits["pattern"], traits["area"], len(traits)
    first = np.datetime64(settings.start) + traits["first_day"].astype("timedelta64[D]")
    return pl.DataFrame(
        {
            "account_id": [f"A{i + 1:07d}" for i in range(count)],
            "segment": [PATTERNS[p].segment for p in pattern],
            "zone_id": [areas.zone_ids[a] for a in area],
            "longitude": areas.west[area] + rng.random(count) * CELL_DEGREES,
            "latitude": areas.south[area] + rng.random(count) * CELL_DEGREES,
            "pattern": [PATTERNS[p].name for p in pattern],
            "units": units,
            "connected": first.astype("datetime64[D]"),
            "tank": traits["tank"].astype(bool),
            "supply_hours": areas.supply_hours[area],
            "base_m3": traits["base_m3"],
            "growth_per_year": traits["growth"],
            "heat_response": traits["heat"],
        }
    )


def _patterns(rng: np.random.Generator, settings: UtilitySettings) -> Ints:
    segment = rng.choice(len(SEGMENTS), settings.accounts, p=np.array(settings.shares))
    pattern = np.zeros(settings.accounts, dtype=np.int64)
    for code, name in enumerate(SEGMENTS):
        mine = np.flatnonzero(segment == code)
        choices, shares = patterns_of(name)
        pattern[mine] = rng.choice(choices, len(mine), p=shares)
    return pattern


def _area_weights(rng: np.random.Generator, count: int) -> Floats:
    weights = rng.lognormal(0, 0.3, count)
    return np.asarray(weights / weights.sum())


def _first_days(rng: np.random.Generator, settings: UtilitySettings) -> Ints:
    """Day of connection; the accounts connected during the period are spread evenly over it."""
    new = rng.random(settings.accounts) < min(settings.new_accounts_per_year * settings.years, 0.9)
    return np.where(new, rng.integers(0, settings.days, settings.accounts), 0)


def _units(rng: np.random.Generator, pattern: Ints) -> Ints:
    """Households behind the connection: one for most, a heavy tail for blocks of flats."""
    block = (rng.random(len(pattern)) < 0.06) & (_segment_codes()[pattern] == 0)
    flats = np.minimum(2 + rng.pareto(1.4, len(pattern)) * 2, 80).astype(np.int64)
    return np.where(block, flats, 1)


def _sizes(
    rng: np.random.Generator, traits: NDArray[np.void], units: Ints, settings: UtilitySettings
) -> Floats:
    medians = np.array([median_m3(pattern.segment, settings) for pattern in PATTERNS])
    spread = pattern_numbers("spread")[traits["pattern"]] / np.sqrt(np.minimum(units, 4))
    size = medians[traits["pattern"]] * np.exp(rng.normal(0, 1, len(traits)) * spread) * units
    return np.asarray(np.minimum(size, _LARGEST_M3))


def _set_noise(rng: np.random.Generator, traits: NDArray[np.void], units: Ints) -> None:
    smoothing = np.sqrt(np.minimum(units, 25))
    jitter = rng.uniform(0.7, 1.4, len(traits))
    traits["sigma"] = pattern_numbers("sigma")[traits["pattern"]] * jitter / smoothing
    traits["memory"] = np.clip(
        pattern_numbers("memory")[traits["pattern"]] + rng.normal(0, 0.1, len(traits)), 0, 0.9
    )
    traits["drift"] = rng.uniform(0.06, 0.2, len(traits)) / np.sqrt(smoothing)
    washes = (rng.random(len(traits)) < _HOMES_WITH_WASHING_DAY) & (_segment_codes()[traits["pattern"]] == 0)
    traits["washing_day"] = np.where(washes, rng.integers(0, 7, len(traits)), -1)
    traits["outlier"] = rng.uniform(0, 0.008, len(traits)) / units


def _set_responses(rng: np.random.Generator, traits: NDArray[np.void], settings: UtilitySettings) -> None:
    heat = settings.heat_response * pattern_numbers("heat")[traits["pattern"]]
    traits["heat"] = heat * rng.gamma(4, 0.25, len(traits))
    traits["growth"] = settings.growth_per_year + rng.normal(0, 0.02, len(traits))


def _set_absences(rng: np.random.Generator, traits: NDArray[np.void]) -> None:
    pattern, count = traits["pattern"], len(traits)
    vacant = _segment_codes()[pattern] == SEGMENTS.index("vacant")
    start = pattern_numbers("away_per_year")[pattern] / 365.25 * rng.gamma(1.5, 1 / 1.5, count)
    stop = 1 / pattern_numbers("away_days")[pattern]
    traits["away_start"] = np.where(vacant, _VACANT_USE_STOPS, np.minimum(start, 0.05))
    traits["away_stop"] = np.where(vacant, _VACANT_USE_STARTS * rng.gamma(2, 0.5, count), stop)
    drips = rng.random(count) < 0.2
    traits["drip_m3"] = np.where(drips, rng.uniform(0.002, 0.03, count), 0.0)


def _set_dials(rng: np.random.Generator, traits: NDArray[np.void]) -> None:
    """Give small connections a dial of four digits of m³, large ones six, and an index to start from."""
    traits["dial_litres"] = np.where(traits["base_m3"] < _SMALL_DIAL_M3, 10_000_000, 1_000_000_000)
    traits["index_litres"] = (rng.random(len(traits)) * traits["dial_litres"]).astype(np.int64)


def _segment_codes() -> Ints:
    return np.array([SEGMENTS.index(pattern.segment) for pattern in PATTERNS])
