"""Conditional sum of squares by Levenberg-Marquardt with analytic derivatives, compiled.

Levenberg-Marquardt follows Moré (1978, doi:10.1007/BFb0067700) with Nielsen's damping; the objective is the
conditional sum of squares of Box and Jenkins with the surprises bounded at the clip.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.arima.filter import MAX_PARAMETERS, gauss_newton_terms
from amuna.forecasting.arima.polynomials import coefficients, unconstrained

OK, NOT_CONVERGED = 0, 3


@njit(cache=True, nogil=True)
def to_natural(order: Ints, raw: Floats, natural: Floats, jacobian: Floats) -> None:
    """Natural parameters phi, theta, Phi, Theta, constant of unconstrained ones, with the derivative."""
    p, q, P, Q = order[0], order[2], order[3], order[5]
    jacobian[:, :] = 0.0
    coefficients(raw, 0, p, 1.0, natural, jacobian)
    coefficients(raw, p, q, -1.0, natural, jacobian)
    coefficients(raw, p + q, P, 1.0, natural, jacobian)
    coefficients(raw, p + q + P, Q, -1.0, natural, jacobian)
    if order[7] == 1:
        k = p + q + P + Q
        natural[k] = raw[k]
        jacobian[k, k] = 1.0


@njit(cache=True, nogil=True)
def to_raw(order: Ints, natural: Floats, raw: Floats) -> None:
    """Unconstrained parameters of natural ones."""
    p, q, P, Q = order[0], order[2], order[3], order[5]
    unconstrained(natural, 0, p, 1.0, raw)
    unconstrained(natural, p, q, -1.0, raw)
    unconstrained(natural, p + q, P, 1.0, raw)
    unconstrained(natural, p + q + P, Q, -1.0, raw)
    if order[7] == 1:
        raw[p + q + P + Q] = natural[p + q + P + Q]


@njit(cache=True, nogil=True)
def solve(matrix: Floats, right: Floats, n: int, out: Floats) -> bool:
    """Solve a symmetric positive definite system by Cholesky; False where it is not definite."""
    lower = np.zeros((MAX_PARAMETERS, MAX_PARAMETERS))
    for i in range(n):
        for j in range(i + 1):
            total = matrix[i, j]
            for m in range(j):
                total -= lower[i, m] * lower[j, m]
            if i == j:
                if total <= 1e-300:
                    return False
                lower[i, i] = np.sqrt(total)
            else:
                lower[i, j] = total / lower[j, j]
    for i in range(n):
        total = right[i]
        for m in range(i):
            total -= lower[i, m] * out[m]
        out[i] = total / lower[i, i]
    for i in range(n - 1, -1, -1):
        total = out[i]
        for m in range(i + 1, n):
            total -= lower[m, i] * out[m]
        out[i] = total / lower[i, i]
    return True


@njit(cache=True, nogil=True)
def estimate(z, order, natural, start, clip, iterations, tolerance, work, normal, give_up=np.inf):
    """Minimise the sum of squares from `natural` on, in place.

    Returns the sum of squares, the number of observed values behind it and whether it converged; `normal`
    holds J'J of the natural parameters. `work` need not hold the innovations of the last parameters. It gives up
    where twice the gain that the next step promises would leave the sum of squares above `give_up`.
    """
    k = order[0] + order[2] + order[3] + order[5] + order[7]
    gradient = np.empty(MAX_PARAMETERS)
    if k == 0:
        total, count, _ = gauss_newton_terms(z, order, natural, start, clip, work, normal, gradient)
        return total, count, True
    raw, trial_raw, trial = np.zeros(MAX_PARAMETERS), np.zeros(MAX_PARAMETERS), np.zeros(MAX_PARAMETERS)
    jacobian = np.zeros((MAX_PARAMETERS, MAX_PARAMETERS))
    trial_jacobian = np.zeros((MAX_PARAMETERS, MAX_PARAMETERS))
    system, step = np.zeros((MAX_PARAMETERS, MAX_PARAMETERS)), np.zeros(MAX_PARAMETERS)
    right = np.zeros(MAX_PARAMETERS)
    trial_normal, trial_gradient = np.zeros_like(normal), np.zeros(MAX_PARAMETERS)
    to_raw(order, natural, raw)
    to_natural(order, raw, natural, jacobian)
    total, count, _ = gauss_newton_terms(z, order, natural, start, clip, work, normal, gradient)
    damping, growth = 1e-3, 2.0
    for _ in range(iterations):
        _project(normal, gradient, jacobian, k, system, right)
        for i in range(k):
            system[i, i] += damping * (system[i, i] + 1e-10) + 1e-12
            right[i] = -right[i]
        if not solve(system, right, k, step):
            damping *= growth
            growth *= 2.0
            continue
        predicted = 0.0
        for i in range(k):
            trial_raw[i] = raw[i] + step[i]
            predicted += step[i] * (right[i] + damping * step[i] * system[i, i] / (1.0 + damping))
        if predicted <= tolerance * total or total - 2.0 * predicted > give_up:
            return total, count, True
        to_natural(order, trial_raw, trial, trial_jacobian)
        trial_total, _, _ = gauss_newton_terms(
            z, order, trial, start, clip, work, trial_normal, trial_gradient
        )
        if trial_total < total:
            gain = total - trial_total
            for i in range(k):
                raw[i], natural[i], gradient[i] = trial_raw[i], trial[i], trial_gradient[i]
                for j in range(k):
                    normal[i, j], jacobian[i, j] = trial_normal[i, j], trial_jacobian[i, j]
            total = trial_total
            damping, growth = max(damping / 5.0, 1e-9), 2.0
            if gain <= tolerance * total:
                return total, count, True
        else:
            if damping > 1e8:
                return total, count, True
            damping *= growth
            growth *= 2.0
    return total, count, False


@njit(cache=True, nogil=True)
def _project(normal, gradient, jacobian, k, system, right):
    """Normal equations in the unconstrained parameters."""
    half = np.zeros((MAX_PARAMETERS, MAX_PARAMETERS))
    for i in range(k):
        right[i] = 0.0
        for j in range(k):
            right[i] += jacobian[j, i] * gradient[j]
            value = 0.0
            for m in range(k):
                value += normal[i, m] * jacobian[m, j]
            half[i, j] = value
    for i in range(k):
        for j in range(k):
            value = 0.0
            for m in range(k):
                value += jacobian[m, i] * half[m, j]
            system[i, j] = value
