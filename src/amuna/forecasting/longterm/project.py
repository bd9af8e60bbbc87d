"""Demand of years to come, draw by draw: the base year times growth, price, climate, efficiency and losses.

What changed is parted among the drivers by the logarithmic mean Divisia index (Ang 2004, doi:10.1016/j.enpol.2003.10.010), which
leaves no rest: the parts of a draw add up to its change. So the covariance of a part with the whole, over the whole's variance,
is the part's share of the uncertainty, and the shares add up to one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from amuna.domain.panel import Floats
from amuna.forecasting.longterm.base_year import BaseYear
from amuna.forecasting.longterm.drivers import DRIVERS, EFFECTS, Z80, Draws
from amuna.forecasting.longterm.scenarios import PUBLISHED_TEMPERATURE, Scenario

_DAYS = 365.0
_MOST_LOST = 0.95


@dataclass(frozen=True)
class Projected:
    """Demand of the years after a base year.

    Parameters
    ----------
    total_m3
        All zones together, shape (n_years, n_draws) [m³/year].
    zones_m3
        Each zone, shape (n_zones, n_years, n_draws) [m³/year], adding up to `total_m3` draw by draw; None if not asked for.
    effects_m3
        What each of EFFECTS changed by the last year, shape (n_draws,) [m³/year]; they add up to the change.
    """

    total_m3: Floats = field(repr=False)
    zones_m3: Floats | None = field(repr=False)
    effects_m3: dict[str, Floats] = field(repr=False)


@dataclass(frozen=True)
class _Shared:
    """Logarithms of what is the same in all zones, shapes (n_years, n_draws)."""

    household_price: Floats
    other_price: Floats
    climate: Floats
    efficiency: Floats
    other: Floats


def project(
    base: BaseYear, scenario: Scenario, growth: Floats, draws: Draws, *, each_zone: bool = False
) -> Projected:
    """Demand of the years after a base year under a scenario.

    Parameters
    ----------
    growth
        Logarithm of people over those of the base year, shape (n_zones, n_years): the centre of growth.
    draws
        For as many years and zones.
    each_zone
        Whether the draws of each zone are kept too.
    """
    years, n_draws = growth.shape[1], draws.steps.shape[1]
    shared = _shared(scenario, draws, years)
    common = np.exp(shared.climate + shared.efficiency + shared.other)
    prices = (shared.household_price, shared.other_price)
    uses = tuple(common * np.exp(price) for price in prices) if scenario.price_percent else (common, common)
    losses = _losses(base, scenario, draws, years)
    error = _values("growth_error_percent", scenario, draws)
    total, work = np.zeros((years, n_draws)), np.empty((years, n_draws))
    zones_m3 = np.empty((len(base.zones), years, n_draws)) if each_zone else None
    effects = {name: np.zeros(n_draws) for name in EFFECTS}
    for at in range(len(base.zones)):
        rate = (error + draws.zones[at] * (scenario.growth_zone_percent / Z80)) / 100
        lost = base.loss_share[at]
        later = lost if losses is None else np.clip(lost * losses, 0, _MOST_LOST)
        grown = _grown(growth[at], rate)
        grown /= 1 - later
        volumes = (base.household_m3[at], base.other_m3[at])
        np.multiply(_used(uses, volumes), grown, out=work)
        total += work
        if zones_m3 is not None:
            zones_m3[at] = work
        kept = np.log((1 - lost) / (1 - (later if losses is None else later[-1])))
        logs = _last(shared) | {"growth": growth[at, -1] + years * rate, "losses": kept}
        for volume, use, price in zip(volumes, uses, prices, strict=True):
            after = volume * use[-1] * grown[-1]
            _add_effects(effects, volume / (1 - lost), after, logs | {"price": price[-1]})
    return Projected(total, zones_m3, effects)


def _used(uses: tuple[Floats, ...], volumes: tuple[float, float]) -> Floats:
    """Use of households and of everyone else together, before growth and losses."""
    if uses[0] is uses[1]:
        return uses[0] * sum(volumes)
    return uses[0] * volumes[0] + uses[1] * volumes[1]


def quantiles(values: Floats, probabilities: list[float]) -> Floats:
    """Quantiles of draws, shape (n_years, n_draws) to (n_years, n_probabilities)."""
    return np.quantile(values, probabilities, axis=1).T


def variance_shares(effects: dict[str, Floats]) -> dict[str, float]:
    """Share of each effect in the variance of the change they make; all zero where nothing varies."""
    change = np.sum(list(effects.values()), axis=0)
    variance = float(change.var())
    if variance <= 1e-18 * max(float(np.abs(change).max()), 1.0) ** 2:
        return dict.fromkeys(effects, 0.0)
    away = change - change.mean()
    return {name: float((part * away).mean() / variance) for name, part in effects.items()}


def _values(name: str, scenario: Scenario, draws: Draws) -> Floats:
    driver = DRIVERS[name]
    return getattr(scenario, name).of(draws.drivers[name], least=driver.least, most=driver.most)


def _shared(scenario: Scenario, draws: Draws, years: int) -> _Shared:
    ahead = np.arange(1, years + 1, dtype=np.float64)[:, None]
    response = _price_response(scenario, years)[:, None]
    ceiling = scenario.efficiency_ceiling_percent
    saving = _values("efficiency_percent", scenario, draws)
    saved = ceiling / 100 * -np.expm1(-saving * ahead / ceiling)
    steps = scenario.other_percent.of(draws.steps, least=-20, most=20) / 100
    return _Shared(
        _values("elasticity", scenario, draws) * response,
        _values("elasticity_other", scenario, draws) * response,
        _climate(scenario, draws, ahead),
        np.log1p(-saved),
        np.log1p(steps).cumsum(axis=0),
    )


def _price_response(scenario: Scenario, years: int) -> Floats:
    """Logarithm of price as felt after each year: changes come in over the years after them (partial adjustment)."""
    left = 1 - scenario.first_year_share
    change = np.log1p(scenario.price_percent / 100)
    changes = np.where(np.arange(years) < scenario.price_years, change, 0.0)
    felt = 1 - left ** np.arange(1, years + 1)
    return np.convolve(changes, felt)[:years]


def _climate(scenario: Scenario, draws: Draws, ahead: Floats) -> Floats:
    per_c = scenario.temperature_percent_per_c or PUBLISHED_TEMPERATURE
    driver = DRIVERS["temperature_percent_per_c"]
    response = per_c.of(draws.drivers["temperature_percent_per_c"], least=driver.least, most=driver.most)
    warming = _values("warming_c_per_decade", scenario, draws) / 10
    days = _values("hot_days_per_decade", scenario, draws) / 10
    more = _values("hot_day_percent", scenario, draws) / 100
    warmer = np.log1p(response / 100) * warming * ahead
    return warmer + np.log1p(more * days / _DAYS * ahead) if days.any() else warmer


def _losses(base: BaseYear, scenario: Scenario, draws: Draws, years: int) -> Floats | None:
    """What each zone's share of losses is multiplied with, shape (n_years, n_draws); None where it stays."""
    if scenario.losses_percent is None or not base.losses_known or base.network_loss_share <= 0:
        return None
    reached = np.minimum(np.arange(1, years + 1) / scenario.losses_years, 1.0)[:, None]
    target = _values("losses_percent", scenario, draws) / 100
    return 1 + reached * (target / base.network_loss_share - 1)


def _grown(path: Floats, rate: Floats) -> Floats:
    """People over those of the base year, shape (n_years, n_draws); a power instead of many exponentials."""
    factor = np.exp(rate)
    out = np.empty((len(path), len(rate)))
    power = np.ones_like(rate)
    for at, centre in enumerate(np.exp(path)):
        power = power * factor
        np.multiply(power, centre, out=out[at])
    return out


def _last(shared: _Shared) -> dict[str, Floats]:
    return {"climate": shared.climate[-1], "efficiency": shared.efficiency[-1], "other": shared.other[-1]}


def _add_effects(effects: dict[str, Floats], before: float, after: Floats, logs: dict[str, Floats]) -> None:
    """Part the change of one kind of use in one zone among the drivers."""
    if before <= 0:
        return
    ratio = np.log(after / before)
    small = np.abs(ratio) < 1e-9
    mean = np.where(small, before, (after - before) / np.where(small, 1.0, ratio))
    for name, log in logs.items():
        effects[name] += mean * log
