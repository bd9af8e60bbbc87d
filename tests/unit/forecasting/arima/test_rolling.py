"""A fixed order rolled over series of either sign."""

from __future__ import annotations

import numpy as np
import pytest

from amuna.domain.panel import Floats
from amuna.forecasting.arima.orders import parse_order
from amuna.forecasting.arima.rolling import fit_parameters, roll

ORDER = parse_order("(1,0,0)(0,0,0)24")
AIRLINE = parse_order("(0,1,1)(0,1,1)24")
POSITIONS = np.array([400, 800])


def walk(n: int = 1_000, *, memory: float = 0.8) -> Floats:
    """A first-order autoregression around zero."""
    values = np.random.default_rng(1).normal(0, 1, n)
    for i in range(1, n):
        values[i] += memory * values[i - 1]
    return values[None]


def test_an_autoregression_around_zero_decays_to_zero_from_either_side() -> None:
    values = walk()
    parameters = fit_parameters(values, ORDER)
    assert parameters[0, 0] == pytest.approx(0.8, abs=0.05)
    made = roll(values, ORDER, parameters, positions=POSITIONS, steps=5)[0]
    powers = parameters[0, 0] ** np.arange(1, 6)
    np.testing.assert_allclose(made, values[0, POSITIONS - 1, None] * powers)
    mirrored = roll(-values, ORDER, parameters, positions=POSITIONS, steps=5)[0]
    np.testing.assert_allclose(mirrored, -made)


def test_values_from_a_position_on_change_nothing_there() -> None:
    values = walk()
    parameters = fit_parameters(values, AIRLINE)
    later = values.copy()
    later[:, 400:] = 1e9
    made, other = (
        roll(each, AIRLINE, parameters, positions=POSITIONS, steps=48)[0] for each in (values, later)
    )
    assert np.array_equal(made[0], other[0])
    assert not np.allclose(made[1], other[1])


def test_a_series_that_ends_at_the_position_is_enough_and_two_periods_are_needed() -> None:
    values = walk()
    parameters = fit_parameters(values, AIRLINE)
    whole = roll(values, AIRLINE, parameters, positions=np.array([47, 48, 800]), steps=30)
    short = roll(values[:, :800], AIRLINE, parameters, positions=np.array([800]), steps=30)
    assert np.array_equal(whole[:, 2:], short)
    assert np.isnan(whole[0, 0]).all()
    assert np.isfinite(whole[0, 1]).all()


def test_missing_values_cost_little_and_a_position_inside_a_gap_goes_on_from_before_it() -> None:
    values = walk(4_000)
    gappy = values.copy()
    gappy[0, 1_000:1_400] = np.nan
    gappy[0, 7::9] = np.nan
    assert fit_parameters(gappy, ORDER)[0, 0] == pytest.approx(0.8, abs=0.05)
    before = np.array([[0.8]])
    inside = roll(gappy, ORDER, before, positions=np.array([1_003]), steps=1)[0, 0, 0]
    assert inside == pytest.approx(gappy[0, 999] * 0.8**4)


@pytest.mark.parametrize("value", [np.nan, 0.0, 5.0])
def test_where_nothing_can_be_learned_forecasts_are_finite_and_other_series_untouched(value: float) -> None:
    values = np.concatenate([np.full_like(walk(), value), walk()])
    parameters = fit_parameters(values, AIRLINE)
    assert np.array_equal(parameters[1:], fit_parameters(walk(), AIRLINE))
    made = roll(values, AIRLINE, parameters, positions=POSITIONS, steps=24)
    assert np.isfinite(made).all()
    assert np.allclose(made[0], np.nan_to_num(value))
