"""Registers: what the dial shows, through rollover, resets and exchanges of the meter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amuna.domain.errors import UnknownSetting
from amuna.domain.panel import Floats, Ints
from amuna.domain.text import Text
from amuna.simulation.patterns import PATTERNS
from amuna.simulation.plan import Cell, Spells, spells_at
from amuna.simulation.randomness import stream
from amuna.simulation.slabs import Slab, simulate_slab
from amuna.simulation.utility import Utility

_HOURS = 24
HOME_HOURS = (10, 8, 7, 7, 10, 25, 60, 75, 65, 55, 50, 50, 58, 60, 50, 45, 42, 45, 55, 65, 62, 50, 32, 18)
WORK_HOURS = (8, 6, 6, 6, 8, 14, 35, 60, 85, 95, 95, 90, 85, 85, 90, 85, 75, 60, 45, 35, 28, 22, 15, 10)
_FIRST_SUPPLY_HOUR = 5


@dataclass(frozen=True)
class Exchanges:
    """The moments at which registers jump, at the start of a day; arrays of shape (n_exchanges,).

    Parameters
    ----------
    place
        Position in the slab.
    day
        Position of the day.
    offset
        What to add to the litres counted since the first day to get the index from that day on [L].
    jump
        New index less the old one [L].
    """

    place: Ints
    day: Ints
    offset: Ints
    jump: Ints


def exchanges(utility: Utility, slab: Slab) -> Exchanges:
    """Resets and replacements of a slab's meters."""
    found = _sorted_exchanges(utility, slab)
    traits = utility.traits[slab.first : slab.last]
    offsets = traits["index_litres"].copy()
    counted = np.array(
        [slab.litres[p, :d].sum() for p, d in zip(found.place, found.start, strict=True)], dtype=np.int64
    )
    offset, jump = np.zeros_like(counted), np.zeros_like(counted)
    for i, place in enumerate(found.place):
        shown = (counted[i] + offsets[place]) % traits["dial_litres"][place]
        new_index = round(found.amount[i] * 1000)
        offset[i] = offsets[place] = new_index - counted[i]
        jump[i] = new_index - shown
    return Exchanges(found.place, found.start, offset, jump)


def registers(utility: Utility, accounts: list[int], *, hourly: bool = False) -> pl.DataFrame:
    """Return the dials of a few accounts as the utility would export them.

    Parameters
    ----------
    utility
        The utility.
    accounts
        Positions of the accounts.
    hourly
        One reading per hour; otherwise one per day, at local midnight.

    Returns
    -------
    polars.DataFrame
        `AccountOID`, `ReadingDate` (local time without zone) and `Register` [m³], sorted. A reading closes the hour
        or day before it. Days without a row in the feed have no readings.

    Raises
    ------
    UnknownSetting
        If an account does not exist.
    """
    count = len(utility.traits)
    outside = [account for account in accounts if not 0 <= account < count]
    if outside:
        raise UnknownSetting(
            Text(
                "No hay cuentas en las posiciones {found}; la empresa tiene {accounts}.",
                "No accounts at positions {found}; the utility has {accounts}.",
            ),
            remedy=Text("Use posiciones de 0 a {last}.", "Use positions 0 to {last}."),
            found=outside[:5],
            accounts=count,
            last=count - 1,
        )
    frames = [_account_registers(utility, account, hourly=hourly) for account in sorted(set(accounts))]
    return pl.concat(frames)


def _account_registers(utility: Utility, account: int, *, hourly: bool) -> pl.DataFrame:
    slab = simulate_slab(utility, account, account + 1)
    trait = utility.traits[account]
    per_day = _HOURS if hourly else 1
    shares = _hour_shares(utility, slab) if hourly else np.ones((slab.litres.shape[1], 1))
    before = np.cumsum(slab.litres[0]) - slab.litres[0]
    within = np.rint(np.cumsum(shares, axis=1) * slab.litres[0][:, None]).astype(np.int64)
    offset = np.full(len(before), trait["index_litres"])
    found = exchanges(utility, slab)
    for day, value in zip(found.day, found.offset, strict=True):
        offset[day:] = value
    index = (before[:, None] + within + offset[:, None]) % trait["dial_litres"]
    present = np.repeat(utility.plan.cells[account] != Cell.ABSENT, per_day)
    midnight = datetime.combine(utility.settings.start, time())
    step = timedelta(days=1) / per_day
    times = pl.datetime_range(
        midnight + step, midnight + timedelta(days=len(before)), interval=step, eager=True, time_unit="us"
    )
    frame = pl.DataFrame({"ReadingDate": times, "Register": index.ravel() / 1000}).filter(pl.Series(present))
    name = pl.lit(utility.accounts["account_id"][account]).alias("AccountOID")
    return frame.select(name, "ReadingDate", "Register")


def _hour_shares(utility: Utility, slab: Slab) -> Floats:
    """Split days into hours: a noisy profile inside the hours of supply, and an even share for leaks."""
    days = slab.litres.shape[1]
    trait = utility.traits[slab.first]
    hours = (np.arange(_HOURS) - _FIRST_SUPPLY_HOUR) % _HOURS
    supplied: NDArray[np.bool_] = hours < utility.areas.supply_hours[trait["area"]]
    segment = PATTERNS[trait["pattern"]].segment
    profile = np.array(HOME_HOURS if segment in ("household", "vacant") else WORK_HOURS, dtype=np.float64)
    rng = stream(utility.seed, "hours", slab.first)
    use = np.maximum(profile * rng.gamma(1.5, 1, (days, _HOURS)), 1e-9) * supplied
    leak = slab.leak_m3[0] / np.maximum(slab.true_m3[0], 1e-12)
    even = supplied / supplied.sum()
    own = use / use.sum(axis=1, keepdims=True)
    return np.asarray((1 - leak)[:, None] * own + leak[:, None] * even)


def _sorted_exchanges(utility: Utility, slab: Slab) -> Spells:
    resets, replacements = (
        utility.plan.spells[kind].of(slab.first, slab.last) for kind in ("reset", "replacement")
    )
    return spells_at(
        np.concatenate([resets.place, replacements.place]),
        np.concatenate([resets.start, replacements.start]),
        np.concatenate([resets.end, replacements.end]),
        np.concatenate([resets.amount, replacements.amount]),
    )
