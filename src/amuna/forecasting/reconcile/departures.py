"""Departures: how far each series was from its usual value on past days, which tells what rises together."""

from __future__ import annotations

import numpy as np

from amuna.domain.panel import Floats

DRAWS = 112  # past days behind the draws: sixteen weeks, so that every weekday counts the same
HISTORY_DAYS = DRAWS + 28
_WEEKS = 4


def departures_of(values: Floats) -> Floats:
    """Each of the last DRAWS days against the mean of its weekday in the four weeks before, shape (n_series, DRAWS).

    Parameters
    ----------
    values
        The last HISTORY_DAYS days of every series, shape (n_series, HISTORY_DAYS); NaN where nothing is known.
    """
    total = np.zeros((len(values), DRAWS))
    count = np.zeros_like(total)
    for week in range(1, _WEEKS + 1):
        shifted = values[:, HISTORY_DAYS - DRAWS - 7 * week : HISTORY_DAYS - 7 * week]
        known = np.isfinite(shifted)
        total += np.where(known, shifted, 0.0)
        count += known
    usual = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return values[:, HISTORY_DAYS - DRAWS :] - usual
