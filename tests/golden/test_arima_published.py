"""ARIMA against published figures and another implementation of the same models."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from amuna.domain.panel import panel_from_matrix
from amuna.domain.time import Horizon
from amuna.forecasting.arima.exact import fit_exact, log_likelihood
from amuna.forecasting.arima.model import Arima
from amuna.forecasting.arima.orders import Order, parse_order
from amuna.forecasting.arima.rolling import fit_parameters, roll

with warnings.catch_warnings():  # deprecations inside other libraries are theirs to fix
    warnings.simplefilter("ignore")
    from statsmodels.tsa.statespace.sarimax import SARIMAX

Floats = NDArray[np.float64]

# International airline passengers, monthly totals [thousands], 1949-01 to 1960-12.
# Box, Jenkins 1976, Time Series Analysis: Forecasting and Control, series G.
SERIES_G = """
112 118 132 129 121 135 148 148 136 119 104 118
115 126 141 135 125 149 170 170 158 133 114 140
145 150 178 163 172 178 199 199 184 162 146 166
171 180 193 181 183 218 230 242 209 191 172 194
196 196 236 235 229 243 264 272 237 211 180 201
204 188 235 227 234 264 302 293 259 229 203 229
242 233 267 269 270 315 364 347 312 274 237 278
284 277 317 313 318 374 413 405 355 306 271 306
315 301 356 348 355 422 465 467 404 347 305 336
340 318 362 348 363 435 491 505 404 359 310 337
360 342 406 396 420 472 548 559 463 407 362 405
417 391 419 461 472 535 622 606 508 461 390 432
"""
PASSENGERS = np.array(SERIES_G.split(), dtype=np.float64)
AIRLINE = parse_order("(0,1,1)(0,1,1)12")


def simulated(order: Order, parameters: Floats, n: int, rng: np.random.Generator) -> Floats:
    """A series of the order around 100 with innovations of standard deviation 2, by plain lag polynomials."""
    s, place = order.period, 0
    factors = []
    for count, step, sign in ((order.p, 1, -1), (order.q, 1, 1), (order.P, s, -1), (order.Q, s, 1)):
        polynomial = np.zeros(count * step + 1)
        polynomial[0] = 1.0
        polynomial[step::step] = sign * parameters[place : place + count]
        factors.append(polynomial)
        place += count
    differences = np.array([1.0])
    if order.d:
        differences = np.convolve(differences, [1.0, -1.0])
    if order.D:
        differences = np.convolve(differences, np.r_[1.0, np.zeros(s - 1), -1.0])
    z = lfilter(
        np.convolve(factors[1], factors[3]),
        np.convolve(np.convolve(factors[0], factors[2]), differences),
        2.0 * rng.normal(size=n + 200),
    )
    season = 20 * np.sin(2 * np.pi * np.arange(n) / s) if order.D else 0.0
    level = z[200:] - (z[200:].mean() if order.d + order.D else 0.0)
    return np.asarray(100.0 + season + level)


def reference(values: Floats, order: Order) -> SARIMAX:
    """The same model in statsmodels."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SARIMAX(
            values,
            order=(order.p, order.d, order.q),
            seasonal_order=(order.P, order.D, order.Q, order.period),
            trend="c" if order.constant else "n",
            concentrate_scale=True,
        )


def reference_parameters(order: Order, parameters: Floats) -> Floats:
    """Our phi, theta, Phi, Theta, constant in the order of statsmodels: the constant first."""
    if not order.constant:
        return parameters
    return np.r_[parameters[-1], parameters[:-1]]


def test_the_airline_model_is_that_of_r() -> None:
    # R 4: arima(log(AirPassengers), order = c(0,1,1), seasonal = c(0,1,1))
    #   ma1 -0.4018 (s.e. 0.0896), sma1 -0.5569 (s.e. 0.0731), sigma^2 0.001348, log likelihood 244.70, aic -483.40
    assert len(PASSENGERS) == 144
    fit = fit_exact(np.log(PASSENGERS), AIRLINE)
    assert fit.converged
    np.testing.assert_allclose(fit.parameters, [-0.4018, -0.5569], atol=1e-4)
    np.testing.assert_allclose(fit.standard_errors, [0.0896, 0.0731], atol=1e-4)
    assert fit.sigma2 == pytest.approx(0.001348, abs=1e-6)
    assert fit.log_likelihood == pytest.approx(244.70, abs=0.01)
    assert fit.aic == pytest.approx(-483.40, abs=0.02)
    k, n = 3, 131
    assert fit.aicc == pytest.approx(fit.aic + 2 * k * (k + 1) / (n - k - 1), abs=1e-9)


def test_no_other_parameters_are_likelier_than_those_of_r() -> None:
    z = np.log(PASSENGERS)
    best, _ = log_likelihood(z, AIRLINE, np.array([-0.40182, -0.55694]))
    for moved in ([-0.42, -0.557], [-0.38, -0.557], [-0.402, -0.575], [-0.402, -0.54]):
        assert log_likelihood(z, AIRLINE, np.array(moved))[0] < best - 0.01


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("(1,0,0)(0,0,0)7", [0.7]),
        ("(0,0,2)(0,0,0)7", [0.5, -0.3]),
        ("(2,0,1)(1,0,1)7", [0.5, 0.2, -0.4, 0.6, -0.3]),
        ("(1,0,1)(1,0,2)12", [0.8, -0.3, 0.4, 0.2, 0.1]),
        ("(3,0,3)(2,0,2)12", [0.3, 0.2, 0.1, 0.3, 0.2, 0.1, 0.3, 0.2, -0.3, 0.1]),
        ("(2,0,0)(0,0,1)7c", [0.5, 0.2, 0.4, 30.0]),
    ],
)
def test_the_likelihood_with_missing_values_is_that_of_statsmodels(
    text: str, parameters: list[float]
) -> None:
    order, ours = parse_order(text), np.array(parameters)
    rng = np.random.default_rng(11)
    values = simulated(order, ours, 300, rng) - (0.0 if order.constant else 100.0)
    values[rng.random(300) < 0.1] = np.nan
    values[100:140] = np.nan
    total, sigma2 = log_likelihood(values, order, ours)
    theirs = reference(values, order).smooth(reference_parameters(order, ours))
    assert total == pytest.approx(theirs.llf, rel=1e-6)
    assert sigma2 == pytest.approx(theirs.scale, rel=1e-6)
    assert 3 < sigma2 < 5


