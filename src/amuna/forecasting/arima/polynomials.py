"""Lag polynomials of a multiplicative seasonal ARIMA, compiled.

The model is phi(B) Phi(B^s) (1-B)^d (1-B^s)^D z_t = c + theta(B) Theta(B^s) e_t with
phi(B) = 1 - phi_1 B - … and theta(B) = 1 + theta_1 B + … (Box, Jenkins, Reinsel, Ljung 2015, ch. 9; the signs of R).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from amuna.domain.panel import Floats, Ints

MAX_ORDER = 3
BOUND = 0.99  # partial autocorrelations stay inside: strictly stationary and invertible


@njit(cache=True, nogil=True)
def coefficients(raw: Floats, first: int, count: int, sign: float, out: Floats, jacobian: Floats) -> None:
    """Turn unconstrained values into the coefficients of a stationary polynomial, with derivatives.

    Partial autocorrelations r = BOUND * tanh(raw) map to coefficients by the Durbin-Levinson recursion
    (Monahan 1984, doi:10.1093/biomet/71.2.403). `sign` is +1 for autoregressive and -1 for moving average
    coefficients. Writes out[first:first+count] and the square block of the jacobian.
    """
    if count == 0:
        return
    phi = np.zeros(MAX_ORDER)
    last = np.zeros(MAX_ORDER)
    slope = np.zeros((MAX_ORDER, MAX_ORDER))
    slope_last = np.zeros((MAX_ORDER, MAX_ORDER))
    for k in range(count):
        tanh = np.tanh(raw[first + k])
        r = BOUND * tanh
        for i in range(k):
            last[i] = phi[i]
            for j in range(k):
                slope_last[i, j] = slope[i, j]
        for i in range(k):
            phi[i] = last[i] - r * last[k - 1 - i]
            for j in range(k):
                slope[i, j] = slope_last[i, j] - r * slope_last[k - 1 - i, j]
            slope[i, k] = -last[k - 1 - i] * BOUND * (1 - tanh * tanh)
        phi[k] = r
        for j in range(k):
            slope[k, j] = 0.0
        slope[k, k] = BOUND * (1 - tanh * tanh)
    for i in range(count):
        out[first + i] = sign * phi[i]
        for j in range(count):
            jacobian[first + i, first + j] = sign * slope[i, j]


@njit(cache=True, nogil=True)
def unconstrained(natural: Floats, first: int, count: int, sign: float, out: Floats) -> None:
    """Inverse of `coefficients`; values outside the stationary region are pulled to its edge."""
    phi = np.zeros(MAX_ORDER)
    last = np.zeros(MAX_ORDER)
    for i in range(count):
        phi[i] = sign * natural[first + i]
    for k in range(count - 1, -1, -1):
        r = min(max(phi[k], -0.98 * BOUND), 0.98 * BOUND)
        out[first + k] = np.arctanh(r / BOUND)
        for i in range(k):
            last[i] = phi[i]
        for i in range(k):
            phi[i] = (last[i] + r * last[k - 1 - i]) / (1 - r * r)


@njit(cache=True, nogil=True)
def multiply(left: Floats, n_left: int, right: Floats, n_right: int, out: Floats) -> int:
    """Product of two polynomials of degrees n_left and n_right; returns its degree."""
    for i in range(n_left + n_right + 1):
        out[i] = 0.0
    for i in range(n_left + 1):
        if left[i] != 0.0:
            for j in range(n_right + 1):
                out[i + j] += left[i] * right[j]
    return n_left + n_right


@njit(cache=True, nogil=True)
def difference(d: int, D: int, period: int, out: Floats) -> int:
    """(1-B)^d (1-B^s)^D for d, D <= 1; returns its degree."""
    out[: d + D * period + 1] = 0.0
    out[0] = 1.0
    if d == 1:
        out[1] -= 1.0
    if D == 1:
        out[period] -= 1.0
        if d == 1:
            out[period + 1] += 1.0
    return d + D * period


@njit(cache=True, nogil=True)
def factor(natural: Floats, first: int, count: int, step: int, sign: float, out: Floats) -> int:
    """1 + sign * sum natural_i B^(i*step); returns its degree."""
    out[: count * step + 1] = 0.0
    out[0] = 1.0
    for i in range(count):
        out[(i + 1) * step] = sign * natural[first + i]
    return count * step


@njit(cache=True, nogil=True)
def sparse(polynomial: Floats, degree: int, sign: float, lags: Ints, weights: Floats) -> int:
    """Nonzero terms of lag 1 and more, as lags and sign * weights; returns how many."""
    n = 0
    for lag in range(1, degree + 1):
        if polynomial[lag] != 0.0:
            lags[n] = lag
            weights[n] = sign * polynomial[lag]
            n += 1
    return n
