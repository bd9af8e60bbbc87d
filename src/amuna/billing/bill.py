"""Bill: what volumes cost at given rates, with every part apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from amuna.billing.tariff import Rates
from amuna.domain.panel import Floats


@dataclass(frozen=True)
class Bill:
    """What volumes cost; every part has the volumes' shape, blocks one axis more.

    Parameters
    ----------
    volume_m3
        Volumes billed [m³].
    water_by_block_pen
        Water in each block [PEN], shape (…, n_blocks).
    water_pen, sewerage_pen, fixed_pen, igv_pen, total_pen
        Sums before tax, tax, and everything [PEN]. Nothing is rounded: a bill on paper rounds to the cent.
    """

    volume_m3: Floats
    water_by_block_pen: Floats
    water_pen: Floats
    sewerage_pen: Floats
    fixed_pen: Floats
    igv_pen: Floats
    total_pen: Floats


def bill(volume_m3: ArrayLike, rates: Rates) -> Bill:
    """What volumes [m³] cost: each cubic metre at the price of the block it falls into."""
    volume = np.maximum(np.asarray(volume_m3, dtype=np.float64), 0.0)
    ends = np.append(rates.starts_m3[1:], np.inf)
    inside = np.clip(volume[..., None], rates.starts_m3, ends) - rates.starts_m3
    by_block = inside * rates.water_pen_per_m3
    water = by_block.sum(axis=-1)
    sewerage = (inside * rates.sewerage_pen_per_m3).sum(axis=-1)
    fixed = np.full(volume.shape, rates.fixed_pen)
    igv = rates.igv_rate * (water + sewerage + fixed)
    return Bill(volume, by_block, water, sewerage, fixed, igv, water + sewerage + fixed + igv)


def total_pen(volume_m3: ArrayLike, rates: Rates) -> Floats:
    """What volumes [m³] cost in all [PEN], tax included."""
    return bill(volume_m3, rates).total_pen


def next_m3_pen(volume_m3: ArrayLike, rates: Rates) -> Floats:
    """Price of the cubic metre that follows each volume [PEN/m³], tax included."""
    volume = np.maximum(np.asarray(volume_m3, dtype=np.float64), 0.0)
    block = np.searchsorted(rates.starts_m3, volume, side="right") - 1
    price: Floats = (rates.water_pen_per_m3 + rates.sewerage_pen_per_m3)[block] * (1 + rates.igv_rate)
    return price
