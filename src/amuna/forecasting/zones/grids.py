"""Hours laid on grids of local days, (n, n_days, 24): an hour that occurs twice is averaged, one that never does is nan."""

from __future__ import annotations

import numpy as np

from amuna.domain.panel import Floats, Ints

LONGEST_BRIDGED = 3


def day_grid(day: Ints, hour: Ints, values: Floats, *, n_days: int) -> Floats:
    """Lay local hours on a grid of days.

    Parameters
    ----------
    day, hour
        Local day counted from the first one, and local hour 0–23, shape (n_rows,).
    values
        A column for each series, shape (n_rows, n_series); nan where missing.
    n_days
        Days of the grid.

    Returns
    -------
    Floats
        Mean of the values of each local hour, nan where there is none, shape (n_series, n_days, 24).
    """
    total = np.zeros((n_days, 24, values.shape[1]))
    count = np.zeros_like(total)
    seen = np.isfinite(values)
    np.add.at(total, (day, hour), np.where(seen, values, 0.0))
    np.add.at(count, (day, hour), seen.astype(np.float64))
    mean = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return np.ascontiguousarray(np.moveaxis(mean, 2, 0))


def fill_short_gaps(flow: Floats, *, longest: int = LONGEST_BRIDGED) -> Floats:
    """Bridge gaps of at most `longest` hours by a straight line; longer ones stay nan.

    A gap that touches the end stays open, so that no value reaches back over a cutoff where `flow` ends at it.
    """
    flat = flow.reshape(flow.shape[0], -1).copy()
    for series in flat:
        known = np.flatnonzero(np.isfinite(series))
        steps = np.diff(known)
        for at in np.flatnonzero((steps > 1) & (steps <= longest + 1)):
            left, right = known[at], known[at + 1]
            series[left : right + 1] = np.linspace(series[left], series[right], right - left + 1)
    return flat.reshape(flow.shape)
