"""A seasonal ARIMA in state space form, compiled: its prediction error decomposition over one series.

State space form of Gardner, Harvey and Phillips 1980 (AS 154, doi:10.2307/2346910) with the differencing in the
state under a diffuse prior, as R's `arima` has it (Ripley 2002, R News 2/2); missing values make no update
(Durbin and Koopman 2012, doi:10.1093/acprof:oso/9780199641178.001.0001, section 4.10).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.arima.filter import expand
from amuna.forecasting.arima.polynomials import difference, sparse
from amuna.forecasting.arima.search import parameter_count

DIFFUSE = 1e6  # variance of the differencing states before the first value [sigma2]
STILL_DIFFUSE = 1e4  # a one-step variance beyond this says nothing of the model: not counted
DOUBLINGS = 40


@njit(cache=True, nogil=True)
def gaussian_likelihood(values: Floats, order: Ints, natural: Floats) -> tuple[float, float]:
    """Log-likelihood and sigma2; minus infinity and NaN where not stationary."""
    phi, theta = arma(order, natural)
    covariance, stationary = _stationary_covariance(phi, theta)
    if not stationary:
        return -np.inf, np.nan
    mean = 0.0
    if order[7] == 1:
        mean = natural[parameter_count(order) - 1] / (1 - phi.sum())
    degree = order[1] + order[4] * order[6]
    polynomial, lags, weights = np.empty(degree + 1), np.empty(degree, dtype=np.int64), np.empty(degree)
    difference(order[1], order[4], order[6], polynomial)
    n = sparse(polynomial, degree, -1.0, lags, weights)
    z = _detrended(values, order, mean)
    return _filter(z, phi, theta, degree, lags[:n], weights[:n], covariance)


@njit(cache=True, nogil=True)
def arma(order: Ints, natural: Floats) -> tuple[Floats, Floats]:
    """Weights of the multiplied-out stationary part, both of the length of its state; theta_0 = 1."""
    plain = order.copy()
    plain[1], plain[4] = 0, 0
    n_ar, ar_lags, ar_weights, n_ma, ma_lags, ma_weights, _ = expand(plain, natural)
    s = order[6]
    size = max(order[0] + order[3] * s, order[2] + order[5] * s + 1)
    phi, theta = np.zeros(size), np.zeros(size)
    theta[0] = 1.0
    for j in range(n_ar):
        phi[ar_lags[j] - 1] = ar_weights[j]
    for j in range(n_ma):
        theta[ma_lags[j]] = ma_weights[j]
    return phi, theta


@njit(cache=True, nogil=True)
def _stationary_covariance(phi: Floats, theta: Floats) -> tuple[Floats, bool]:
    """Covariance X = T X T' + theta theta' of the stationary state, by doubling; False where there is none.

    Anderson and Moore 1979, Optimal Filtering, section 6.7.
    """
    size = len(phi)
    transition = np.zeros((size, size))
    transition[:, 0] = phi
    for i in range(size - 1):
        transition[i, i + 1] = 1.0
    covariance = np.outer(theta, theta)
    for _ in range(DOUBLINGS):
        added = np.dot(np.dot(transition, covariance), transition.T)
        covariance = covariance + added
        transition = np.dot(transition, transition)
        largest = np.abs(added).max()
        if not np.isfinite(largest):
            return covariance, False
        if largest <= 1e-15 * np.abs(covariance).max():
            return covariance, True
    return covariance, False


@njit(cache=True, nogil=True)
def _detrended(values: Floats, order: Ints, mean: float) -> Floats:
    """The values less a path whose difference is the mean; of differenced values also less the first one.

    The diffuse states absorb that level anyway; taking it out keeps their finite prior harmless.
    """
    d, D, s = order[1], order[4], order[6]
    level = mean
    if d + D > 0:
        level = 0.0
        for value in values:
            if not np.isnan(value):
                level = value
                break
    z = values - level
    for t in range(len(z)):
        if d == 1 and D == 1:
            z[t] -= mean * t * t / (2 * s)
        elif d == 1:
            z[t] -= mean * t
        elif D == 1:
            z[t] -= mean * t / s
    return z


@njit(cache=True, nogil=True)
def _filter(
    z: Floats, phi: Floats, theta: Floats, degree: int, lags: Ints, weights: Floats, initial: Floats
) -> tuple[float, float]:
    """Prediction error decomposition; the state is the stationary part and the last `degree` values."""
    size = len(phi)
    width = size + degree
    state, row, loading = np.zeros(width), np.zeros(width), np.zeros(width)
    covariance, half = np.zeros((width, width)), np.zeros((width, width))
    covariance[:size, :size] = initial
    for i in range(size, width):
        covariance[i, i] = DIFFUSE
    squares, logs, counted, diffuse = 0.0, 0.0, 0, degree
    for t in range(len(z)):
        if not np.isnan(z[t]):
            for i in range(width):
                loading[i] = _observe(covariance[i], size, lags, weights)
            variance = _observe(loading, size, lags, weights)
            surprise = z[t] - _observe(state, size, lags, weights)
            if diffuse > 0 and variance > STILL_DIFFUSE:
                diffuse -= 1
            else:
                squares += surprise * surprise / variance
                logs += np.log(variance)
                counted += 1
            for i in range(width):
                state[i] += loading[i] * surprise / variance
                for j in range(width):
                    covariance[i, j] -= loading[i] * loading[j] / variance
        _advance(state, phi, degree, lags, weights, row)
        state[:] = row
        _advance_covariance(covariance, phi, theta, degree, lags, weights, half, row)
    sigma2 = squares / counted
    return -0.5 * (counted * (np.log(2 * np.pi * sigma2) + 1) + logs), sigma2


@njit(cache=True, nogil=True)
def _observe(state: Floats, size: int, lags: Ints, weights: Floats) -> float:
    """The value that a state stands for."""
    total = state[0]
    for j in range(len(lags)):
        total += weights[j] * state[size + lags[j] - 1]
    return total


@njit(cache=True, nogil=True)
def _advance(state: Floats, phi: Floats, degree: int, lags: Ints, weights: Floats, out: Floats) -> None:
    """The state one step later, without its innovation."""
    size = len(phi)
    for i in range(size):
        out[i] = phi[i] * state[0]
        if i + 1 < size:
            out[i] += state[i + 1]
    if degree > 0:
        out[size] = _observe(state, size, lags, weights)
        for j in range(size + 1, size + degree):
            out[j] = state[j - 1]


@njit(cache=True, nogil=True)
def _advance_covariance(
    covariance: Floats,
    phi: Floats,
    theta: Floats,
    degree: int,
    lags: Ints,
    weights: Floats,
    half: Floats,
    row: Floats,
) -> None:
    """T P T' + theta theta', in place; `half` and `row` are scratch."""
    width, size = len(covariance), len(phi)
    for i in range(width):
        _advance(covariance[i], phi, degree, lags, weights, row)
        half[:, i] = row
    for i in range(width):
        _advance(half[i], phi, degree, lags, weights, row)
        for j in range(i + 1):
            value = row[j]
            if i < size:
                value += theta[i] * theta[j]
            covariance[i, j] = value
            covariance[j, i] = value
