"""One order for a few long series of either sign: fitted once, then forecast from many points of newer values.

The conditional sum of squares and the recursion are those of `estimate` and `filter`, without transformation, outlier
limit or order search; a missing value is replaced by its prediction.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.arima.estimate import estimate
from amuna.forecasting.arima.filter import MAX_PARAMETERS, depth, fill_past, innovations, workspace
from amuna.forecasting.arima.orders import Order
from amuna.forecasting.arima.search import FIT_ITERATIONS, FIT_TOLERANCE, starting_values

PERIODS_NEEDED = 4


def fit_parameters(values: Floats, order: Order) -> Floats:
    """Parameters of each series by least conditional squares.

    Parameters
    ----------
    values
        Any unit and sign, nan where missing, shape (n_series, n_steps).
    order
        Of every series.

    Returns
    -------
    Floats
        As `order.parameter_names`; typical ones where fewer than four periods are known or all values are alike.
        Shape (n_series, n_parameters).
    """
    natural = _fit(np.ascontiguousarray(values), np.array(order.row, dtype=np.int64))
    return natural[:, : len(order.parameter_names)].copy()


def roll(values: Floats, order: Order, parameters: Floats, *, positions: Ints, steps: int) -> Floats:
    """Forecasts of `steps` values from each position on, from the values before it alone.

    Parameters
    ----------
    values
        As in `fit_parameters`; may go on after the values that were fitted, shape (n_series, n_steps).
    parameters
        Of `fit_parameters`, shape (n_series, n_parameters).
    positions
        Steps from the first value, at most n_steps, shape (n_positions,).

    Returns
    -------
    Floats
        Shape (n_series, n_positions, steps); nan where less than two periods lie before the position.
    """
    natural = np.zeros((len(values), MAX_PARAMETERS))
    natural[:, : parameters.shape[1]] = parameters
    row = np.array(order.row, dtype=np.int64)
    return np.asarray(_roll(np.ascontiguousarray(values), row, natural, positions.astype(np.int64), steps))


@njit(cache=True, nogil=True)
def _fit(values: Floats, order: Ints) -> Floats:
    natural = np.zeros((len(values), MAX_PARAMETERS))
    normal = np.zeros((MAX_PARAMETERS, MAX_PARAMETERS))
    work = workspace(values.shape[1])
    for i in range(len(values)):
        z = values[i]
        known = z[~np.isnan(z)]
        if len(known) == 0:
            known = np.zeros(1)
        starting_values(known, order, natural[i])
        if len(known) >= PERIODS_NEEDED * order[6] and known.min() < known.max():
            estimate(z, order, natural[i], depth(order), np.inf, FIT_ITERATIONS, FIT_TOLERANCE, work, normal)
    return natural


@njit(cache=True, nogil=True)
def _roll(values: Floats, order: Ints, natural: Floats, positions: Ints, steps: int) -> Floats:
    past = max(depth(order), 2 * order[6])
    out = np.full((len(values), len(positions), steps), np.nan)
    level, surprise = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    ahead = np.full(past + steps, np.nan)
    ahead_level, ahead_surprise = np.zeros(past + steps), np.zeros(past + steps)
    for i in range(len(values)):
        fill_past(values[i], order[6], depth(order), level, surprise)
        innovations(values[i], order, natural[i], depth(order), np.inf, 0, level, surprise)
        for c in range(len(positions)):
            at = positions[c]
            if at < past:
                continue
            ahead_level[:past] = level[at - past : at]
            ahead_surprise[:past] = surprise[at - past : at]
            innovations(ahead, order, natural[i], past, np.inf, 0, ahead_level, ahead_surprise)
            out[i, c] = ahead_level[past:]
    return out
