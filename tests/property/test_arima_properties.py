"""What holds of the ARIMA engine whatever the series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from amuna.domain.panel import Panel, panel_from_matrix
from amuna.domain.time import Horizon
from amuna.forecasting.arima.estimate import to_natural, to_raw
from amuna.forecasting.arima.filter import MAX_PARAMETERS, depth, gauss_newton_terms, workspace
from amuna.forecasting.arima.model import Arima, FittedArima, candidate_orders
from amuna.forecasting.arima.orders import Order, parse_order
from amuna.forecasting.arima.polynomials import coefficients, unconstrained

Floats = NDArray[np.float64]
START = np.datetime64("2024-01-01")
FEW = settings(max_examples=25, deadline=None)
MORE = settings(max_examples=80, deadline=None)
RAW = st.floats(-2, 2)

orders = st.builds(
    Order,
    p=st.integers(0, 3),
    d=st.integers(0, 1),
    q=st.integers(0, 3),
    P=st.integers(0, 2),
    D=st.integers(0, 1),
    Q=st.integers(0, 2),
    period=st.sampled_from([4, 7, 12]),
    constant=st.booleans(),
)
anything = hnp.arrays(
    np.float64,
    st.integers(0, 90),
    elements=st.one_of(
        st.floats(-10, 1e12), st.floats(0, 2), st.sampled_from([0.0, 1.0, 1e12, 1e-12, np.nan])
    ),
)


def household(rng: np.random.Generator, days: int) -> Floats:
    """Weekly demand with gaps, outliers and a level shift."""
    y = 1.0 + 0.3 * np.sin(2 * np.pi * np.arange(days) / 7) + 0.2 * rng.normal(size=days)
    y[rng.integers(days) :] *= rng.uniform(0.2, 4)
    y[rng.integers(days, size=3)] *= 40
    y[rng.random(days) < 0.1] = np.nan
    gap = rng.integers(days)
    y[gap : gap + rng.integers(15)] = np.nan
    return np.maximum(y, 0)


def panel_of(series: list[Floats]) -> Panel:
    """A daily panel whose series all start on the same day."""
    lengths = [len(values) for values in series]
    return Panel(
        np.array([f"{i:03d}" for i in range(len(series))]),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.full(len(series), START),
        np.concatenate([np.empty(0), *series]),
    )


def padded(parameters: list[float]) -> Floats:
    natural = np.zeros(MAX_PARAMETERS)
    natural[: len(parameters)] = parameters
    return natural


@MORE
@given(raw=st.lists(RAW, min_size=1, max_size=3), sign=st.sampled_from([1.0, -1.0]))
def test_coefficients_and_unconstrained_are_inverse(raw: list[float], sign: float) -> None:
    count = len(raw)
    natural, back = np.zeros(MAX_PARAMETERS), np.zeros(MAX_PARAMETERS)
    coefficients(padded(raw), 0, count, sign, natural, np.zeros((MAX_PARAMETERS, MAX_PARAMETERS)))
    unconstrained(natural, 0, count, sign, back)
    np.testing.assert_allclose(back[:count], raw, atol=1e-8)
    assert (np.abs(np.roots([1.0, *(-sign * natural[:count])])) < 1).all()


@MORE
@given(order=orders, seed=st.integers(0, 10_000))
def test_the_jacobian_is_the_slope_of_the_coefficients(order: Order, seed: int) -> None:
    k = len(order.parameter_names)
    row = np.array(order.row)
    raw = np.random.default_rng(seed).normal(size=MAX_PARAMETERS)
    jacobian, spare = (np.zeros((MAX_PARAMETERS, MAX_PARAMETERS)) for _ in range(2))
    to_natural(row, raw, np.zeros(MAX_PARAMETERS), jacobian)
    for j in range(k):
        ahead, behind = np.zeros(MAX_PARAMETERS), np.zeros(MAX_PARAMETERS)
        step = np.zeros(MAX_PARAMETERS)
        step[j] = 1e-6
        to_natural(row, raw + step, ahead, spare)
        to_natural(row, raw - step, behind, spare)
        np.testing.assert_allclose(jacobian[:k, j], (ahead - behind)[:k] / 2e-6, atol=1e-7)


@MORE
@given(parameters=st.lists(st.floats(-50, 50), min_size=3, max_size=3))
def test_any_coefficients_are_pulled_inside(parameters: list[float]) -> None:
    order = np.array(parse_order("(3,0,0)(0,0,0)7").row)
    raw, natural = np.zeros(MAX_PARAMETERS), np.zeros(MAX_PARAMETERS)
    to_raw(order, padded(parameters), raw)
    to_natural(order, raw, natural, np.zeros((MAX_PARAMETERS, MAX_PARAMETERS)))
    assert np.isfinite(raw).all()
    assert (np.abs(np.roots([1.0, *(-natural[:3])])) < 1).all()


@FEW
@given(order=orders, clip=st.sampled_from([0.8, 2.0, np.inf]), seed=st.integers(0, 10_000))
def test_the_gradient_is_the_slope_of_the_sum_of_squares(order: Order, clip: float, seed: int) -> None:
    """Also through missing values and clipped surprises; at a kink, where a clip sets in, there is no slope."""
    rng = np.random.default_rng(seed)
    z = household(rng, 150)
    row, k = np.array(order.row), len(order.parameter_names)
    natural = np.zeros(MAX_PARAMETERS)
    to_natural(
        row, 0.5 * rng.normal(size=MAX_PARAMETERS), natural, np.zeros((MAX_PARAMETERS, MAX_PARAMETERS))
    )

    def terms(parameters: Floats) -> tuple[float, tuple[float, ...], Floats, Floats, Floats]:
        work = workspace(len(z))
        normal, gradient = np.zeros((MAX_PARAMETERS, MAX_PARAMETERS)), np.zeros(MAX_PARAMETERS)
        total, count, run = gauss_newton_terms(z, row, parameters, depth(row), clip, work, normal, gradient)
        return total, (count, run), np.abs(work[1]) == clip, gradient, normal

    total, counts, clipped, gradient, normal = terms(natural)
    assert np.isfinite(total)
    np.testing.assert_array_equal(normal[:k, :k], normal[:k, :k].T)
    for j in range(k):
        step = np.zeros(MAX_PARAMETERS)
        step[j] = 1e-7
        ahead, behind = terms(natural + step), terms(natural - step)
        if all((side[2] == clipped).all() and side[1] == counts for side in (ahead, behind)):
            slope = (ahead[0] - behind[0]) / 2e-7 / 2
            assert gradient[j] == pytest.approx(slope, rel=1e-3, abs=1e-4 * max(1.0, total**0.5))


@FEW
@given(series=st.lists(anything, min_size=1, max_size=4), period=st.sampled_from([4, 7]))
def test_models_are_stationary_and_invertible_and_forecasts_possible(
    series: list[Floats], period: int
) -> None:
    fitted = Arima(orders=candidate_orders(period)).fit(panel_of(series))
    for i in range(len(series)):
        order, parameters = fitted.order(i), fitted.parameters[i]
        place = 0
        for count, sign in ((order.p, 1), (order.q, -1), (order.P, 1), (order.Q, -1)):
            inverse_roots = np.roots([1.0, *(-sign * parameters[place : place + count])])
            assert (np.abs(inverse_roots) < 1).all()
            place += count
    check_possible(fitted, series)


def check_possible(fitted: FittedArima, series: list[Floats]) -> None:
    """Forecasts are volumes: finite, not negative, and not far above everything seen."""
    forecast = fitted.forecast(Horizon(40))
    assert np.isfinite(forecast).all()
    assert (forecast >= 0).all()
    for row, values in zip(forecast, series, strict=True):
        largest = np.nanmax(values) if np.isfinite(values).any() else 0.0
        assert (row <= max(2 * largest, 0.0)).all()


@FEW
@given(order=orders, values=anything)
def test_one_fixed_order_copes_with_any_series(order: Order, values: Floats) -> None:
    arima = Arima(orders=(order,), transforms=("none", "log1p"))
    fitted = arima.fit(panel_of([values]))
    check_possible(fitted, [values])
    assert np.isfinite(fitted.parameters).all()


@FEW
@given(order=orders, seed=st.integers(0, 10_000), data=st.data())
def test_updates_in_any_split_are_one_update(order: Order, seed: int, data: st.DataObject) -> None:
    rng = np.random.default_rng(seed)
    matrix = np.stack([household(rng, 200) for _ in range(3)])
    panel = panel_from_matrix(np.array(["a", "b", "c"]), START, matrix)
    middle = START + np.timedelta64(150, "D")
    fitted = Arima(orders=(order,)).fit(panel.before(middle))
    new = panel.since(middle)
    at_once = fitted.update(new)
    cuts = sorted(data.draw(st.lists(st.integers(0, 50), max_size=6)))
    stepwise, start = fitted, middle
    for end in [*(middle + np.timedelta64(cut, "D") for cut in cuts), START + np.timedelta64(200, "D")]:
        stepwise = stepwise.update(panel.since(start).before(end))
        start = end
    np.testing.assert_array_equal(stepwise.ends, at_once.ends)
    np.testing.assert_array_equal(stepwise.runs, at_once.runs)
    for name in ("levels", "surprises"):
        np.testing.assert_allclose(
            getattr(stepwise, name), getattr(at_once, name), rtol=1e-8, atol=1e-8, err_msg=name
        )
    np.testing.assert_allclose(stepwise.forecast(Horizon(30)), at_once.forecast(Horizon(30)), atol=1e-8)


@FEW
@given(order=orders, seed=st.integers(0, 10_000))
def test_an_update_is_the_state_of_the_whole_history(order: Order, seed: int) -> None:
    """Filtering everything with the same parameters, however it is reached: update, restate and roll agree.

    The clip is moved a little, because an optimum may lie where a surprise touches it and rounding decides.
    """
    panel = panel_from_matrix(np.array(["a"]), START, household(np.random.default_rng(seed), 200)[None, :])
    middle, end = START + np.timedelta64(150, "D"), START + np.timedelta64(200, "D")
    searched = Arima(orders=(order,)).fit(panel.before(middle))
    fitted = replace(searched, clip=1.01 * searched.clip).restate(panel.before(middle))
    updated, restated = fitted.update(panel.since(middle)), fitted.restate(panel)
    horizon = Horizon(20)
    np.testing.assert_allclose(restated.forecast(horizon), updated.forecast(horizon), rtol=1e-8, atol=1e-8)
    rolled = fitted.roll(panel, np.array([middle, end]), horizon)
    np.testing.assert_allclose(rolled[0], fitted.forecast(horizon), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(rolled[1], updated.forecast(horizon), rtol=1e-8, atol=1e-8)


@FEW
@given(seed=st.integers(0, 10_000), size=st.integers(1, 6))
def test_neighbours_change_nothing(seed: int, size: int) -> None:
    """Series order and slab size are bit for bit without effect."""
    rng = np.random.default_rng(seed)
    panel = panel_of([household(rng, int(rng.integers(1, 120))) for _ in range(6)])
    arima = Arima(orders=candidate_orders()[:4])
    whole = arima.fit(panel)
    shuffled = rng.permutation(6)
    assert_same(arima.fit(panel.take(shuffled)), whole, shuffled)
    first = 0
    for slab in panel.slabs(size):
        assert_same(arima.fit(slab), whole, np.arange(first, first + len(slab)))
        first += len(slab)


def assert_same(part: FittedArima, whole: FittedArima, rows: NDArray[np.int64]) -> None:
    for found, expected in zip(part.arrays, whole.arrays, strict=True):
        assert found.tobytes() == expected[rows].tobytes()
    assert part.forecast(Horizon(9)).tobytes() == whole.forecast(Horizon(9))[rows].tobytes()
