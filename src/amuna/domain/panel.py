"""Panel: many regular series in flat arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from amuna.domain.time import DAY
from amuna.domain.units import Unit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Panel:
    """Many series on regular grids. Series i is `values[offsets[i]:offsets[i + 1]]`; NaN is missing, never 0.

    Parameters
    ----------
    series_ids
        Names, shape (n_series,).
    offsets
        First row of each series and the end of the last, shape (n_series + 1,).
    starts
        Time of the first value of each series, datetime64, shape (n_series,).
    values
        All series one after another, shape (n_values,), in `unit`.
    unit
        Unit of the values.
    step
        Time between two values.
    """

    series_ids: NDArray[np.str_]
    offsets: Ints
    starts: NDArray[np.datetime64]
    values: Floats
    unit: Unit = Unit.CUBIC_METRE
    step: timedelta = DAY

    def __post_init__(self) -> None:
        n = len(self.series_ids)
        if len(self.offsets) != n + 1 or len(self.starts) != n:
            raise ValueError(
                f"{n} series need {n + 1} offsets and {n} starts; got {len(self.offsets)}, {len(self.starts)}."
            )
        if self.offsets[0] != 0 or self.offsets[-1] != len(self.values) or (np.diff(self.offsets) < 0).any():
            raise ValueError("Offsets must rise from 0 to the number of values.")

    def __len__(self) -> int:
        return len(self.series_ids)

    @property
    def lengths(self) -> Ints:
        """Number of values of each series, shape (n_series,)."""
        return np.diff(self.offsets)

    @property
    def ends(self) -> NDArray[np.datetime64]:
        """First time after each series, shape (n_series,)."""
        return self.starts + self.lengths * np.timedelta64(self.step)

    def series(self, i: int) -> Floats:
        """Values of series i, a view."""
        return self.values[self.offsets[i] : self.offsets[i + 1]]

    def slab(self, first: int, last: int) -> Panel:
        """Series first <= i < last, as views."""
        low, high = self.offsets[first], self.offsets[last]
        return Panel(
            self.series_ids[first:last],
            self.offsets[first : last + 1] - low,
            self.starts[first:last],
            self.values[low:high],
            self.unit,
            self.step,
        )

    def take(self, rows: Ints) -> Panel:
        """Some series, in the given order."""
        lengths = self.lengths[rows]
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        source = np.repeat(self.offsets[rows] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return Panel(
            self.series_ids[rows], offsets, self.starts[rows], self.values[source], self.unit, self.step
        )

    def slabs(self, size: int) -> Iterator[Panel]:
        """The panel in pieces of at most `size` series."""
        for first in range(0, len(self), size):
            yield self.slab(first, min(first + size, len(self)))

    def before(self, cutoff: np.datetime64) -> Panel:
        """What lies before the cutoff. Series that start later keep no values."""
        kept = np.clip((cutoff - self.starts) // np.timedelta64(self.step), 0, self.lengths).astype(np.int64)
        return self._rows(np.zeros(len(self), dtype=np.int64), kept)

    def since(self, start: np.datetime64) -> Panel:
        """What lies at or after the start."""
        skipped = np.clip((start - self.starts) // np.timedelta64(self.step), 0, self.lengths).astype(
            np.int64
        )
        return self._rows(skipped, self.lengths - skipped)

    def until(self, end: np.datetime64) -> Panel:
        """Every series up to the same end: cut there, or padded with NaN."""
        lengths = np.maximum((end - self.starts) // np.timedelta64(self.step), 0).astype(np.int64)
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        position = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        known = position < np.repeat(self.lengths, lengths)
        values = np.full(offsets[-1], np.nan)
        values[known] = self.values[(position + np.repeat(self.offsets[:-1], lengths))[known]]
        starts = np.minimum(self.starts, end)
        return Panel(self.series_ids, offsets, starts, values, self.unit, self.step)

    def _rows(self, skipped: Ints, kept: Ints) -> Panel:
        offsets = np.concatenate(([0], np.cumsum(kept)))
        rows = np.repeat(self.offsets[:-1] + skipped - offsets[:-1], kept) + np.arange(offsets[-1])
        starts = self.starts + skipped * np.timedelta64(self.step)
        return Panel(self.series_ids, offsets, starts, self.values[rows], self.unit, self.step)


def panel_from_matrix(series_ids: NDArray[np.str_], start: np.datetime64, values: Floats) -> Panel:
    """Daily panel whose series all span the same days; values of shape (n_series, n_days) in m³."""
    n, days = values.shape
    return Panel(series_ids, np.arange(n + 1) * days, np.full(n, start), np.ascontiguousarray(values).ravel())
