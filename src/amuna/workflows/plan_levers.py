"""Plans by a few levers: growth, tariff, warming, savings and losses, as a person sets them, beside the base scenario."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from amuna.forecasting.longterm.drivers import Spread
from amuna.forecasting.longterm.population import Projection
from amuna.forecasting.longterm.scenarios import BASE, Scenario
from amuna.workflows.plan_demand import MOST_YEARS, PlanReport, plan_demand
from amuna.workflows.views.planning_record import PlanningRecord

CHOSEN = "chosen"
_LOSSES_LOW, _LOSSES_HIGH = 0.9, 1.2  # ends of the 80 % range of a target of losses, as shares of it


@dataclass(frozen=True)
class Lever:
    """What may be set: least, most and step, and where it rests; None where it follows the record."""

    least: float
    most: float
    step: float
    rest: float | None


LEVERS = {
    "growth": Lever(-2.0, 4.0, 0.25, 0.0),
    "price": Lever(-5.0, 15.0, 0.5, 0.0),
    "warming": Lever(0.0, 1.5, 0.02, BASE.warming_c_per_decade.central),
    "saving": Lever(0.0, 3.0, 0.05, BASE.efficiency_percent.central),
    "losses": Lever(5.0, 80.0, 1.0, None),
    "years": Lever(1, MOST_YEARS, 1, MOST_YEARS),
}


@dataclass(frozen=True)
class Levers:
    """Where the levers stand.

    Parameters
    ----------
    growth
        Growth of the population beyond the projection [percentage points a year].
    price
        Change of the mean real price of water [% a year].
    warming
        Warming [degC in ten years].
    saving
        Saving by better fixtures and habits at first [% a year].
    losses
        Share of the system input lost in the last year [%]; None for today's.
    years
        Years ahead.
    """

    growth: float = 0.0
    price: float = 0.0
    warming: float = BASE.warming_c_per_decade.central
    saving: float = BASE.efficiency_percent.central
    losses: float | None = None
    years: int = MOST_YEARS


def levered_scenario(levers: Levers) -> Scenario:
    """The base scenario with the levers moved; what is moved keeps the width of its range."""
    losses = levers.losses
    return replace(
        BASE,
        name=CHOSEN,
        growth_error_percent=_moved(BASE.growth_error_percent, levers.growth),
        price_percent=levers.price,
        price_years=levers.years,
        warming_c_per_decade=_moved(BASE.warming_c_per_decade, levers.warming),
        efficiency_percent=_moved(BASE.efficiency_percent, levers.saving, least=0.0),
        losses_percent=None
        if losses is None
        else Spread(losses, _LOSSES_LOW * losses, min(_LOSSES_HIGH * losses, 90.0)),
        losses_years=levers.years,
    )


def plan_levers(
    record: PlanningRecord, levers: Levers, *, population: Projection, zone: str | None = None
) -> PlanReport:
    """Demand of the next years with the levers at rest (`base`) and where they stand (`chosen`).

    Parameters
    ----------
    record
        From `planning_record`; keep it, and levers that move answer within tens of milliseconds.
    population
        Projection that growth follows.
    zone
        Zone to tell of; None for all together.

    Raises
    ------
    NotFound
        If no account is of the zone.
    """
    rests = levers == Levers(years=levers.years)
    asked = (BASE,) if rests else (BASE, levered_scenario(levers))
    report = plan_demand(record, asked, population=population, years=levers.years, zone=zone)
    return replace(report, rows=_twice(report.rows), effects=_twice(report.effects)) if rests else report


def _twice(rows: pl.DataFrame) -> pl.DataFrame:
    """Levers at rest are the base scenario: what holds for it holds for them."""
    return pl.concat([rows, rows.with_columns(scenario=pl.lit(CHOSEN))])


def _moved(spread: Spread, central: float, *, least: float = float("-inf")) -> Spread:
    by = central - spread.central
    return Spread(central, max(spread.low + by, least), spread.high + by)
