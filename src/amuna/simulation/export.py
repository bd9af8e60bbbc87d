"""What the utility sees: rows of daily consumption, with the dirt of a real export."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from amuna.domain.panel import Ints
from amuna.simulation.events import recorded_instants
from amuna.simulation.meters import exchanges
from amuna.simulation.plan import ESTIMATE_LOOKBACK_DAYS, Cell, Cells
from amuna.simulation.slabs import Slab
from amuna.simulation.utility import Utility

_ABSURD_LITRES = 100_000_000
_ESTIMATE_ROUNDED_TO = 10
_ROWS_PER_CELL = np.array([1, 0, 1, 2, 1, 2, 1, 1])  # by Cell; a corrected estimate has two as well


@dataclass(frozen=True)
class FeedRows:
    """Rows in order of account, day and arrival; arrays of shape (n_rows,).

    Parameters
    ----------
    account
        Position among the utility's accounts.
    day
        Position of the day of consumption.
    litres
        Consumption as exported [L].
    arrival
        Position of the day with whose batch the row is recorded.
    """

    account: Ints
    day: Ints
    litres: Ints
    arrival: Ints

    def where(self, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> FeedRows:
        """Those rows only."""
        return FeedRows(self.account[kept], self.day[kept], self.litres[kept], self.arrival[kept])


def feed_rows(utility: Utility, slab: Slab) -> FeedRows:
    """Export a slab: differences of registers, then the planted row faults."""
    right = slab.litres.copy()
    found = exchanges(utility, slab)
    np.add.at(right, (found.place, found.day), found.jump)
    first_told = right.copy()
    cells = utility.plan.cells[slab.first : slab.last]
    counts = _ROWS_PER_CELL[cells]
    arrival = np.broadcast_to(np.arange(right.shape[1]), right.shape).copy()
    _estimate(utility, slab, first_told, counts, arrival)
    _spoil(utility, slab, right, first_told, arrival)
    return _rows(slab.first, cells, counts, right, first_told, arrival)


def feed_table(utility: Utility, rows: FeedRows, instants: Ints, *, with_recorded: bool = True) -> pa.Table:
    """Return rows as the utility names them: `ConsumptionDate`, `AccountOID`, `Consumption` [L], `RecordedAt` (UTC).

    Parameters
    ----------
    utility
        The utility.
    rows
        Rows.
    instants
        `recorded_instants` of the utility's settings.
    with_recorded
        False leaves `RecordedAt` out.
    """
    epoch = int(np.datetime64(utility.settings.start, "D").astype(np.int64))
    low = int(rows.account[0]) if len(rows.account) else 0
    high = int(rows.account[-1]) + 1 if len(rows.account) else 0
    names = utility.accounts["account_id"].slice(low, high - low).to_arrow().cast(pa.string())
    columns = {
        "ConsumptionDate": pa.array((rows.day + epoch).astype(np.int32)).cast(pa.date32()),
        "AccountOID": pa.DictionaryArray.from_arrays((rows.account - low).astype(np.int32), names),
        "Consumption": pa.array(rows.litres),
    }
    if with_recorded:
        columns["RecordedAt"] = pa.array(instants[rows.arrival]).cast(pa.timestamp("us", "UTC"))
    return pa.table(columns)


def feed_frame(utility: Utility, rows: FeedRows) -> pl.DataFrame:
    """Return rows as `feed_table` does, as a polars frame with plain strings."""
    table = feed_table(utility, rows, recorded_instants(utility.settings))
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame.with_columns(pl.col("AccountOID").cast(pl.String))


def _estimate(utility: Utility, slab: Slab, told: Ints, counts: Ints, arrival: Ints) -> None:
    """Write the mean of the four weeks before over each estimated spell."""
    spells = utility.plan.spells["estimated"].of(slab.first, slab.last)
    for place, start, end, arrives in zip(
        spells.place, spells.start, spells.end, spells.arrival, strict=True
    ):
        usual = slab.litres[place, start - ESTIMATE_LOOKBACK_DAYS : start].mean()
        told[place, start:end] = round(usual / _ESTIMATE_ROUNDED_TO) * _ESTIMATE_ROUNDED_TO
        if arrives >= 0:
            counts[place, start:end] = 2
            arrival[place, start:end] = arrives


def _spoil(utility: Utility, slab: Slab, right: Ints, told: Ints, arrival: Ints) -> None:
    for kind in ("late", "correction", "negative", "absurd"):
        faults = utility.plan.spells[kind].of(slab.first, slab.last)
        at = (faults.place, faults.start)
        if kind in ("late", "correction"):
            arrival[at] = faults.arrival
        if kind == "correction":
            told[at] = np.rint(right[at] * faults.amount).astype(np.int64)
            told[at] += told[at] == right[at]
        elif kind == "negative":
            told[at] = -np.ceil(np.abs(right[at]) * faults.amount).astype(np.int64) - 1
        elif kind == "absurd":
            told[at] = _ABSURD_LITRES


def _rows(first: int, cells: Cells, counts: Ints, right: Ints, told: Ints, arrival: Ints) -> FeedRows:
    """Repeat each cell as often as it is told; the second telling of a correction is right and late."""
    counts = counts.ravel()
    flat = np.repeat(np.arange(counts.size), counts)
    account, day = np.divmod(flat, cells.shape[1])
    litres, arrives = told.ravel()[flat], arrival.ravel()[flat]
    corrected = (counts == 2) & (cells.ravel() != Cell.DUPLICATE)
    last = np.cumsum(counts)[corrected] - 1
    litres[last] = right.ravel()[corrected]
    arrives[last - 1] = day[last - 1]
    return FeedRows(account + first, day, litres, arrives)
