"""The exact Gaussian likelihood of a seasonal ARIMA, and its maximum, for one series.

The conditional sum of squares fits the fleet; this is what it is checked against, and what a single series with
few values or many gaps deserves. The likelihood is that of `kalman`, as R's `arima` has it: Gardner, Harvey and
Phillips 1980, doi:10.2307/2346910; Durbin and Koopman 2012, doi:10.1093/acprof:oso/9780199641178.001.0001.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.arima.estimate import estimate, to_natural, to_raw
from amuna.forecasting.arima.filter import MAX_PARAMETERS, depth, workspace
from amuna.forecasting.arima.kalman import arma, gaussian_likelihood
from amuna.forecasting.arima.orders import Order
from amuna.forecasting.arima.search import FIT_ITERATIONS, FIT_TOLERANCE, parameter_count, starting_values

HESSIAN_STEP = 1e-3


@dataclass(frozen=True)
class ExactFit:
    """A maximum of the exact likelihood.

    Parameters
    ----------
    parameters, standard_errors
        phi, theta, Phi, Theta, constant as `Order.parameter_names`, shape (n_parameters,); an error is NaN where
        the likelihood is not curved.
    sigma2
        Variance of the innovations [unit of the values, squared].
    log_likelihood, aic, aicc
        Of the observed values that are not diffuse; the criteria count sigma2 as a parameter.
    converged
        Whether the optimiser met its tolerance.
    """

    parameters: Floats
    standard_errors: Floats
    sigma2: float
    log_likelihood: float
    aic: float
    aicc: float
    converged: bool


def log_likelihood(values: Floats, order: Order, parameters: Floats) -> tuple[float, float]:
    """Exact Gaussian log-likelihood of one series, and the innovation variance that maximises it.

    Parameters
    ----------
    values
        The series, NaN where missing, shape (n_values,), on the scale on which the model holds.
    order
        Order of the model.
    parameters
        As `order.parameter_names`, shape (n_parameters,).

    Returns
    -------
    tuple
        Log-likelihood over the observed values but the d + D * period diffuse ones, and sigma2 [unit squared];
        minus infinity and NaN where the autoregression is not stationary.

    Raises
    ------
    ValueError
        If the number of parameters is not that of the order, or too few values are observed.
    """
    if len(parameters) != len(order.parameter_names):
        raise ValueError(
            f"{order} has the parameters {', '.join(order.parameter_names)}; got {len(parameters)} values."
        )
    natural = np.zeros(MAX_PARAMETERS)
    natural[: len(parameters)] = parameters
    return gaussian_likelihood(_checked(values, order), _row(order), natural)


def fit_exact(values: Floats, order: Order) -> ExactFit:
    """Maximise the exact likelihood of one series from the conditional estimate on.

    Standard errors come from the curvature of the likelihood in the parameters themselves.

    Parameters
    ----------
    values
        The series, NaN where missing, shape (n_values,), on the scale on which the model holds.
    order
        Order of the model.

    Raises
    ------
    ValueError
        If too few values are observed, or all of them are predicted without error.
    """
    z, row = _checked(values, order), _row(order)
    k = len(order.parameter_names)
    start, spread = _conditional(z, row)
    natural, converged = _maximise(z, row, start, spread)
    total, sigma2 = gaussian_likelihood(z, row, natural)
    counted = int(np.isfinite(z).sum()) - order.d - order.D * order.period
    aic = 2 * (k + 1) - 2 * total
    left = counted - k - 2
    return ExactFit(
        natural[:k].copy(),
        _standard_errors(z, row, natural, spread),
        sigma2,
        total,
        aic,
        aic + 2 * (k + 1) * (k + 2) / left if left > 0 else np.inf,
        converged,
    )


def _row(order: Order) -> Ints:
    return np.array(order.row, dtype=np.int64)


def _checked(values: Floats, order: Order) -> Floats:
    z = np.ascontiguousarray(values, dtype=np.float64)
    needed = order.d + order.D * order.period + len(order.parameter_names) + 2
    observed = int(np.isfinite(z).sum())
    if observed < needed:
        raise ValueError(f"{order} needs {needed} observed values or more; got {observed} of {len(z)}.")
    return z


def _conditional(z: Floats, row: Ints) -> tuple[Floats, float]:
    """Conditional estimate to start from, and the typical size of its innovations."""
    natural = np.zeros(MAX_PARAMETERS)
    starting_values(z, row, natural)
    normal = np.zeros((MAX_PARAMETERS, MAX_PARAMETERS))
    total, count, _ = estimate(
        z, row, natural, depth(row), np.inf, FIT_ITERATIONS, FIT_TOLERANCE, workspace(len(z)), normal
    )
    spread = float(np.sqrt(total / max(count, 1)))
    if spread <= 1e-12 * np.nanmax(np.abs(z)):
        raise ValueError("The values are predicted without error, so they have no likelihood.")
    return natural, spread


def _maximise(z: Floats, row: Ints, start: Floats, spread: float) -> tuple[Floats, bool]:
    """Natural parameters of the maximum, and whether it was reached. The mean is moved in units of `spread`."""
    k = parameter_count(row)
    raw, jacobian = np.zeros(MAX_PARAMETERS), np.zeros((MAX_PARAMETERS, MAX_PARAMETERS))
    to_raw(row, start, raw)
    scale = np.ones(k)
    if row[7]:
        raw[k - 1] = start[k - 1] / _gain(row, start)
        scale[-1] = spread

    def natural_of(x: Floats) -> Floats:
        natural, full = np.zeros(MAX_PARAMETERS), raw.copy()
        full[:k] += scale * x
        to_natural(row, full, natural, jacobian)
        return _constant_for_mean(row, natural)

    def loss(x: Floats) -> float:
        return -gaussian_likelihood(z, row, natural_of(x))[0] / len(z)

    if k == 0:
        return start, True
    options = {"ftol": 1e-13, "gtol": 1e-6, "maxiter": 200}
    result = minimize(loss, np.zeros(k), method="L-BFGS-B", jac="3-point", options=options)
    return natural_of(result.x), bool(result.success)


def _gain(row: Ints, natural: Floats) -> float:
    """phi(1) Phi(1): the constant over the mean."""
    phi, _ = arma(row, natural)
    return float(1 - phi.sum())


def _constant_for_mean(row: Ints, parameters: Floats) -> Floats:
    """Natural parameters of ones whose last is the mean; the constant is nearly collinear with the rest."""
    natural = parameters.copy()
    if row[7]:
        natural[parameter_count(row) - 1] *= _gain(row, parameters)
    return natural


def _standard_errors(z: Floats, row: Ints, natural: Floats, spread: float) -> Floats:
    """Square roots of the diagonal of the inverse information, by way of the mean where there is a constant."""
    k = parameter_count(row)
    if k == 0:
        return np.empty(0)
    centre = natural.copy()
    size = np.full(k, HESSIAN_STEP)
    if row[7]:
        centre[k - 1] /= _gain(row, natural)
        size[-1] *= spread
    information = _information(z, row, centre, size)
    if not np.isfinite(information).all() or np.linalg.matrix_rank(information) < k:
        return np.full(k, np.nan)
    steps = np.diag(size) @ np.eye(k, MAX_PARAMETERS)
    moved = [
        _constant_for_mean(row, centre + step) - _constant_for_mean(row, centre - step) for step in steps
    ]
    jacobian = np.array([column[:k] for column in moved]).T / (2 * size)
    variance = np.diag(jacobian @ np.linalg.inv(information) @ jacobian.T)
    return np.sqrt(np.where(variance > 0, variance, np.nan))


def _information(z: Floats, row: Ints, centre: Floats, size: Floats) -> Floats:
    """Minus the second derivatives of the log-likelihood, by central differences; NaN beyond stationarity."""
    k = len(size)
    steps = np.diag(size) @ np.eye(k, MAX_PARAMETERS)
    information = np.full((k, k), np.nan)
    for i, j in itertools.product(range(k), repeat=2):
        corners = np.array(
            [
                gaussian_likelihood(z, row, _constant_for_mean(row, centre + a * steps[i] + b * steps[j]))[0]
                for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            ]
        )
        if np.isfinite(corners).all():
            information[i, j] = -corners @ (1, -1, -1, 1) / (4 * size[i] * size[j])
    return information
