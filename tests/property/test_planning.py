"""What holds for any plan: nothing changed means nothing moves, ranges widen, prices lower demand, zones add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from amuna.forecasting.longterm.base_year import BaseYear, losing
from amuna.forecasting.longterm.drivers import Draws, Spread, certain, draw
from amuna.forecasting.longterm.project import project, quantiles
from amuna.forecasting.longterm.scenarios import STANDARD, Scenario

YEARS, DRAWS = 10, 1000
volumes = st.floats(1.0, 1e7)


@st.composite
def bases(sample: st.DrawFn) -> BaseYear:
    zones = sample(st.integers(1, 4))
    kinds = [np.array(sample(st.lists(volumes, min_size=zones, max_size=zones))) for _ in range(2)]
    names = tuple(map(str, range(zones)))
    base = BaseYear(2025, date(2025, 1, 1), date(2025, 12, 31), names, *kinds, np.zeros(zones), 0.0, False)
    return losing(base, share) if (share := sample(st.floats(0, 0.8))) > 0.05 else base


scenarios = st.sampled_from(STANDARD)


def paths(base: BaseYear, rate: float = 0.0) -> np.ndarray:
    return np.tile(np.log1p(rate) * np.arange(1, YEARS + 1), (len(base.zones), 1))


def drawn(base: BaseYear, seed: int) -> Draws:
    return draw(np.random.default_rng(seed), years=YEARS, zones=len(base.zones), draws=DRAWS)


@given(base=bases(), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_without_drivers_demand_stays_within_its_noise(base: BaseYear, seed: int) -> None:
    still = Scenario(
        "still", warming_c_per_decade=certain(0.0), efficiency_percent=certain(0.0)
    )  # growth and what nothing explains are noise around nothing
    low, middle, high = quantiles(
        project(base, still, paths(base), drawn(base, seed)).total_m3, [0.1, 0.5, 0.9]
    ).T
    assert np.all((low < base.total_m3) & (base.total_m3 < high))
    assert np.all(np.abs(middle / base.total_m3 - 1) < 0.02)
    quiet = replace(
        still, growth_error_percent=certain(0.0), growth_zone_percent=0.0, other_percent=certain(0.0)
    )
    assert np.allclose(
        project(base, quiet, paths(base), drawn(base, seed)).total_m3, base.total_m3, rtol=1e-12
    )


@given(base=bases(), scenario=scenarios, seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_ranges_widen_with_years(base: BaseYear, scenario: Scenario, seed: int) -> None:
    low, middle, high = quantiles(
        project(base, scenario, paths(base, 0.01), drawn(base, seed)).total_m3, [0.1, 0.5, 0.9]
    ).T
    assert np.all(np.diff((high - low) / middle) > 0)


@given(base=bases(), scenario=scenarios, rise=st.floats(0.5, 20), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_more_price_means_less_demand_in_every_draw(
    base: BaseYear, scenario: Scenario, rise: float, seed: int
) -> None:
    draws = drawn(base, seed)
    before = project(base, scenario, paths(base), draws).total_m3
    after = project(base, replace(scenario, price_percent=rise), paths(base), draws).total_m3
    more = project(base, replace(scenario, price_percent=2 * rise), paths(base), draws).total_m3
    assert np.all(after <= before * (1 + 1e-12))
    assert np.all(more <= after * (1 + 1e-12))
    assert after.mean() < before.mean()


@given(base=bases(), scenario=scenarios, seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_zones_add_up_and_effects_leave_no_rest(base: BaseYear, scenario: Scenario, seed: int) -> None:
    target = replace(scenario, price_percent=2.0)
    if base.losses_known:
        target = replace(target, losses_percent=Spread(20.0, 15.0, 30.0))
    found = project(base, target, paths(base, 0.01), drawn(base, seed), each_zone=True)
    assert found.zones_m3 is not None
    assert np.allclose(found.zones_m3.sum(axis=0), found.total_m3, rtol=1e-12)
    assert np.allclose(
        np.sum(list(found.effects_m3.values()), axis=0),
        found.total_m3[-1] - base.total_m3,
        rtol=1e-6,
        atol=1e-6 * base.total_m3,
    )
