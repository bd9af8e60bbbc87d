"""Accuracy measures over matrices of series by step; NaN observations do not count."""

from __future__ import annotations

import math

import numpy as np

from amuna.domain.panel import Floats, Panel


def row_means(values: Floats) -> Floats:
    """Mean over all but the first axis, NaN where a row has no value; the same whatever rows stand beside it."""
    flat = np.ascontiguousarray(values).reshape(len(values), math.prod(values.shape[1:]))
    present = np.isfinite(flat)
    count = present.sum(axis=1)
    total = np.where(present, flat, 0.0).sum(axis=1)
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)


def mae(observed: Floats, forecast: Floats) -> Floats:
    """Mean absolute residual of each series, shape (n_series,), in the unit of the data."""
    return row_means(np.abs(observed - forecast))


def seasonal_scale(history: Panel, *, period: int = 7, window: int = 365) -> Floats:
    """Mean absolute seasonal difference over the last `window` steps of each series: the scale of MASE.

    Hyndman and Koehler 2006, doi:10.1016/j.ijforecast.2006.03.001. NaN where no pair of values is observed.
    """
    tails = tail_matrix(history, window)
    return row_means(np.abs(tails[:, period:] - tails[:, :-period]))


def mase(observed: Floats, forecast: Floats, scale: Floats) -> Floats:
    """Mean absolute scaled residual of each series, shape (n_series,); NaN where the scale is 0 or unknown."""
    return np.divide(mae(observed, forecast), scale, out=np.full(len(scale), np.nan), where=scale > 0)


def coverage(observed: Floats, lower: Floats, upper: Floats) -> float:
    """Share of observations inside the interval."""
    known = np.isfinite(observed)
    if not known.any():
        return float("nan")
    inside = (observed >= lower) & (observed <= upper)
    return float(inside[known].mean())


def tail_matrix(panel: Panel, steps: int) -> Floats:
    """Last `steps` values of each series, NaN in front of shorter ones, shape (n_series, steps)."""
    columns = np.arange(-steps, 0)[None, :] + panel.lengths[:, None]
    rows = panel.offsets[:-1, None] + columns
    padded = np.append(panel.values, np.nan)
    return padded[np.where(columns >= 0, rows, len(panel.values))]
