"""Watch: whose residuals no longer look like those the model was proven on.

Two control charts run on each account's standardised residuals: a two-sided CUSUM for bias, and a one-sided one for
accuracy (Page 1954, doi:10.1093/biomet/41.1-2.100). The p-value of the highest point of a chart comes from Siegmund's
approximation of its run length (Siegmund 1985, Sequential Analysis, section 2.3); as absolute residuals are skewed, high
points of their chart are likelier by the exponent that Lundberg's equation gives them (the same, section 8.3). Across accounts the false discovery
rate is held (Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x) after the charts are deflated by what
most of the fleet shows (genomic control: Devlin and Roeder 1999, doi:10.1111/j.0006-341X.1999.00997.x), so that a hot
week or an interval that is a little narrow everywhere does not call for 27,000 refits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ALLOWANCE = 0.5  # a chart is quickest to find shifts of twice this many standard deviations
LIMIT = 3.0  # one wild day counts no more than this many standard deviations
MIN_DAYS = 7
_MEAN_ABSOLUTE, _SD_ABSOLUTE = np.sqrt(2 / np.pi), np.sqrt(1 - 2 / np.pi)  # of a standard normal's modulus
_MEDIAN_CHI2 = 0.4549  # median of chi-squared with one degree of freedom
_OVERSHOOT = 1.166  # Siegmund's correction for a chart that moves in steps
_BIAS_EXPONENT = 2 * ALLOWANCE  # solves E exp(exponent * (x - ALLOWANCE)) = 1 for a standard normal x
_ACCURACY_EXPONENT = 0.802  # solves it for its standardised modulus, cut off at LIMIT


@dataclass(frozen=True)
class Watched:
    """What the charts say of each account; all of shape (n_accounts,).

    Parameters
    ----------
    bias, accuracy
        Highest point of each chart [standard deviations]; NaN where fewer than MIN_DAYS days are known.
    p_value
        Of the account's clearer chart, both charts accounted for; 1 where nothing is known.
    broken
        Whether the account is among those found at the false discovery rate.
    mean
        Mean standardised residual; above zero where forecasts are too low.
    """

    bias: Floats
    accuracy: Floats
    p_value: Floats
    broken: NDArray[np.bool_]
    mean: Floats


def watch(residuals: Floats, *, false_discovery_rate: float) -> Watched:
    """Run the charts over a fleet.

    Parameters
    ----------
    residuals
        Standardised so that they are about standard normal while the model holds, oldest day first, NaN where
        unknown or where the model did not yet serve, shape (n_accounts, n_days).
    false_discovery_rate
        Expected share of false alarms among those found, 0 to 1.
    """
    known = np.isfinite(residuals)
    days = known.sum(axis=1)
    enough = days >= MIN_DAYS
    signed = np.clip(np.where(known, residuals, 0.0), -LIMIT, LIMIT)
    absolute = np.where(known, (np.abs(signed) - _MEAN_ABSOLUTE) / _SD_ABSOLUTE, 0.0)
    signed, absolute = _deflated(signed, days, enough), _deflated(absolute, days, enough)
    bias = np.maximum(_cusum(signed, known), _cusum(-signed, known))
    accuracy = _cusum(absolute, known)
    p_bias = np.minimum(1.0, 2 * _tail(bias, days, _BIAS_EXPONENT))
    p_accuracy = _tail(accuracy, days, _ACCURACY_EXPONENT)
    p_value = np.where(enough, np.minimum(1.0, 2 * np.minimum(p_bias, p_accuracy)), 1.0)
    return Watched(
        np.where(enough, bias, np.nan),
        np.where(enough, accuracy, np.nan),
        p_value,
        discoveries(p_value, enough, rate=false_discovery_rate),
        np.where(enough, signed.sum(axis=1) / np.maximum(days, 1), np.nan),
    )


def discoveries(p_value: Floats, tested: NDArray[np.bool_], *, rate: float) -> NDArray[np.bool_]:
    """Which of the tested hypotheses to reject so that the expected share of false rejections is at most `rate`."""
    ordered = np.sort(p_value[tested])
    ranks = np.arange(1, len(ordered) + 1)
    below = ordered <= rate * ranks / max(len(ordered), 1)
    limit = ordered[below].max() if below.any() else -1.0
    return tested & (p_value <= limit)


def _deflated(values: Floats, days: NDArray[np.int64], enough: NDArray[np.bool_]) -> Floats:
    """The values over the square root of how much more the fleet's means scatter than independent days would let them."""
    if not enough.any():
        return values
    scatter = values[enough].sum(axis=1) ** 2 / days[enough]
    inflation = max(1.0, float(np.median(scatter)) / _MEDIAN_CHI2)
    return values / np.sqrt(inflation)


def _cusum(values: Floats, known: NDArray[np.bool_]) -> Floats:
    """Highest point of the one-sided chart of each row; days that are unknown leave it where it is."""
    level = np.zeros(len(values))
    highest = np.zeros(len(values))
    for day in range(values.shape[1]):
        level = np.where(known[:, day], np.maximum(0.0, level + values[:, day] - ALLOWANCE), level)
        highest = np.maximum(highest, level)
    return highest


def _tail(highest: Floats, days: NDArray[np.int64], exponent: float) -> Floats:
    """Probability that a chart whose highest points fall off with this exponent comes this high within so many days."""
    corrected = exponent * (highest + _OVERSHOOT)
    run_length = (np.exp(corrected) - corrected - 1) / (exponent * ALLOWANCE)
    return -np.expm1(-days / run_length)
