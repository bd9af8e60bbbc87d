"""Totals of periods of any length, from residuals calibrated a day ahead and for the billing period.

The daily quantiles of a period cannot be added up: what a model misses on one day it half misses on the next. How
fast the spread of a total grows with its length is therefore read off each group's own residuals: between the two
lengths that are calibrated, midway between a power of the length and the sum of a day's own noise and an error that
all days share, which enclose what is seen. Beyond the billing period, errors of level rule; their spread grows a
little faster than the length (BEYOND). A period that starts later is further from what was seen (WAITING). The two
constants were chosen on a backtest; `benchmarks/periods.py` judges them on other accounts and days.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from amuna.domain.panel import Floats
from amuna.forecasting.intervals import QUANTILES, Calibration

BEYOND = 1.1
WAITING = 0.3
_GROWTH = (
    0.3,
    1.0,
)  # powers that a group's residuals may say: less than chance, and errors that never change
_MIDDLE = QUANTILES.index(0.5)
_SIGNS = np.sign(np.array(QUANTILES) - 0.5)


def spread_total(
    total: Floats,
    scale: Floats,
    group: NDArray[np.int64],
    calibration: Calibration,
    *,
    days: ArrayLike,
    billing_days: int,
    wait: ArrayLike = 0,
    missing: ArrayLike = 0,
) -> Floats:
    """Quantiles of periods' totals, shape (n_series, n_quantiles); ordered, never negative.

    Parameters
    ----------
    total
        Sum of the point forecasts and of the estimates of missing days [unit of the data], shape (n_series,).
    scale, group
        Typical residual and calibration group of each account, shape (n_series,).
    days
        Days that are forecast.
    billing_days
        Length that lead 0 of the calibration is for [days].
    wait
        Days between the cutoff and the first day forecast that are not part of the period.
    missing
        Days of the period before the cutoff that are not known: estimated, so the spread widens.
    """
    ahead, waited = np.asarray(days, dtype=np.float64), np.asarray(wait, dtype=np.float64)
    gaps = np.asarray(missing, dtype=np.float64)
    far = np.where(ahead > 0, (1 + waited / np.maximum(ahead, 1.0)) ** WAITING, 0.0)
    middle, sides = _scaled(calibration, group, ahead, billing_days)
    _, gap_sides = _scaled(calibration, group, gaps, billing_days)
    width = _SIGNS * np.hypot(far[..., None] * sides, gap_sides)
    width[..., :_MIDDLE] = np.minimum.accumulate(width[..., :_MIDDLE][..., ::-1], axis=-1)[..., ::-1]
    width[..., _MIDDLE + 1 :] = np.maximum.accumulate(width[..., _MIDDLE + 1 :], axis=-1)
    return np.maximum(total[:, None] + scale[:, None] * (middle + width), 0.0)


def _scaled(
    calibration: Calibration, group: NDArray[np.int64], days: Floats, billing_days: int
) -> tuple[Floats, Floats]:
    """Median of the scaled residual of totals, shape (n_series, 1), and how far the other quantiles are from it."""
    period, day = calibration.values[:, 0], calibration.values[:, 1]
    middle = period[:, _MIDDLE, None]
    sides, day_sides = period - middle, day - day[:, _MIDDLE, None]
    ratio = np.abs(sides) / np.maximum(np.abs(day_sides), 1e-9)
    share = np.broadcast_to(days / billing_days, group.shape)[:, None]
    growth = np.where(share <= 1, _within(ratio[group], share, max(billing_days, 2)), share**BEYOND)
    return middle[group] * share, np.abs(sides[group]) * growth


def _within(ratio: Floats, share: Floats, billing_days: int) -> Floats:
    """Spread of a total over that of the billing period's, for periods no longer than it.

    `ratio` is the spread of the billing period's total over that of a day.
    """
    power = np.clip(np.log(np.maximum(ratio, 1e-9)) / np.log(billing_days), *_GROWTH)
    shared = np.clip((ratio**2 - billing_days) / (billing_days**2 - billing_days), 0.0, 1.0)
    own = (1 - shared) / billing_days
    both = np.sqrt((own * share + shared * share**2) / (own + shared))
    return np.sqrt(share**power * both)
