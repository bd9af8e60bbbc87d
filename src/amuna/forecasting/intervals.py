"""Intervals from conformal residuals: what past forecasts missed by, per group of accounts and per lead.

Split conformal prediction (Vovk, Gammerman and Shafer 2005; Lei et al. 2018, doi:10.1080/01621459.2017.1307116)
on residuals divided by each account's own typical residual. Nothing is assumed of their distribution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from amuna.domain.panel import Floats
from amuna.forecasting.metrics import row_means

QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
GROUPS = ("steady", "usual", "variable", "erratic", "intermittent", "new")
ENOUGH = 500  # residuals at a lead below which a group borrows from the whole fleet
LEAD_POOL = 2  # a lead's quantiles also use this many leads on either side
MOSTLY_ZERO = 0.5
DAYS_NEEDED = 56
RECENT_ORIGINS = 6
UNKNOWN_SHARE = 0.5  # typical residual over level where the fleet has no example


@dataclass(frozen=True)
class Traits:
    """What the intervals need to know of each account; all of shape (n_series,).

    Parameters
    ----------
    scale
        Typical absolute residual [unit of the data]; NaN where nothing is known of it.
    level
        Mean volume of the last quarter [unit of the data]; NaN where nothing was observed.
    zero_share, days
        Share of zeros among the observed days of the last year, and their number.
    """

    scale: Floats
    level: Floats
    zero_share: Floats
    days: Floats


@dataclass(frozen=True)
class Calibration:
    """Quantiles of scaled residuals.

    Parameters
    ----------
    values
        Shape (n_groups, 1 + steps, n_quantiles); lead 0 is the total of the billing period.
    counts
        Residuals behind each group and lead, shape (n_groups, 1 + steps).
    """

    values: Floats
    counts: NDArray[np.int64]


def typical_residual(residual: Floats, seasonal: Floats) -> Floats:
    """Scale of each account's residuals, shape (n_series,): half recent, half longer ago, never quite zero.

    Parameters
    ----------
    residual
        observed - forecast of past origins, newest last, shape (n_series, n_origins, steps); NaN where unknown.
    seasonal
        Mean absolute weekly difference, shape (n_series,), which stands in where there is no residual.
    """
    absolute = np.abs(residual)
    longer = row_means(absolute)
    recent = row_means(absolute[:, -RECENT_ORIGINS:])
    longer = np.where(np.isnan(longer), seasonal, longer)
    recent = np.where(np.isnan(recent), longer, recent)
    return 0.5 * recent + 0.5 * longer + 0.02 * np.nan_to_num(seasonal)


def fill_scale(traits: Traits) -> Floats:
    """Scale of every account; one without gets the fleet's usual share of its level, or the fleet's usual scale."""
    scale, level = traits.scale, traits.level
    known = np.isfinite(scale) & (scale > 0)
    if not known.any():
        return UNKNOWN_SHARE * np.nan_to_num(level)
    used = known & (level > 0)
    share = np.median(scale[used] / level[used]) if used.any() else UNKNOWN_SHARE
    guess = np.where(level > 0, share * level, np.median(scale[known]))
    return np.where(known | (traits.days >= DAYS_NEEDED), np.nan_to_num(scale), guess)


def group_of(scale: Floats, traits: Traits) -> NDArray[np.int64]:
    """Calibration group of each account, by how much its residuals vary against its level; index into GROUPS."""
    ratio = scale / np.maximum(np.nan_to_num(traits.level), 1e-12)
    group = np.searchsorted([0.25, 0.5, 1.0], ratio).astype(np.int64)
    group[traits.zero_share >= MOSTLY_ZERO] = GROUPS.index("intermittent")
    group[traits.days < DAYS_NEEDED] = GROUPS.index("new")
    return group


def calibrate(
    residual: Floats, total: Floats, group: NDArray[np.int64], *, quantiles: tuple[float, ...] = QUANTILES
) -> Calibration:
    """Quantiles of the scaled residuals of every group at every lead.

    Parameters
    ----------
    residual, total
        observed - forecast over the account's scale, shapes (n_series, n_origins, steps) and
        (n_series, n_origins); NaN where unknown.
    group
        Index into GROUPS, shape (n_series,).
    """
    steps = residual.shape[-1]
    values = np.zeros((len(GROUPS), 1 + steps, len(quantiles)))
    counts = np.zeros((len(GROUPS), 1 + steps), dtype=np.int64)
    for lead in range(1 + steps):
        near = (
            total[:, :, None] if lead == 0 else residual[..., max(0, lead - 1 - LEAD_POOL) : lead + LEAD_POOL]
        )
        own = total[:, :, None] if lead == 0 else residual[..., lead - 1 : lead]
        everyone = _quantiles(near[np.isfinite(near)], quantiles)
        for g in range(len(GROUPS)):
            counts[g, lead] = np.isfinite(own[group == g]).sum()
            sample = near[group == g]
            sample = sample[np.isfinite(sample)]
            values[g, lead] = _quantiles(sample, quantiles) if counts[g, lead] >= ENOUGH else everyone
    return Calibration(values, counts)


def spread(point: Floats, scale: Floats, group: NDArray[np.int64], calibration: Calibration) -> Floats:
    """Quantiles around point forecasts, shape (n_series, steps, n_quantiles); ordered, never negative.

    Leads beyond those calibrated widen with the square root of the lead.
    """
    steps = point.shape[1]
    known = calibration.values.shape[1] - 1
    lead = np.minimum(np.arange(1, steps + 1), known)
    growth = np.sqrt(np.maximum(np.arange(1, steps + 1) / known, 1.0))
    table = calibration.values[:, lead] * growth[:, None]
    middle = QUANTILES.index(0.5)
    table[..., middle] = 0.0
    table[..., :middle] = np.minimum(table[..., :middle], 0.0)
    table[..., middle + 1 :] = np.maximum(table[..., middle + 1 :], 0.0)
    out = table[group]
    out *= scale[:, None, None]
    out += point[..., None]
    return np.maximum(out, 0.0, out=out)


def uncalibrated(steps: int) -> Calibration:
    """The table before any residual is known."""
    values = np.tile(_quantiles(np.empty(0), QUANTILES), (len(GROUPS), 1 + steps, 1))
    return Calibration(values, np.zeros((len(GROUPS), 1 + steps), dtype=np.int64))


def _quantiles(sample: Floats, quantiles: tuple[float, ...]) -> Floats:
    """Sample quantiles; with nothing to go by, those of a normal residual of mean absolute size 1."""
    if len(sample) == 0:
        return np.asarray(norm.ppf(quantiles) * np.sqrt(np.pi / 2))
    return np.asarray(np.quantile(sample, quantiles))
