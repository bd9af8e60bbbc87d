"""Means and maxima of what is known; nan where nothing is, without a warning."""

from __future__ import annotations

import numpy as np

from amuna.domain.panel import Floats


def nan_mean(values: Floats, *, axis: int, keepdims: bool = False) -> Floats:
    """Mean over an axis of the values that are not nan."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=axis, keepdims=keepdims)
    count = known.sum(axis=axis, keepdims=keepdims)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def nan_max(values: Floats, *, axis: int) -> Floats:
    """Largest value over an axis that is not nan."""
    highest = np.where(np.isfinite(values), values, -np.inf).max(axis=axis)
    return np.where(np.isfinite(highest), highest, np.nan)


def nan_median(values: Floats) -> Floats:
    """Median over the last axis of the values that are not nan."""
    out = np.full(values.shape[:-1], np.nan)
    some = np.isfinite(values).any(axis=-1)
    out[some] = np.nanmedian(values[some], axis=-1)
    return out