@pytest.mark.parametrize("text", ["(0,1,1)(0,0,0)7", "(1,0,0)(0,1,1)7", "(1,1,0)(0,1,1)12"])
def test_the_likelihood_of_a_differenced_series_is_that_of_statsmodels(text: str) -> None:
    order = parse_order(text)
    ours = np.full(len(order.parameter_names), 0.3)
    ours[-1] = -0.6
    values = simulated(order, ours, 300, np.random.default_rng(12))
    values -= values[0]
    values[150:170] = np.nan
    total, sigma2 = log_likelihood(values, order, ours)
    theirs = reference(values, order).smooth(ours)
    assert total == pytest.approx(theirs.llf, rel=1e-4)
    assert sigma2 == pytest.approx(theirs.scale, rel=1e-4)


CASES = [
    ("(0,0,0)(0,1,1)7", [-0.7]),
    ("(1,0,0)(0,1,1)7", [0.5, -0.8]),
    ("(1,0,1)(0,1,1)7", [0.8, -0.4, -0.7]),
    ("(0,1,1)(0,1,1)7", [-0.6, -0.7]),
    ("(2,0,0)(0,1,1)12", [0.4, 0.2, -0.6]),
    ("(0,1,1)(0,1,1)12", [-0.4, -0.6]),
    ("(1,0,0)(1,0,0)7c", [0.5, 0.3, 35.0]),
]


@pytest.mark.parametrize(("text", "parameters"), CASES)
def test_forecasts_are_within_one_percent_of_statsmodels(text: str, parameters: list[float]) -> None:
    order, truth = parse_order(text), np.array(parameters)
    values = simulated(order, truth, 600, np.random.default_rng(21))
    if order.constant:
        values -= 100.0 - 35.0 / (0.5 * 0.7)
    assert values.min() > 20
    arima = Arima(orders=(order,), transforms=("none",), kappa=1e9, window=600)
    panel = panel_from_matrix(np.array(["a"]), np.datetime64("2024-01-01"), values[None, :])
    fitted = arima.fit(panel)
    ours = fitted.forecast(Horizon(28))[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = reference(values, order).fit(disp=0, maxiter=200).forecast(28)
    assert fitted.status[0] == "ok"
    np.testing.assert_allclose(ours, theirs, rtol=0.01)
    assert np.abs(ours - theirs).mean() < 0.2 * 2.0  # of one innovation: far less than any forecast is off


def test_forecasts_move_with_the_parameters() -> None:
    """The comparison above can fail: another order leaves the one percent."""
    order, truth = parse_order("(1,0,1)(0,1,1)7"), np.array([0.8, -0.4, -0.7])
    values = simulated(order, truth, 600, np.random.default_rng(21))
    panel = panel_from_matrix(np.array(["a"]), np.datetime64("2024-01-01"), values[None, :])
    right, wrong = (
        Arima(orders=(parse_order(text),), transforms=("none",), kappa=1e9, window=600)
        .fit(panel)
        .forecast(Horizon(28))[0]
        for text in ("(1,0,1)(0,1,1)7", "(0,1,0)(0,1,0)7")
    )
    assert np.abs(right / wrong - 1).max() > 0.02


def test_the_exact_and_the_conditional_estimate_agree_on_a_long_series() -> None:
    order, truth = parse_order("(1,0,1)(0,1,1)7"), np.array([0.8, -0.4, -0.7])
    values = simulated(order, truth, 1500, np.random.default_rng(31))
    panel = panel_from_matrix(np.array(["a"]), np.datetime64("2024-01-01"), values[None, :])
    conditional = Arima(orders=(order,), transforms=("none",), kappa=1e9, window=1500).fit(panel)
    exact = fit_exact(values, order)
    assert exact.converged
    np.testing.assert_allclose(conditional.parameters[0, :3], exact.parameters, atol=0.02)
    np.testing.assert_allclose(conditional.standard_errors[0, :3], exact.standard_errors, rtol=0.1)
    np.testing.assert_allclose(exact.parameters, truth, atol=4 * exact.standard_errors.max())


@pytest.mark.parametrize(
    ("text", "parameters"),
    [("(1,1,1)(0,1,1)24", [0.5, -0.9, -0.85]), ("(2,0,0)(1,0,1)24", [0.5, 0.2, 0.9, -0.5])],
)
def test_a_week_by_the_hour_from_any_hour_is_that_of_statsmodels(text: str, parameters: list[float]) -> None:
    order, truth = parse_order(text), np.array(parameters)
    values = simulated(order, truth, 1_700, np.random.default_rng(5)) - 100.0
    ours = fit_parameters(values[None], order)
    np.testing.assert_allclose(ours[0], truth, atol=0.12)
    origin = 1_500
    week = roll(values[None], order, ours, positions=np.array([origin]), steps=168)[0, 0]
    theirs = reference(values[:origin], order).smooth(ours[0]).forecast(168)
    assert np.abs(week - theirs).max() < 0.2 * 2.0  # of one innovation
    assert np.abs(week - theirs).mean() < 0.1 * values[origin : origin + 168].std()
