"""Hindcast: the method from each earlier year of the record, against what came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from amuna.domain.errors import NotEnoughData
from amuna.domain.panel import Floats
from amuna.forecasting.longterm.base_year import BaseYear
from amuna.forecasting.longterm.drivers import draw
from amuna.forecasting.longterm.population import Projection
from amuna.forecasting.longterm.project import project, quantiles
from amuna.forecasting.longterm.scenarios import Scenario

FEWEST_YEARS = 3
_DRAWS = 2000


@dataclass(frozen=True)
class Tried:
    """One year told from an earlier one.

    Parameters
    ----------
    base, year
        Year told from, and year told.
    observed_m3
        What was used.
    low80_m3, forecast_m3, high80_m3
        What the method says.
    """

    base: int
    year: int
    observed_m3: float
    low80_m3: float
    forecast_m3: float
    high80_m3: float

    @property
    def inside80(self) -> bool:
        """Whether what came lay in the range."""
        return self.low80_m3 <= self.observed_m3 <= self.high80_m3


def growth_paths(base: BaseYear, scenario: Scenario, population: Projection, years: int) -> Floats:
    """Logarithm of people over those of the base year, shape (n_zones, n_years)."""
    if scenario.growth_percent is not None:
        path = np.log1p(scenario.growth_percent / 100) * np.arange(1, years + 1)
        return np.tile(path, (len(base.zones), 1))
    return np.stack([population.growth(zone, base.year, years) for zone in base.zones])


def hindcast(
    years: Sequence[BaseYear], scenario: Scenario, population: Projection, *, seed: int
) -> list[Tried]:
    """Every year of the record told from every earlier one; empty with fewer than three, or where people are not known.

    The drivers are those of today's scenario: what is tried is the method, not what was known then. Losses are left out:
    only the last year's are known.

    Parameters
    ----------
    years
        Consecutive, the oldest first.
    """
    if len(years) < FEWEST_YEARS:
        return []
    out = []
    used = [replace(year, loss_share=np.zeros(len(year.zones)), losses_known=False) for year in years]
    for at, base in enumerate(used[:-1]):
        later = used[at + 1 :]
        try:
            growth = growth_paths(base, scenario, population, len(later))
        except NotEnoughData:
            continue
        draws = draw(np.random.default_rng(seed), years=len(later), zones=len(base.zones), draws=_DRAWS)
        told = quantiles(project(base, scenario, growth, draws).total_m3, [0.1, 0.5, 0.9])
        out += [
            Tried(base.year, base.year + lead, year.total_m3, *map(float, told[lead - 1]))
            for lead, year in enumerate(later, start=1)
        ]
    return out
