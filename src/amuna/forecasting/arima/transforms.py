"""Transformations of a series, compiled: none, log1p and a Box-Cox root, each on the series' own scale.

A value y of a series with typical size m becomes x = y / m, and then z = x, log(1 + 5 x) or 2 (sqrt(x) - 1), the
Box-Cox transformation with lambda 1/2 (Box and Cox 1964, doi:10.1111/j.2517-6161.1964.tb00553.x). Forecasts
are medians on every scale, so the inverse needs no bias correction for absolute-error measures.
"""

from __future__ import annotations

import numpy as np
from numba import njit

NAMES = ("none", "log1p", "boxcox")
NONE, LOG1P, BOXCOX = 0, 1, 2
LOG_SCALE = 5.0
SMALLEST_SLOPE_AT = 0.02  # of the typical size: the root is infinitely steep at zero


@njit(cache=True, nogil=True)
def typical_size(y):
    """Median of the positive values of a series; 0 where there are none."""
    positive = y[y > 0]
    return np.median(positive) if len(positive) > 0 else 0.0


@njit(cache=True, nogil=True)
def transform(y, kind, size, out):
    """Write z for y; returns the mean logarithm of the slope dz/dx over the observed values."""
    slope, n = 0.0, 0
    for t in range(len(y)):
        if np.isnan(y[t]):
            out[t] = np.nan
            continue
        x = max(y[t], 0.0) / size
        n += 1
        if kind == LOG1P:
            out[t] = np.log1p(LOG_SCALE * x)
            slope += np.log(LOG_SCALE / (1 + LOG_SCALE * x))
        elif kind == BOXCOX:
            out[t] = 2 * (np.sqrt(x) - 1)
            slope -= 0.5 * np.log(max(x, SMALLEST_SLOPE_AT))
        else:
            out[t] = x
    return slope / max(n, 1)


@njit(cache=True, nogil=True)
def invert(z, kind, size, ceiling):
    """The volume whose transform is z, kept between zero and the ceiling."""
    if kind == LOG1P:
        x = np.expm1(min(z, 30.0)) / LOG_SCALE
    elif kind == BOXCOX:
        x = max(z / 2 + 1, 0.0) ** 2
    else:
        x = z
    return min(max(x * size, 0.0), ceiling)
