"""Fit, update and forecast many series one after another, compiled and free of the interpreter's lock."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.arima.estimate import estimate, solve
from amuna.forecasting.arima.filter import (
    MAX_PARAMETERS,
    depth,
    fill_past,
    gauss_newton_terms,
    innovations,
    workspace,
)
from amuna.forecasting.arima.search import (
    FIT_ITERATIONS,
    FIT_TOLERANCE,
    SEARCH_ITERATIONS,
    SEARCH_TOLERANCE,
    aicc,
    parameter_count,
    search,
    starting_values,
)
from amuna.forecasting.arima.transforms import NONE, invert, transform, typical_size

OK, TOO_SHORT, CONSTANT, NOT_CONVERGED, FALLBACK = 0, 1, 2, 3, 4
PERIODS_NEEDED = 4
CEILING = 2.0  # a forecast never exceeds this multiple of the largest volume seen
FALLBACK_SMA = -0.8
SMALLEST_SIZE = 1e-9  # [unit of the panel]: a series of less still divides by this


@njit(cache=True, nogil=True, inline="always")
def clip_level(z, period, kappa):
    """Surprise beyond which a value is an outlier: kappa robust standard deviations of the seasonal difference."""
    gaps = np.empty(len(z))
    n, total = 0, 0.0
    for t in range(period, len(z)):
        gap = abs(z[t] - z[t - period])
        if not np.isnan(gap):
            gaps[n] = gap
            total += gap
            n += 1
    if n == 0 or total == 0.0:
        return np.inf
    robust = 1.4826 * np.median(gaps[:n]) / np.sqrt(2.0)
    mean = total / n / 1.354
    return kappa * (robust if robust >= 0.2 * mean else 0.5 * mean)


@njit(cache=True, nogil=True, inline="always")
def choose_transform(y, size, order, kappa, kinds, work, normal, z, natural):
    """Transformation with the highest likelihood of the data under one order; returns it and its clip."""
    best, best_value, best_clip = kinds[0], np.inf, np.inf
    if len(kinds) == 1:
        transform(y, best, size, z)
        return best, clip_level(z, order[6], kappa)
    for kind in kinds:
        slope = transform(y, kind, size, z)
        clip = clip_level(z, order[6], kappa)
        starting_values(z, order, natural)
        total, count, _ = estimate(
            z, order, natural, depth(order), clip, SEARCH_ITERATIONS, SEARCH_TOLERANCE, work, normal
        )
        value = 0.5 * np.log(max(total, 1e-300) / max(count, 1)) - slope
        if value < best_value:
            best, best_value, best_clip = kind, value, clip
    transform(y, best, size, z)
    return best, best_clip


@njit(cache=True, nogil=True, inline="always")
def standard_errors(normal, k, sigma2, out):
    """Square roots of the diagonal of sigma2 (J'J)^-1; NaN where J'J is singular."""
    unit, column = np.zeros(MAX_PARAMETERS), np.zeros(MAX_PARAMETERS)
    for i in range(k):
        unit[:k] = 0.0
        unit[i] = 1.0
        out[i] = np.sqrt(sigma2 * column[i]) if solve(normal, unit, k, column) else np.nan


class FitArrays(NamedTuple):
    """What a fit writes for every series: see `FittedArima`."""

    orders: Ints
    natural: Floats
    errors: Floats
    sigma2: Floats
    criterion: Floats
    kind: Ints
    size: Floats
    ceiling: Floats
    clip: Floats
    status: Ints
    levels: Floats
    surprises: Floats
    runs: Ints


@njit(cache=True, nogil=True)
def fit_many(values, offsets, candidates, kinds, kappa, window, chosen, fits):
    """Fit every series; the arrays of `fits` are written in place.

    Where `chosen` is true, order and transformation stand in `fits` already and the parameters start from there;
    elsewhere they are searched.
    """
    longest = 1
    for i in range(len(offsets) - 1):
        longest = max(longest, min(offsets[i + 1] - offsets[i], window))
    past = fits.levels.shape[1]
    work = workspace(longest + past)
    normal = np.zeros((MAX_PARAMETERS, MAX_PARAMETERS))
    buffer = np.empty(longest + past)
    for i in range(len(offsets) - 1):
        y = values[max(offsets[i], offsets[i + 1] - window) : offsets[i + 1]]
        observed = y[~np.isnan(y)]
        fits.status[i] = judge(observed, candidates[0, 6])
        size = typical_size(observed)
        fits.size[i] = max(size, SMALLEST_SIZE) if size > 0 else 1.0
        fits.ceiling[i] = CEILING * max(observed.max(), 0.0) if len(observed) > 0 else 0.0
        if fits.status[i] == OK:
            z = buffer[: len(y)]
            if chosen[i]:
                transform(y, fits.kind[i], fits.size[i], z)
                fits.clip[i] = clip_level(z, candidates[0, 6], kappa)
            else:
                _search_one(y, z, i, candidates, kinds, kappa, fits, work, normal)
            order = fits.orders[i]
            _, _, converged = estimate(
                z,
                order,
                fits.natural[i],
                depth(order),
                fits.clip[i],
                FIT_ITERATIONS,
                FIT_TOLERANCE,
                work,
                normal,
            )
            if not converged:
                fits.status[i] = NOT_CONVERGED
        else:
            z = _fall_back(y, observed, candidates[0, 6], buffer, fits.orders[i], fits.natural[i], past)
            fits.kind[i] = NONE
            transform(z, fits.kind[i], fits.size[i], z)
            fits.clip[i] = np.inf
        _keep_state(z, i, fits, work, normal)


@njit(cache=True, nogil=True, inline="always")
def judge(observed, period):
    """Whether observed values can carry an estimate: OK, TOO_SHORT or CONSTANT."""
    if len(observed) < PERIODS_NEEDED * period:
        return TOO_SHORT
    return CONSTANT if observed.min() == observed.max() else OK


@njit(cache=True, nogil=True, inline="always")
def _search_one(y, z, i, candidates, kinds, kappa, fits, work, normal):
    """Choose transformation and order of one series, with parameters near their best."""
    fits.kind[i], fits.clip[i] = choose_transform(
        y, fits.size[i], candidates[0], kappa, kinds, work, normal, z, fits.natural[i]
    )
    best, _ = search(z, candidates, fits.clip[i], work, normal, fits.natural[i])
    fits.orders[i] = candidates[best]


@njit(cache=True, nogil=True, inline="always")
def _fall_back(y, observed, period, buffer, order, natural, past):
    """Weekly exponential smoothing with a typical weight, after a past filled with the mean."""
    order[:] = 0
    order[4], order[5], order[6] = 1, 1, period
    natural[:] = 0.0
    natural[0] = FALLBACK_SMA
    z = buffer[: past + len(y)]
    z[:past] = observed.mean() if len(observed) > 0 else 0.0
    z[past:] = y
    return z


@njit(cache=True, nogil=True, inline="always")
def _keep_state(z, i, fits, work, normal):
    """Run the fitted model once over the series and keep its residual variance, errors and last values."""
    gradient = np.zeros(MAX_PARAMETERS)
    order = fits.orders[i]
    k = parameter_count(order)
    total, count, run = gauss_newton_terms(
        z, order, fits.natural[i], depth(order), fits.clip[i], work, normal, gradient
    )
    fits.sigma2[i] = total / max(count - k, 1)
    fits.criterion[i] = aicc(total, count, k)
    standard_errors(normal, k, fits.sigma2[i], fits.errors[i])
    fits.runs[i] = run
    for kept, source in ((fits.levels, work[0]), (fits.surprises, work[1])):
        width = kept.shape[1]
        for j in range(width):
            t = len(z) - width + j
            kept[i, j] = source[t] if t >= 0 else 0.0


@njit(cache=True, nogil=True)
def update_many(values, offsets, orders, natural, kind, size, clip, levels, surprises, runs):
    """Carry the state of every series over new values, in place."""
    past, past_surprises = levels.shape[1], surprises.shape[1]
    longest = 0
    for i in range(len(offsets) - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    z = np.empty(past + longest)
    level = np.zeros(past + longest)
    surprise = np.zeros(past + longest)
    for i in range(len(offsets) - 1):
        n = offsets[i + 1] - offsets[i]
        if n == 0:
            continue
        transform(values[offsets[i] : offsets[i + 1]], kind[i], size[i], z[past : past + n])
        level[:past] = levels[i]
        surprise[past - past_surprises : past] = surprises[i]
        runs[i] = innovations(z[: past + n], orders[i], natural[i], past, clip[i], runs[i], level, surprise)
        levels[i] = level[n : past + n]
        surprises[i] = surprise[past + n - past_surprises : past + n]


@njit(cache=True, nogil=True)
def roll_many(values, offsets, positions, steps, orders, natural, kind, size, ceiling, clip, past, out):
    """Forecasts of fitted series from several points of their history, each from what lies before it.

    `positions` are rows within each series, rising, shape (n_series, n_cutoffs); `out` has shape
    (n_cutoffs, n_series, steps) and keeps its values where the history is shorter than two periods.
    """
    longest = 0
    for i in range(len(offsets) - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    z, level, surprise = np.empty(longest), np.empty(longest), np.empty(longest)
    ahead = np.full(past + steps, np.nan)
    ahead_level, ahead_surprise = np.zeros(past + steps), np.zeros(past + steps)
    for i in range(len(offsets) - 1):
        n = offsets[i + 1] - offsets[i]
        deepest = depth(orders[i])
        if n <= max(deepest, 2 * orders[i, 6]):
            continue
        transform(values[offsets[i] : offsets[i + 1]], kind[i], size[i], z[:n])
        fill_past(z[:n], orders[i, 6], deepest, level, surprise)
        innovations(z[:n], orders[i], natural[i], deepest, clip[i], 0, level, surprise)
        for c in range(positions.shape[1]):
            at = positions[i, c]
            if at < max(deepest, 2 * orders[i, 6]) or at > n:
                continue
            known = min(past, at)
            ahead_level[past - known : past] = level[at - known : at]
            ahead_surprise[:past] = 0.0
            ahead_surprise[past - known : past] = surprise[at - known : at]
            innovations(ahead, orders[i], natural[i], past, np.inf, 0, ahead_level, ahead_surprise)
            for j in range(steps):
                out[c, i, j] = invert(ahead_level[past + j], kind[i], size[i], ceiling[i])


@njit(cache=True, nogil=True)
def restate_many(values, offsets, orders, natural, kind, size, clip, levels, surprises, runs):
    """State of every fitted series after another version of its history, in place."""
    longest = 0
    for i in range(len(offsets) - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    past = max(levels.shape[1], surprises.shape[1])
    z, level, surprise = np.empty(past + longest), np.empty(past + longest), np.empty(past + longest)
    for i in range(len(offsets) - 1):
        n = offsets[i + 1] - offsets[i]
        deepest = depth(orders[i])
        transform(values[offsets[i] : offsets[i + 1]], kind[i], size[i], z[past : past + n])
        level[:past] = 0.0
        surprise[:past] = 0.0
        fill_past(z[past : past + n], orders[i, 6], deepest, level[past:], surprise[past:])
        first = past + min(deepest, n)
        runs[i] = innovations(z[: past + n], orders[i], natural[i], first, clip[i], 0, level, surprise)
        levels[i] = level[past + n - levels.shape[1] : past + n]
        surprises[i] = surprise[past + n - surprises.shape[1] : past + n]


@njit(cache=True, nogil=True)
def forecast_many(steps, orders, natural, kind, size, ceiling, levels, surprises, out):
    """Point forecasts of every series, shape (n_series, steps)."""
    past, past_surprises = levels.shape[1], surprises.shape[1]
    z = np.full(past + steps, np.nan)
    level = np.zeros(past + steps)
    surprise = np.zeros(past + steps)
    for i in range(len(orders)):
        level[:past] = levels[i]
        surprise[past - past_surprises : past] = surprises[i]
        innovations(z, orders[i], natural[i], past, np.inf, 0, level, surprise)
        for j in range(steps):
            out[i, j] = invert(level[past + j], kind[i], size[i], ceiling[i])
