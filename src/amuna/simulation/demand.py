"""Daily use of each account before leaks and moves.

Day d of an account uses

    base · pattern(d) · own weekday · supply(d) · exp(growth · years + heat · anomaly(d) + fast(d) + slow(d))

where fast and slow are first-order autoregressive noise. Spells of absence or shutdown replace it with a drip or
nothing, a few days are several times larger, a roof tank passes a quarter of a day's use on to the next open day, and closed days are zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.simulation.kernel import fill_demand


@dataclass(frozen=True)
class DayFactors:
    """What every account shares, day by day.

    Parameters
    ----------
    pattern
        Factor of each pattern, shape (n_patterns, n_days).
    weekday
        0 is Monday, shape (n_days,).
    anomaly_c
        Temperature less its yearly mean [°C], shape (n_days,).
    away
        Factor on the chance that an absence starts, shape (n_days,).
    supply
        Factor of supply without and with a roof tank, shape (n_areas, 2, n_days).
    """

    pattern: Floats
    weekday: Ints
    anomaly_c: Floats
    away: Floats
    supply: Floats


def demand_m3(traits: NDArray[np.void], days: DayFactors, *, first: int, seed: int) -> Floats:
    """Return the use of these accounts, shape (n_accounts, n_days) [m³/day].

    Parameters
    ----------
    traits
        Habits of the accounts `first`, `first` + 1, …
    days
        What all accounts share.
    first
        Position of the first account among all of the utility's, which selects its random stream.
    seed
        Seed of the utility.
    """
    out = np.zeros((len(traits), len(days.weekday)))
    fill_demand(
        out,
        traits,
        days.pattern,
        days.weekday,
        days.anomaly_c,
        days.away,
        days.supply,
        first,
        np.uint64(seed),
    )
    return out
