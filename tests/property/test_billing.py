"""What holds for any tariff and any volume: bills rise without steps, quantiles stay ordered, chances are chances."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from amuna.billing.bill import bill, next_m3_pen, total_pen
from amuna.billing.chance import PROBABILITIES, equal_draws, probability_above
from amuna.billing.tariff import Rates
from amuna.domain.panel import Floats

prices = st.floats(0, 50)
volumes = st.floats(0, 1e5)


@st.composite
def rates(draw: st.DrawFn) -> Rates:
    ends = sorted(draw(st.sets(st.integers(1, 500), max_size=4)))
    n = len(ends) + 1
    water, sewerage = (draw(st.lists(prices, min_size=n, max_size=n)) for _ in range(2))
    return Rates(
        "t",
        "c",
        30,
        np.array([0.0, *ends]),
        np.array(water),
        np.array(sewerage),
        draw(prices),
        draw(st.floats(0, 1)),
    )


@st.composite
def quantiles(draw: st.DrawFn) -> Floats:
    n = len(PROBABILITIES)
    return np.sort(draw(st.lists(st.sampled_from([0.0, 1.0, 2.5, 7.0, 30.0, 1e4]), min_size=n, max_size=n)))


@given(rates(), volumes, volumes)
def test_a_larger_volume_never_costs_less_and_bills_have_no_steps(r: Rates, a: float, b: float) -> None:
    low, high = sorted((a, b))
    cost = total_pen([low, high], r)
    steepest = (r.water_pen_per_m3 + r.sewerage_pen_per_m3).max() * (1 + r.igv_rate)
    assert cost[0] <= cost[1] + 1e-9
    assert cost[1] - cost[0] <= steepest * (high - low) + 1e-6 * (1 + cost[1])


@given(rates(), volumes)
def test_parts_add_up_and_the_price_of_the_next_is_the_slope(r: Rates, volume: float) -> None:
    found = bill(volume, r)
    parts = found.water_pen + found.sewerage_pen + found.fixed_pen + found.igv_pen
    np.testing.assert_allclose(found.total_pen, parts)
    np.testing.assert_allclose(found.water_by_block_pen.sum(), found.water_pen)
    step = 1e-3
    if not any(start - step <= volume < start for start in r.starts_m3):
        slope = (total_pen(volume + step, r) - found.total_pen) / step
        np.testing.assert_allclose(next_m3_pen(volume, r), slope, rtol=1e-3, atol=1e-3)


@given(rates(), quantiles())
def test_quantiles_of_the_bill_are_ordered(r: Rates, q: Floats) -> None:
    assert (np.diff(total_pen(q, r)) >= -1e-9).all()


@given(quantiles(), st.lists(volumes, min_size=2, max_size=20), st.floats(0, 10))
def test_chances_lie_between_0_and_1_and_fall(q: Floats, thresholds: list[float], least: float) -> None:
    chances = probability_above(sorted(thresholds), np.maximum(q, least), least_m3=least)
    assert ((chances >= 0) & (chances <= 1)).all()
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(chances))


@given(quantiles())
def test_draws_rise_and_agree_with_the_chances(q: Floats) -> None:
    draws = equal_draws(q)
    assert (np.diff(draws) >= 0).all()
    assert (draws >= 0).all()
    for threshold in (0.5, 2.0, 5.0, 20.0):
        share = (draws > threshold).mean()
        assert abs(share - probability_above(threshold, q)) < 0.01


def test_chances_at_the_quantiles_are_theirs() -> None:
    q = np.array([1.0, 2, 3, 4, 5, 6, 7])
    np.testing.assert_allclose(probability_above(q, q), 1 - PROBABILITIES)
