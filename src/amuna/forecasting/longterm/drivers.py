"""Drivers of demand: what moves it over years, how far each may move, and draws of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amuna.domain.panel import Floats

Z80 = 1.2815515655446004  # 90 % quantile of a standard normal: the ends of an 80 % range


@dataclass(frozen=True)
class Spread:
    """A central value and the ends of its 80 % range.

    Values are drawn from a normal of two halves (Wallis 2014, doi:10.1214/13-STS417): half of them lie above `central`, a
    tenth below `low`, a tenth above `high`. Without a range the value is certain.
    """

    central: float
    low: float
    high: float

    def of(self, normal: Floats, *, least: float = -np.inf, most: float = np.inf) -> Floats:
        """Values for standard normal draws of any shape, kept between `least` and `most`."""
        side = np.where(normal < 0, self.central - self.low, self.high - self.central)
        return np.clip(self.central + normal * side / Z80, least, most)


def certain(value: float) -> Spread:
    """A value without a range."""
    return Spread(value, value, value)


@dataclass(frozen=True)
class Driver:
    """What a field of a scenario may hold.

    Parameters
    ----------
    effect
        Effect on demand it belongs to; one of EFFECTS.
    least, most
        Values that are possible, in the field's unit.
    """

    effect: str
    least: float
    most: float


EFFECTS = ("growth", "price", "climate", "efficiency", "other", "losses")
# Fields of a scenario that have a range, in the order of their draws.
DRIVERS = {
    "growth_error_percent": Driver("growth", -20.0, 20.0),
    "elasticity": Driver("price", -3.0, 0.0),
    "elasticity_other": Driver("price", -3.0, 0.0),
    "warming_c_per_decade": Driver("climate", -2.0, 3.0),
    "temperature_percent_per_c": Driver("climate", -5.0, 20.0),
    "hot_days_per_decade": Driver("climate", -365.0, 365.0),
    "hot_day_percent": Driver("climate", 0.0, 100.0),
    "efficiency_percent": Driver("efficiency", 0.0, 20.0),
    "other_percent": Driver("other", -20.0, 20.0),
    "losses_percent": Driver("losses", 0.0, 90.0),
}


@dataclass(frozen=True)
class Draws:
    """Standard normal draws, the same for every scenario, so that scenarios differ by what they say and not by luck.

    Parameters
    ----------
    drivers
        Name to draws, shape (n_draws,).
    steps
        Yearly steps of what no driver explains, shape (n_years, n_draws).
    zones
        How far each zone's growth departs from that of all, shape (n_zones, n_draws).
    """

    drivers: dict[str, Floats]
    steps: Floats
    zones: Floats


def draw(rng: np.random.Generator, *, years: int, zones: int, draws: int) -> Draws:
    """Draws for so many years and zones."""
    return Draws(
        dict(zip(DRIVERS, rng.standard_normal((len(DRIVERS), draws)), strict=True)),
        rng.standard_normal((years, draws)),
        rng.standard_normal((zones, draws)),
    )
