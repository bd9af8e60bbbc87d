"""The innovations recursion of a seasonal ARIMA over one series, compiled.

At every step the model predicts z_t, and the difference is the innovation e_t. Two things never enter the state:
a missing value, which is replaced by its prediction (innovation 0), and the part of a surprise beyond `clip`, so
that one outlier does not echo through the seasonal lags (as in Gelper, Fried and Croux 2010,
doi:10.1002/for.1125). Three clipped surprises of one sign in a row are a level shift and are let in.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.arima.polynomials import difference, factor, multiply, sparse

RELEASE = 3
MAX_PARAMETERS = 11


@njit(cache=True, nogil=True)
def expand(order: Ints, natural: Floats) -> tuple[int, Ints, Floats, int, Ints, Floats, float]:
    """Sparse lags and weights with which z and e enter the prediction, and the constant."""
    p, d, q, P, D, Q, s = order[0], order[1], order[2], order[3], order[4], order[5], order[6]
    top = p + d + (P + D) * s + 1
    work = np.empty(top)
    differences = np.empty(d + D * s + 1)
    seasonal = np.empty(P * s + 1)
    full = np.empty(top)
    n_diff = difference(d, D, s, differences)
    n_seasonal = factor(natural, p + q, P, s, -1.0, seasonal)
    n_work = multiply(differences, n_diff, seasonal, n_seasonal, work)
    plain = np.empty(p + 1)
    n_full = multiply(work, n_work, plain, factor(natural, 0, p, 1, -1.0, plain), full)
    ar_lags = np.empty(n_full, dtype=np.int64)
    ar_weights = np.empty(n_full)
    n_ar = sparse(full, n_full, -1.0, ar_lags, ar_weights)
    plain_ma = np.empty(q + 1)
    seasonal_ma = np.empty(Q * s + 1)
    full_ma = np.empty(q + Q * s + 1)
    n_plain = factor(natural, p, q, 1, 1.0, plain_ma)
    n_ma_full = multiply(
        seasonal_ma, factor(natural, p + q + P, Q, s, 1.0, seasonal_ma), plain_ma, n_plain, full_ma
    )
    ma_lags = np.empty(n_ma_full, dtype=np.int64)
    ma_weights = np.empty(n_ma_full)
    n_ma = sparse(full_ma, n_ma_full, 1.0, ma_lags, ma_weights)
    constant = natural[p + q + P + Q] if order[7] == 1 else 0.0
    return n_ar, ar_lags, ar_weights, n_ma, ma_lags, ma_weights, constant


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz", "arcp"})
def innovations(z, order, natural, first, clip, run, level, innovation):
    """Run the recursion over z[first:], writing the level (z as the state sees it) and the innovations.

    `level[:first]` and `innovation[:first]` must hold the past. Returns the signed run of clipped surprises.
    """
    n_ar, ar_lags, ar_weights, n_ma, ma_lags, ma_weights, constant = expand(order, natural)
    for t in range(first, len(z)):
        prediction = constant
        for j in range(n_ar):
            if ar_lags[j] <= t:
                prediction += ar_weights[j] * level[t - ar_lags[j]]
        for j in range(n_ma):
            if ma_lags[j] <= t:
                prediction += ma_weights[j] * innovation[t - ma_lags[j]]
        surprise = 0.0
        if not np.isnan(z[t]):
            surprise, _, run = admit(z[t] - prediction, clip, run)
        level[t] = prediction + surprise
        innovation[t] = surprise
    return run


@njit(cache=True, nogil=True, inline="always")
def admit(surprise, clip, run):
    """The part of a surprise that enters the state, whether it was replaced by the clip, and the new run."""
    run = next_run(surprise, clip, run)
    if run != 0 and abs(run) < RELEASE:
        return (clip if surprise > 0 else -clip), True, run
    return surprise, False, run


@njit(cache=True, nogil=True)
def next_run(surprise, clip, run):
    """Signed count of surprises beyond the clip in a row; zero after one inside it."""
    if surprise > clip:
        return max(run, 0) + 1
    if surprise < -clip:
        return min(run, 0) - 1
    return 0


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz", "arcp"})
def gauss_newton_terms(z, order, natural, start, clip, work, normal, gradient):
    """Innovations with their derivatives by the parameters; accumulates J'J and J'e from `start` on.

    A replaced value (missing or clipped) carries the derivative of its prediction onwards. `work` is that of
    `workspace`. Returns the sum of squares over t >= start, the observed values there, and the run of clips.
    """
    level, innovation, slopes, level_slopes, inputs = work
    p, q, P, Q, s = order[0], order[2], order[3], order[5], order[6]
    k = p + q + P + Q + order[7]
    n_ar, ar_lags, ar_weights, n_ma, ma_lags, ma_weights, constant = expand(order, natural)
    deepest = depth(order)
    fill_past(z, s, deepest, level, innovation)
    for t in range(min(deepest, len(z))):
        slopes[t, :k] = 0.0
        level_slopes[t, :k] = 0.0
        set_inputs(t, order, natural, level, innovation, inputs)
    row = np.zeros(MAX_PARAMETERS)
    gradient[:k] = 0.0
    normal[:k, :k] = 0.0
    total, count, run = 0.0, 0, 0
    last_replaced = -deepest - 1
    for t in range(deepest, len(z)):
        prediction = constant
        for j in range(n_ar):
            prediction += ar_weights[j] * level[t - ar_lags[j]]
        direct_slopes(t, order, inputs, row)
        for j in range(n_ma):
            lag = t - ma_lags[j]
            if lag >= 0:
                prediction += ma_weights[j] * innovation[lag]
                for i in range(k):
                    row[i] += ma_weights[j] * slopes[lag, i]
        if t - last_replaced <= deepest:
            for j in range(n_ar):
                for i in range(k):
                    row[i] += ar_weights[j] * level_slopes[t - ar_lags[j], i]
        observed = not np.isnan(z[t])
        surprise, replaced, run = admit(z[t] - prediction, clip, run) if observed else (0.0, True, run)
        level[t] = prediction + surprise
        innovation[t] = surprise
        set_inputs(t, order, natural, level, innovation, inputs)
        if replaced:
            last_replaced = t
        for i in range(k):
            slopes[t, i] = 0.0 if replaced else -row[i]
            level_slopes[t, i] = row[i] if replaced else 0.0
        if t >= start and observed:
            total += surprise * surprise
            count += 1
            if not replaced:
                add_outer(row, surprise, k, normal, gradient)
    for i in range(k):
        for j in range(i):
            normal[j, i] = normal[i, j]
    return total, count, run


@njit(cache=True, nogil=True, inline="always")
def add_outer(row, surprise, k, normal, gradient):
    """Add one observation to the lower triangle of J'J and to J'e."""
    for i in range(k):
        gradient[i] -= row[i] * surprise
        for j in range(i + 1):
            normal[i, j] += row[i] * row[j]


@njit(cache=True, nogil=True)
def workspace(length):
    """Scratch arrays: level, innovation, their derivatives, and what the parameters multiply."""
    return (
        np.zeros(length),
        np.zeros(length),
        np.zeros((length, MAX_PARAMETERS)),
        np.zeros((length, MAX_PARAMETERS)),
        np.zeros((5, length)),
    )


@njit(cache=True, nogil=True, inline="always")
def depth(order):
    """Number of past values the autoregressive side looks back on."""
    return order[0] + order[1] + (order[3] + order[4]) * order[6]


@njit(cache=True, nogil=True)
def fill_past(z, period, deepest, level, innovation):
    """Start the recursion: the first values as they are, a missing one as a period before, or as the mean."""
    total, n = 0.0, 0
    for t in range(min(max(deepest, 2 * period), len(z))):
        if not np.isnan(z[t]):
            total += z[t]
            n += 1
    for t in range(min(deepest, len(z))):
        innovation[t] = 0.0
        if not np.isnan(z[t]):
            level[t] = z[t]
        elif t >= period:
            level[t] = level[t - period]
        else:
            level[t] = total / n if n > 0 else 0.0


@njit(cache=True, nogil=True, inline="always")
def set_inputs(t, order, natural, level, innovation, inputs):
    """What each parameter multiplies: the other factors of its polynomial applied to the level or innovation."""
    p, d, q, P, D, Q, s = order[0], order[1], order[2], order[3], order[4], order[5], order[6]
    if p + P > 0:
        w = 0.0
        if t >= d + D * s:
            w = level[t]
            if d == 1:
                w -= level[t - 1]
            if D == 1:
                w -= level[t - s]
                if d == 1:
                    w += level[t - s - 1]
        inputs[4, t] = w
        plain, seasonal = w, w
        for i in range(P):
            if t >= (i + 1) * s:
                plain -= natural[p + q + i] * inputs[4, t - (i + 1) * s]
        for i in range(p):
            if t > i:
                seasonal -= natural[i] * inputs[4, t - i - 1]
        inputs[0, t] = plain
        inputs[1, t] = seasonal
    plain, seasonal = innovation[t], innovation[t]
    for i in range(Q):
        if t >= (i + 1) * s:
            plain += natural[p + q + P + i] * innovation[t - (i + 1) * s]
    for i in range(q):
        if t > i:
            seasonal += natural[p + i] * innovation[t - i - 1]
    inputs[2, t] = plain
    inputs[3, t] = seasonal


@njit(cache=True, nogil=True, inline="always")
def direct_slopes(t, order, inputs, row):
    """Set the direct derivative of the prediction by each parameter."""
    p, q, P, Q, s = order[0], order[2], order[3], order[5], order[6]
    n = 0
    for i in range(p):
        row[n] = inputs[0, t - i - 1] if t > i else 0.0
        n += 1
    for i in range(q):
        row[n] = inputs[2, t - i - 1] if t > i else 0.0
        n += 1
    for i in range(P):
        row[n] = inputs[1, t - (i + 1) * s] if t >= (i + 1) * s else 0.0
        n += 1
    for i in range(Q):
        row[n] = inputs[3, t - (i + 1) * s] if t >= (i + 1) * s else 0.0
        n += 1
    if order[7] == 1:
        row[n] = 1.0
