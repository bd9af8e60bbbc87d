"""Histories for zones that have few days: scaled copies of the zones that look most alike, before their first known day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats
from amuna.forecasting.zones.nans import nan_mean

FEWEST_DAYS, ENOUGH_DAYS = 7, 56
# From three weeks on a zone's own days alone do better: docs/zones.md.
_LENT_DAYS = 21
_HALF_DAY = 12
_LEAST_MISFIT = 1e-4


def with_copies(flow: Floats) -> Floats:
    """Inflows in which zones with 7 to 20 known days have copies of others before those days.

    The zones with 56 days and more, each at the level of the new one, are averaged; those whose hours resemble its known hours
    most count most.

    Parameters
    ----------
    flow
        Shape (n_zones, n_days, 24), nan where missing.
    """
    lent = copied(flow)
    if not lent.any():
        return flow
    out = flow.copy()
    for zone in np.flatnonzero(lent):
        first = int(np.isfinite(flow[zone]).any(axis=1).argmax())
        out[zone, :first] = _copy(flow[zone], flow[_known_days(flow) >= ENOUGH_DAYS], first)
    return out


def copied(flow: Floats) -> NDArray[np.bool_]:
    """Zones that copies make a history for, shape (n_zones,)."""
    known = _known_days(flow)
    return np.asarray((known >= FEWEST_DAYS) & (known < _LENT_DAYS) & (known >= ENOUGH_DAYS).any())


def _known_days(flow: Floats) -> NDArray[np.int_]:
    return np.asarray((np.isfinite(flow).sum(axis=2) >= _HALF_DAY).sum(axis=1))


def _copy(own: Floats, others: Floats, first: int) -> Floats:
    """The days before the first known one, shape (first, 24)."""
    known = np.isfinite(own)
    level = float(own[known].mean())
    levels = nan_mean(np.where(known, others, np.nan).reshape(len(others), -1), axis=1)
    shape = np.divide(
        others, levels[:, None, None], out=np.full_like(others, np.nan), where=levels[:, None, None] > 0
    )
    misfit = nan_mean(((shape - own / max(level, 1e-9)) ** 2).reshape(len(others), -1), axis=1)
    weights = np.where(np.isfinite(misfit), 1.0 / np.maximum(misfit, _LEAST_MISFIT), 0.0)[:, None, None]
    before = shape[:, :first]
    there = weights * np.isfinite(before)
    total = there.sum(axis=0)
    sums = (there * np.nan_to_num(before)).sum(axis=0)
    return level * np.divide(sums, total, out=np.full_like(total, np.nan), where=total > 0)
