"""How use answers to temperature, from a utility's own days."""

from __future__ import annotations

import numpy as np

from amuna.domain.panel import Floats
from amuna.forecasting.longterm.drivers import Z80, Spread

_WINDOW, _FEWEST, _LAGS = 29, 300, 7
_NEAR = 0.8  # share of a window that must be known


def temperature_response(use_m3: Floats, temperature_c: Floats) -> Spread | None:
    """Change of use per degree, by least squares on departures of days from their weeks around [%/degC].

    Growth and season leave through the mean of the 29 days around, the week's rhythm through the means of weekdays. The
    range is that of the slope with errors that go on for a week (Newey and West 1987, doi:10.2307/1913610). It is the
    answer to warm days; how people live in a warmer climate may differ.

    Parameters
    ----------
    use_m3, temperature_c
        By day without gaps, shape (n_days,); NaN where unknown.

    Returns
    -------
    Spread or None
        None with fewer than 300 days of both, or a temperature that never changes.
    """
    log_use = np.log(np.where(use_m3 > 0, use_m3, np.nan))
    both = np.isfinite(log_use) & np.isfinite(temperature_c)
    use, warmth = (_departures(np.where(both, values, np.nan)) for values in (log_use, temperature_c))
    known = np.isfinite(use) & np.isfinite(warmth)
    if known.sum() < _FEWEST or float(np.nanstd(warmth)) < 1e-6:
        return None
    x, y = np.where(known, warmth, 0.0), np.where(known, use, 0.0)
    square = float(x @ x)
    slope = float(x @ y) / square
    score = x * (y - slope * x)
    spread = float(score @ score)
    for lag in range(1, _LAGS + 1):
        spread += 2 * (1 - lag / (_LAGS + 1)) * float(score[lag:] @ score[:-lag])
    reach = Z80 * np.sqrt(max(spread, 0.0)) / square
    low, central, high = (100 * np.expm1(slope + side * reach) for side in (-1, 0, 1))
    return Spread(float(central), float(low), float(high))


def _departures(values: Floats) -> Floats:
    """Days less the mean of the days around and that of their weekday; NaN where too few are known."""
    known = np.isfinite(values)
    ones = np.ones(_WINDOW)
    count = np.convolve(known, ones, "same")
    total = np.convolve(np.where(known, values, 0.0), ones, "same")
    around = np.where(count >= _NEAR * _WINDOW, total / np.maximum(count, 1), np.nan)
    away = values - around
    for weekday in range(7):
        of_day = away[weekday::7]
        if np.isfinite(of_day).any():
            away[weekday::7] = of_day - np.nanmean(of_day)
    return away
