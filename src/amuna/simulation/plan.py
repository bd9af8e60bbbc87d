"""What goes wrong, decided for the whole utility before any day is computed.

Two kinds: spells (a leak, a stuck meter, a gap …) and cells (one row late, wrong, twice …). A cell carries at most one
fault, and only where a row exists, so every planted row fault shows in the feed exactly once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.simulation.randomness import stream
from amuna.simulation.settings import UtilitySettings

Cells = NDArray[np.uint8]
ESTIMATE_LOOKBACK_DAYS = 28
_DELAY_DAYS = 10
_ESTIMATE_CORRECTED_AFTER_DAYS = 2


class Cell(IntEnum):
    """What happens to the row of one account on one day."""

    NORMAL = 0
    ABSENT = 1
    ESTIMATED = 2
    DUPLICATE = 3
    LATE = 4
    CORRECTED = 5
    NEGATIVE = 6
    ABSURD = 7


@dataclass(frozen=True)
class Spells:
    """Events of one kind, sorted by place and start; all arrays of shape (n_spells,).

    Parameters
    ----------
    place
        Position of the account or area.
    start, end
        First day and first day after; positions.
    amount
        What the kind needs: m³/day of a leak, share hidden by a fraud, factor of a move, index of a new meter [m³].
    incipient
        True where a leak grows evenly from nothing to its full size at the end.
    arrival
        Day whose batch brings the right value; -1 where none ever does.
    """

    place: Ints
    start: Ints
    end: Ints
    amount: Floats
    incipient: NDArray[np.bool_]
    arrival: Ints

    def __len__(self) -> int:
        return len(self.place)

    def of(self, first: int, last: int) -> Spells:
        """Those whose place lies in first <= place < last, counted from `first`."""
        low, high = np.searchsorted(self.place, [first, last])
        part = slice(low, high)
        return Spells(
            self.place[part] - first,
            self.start[part],
            self.end[part],
            self.amount[part],
            self.incipient[part],
            self.arrival[part],
        )


@dataclass(frozen=True)
class Plan:
    """Everything planted: spells by kind, and the fault of every cell, shape (n_accounts, n_days)."""

    spells: dict[str, Spells]
    cells: Cells


def plan_faults(
    settings: UtilitySettings, first_day: Ints, base_m3: Floats, *, areas: int, seed: int
) -> Plan:
    """Decide every fault of the period.

    Parameters
    ----------
    settings
        Rates.
    first_day
        Day of connection of each account, shape (n_accounts,).
    base_m3
        Size of each account, shape (n_accounts,) [m³/day].
    areas
        Number of district metered areas.
    seed
        Seed of the utility.
    """
    rates = settings.faults
    planner = _Planner(settings, first_day, seed)
    spells = {
        "leak": _leaks(planner.spells("leak", rates.leaks_per_year, 60), base_m3, seed),
        "zone_leak": planner.zone_leaks(areas),
        "bypass": planner.spells("bypass", rates.bypasses_per_year, 400, amount=(0.3, 0.9)),
        "tamper": planner.spells("tamper", rates.tampers_per_year, 200, amount=(0.2, 0.7)),
        "stuck": planner.spells("stuck", rates.stuck_meters_per_year, 60, amount=(1, 1)),
        "reset": planner.spells("reset", rates.resets_per_year, 1),
        "replacement": planner.spells("replacement", rates.replacements_per_year, 1, amount=(0, 2)),
        "new_occupants": planner.spells("new_occupants", settings.moves_per_year, None, amount=(0.45, 1.8)),
        "closure": planner.spells("closure", settings.closures_per_year, 150),
        "gap": planner.spells("gap", rates.gaps_per_year, 4),
    }
    cells = _absent_cells(settings, first_day, spells["gap"])
    spells["estimated"] = planner.estimates(cells)
    spells |= planner.row_faults(cells)
    return Plan(spells, cells)


@dataclass(frozen=True)
class _Planner:
    settings: UtilitySettings
    first_day: Ints
    seed: int

    def spells(
        self, kind: str, per_year: float, mean_days: int | None, *, amount: tuple[float, float] = (0, 0)
    ) -> Spells:
        """Draw spells, Poisson in number, none before the connection.

        Their length is geometric; with no mean they last to the end of the period.
        """
        rng = stream(self.seed, kind)
        days = self.settings.days
        place, start = _draw(rng, per_year * self.settings.years, len(self.first_day), days)
        length = rng.geometric(1 / mean_days, len(place)) if mean_days else np.full(len(place), days)
        start = np.maximum(start, self.first_day[place] + 1)
        drawn = spells_at(place, start, np.minimum(start + length, days), rng.uniform(*amount, len(place)))
        return _subset(drawn, drawn.start < drawn.end)

    def zone_leaks(self, areas: int) -> Spells:
        """Draw leaks in the mains, of 20 to a few hundred m³/day, half of them incipient."""
        rng = stream(self.seed, "zone_leak")
        days = self.settings.days
        place, start = _draw(rng, self.settings.faults.zone_leaks_per_year * self.settings.years, areas, days)
        end = np.minimum(start + 3 + rng.geometric(1 / 45, len(place)), days)
        size = 20 * np.exp(rng.normal(0.7, 0.8, len(place)))
        return spells_at(place, start, end, size, incipient=rng.random(len(place)) < 0.5)

    def estimates(self, cells: Cells) -> Spells:
        """Draw spells of estimated rows and mark them in `cells`; half are corrected when the meter is read again."""
        drawn = self.spells("estimated", self.settings.faults.estimates_per_year, 6)
        kept = drawn.start >= self.first_day[drawn.place] + ESTIMATE_LOOKBACK_DAYS
        for i in np.flatnonzero(kept):
            mine = cells[drawn.place[i], drawn.start[i] : drawn.end[i]]
            kept[i] = not mine.any()
            mine[:] = Cell.ESTIMATED if kept[i] else mine
        drawn = _subset(drawn, kept)
        arrival = drawn.end + _ESTIMATE_CORRECTED_AFTER_DAYS
        read = stream(self.seed, "estimates read").random(len(drawn)) < 0.5
        arrival = np.where(read & (arrival < self.settings.days), arrival, -1)
        return spells_at(drawn.place, drawn.start, drawn.end, drawn.amount, arrival=arrival)

    def row_faults(self, cells: Cells) -> dict[str, Spells]:
        """Draw single rows at fault among the cells still normal, and mark them in `cells`."""
        rates, rows = self.settings.faults, cells.size
        counts = {
            "missing": (Cell.ABSENT, round(rates.missing_rows * rows), (0, 0)),
            "duplicate": (Cell.DUPLICATE, round(rates.duplicate_rows * rows), (0, 0)),
            "late": (Cell.LATE, round(rates.late_rows * rows), (0, 0)),
            "correction": (Cell.CORRECTED, round(rates.corrected_rows * rows), (0.3, 2.5)),
            "negative": (Cell.NEGATIVE, round(rates.negative_rows * rows), (0.01, 0.5)),
            "absurd": (Cell.ABSURD, rates.absurd_rows, (1e5, 1e5)),
        }
        return {kind: self._cell_faults(cells, kind, *wanted) for kind, wanted in counts.items()}

    def _cell_faults(
        self, cells: Cells, kind: str, cell: Cell, count: int, amount: tuple[float, float]
    ) -> Spells:
        rng = stream(self.seed, kind)
        days = self.settings.days
        found = np.unique(rng.integers(0, cells.size, count))
        flat = cells.reshape(-1)
        place, day = np.divmod(found, days)
        arrival = day + rng.integers(1, _DELAY_DAYS + 1, len(day))
        free = flat[found] == Cell.NORMAL
        if cell in (Cell.LATE, Cell.CORRECTED):
            free &= arrival < days
        else:
            arrival = np.where(cell == Cell.ABSENT, -1, day)
        flat[found[free]] = cell
        size = rng.uniform(*amount, len(day))
        return spells_at(place[free], day[free], day[free] + 1, size[free], arrival=arrival[free])


def spells_at(
    place: Ints,
    start: Ints,
    end: Ints,
    amount: Floats,
    *,
    incipient: NDArray[np.bool_] | None = None,
    arrival: Ints | None = None,
) -> Spells:
    """Return these spells, sorted by place and start."""
    order = np.lexsort((start, place))
    incipient = np.zeros(len(place), dtype=bool) if incipient is None else incipient
    arrival = np.full(len(place), -1) if arrival is None else arrival
    return Spells(place[order], start[order], end[order], amount[order], incipient[order], arrival[order])


def _draw(rng: np.random.Generator, per_place: float, places: int, days: int) -> tuple[Ints, Ints]:
    count = rng.poisson(per_place * places)
    return rng.integers(0, places, count), rng.integers(1, days, count)


def _subset(spells: Spells, kept: NDArray[np.bool_]) -> Spells:
    return Spells(
        spells.place[kept],
        spells.start[kept],
        spells.end[kept],
        spells.amount[kept],
        spells.incipient[kept],
        spells.arrival[kept],
    )


def _leaks(spells: Spells, base_m3: Floats, seed: int) -> Spells:
    """Size leaks behind the meter: a dripping cistern to a burst pipe, larger on larger connections."""
    rng = stream(seed, "leak sizes")
    size = 0.15 * np.exp(rng.normal(0, 0.9, len(spells))) * np.sqrt(np.maximum(base_m3[spells.place], 0.3))
    return spells_at(spells.place, spells.start, spells.end, size, incipient=rng.random(len(spells)) < 0.4)


def _absent_cells(settings: UtilitySettings, first_day: Ints, gaps: Spells) -> Cells:
    cells = np.where(np.arange(settings.days) < first_day[:, None], Cell.ABSENT, Cell.NORMAL).astype(np.uint8)
    for place, start, end in zip(gaps.place, gaps.start, gaps.end, strict=True):
        cells[place, start:end] = Cell.ABSENT
    return cells
