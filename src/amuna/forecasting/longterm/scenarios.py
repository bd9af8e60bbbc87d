"""Scenarios: what a planner supposes of the years to come. Sources of the values: docs/planning.md."""

from __future__ import annotations

from dataclasses import dataclass, replace

from amuna.forecasting.longterm.drivers import Spread, certain

_GROWTH_ERROR = Spread(0.0, -1.0, 1.0)
_ELASTICITY = Spread(-0.41, -0.7, -0.2)
_ELASTICITY_OTHER = Spread(-0.29, -0.79, -0.1)
_WARMING = Spread(0.26, 0.2, 0.4)
_NO_HOT_DAYS = certain(0.0)
_HOT_DAY = Spread(3.0, 0.0, 8.0)
_EFFICIENCY = Spread(0.45, 0.0, 1.5)
_OTHER = Spread(0.0, -1.0, 1.0)
PUBLISHED_TEMPERATURE = Spread(1.0, 0.0, 2.5)


@dataclass(frozen=True)
class Scenario:
    """What is supposed of growth, price, climate, efficiency and losses.

    Parameters
    ----------
    name
        What it is called.
    growth_percent
        Growth that holds in place of the population projection [% a year]; None for the projection.
    growth_error_percent
        How far growth may lie from the projection [percentage points a year].
    growth_zone_percent
        Half of the 80 % range of how far a zone's growth departs from that of all [percentage points a year].
    price_percent
        Change of the mean real price of water [% a year], in the first `price_years` years.
    elasticity, elasticity_other
        Change of use per change of price in the long run [%/%], of households and of everyone else.
    first_year_share
        Share of the response to a price that comes in its first year; of the rest, the same share a year.
    warming_c_per_decade
        Warming [degC in ten years].
    temperature_percent_per_c
        Change of use per degree [%/degC]; None for what the utility's record tells, or else the published range.
    hot_days_per_decade, hot_day_percent
        Further hot days a year after ten years [days], and how much more is used on one beyond the effect of a degree [%].
    efficiency_percent
        Saving by better fixtures and habits at first [% a year], which levels off at `efficiency_ceiling_percent` [%].
    other_percent
        What none of these explains [% in a year], which adds up as a random walk.
    losses_percent
        Share of the system input lost from `losses_years` on [%]; None for the share of the base year.
    """

    name: str
    growth_percent: float | None = None
    growth_error_percent: Spread = _GROWTH_ERROR
    growth_zone_percent: float = 1.0
    price_percent: float = 0.0
    price_years: int = 10
    elasticity: Spread = _ELASTICITY
    elasticity_other: Spread = _ELASTICITY_OTHER
    first_year_share: float = 0.75
    warming_c_per_decade: Spread = _WARMING
    temperature_percent_per_c: Spread | None = None
    hot_days_per_decade: Spread = _NO_HOT_DAYS
    hot_day_percent: Spread = _HOT_DAY
    efficiency_percent: Spread = _EFFICIENCY
    efficiency_ceiling_percent: float = 35.0
    other_percent: Spread = _OTHER
    losses_percent: Spread | None = None
    losses_years: int = 10


BASE = Scenario("base")
STANDARD = (
    BASE,
    replace(BASE, name="high_growth", growth_error_percent=Spread(1.0, 0.0, 2.0)),
    replace(
        BASE,
        name="dry_hot",
        warming_c_per_decade=Spread(0.5, 0.3, 0.8),
        hot_days_per_decade=Spread(20.0, 10.0, 40.0),
    ),
    replace(BASE, name="efficiency", efficiency_percent=Spread(1.5, 0.8, 2.0)),
)
