"""Order search by AICc over a candidate set, for one series, compiled.

All candidates are judged on the same observations and the same scale, so their criteria compare even where they
difference differently: what counts is the variance of the one-step surprise.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from amuna.forecasting.arima.estimate import estimate
from amuna.forecasting.arima.filter import MAX_PARAMETERS, depth

# Typed, because numba compiles a function anew for every literal it is called with.
SEARCH_ITERATIONS = np.int64(8)
SEARCH_TOLERANCE = 1e-3
FIT_ITERATIONS = np.int64(30)
FIT_TOLERANCE = 1e-5


@njit(cache=True, nogil=True)
def parameter_count(order):
    """Number of estimated coefficients."""
    return order[0] + order[2] + order[3] + order[5] + order[7]


@njit(cache=True, nogil=True, inline="always")
def aicc(total, count, k):
    """Corrected Akaike criterion from a sum of squares (Hurvich and Tsai 1989, doi:10.1093/biomet/76.2.297)."""
    n = float(count)
    m = k + 1.0
    if n <= m + 1 or total <= 0:
        return np.inf
    return n * (np.log(total / n) + 1 + np.log(2 * np.pi)) + 2 * m * n / (n - m - 1)


@njit(cache=True, nogil=True, inline="always")
def sum_of_squares(criterion, count, k):
    """The sum of squares at which a model of k coefficients has this AICc."""
    n = float(count)
    m = k + 1.0
    if n <= m + 1:
        return np.inf
    return n * np.exp((criterion - 2 * m * n / (n - m - 1)) / n - 1 - np.log(2 * np.pi))


@njit(cache=True, nogil=True, inline="always")
def starting_values(z, order, natural):
    """Typical values of consumption series: some memory, and a profile that moves slowly."""
    p, d, q, P, D, Q = order[0], order[1], order[2], order[3], order[4], order[5]
    natural[:] = 0.0
    if p > 0:
        natural[0] = 0.5 if d == 0 else 0.2
    if q > 0:
        natural[p] = -0.2 if d == 0 else -0.7
    if P > 0:
        natural[p + q] = 0.1 if D == 1 else 0.6
    if Q > 0:
        natural[p + q + P] = -0.7 if D == 1 else -0.3
    if order[7] == 1 and d == 0 and D == 0:
        gain, seasonal = 1.0, 1.0
        for i in range(p):
            gain -= natural[i]
        for i in range(P):
            seasonal -= natural[p + q + i]
        natural[p + q + P + Q] = np.nanmean(z) * gain * seasonal


@njit(cache=True, nogil=True, inline="always")
def warm_start(known_order, known, order, natural):
    """Take over the coefficients that two orders of the same differencing share; the rest start at zero."""
    natural[:] = 0.0
    here, there = 0, 0
    for position in (0, 2, 3, 5, 7):
        for i in range(min(order[position], known_order[position])):
            natural[here + i] = known[there + i]
        here += order[position]
        there += known_order[position]


@njit(cache=True, nogil=True, inline="always")
def search(z, candidates, clip, work, normal, natural):
    """Best candidate by AICc; writes its coefficients. Returns its index and criterion.

    The first candidate starts from typical values, the others from the best so far where they difference alike.
    """
    start = depth(candidates[0])
    for c in range(1, len(candidates)):
        start = max(start, depth(candidates[c]))
    best, best_aicc, count = 0, np.inf, 0
    trial = np.zeros(MAX_PARAMETERS)
    for c in range(len(candidates)):
        order, leader = candidates[c], candidates[best]
        if c > 0 and order[1] == leader[1] and order[4] == leader[4]:
            warm_start(leader, natural, order, trial)
        else:
            starting_values(z, order, trial)
        k = parameter_count(order)
        enough = np.inf if c == 0 else sum_of_squares(best_aicc, count, k)
        total, count, _ = estimate(
            z, order, trial, start, clip, SEARCH_ITERATIONS, SEARCH_TOLERANCE, work, normal, enough
        )
        value = aicc(total, count, k)
        if c == 0 or value < best_aicc:
            best, best_aicc = c, value
            natural[:] = trial
    return best, best_aicc
