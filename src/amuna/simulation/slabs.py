"""Slabs: the days of a few thousand accounts at a time, so that memory stays small."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from amuna.domain.panel import Floats, Ints
from amuna.simulation.demand import demand_m3
from amuna.simulation.plan import Spells
from amuna.simulation.utility import Utility

SLAB_ACCOUNTS = 1_024
Piece = TypeVar("Piece")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Slab:
    """The days of the accounts first <= i < last; arrays of shape (n_accounts, n_days).

    Parameters
    ----------
    first, last
        Positions among the utility's accounts.
    true_m3
        Water that the accounts drew, leaks behind the meter included [m³/day].
    leak_m3
        The part of it that leaked [m³/day].
    litres
        What the meters counted [L/day], whole litres, the fraction carried to the next day.
    """

    first: int
    last: int
    true_m3: Floats
    leak_m3: Floats
    litres: Ints


def simulate_slab(utility: Utility, first: int, last: int) -> Slab:
    """Compute the days of some accounts; the same numbers whatever the slab they are computed in."""
    spells = {
        kind: found.of(first, last) for kind, found in utility.plan.spells.items() if kind != "zone_leak"
    }
    use = demand_m3(utility.traits[first:last], utility.day_factors, first=first, seed=utility.seed)
    for kind in ("new_occupants", "closure"):
        _scale(use, spells[kind], spells[kind].amount)
    leak = leak_rates(spells["leak"], use.shape)
    use += leak
    metered = use.copy()
    for kind in ("bypass", "tamper", "stuck"):
        _scale(metered, spells[kind], 1 - spells[kind].amount)
    total = np.floor(np.cumsum(metered, axis=1) * 1000).astype(np.int64)
    return Slab(first, last, use, leak, np.diff(total, axis=1, prepend=0))


def slabs(utility: Utility, *, size: int = SLAB_ACCOUNTS, workers: int = 2) -> Iterator[Slab]:
    """All accounts in order, computed ahead by threads."""
    pieces = slab_ranges(len(utility.traits), size)
    yield from in_order(lambda piece: simulate_slab(utility, *piece), pieces, workers=workers)


def slab_ranges(count: int, size: int) -> list[tuple[int, int]]:
    """Half-open ranges of at most `size` that cover `count`."""
    return [(first, min(first + size, count)) for first in range(0, count, size)]


def in_order(function: Callable[[Piece], Made], pieces: Iterable[Piece], *, workers: int) -> Iterator[Made]:
    """Apply a function that releases the interpreter lock; results in order, at most `workers` + 1 waiting."""
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for piece in pieces:
            waiting.append(pool.submit(function, piece))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def leak_rates(leaks: Spells, shape: tuple[int, ...]) -> Floats:
    """Return the flow of these leaks by place and day [m³/day]; an incipient leak grows evenly to its full size."""
    rates = np.zeros(shape)
    for place, start, end, amount, incipient in zip(
        leaks.place, leaks.start, leaks.end, leaks.amount, leaks.incipient, strict=True
    ):
        length = end - start
        rates[place, start:end] += amount * np.arange(1, length + 1) / length if incipient else amount
    return rates


def _scale(values: Floats, spells: Spells, factors: Floats) -> None:
    for place, start, end, factor in zip(spells.place, spells.start, spells.end, factors, strict=True):
        values[place, start:end] *= factor
