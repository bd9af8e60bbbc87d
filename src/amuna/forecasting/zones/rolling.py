"""What the same hour was on the days before an origin: lags, and statistics of the last 3, 7 and 28 days."""

from __future__ import annotations

import numpy as np

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.nans import nan_max, nan_mean

LAGS = (1, 2, 7, 14)
WINDOWS = (3, 7, 28)
_YEAR, _MONTH = 364, 28  # whole weeks


def lag_names() -> list[str]:
    """`lag_1_flow` is yesterday as of the origin; `lag_1_mean_7d` the mean of the seven days that end there."""
    statistics = [f"lag_1_{kind}_{window}d" for window in WINDOWS for kind in ("mean", "std", "min", "max")]
    return [*(f"lag_{lag}_flow" for lag in LAGS), *statistics, "growth"]


def lags(flow: Floats, origins: Ints) -> list[Floats]:
    """Blocks in the order of `lag_names`, shape (n_zones, n_origins, 24) or, for growth, (n_zones, n_origins, 1).

    Flow is divided by the zone's mean of the last 28 days, so that 1 is usual in every zone; nan where nothing is known.
    Growth is that mean over the mean of the same weeks a year before, less one; nan in the first year.

    Parameters
    ----------
    flow
        Shape (n_zones, n_days, 24).
    origins
        Days counted from the first; only days before an origin are read, shape (n_origins,).
    """
    month = _window(flow, origins, _MONTH)
    mean = _level(month)
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = np.where(mean > 0.0, mean, np.nan)[..., None]
        blocks = [_back(flow, origins, lag) / usual for lag in LAGS]
        for window in WINDOWS:
            blocks += [each / usual for each in _statistics(month[-window:])]
        growth = mean / _level(_window(flow, origins - _YEAR, _MONTH)) - 1.0
    return [*blocks, np.where(np.isfinite(growth), growth, np.nan)[..., None]]


def _back(flow: Floats, origins: Ints, lag: int) -> Floats:
    """The day `lag` days before each origin; nan before the first."""
    day = origins - lag
    return np.where((day >= 0)[None, :, None], flow[:, np.maximum(day, 0)], np.nan)


def _window(flow: Floats, origins: Ints, days: int) -> Floats:
    """The last days before each origin, the latest last, shape (days, n_zones, n_origins, 24)."""
    return np.stack([_back(flow, origins, lag) for lag in range(days, 0, -1)])


def _level(window: Floats) -> Floats:
    """Mean over days and hours, shape (n_zones, n_origins)."""
    return nan_mean(nan_mean(window, axis=0), axis=-1)


def _statistics(window: Floats) -> list[Floats]:
    mean = nan_mean(window, axis=0)
    std = np.sqrt(nan_mean((window - mean) ** 2, axis=0))
    return [mean, std, -nan_max(-window, axis=0), nan_max(window, axis=0)]
