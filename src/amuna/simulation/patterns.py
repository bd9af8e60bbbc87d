"""How each kind of customer uses water: one row of numbers per pattern.

Weekday factors of `shop` and `shift` are the median factors measured on the commercial and industrial meters of
Barcelona (2019 to 2021), those of `home_out` on the DAIAD homes of Alicante; the other numbers are assumptions,
argued in docs/simulator.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amuna.domain.panel import Floats
from amuna.simulation.settings import UtilitySettings

SEGMENTS = ("household", "commercial", "industrial", "public", "vacant")


@dataclass(frozen=True)
class Pattern:
    """A kind of customer.

    Parameters
    ----------
    name
        Name in the table of accounts.
    segment
        Its class.
    share
        Share of the class that follows it.
    week
        Factor of Monday to Sunday; 0 is closed.
    holiday, bridge, school_break
        Factor on public holidays, on working days between a holiday and a weekend, and in school holidays.
    summer
        Half the relative difference between summer and winter that temperature does not explain.
    heat
        Temperature response relative to a household's.
    sigma, memory
        Standard deviation and lag-one autocorrelation of the daily noise, on the logarithm.
    spread
        Standard deviation of accounts' sizes, on the logarithm.
    away_per_year, away_days
        Spells of absence or shutdown [per year], and their mean length [days].
    """

    name: str
    segment: str
    share: float
    week: tuple[float, float, float, float, float, float, float]
    holiday: float
    bridge: float = 1.0
    school_break: float = 1.0
    summer: float = 0.0
    heat: float = 1.0
    sigma: float = 0.42
    memory: float = 0.12
    spread: float = 0.5
    away_per_year: float = 3.0
    away_days: float = 4.0


PATTERNS = (
    Pattern("home", "household", 0.7, (0.97, 0.97, 0.98, 0.98, 0.99, 1.06, 1.05), 1.08, 1.03, summer=0.03),
    Pattern(
        "home_out",
        "household",
        0.3,
        (1.02, 1.0, 1.0, 0.98, 0.96, 0.94, 1.0),
        1.02,
        summer=0.03,
        away_per_year=6,
    ),
    Pattern(
        "restaurant",
        "commercial",
        0.35,
        (0.92, 0.94, 0.97, 1.0, 1.07, 1.13, 0.97),
        0.95,
        summer=0.03,
        heat=0.8,
        sigma=0.35,
        spread=1.1,
        away_per_year=0.5,
        away_days=8,
    ),
    Pattern(
        "office",
        "commercial",
        0.4,
        (1.16, 1.17, 1.18, 1.18, 1.17, 0.8, 0.0),
        0.0,
        0.7,
        heat=0.6,
        sigma=0.4,
        spread=1.2,
        away_per_year=0.5,
        away_days=8,
    ),
    Pattern(
        "shop",
        "commercial",
        0.25,
        (0.99, 1.01, 1.01, 1.03, 1.04, 0.94, 0.81),
        0.6,
        heat=0.6,
        sigma=0.5,
        spread=1.2,
        away_per_year=0.5,
    ),
    Pattern(
        "shift",
        "industrial",
        0.55,
        (1.08, 1.08, 1.07, 1.08, 1.07, 0.71, 0.58),
        0.5,
        0.9,
        heat=0.4,
        sigma=0.45,
        memory=0.5,
        spread=1.6,
        away_per_year=1.5,
        away_days=8,
    ),
    Pattern(
        "continuous",
        "industrial",
        0.3,
        (1.02, 1.03, 1.03, 1.03, 1.02, 0.97, 0.9),
        0.9,
        heat=0.4,
        sigma=0.25,
        memory=0.6,
        spread=1.6,
        away_per_year=1.0,
        away_days=10,
    ),
    Pattern(
        "weekdays",
        "industrial",
        0.15,
        (1.32, 1.34, 1.34, 1.34, 1.32, 0.34, 0.0),
        0.0,
        0.6,
        heat=0.3,
        sigma=0.4,
        memory=0.4,
        spread=1.4,
        away_per_year=1.5,
        away_days=8,
    ),
    Pattern(
        "administration",
        "public",
        0.55,
        (1.24, 1.25, 1.25, 1.25, 1.22, 0.49, 0.3),
        0.3,
        0.5,
        heat=0.6,
        sigma=0.3,
        spread=1.0,
        away_per_year=0,
    ),
    Pattern(
        "school",
        "public",
        0.45,
        (1.31, 1.33, 1.33, 1.33, 1.28, 0.28, 0.14),
        0.12,
        0.4,
        0.2,
        heat=0.5,
        sigma=0.3,
        spread=0.8,
        away_per_year=0,
    ),
    Pattern("empty", "vacant", 1.0, (0.9, 0.9, 0.9, 0.9, 1.0, 1.25, 1.15), 1.1, sigma=0.6, spread=0.7),
)

_MEDIANS_M3 = {"commercial": 0.4, "industrial": 4.0, "public": 2.5, "vacant": 0.12}


def median_m3(segment: str, settings: UtilitySettings) -> float:
    """Median consumption of one unit of a class on a day of use [m³/day]."""
    return settings.household_m3 if segment == "household" else _MEDIANS_M3[segment]


def pattern_numbers(field: str) -> Floats:
    """One number of every pattern, shape (n_patterns,)."""
    return np.array([getattr(pattern, field) for pattern in PATTERNS], dtype=np.float64)


def patterns_of(segment: str) -> tuple[list[int], list[float]]:
    """Positions and shares of the patterns of a class."""
    found = [(i, pattern.share) for i, pattern in enumerate(PATTERNS) if pattern.segment == segment]
    return [i for i, _ in found], [share for _, share in found]
