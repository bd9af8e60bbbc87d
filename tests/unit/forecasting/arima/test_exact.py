"""The exact likelihood where its value can be had another way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from amuna.forecasting.arima.exact import fit_exact, log_likelihood
from amuna.forecasting.arima.orders import parse_order

nan = np.nan


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n)


def test_white_noise_by_hand() -> None:
    y = np.array([1.0, -2.0, nan, 2.0, 0.0])
    total, sigma2 = log_likelihood(y, parse_order("(0,0,0)(0,0,0)7"), np.empty(0))
    assert sigma2 == pytest.approx(9 / 4)
    assert total == pytest.approx(-2 * (np.log(2 * np.pi * 9 / 4) + 1))


def test_an_autoregression_is_the_normal_density_of_its_autocovariance() -> None:
    phi, y = 0.6, noise(12, 3)
    known = np.ones(12, dtype=bool)
    known[[0, 4, 5]] = False
    lag = np.abs(np.subtract.outer(np.arange(12), np.arange(12)))
    total, sigma2 = log_likelihood(np.where(known, y, nan), parse_order("(1,0,0)(0,0,0)7"), np.array([phi]))
    covariance = (sigma2 * phi**lag / (1 - phi**2))[np.ix_(known, known)]
    assert total == pytest.approx(multivariate_normal(cov=covariance).logpdf(y[known]), abs=1e-9)


def test_a_moving_average_is_the_normal_density_of_its_autocovariance() -> None:
    theta, y = -0.7, noise(20, 4)
    covariance = (1 + theta**2) * np.eye(20) + theta * (np.eye(20, k=7) + np.eye(20, k=-7))
    total, sigma2 = log_likelihood(y, parse_order("(0,0,0)(0,0,1)7"), np.array([theta]))
    assert total == pytest.approx(multivariate_normal(cov=sigma2 * covariance).logpdf(y), abs=1e-9)
    assert sigma2 == pytest.approx(y @ np.linalg.solve(covariance, y) / 20)


def test_a_differenced_series_is_its_differences() -> None:
    y = noise(80, 5).cumsum()
    differenced = log_likelihood(np.diff(y), parse_order("(1,0,1)(0,0,0)7"), np.array([0.5, 0.3]))
    whole = log_likelihood(y, parse_order("(1,1,1)(0,0,0)7"), np.array([0.5, 0.3]))
    np.testing.assert_allclose(whole, differenced, rtol=1e-5)
    seasonal = log_likelihood(y, parse_order("(1,0,1)(0,1,0)7"), np.array([0.5, 0.3]))
    expected = log_likelihood(y[7:] - y[:-7], parse_order("(1,0,1)(0,0,0)7"), np.array([0.5, 0.3]))
    np.testing.assert_allclose(seasonal, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("(0,0,0)(0,0,0)7", lambda t: 5.0 + 0 * t),
        ("(1,1,0)(0,0,0)7", lambda t: 0.2 * t),
        ("(0,0,1)(0,1,0)7", lambda t: 0.2 * t / 7),
        ("(0,1,1)(0,1,1)7", lambda t: 0.2 * t * t / 14),
    ],
)
def test_a_constant_is_a_path_taken_out(text: str, path) -> None:
    order = parse_order(text)
    k = len(order.parameter_names)
    y, t = noise(60, 6).cumsum(), np.arange(60.0)
    plain = log_likelihood(y, order, np.full(k, 0.4))
    constant = (5.0 if k == 0 else 0.2) * (0.6 if order.p else 1.0)
    shifted = log_likelihood(y + path(t), parse_order(text + "c"), np.r_[np.full(k, 0.4), constant])
    np.testing.assert_allclose(shifted, plain, rtol=1e-7)


def test_the_level_of_a_differenced_series_and_its_unit_say_nothing() -> None:
    order = parse_order("(0,1,1)(0,1,1)7")
    y = 50 + noise(100, 7).cumsum()
    y[[0, 30]] = nan
    total, sigma2 = log_likelihood(y, order, np.array([-0.4, -0.5]))
    shifted = log_likelihood(y + 1e6, order, np.array([-0.4, -0.5]))
    np.testing.assert_allclose(shifted, (total, sigma2), rtol=1e-6)
    litres = log_likelihood(1000 * y, order, np.array([-0.4, -0.5]))
    np.testing.assert_allclose(litres, (total - 90 * np.log(1000), 1e6 * sigma2), rtol=1e-6)


def test_the_estimate_recovers_the_mean_and_its_error() -> None:
    y = 1000 + 3 * noise(400, 8)
    y[100:150] = nan
    fit = fit_exact(y, parse_order("(0,0,0)(0,0,0)7c"))
    assert fit.converged
    assert fit.parameters[0] == pytest.approx(np.nanmean(y), abs=1e-4)
    assert fit.standard_errors[0] == pytest.approx(np.nanstd(y) / np.sqrt(350), rel=1e-3)
    assert fit.aic == pytest.approx(4 - 2 * fit.log_likelihood)


def test_a_constant_far_from_zero_does_not_hide_the_memory() -> None:
    e, z = noise(800, 9), np.zeros(800)
    for t in range(1, 800):
        z[t] = 0.6 * z[t - 1] + e[t]
    fit = fit_exact(1000 + z, parse_order("(1,0,0)(0,0,0)7c"))
    np.testing.assert_allclose(fit.parameters, [0.6, 400], rtol=0.06)
    assert fit.standard_errors[0] == pytest.approx(np.sqrt((1 - 0.36) / 800), rel=0.1)


def test_no_parameters_need_no_search() -> None:
    fit = fit_exact(noise(50).cumsum(), parse_order("(0,1,0)(0,0,0)7"))
    assert fit.converged
    assert fit.parameters.shape == fit.standard_errors.shape == (0,)
    assert fit.sigma2 == pytest.approx(1, rel=0.5)


def test_an_explosive_model_has_no_likelihood() -> None:
    total, sigma2 = log_likelihood(noise(50), parse_order("(1,0,0)(0,0,0)7"), np.array([1.2]))
    assert total == -np.inf
    assert np.isnan(sigma2)


def test_too_few_values_wrong_parameters_and_no_innovation_are_refused() -> None:
    order = parse_order("(0,0,0)(0,1,1)7")
    with pytest.raises(ValueError, match="needs 10 observed values or more; got 9 of 12"):
        fit_exact(np.r_[noise(9), nan, nan, nan], order)
    with pytest.raises(ValueError, match="has the parameters sma1; got 2 values"):
        log_likelihood(noise(50), order, np.array([0.1, 0.2]))
    with pytest.raises(ValueError, match="predicted without error"):
        fit_exact(np.full(50, 3.0), order)
