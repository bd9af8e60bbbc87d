"""The base year: what a utility used in 365 days, by zone, and what it lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from amuna.domain.panel import Floats


@dataclass(frozen=True)
class BaseYear:
    """365 days from which years to come are counted.

    Parameters
    ----------
    year
        Calendar year of its middle.
    first_day, last_day
        Its days, both included.
    zones
        Names of the zones; `unknown` for accounts without one.
    household_m3, other_m3
        What households and everyone else used in a year of usual weather, shape (n_zones,) [m³].
    loss_share
        Share of each zone's inflow that reached no meter, shape (n_zones,); 0 where `losses_known` is false.
    network_loss_share
        That of all zones together.
    losses_known
        Whether losses are known; else demand is what meters of customers counted.
    """

    year: int
    first_day: date
    last_day: date
    zones: tuple[str, ...]
    household_m3: Floats
    other_m3: Floats
    loss_share: Floats
    network_loss_share: float
    losses_known: bool

    @property
    def zones_m3(self) -> Floats:
        """Demand of each zone with its losses, shape (n_zones,) [m³]."""
        return (self.household_m3 + self.other_m3) / (1 - self.loss_share)

    @property
    def total_m3(self) -> float:
        """Demand of all zones [m³]."""
        return float(self.zones_m3.sum())


def only(base: BaseYear, at: int) -> BaseYear:
    """The base year of one zone, by its place; the network's losses stay as a reference."""
    one = slice(at, at + 1)
    return replace(
        base,
        zones=base.zones[one],
        household_m3=base.household_m3[one],
        other_m3=base.other_m3[one],
        loss_share=base.loss_share[one],
    )


def losing(base: BaseYear, share: float) -> BaseYear:
    """The base year with a share of losses that someone told, the same in every zone."""
    shares = np.full(len(base.zones), share)
    return replace(base, loss_share=shares, network_loss_share=share, losses_known=True)
