"""Write a simulated feed and its truth as files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from amuna.domain.errors import UnknownSetting
from amuna.domain.tables import ACCOUNTS
from amuna.domain.text import Text
from amuna.simulation.events import recorded_instants
from amuna.simulation.export import feed_rows, feed_table
from amuna.simulation.slabs import SLAB_ACCOUNTS, Slab, in_order, simulate_slab, slab_ranges
from amuna.simulation.truth import ZoneBalance, truth_table
from amuna.simulation.utility import Utility

FileFormat = Literal["parquet", "csv"]


class _Sink(Protocol):
    def __call__(self, table: pa.Table) -> None: ...


@dataclass(frozen=True)
class FeedFiles:
    """Where `write_feed` wrote: the history, the new days, the accounts, and the truth by name."""

    consumption: Path
    new_day: Path
    accounts: Path
    truth: dict[str, Path]


@dataclass(frozen=True)
class _Made:
    """A slab and its tables: rows recorded before the new days, rows recorded with them, true use."""

    slab: Slab
    history: pa.Table
    new: pa.Table
    truth: pa.Table | None


def write_feed(
    utility: Utility,
    folder: Path,
    *,
    new_days: int = 1,
    file_format: FileFormat = "parquet",
    with_recorded: bool = True,
    with_truth: bool = True,
    slab_accounts: int = SLAB_ACCOUNTS,
    workers: int = 2,
) -> FeedFiles:
    """Write what the utility exports, and what really happened.

    Parameters
    ----------
    utility
        The utility.
    folder
        Where to write; made if absent. Files of the same names are replaced.
    new_days
        `new_day` holds the rows recorded with the last `new_days` days, late and corrected rows of earlier days
        included; `consumption` holds all rows recorded before, sorted by account and day.
    file_format
        `parquet`, or `csv` for the two consumption files; accounts and truth are always Parquet.
    with_recorded
        False leaves `RecordedAt` out.
    with_truth
        False writes no `truth/`.
    slab_accounts
        Accounts computed at a time; changes memory, not the result.
    workers
        Threads.

    Raises
    ------
    UnknownSetting
        If `new_days` leaves no history.
    """
    _check_new_days(new_days, utility.settings.days)
    files = _paths(folder, file_format, with_truth=with_truth)
    make = partial(_make, utility, new_days=new_days, with_recorded=with_recorded, with_truth=with_truth)
    pieces = slab_ranges(len(utility.traits), slab_accounts)
    balance = _write_tables(utility, in_order(make, pieces, workers=workers), files, file_format)
    utility.accounts.select(ACCOUNTS.names).write_parquet(files.accounts)
    if with_truth:
        for name in ("accounts", "zones", "weather", "calendar", "events"):
            getattr(utility, name).write_parquet(files.truth[name])
        balance.frame().write_parquet(files.truth["zone_days"])
    return files


def _check_new_days(new_days: int, days: int) -> None:
    if not 1 <= new_days < days:
        raise UnknownSetting(
            Text(
                "new_days es {found}; se espera de 1 a {most}.", "new_days is {found}; expected 1 to {most}."
            ),
            remedy=Text("Deje al menos un día de historia.", "Leave at least one day of history."),
            found=new_days,
            most=days - 1,
        )


def _make(
    utility: Utility, piece: tuple[int, int], *, new_days: int, with_recorded: bool, with_truth: bool
) -> _Made:
    slab = simulate_slab(utility, *piece)
    rows = feed_rows(utility, slab)
    instants = recorded_instants(utility.settings)
    is_new = rows.arrival >= utility.settings.days - new_days
    history, new = (
        feed_table(utility, rows.where(kept), instants, with_recorded=with_recorded)
        for kept in (~is_new, is_new)
    )
    return _Made(slab, history, new, truth_table(utility, slab) if with_truth else None)


def _paths(folder: Path, file_format: FileFormat, *, with_truth: bool) -> FeedFiles:
    folder.mkdir(parents=True, exist_ok=True)
    names = ("accounts", "zones", "weather", "calendar", "events", "consumption", "zone_days")
    truth = {name: folder / "truth" / f"{name}.parquet" for name in names} if with_truth else {}
    if with_truth:
        (folder / "truth").mkdir(exist_ok=True)
    consumption, new_day = (folder / f"{name}.{file_format}" for name in ("consumption", "new_day"))
    return FeedFiles(consumption, new_day, folder / "accounts.parquet", truth)


def _write_tables(
    utility: Utility, made: Iterator[_Made], files: FeedFiles, file_format: FileFormat
) -> ZoneBalance:
    """Write slabs as they come; return the balance of the areas gathered on the way."""
    balance = ZoneBalance(utility)
    open_sink = _parquet_sink if file_format == "parquet" else _csv_sink
    with ExitStack() as stack:
        history = stack.enter_context(open_sink(files.consumption))
        new = stack.enter_context(open_sink(files.new_day))
        truth = stack.enter_context(_parquet_sink(files.truth["consumption"])) if files.truth else None
        for piece in made:
            history(piece.history)
            new(piece.new)
            if truth is not None and piece.truth is not None:
                truth(piece.truth)
                balance.add(piece.slab)
    return balance


@contextmanager
def _parquet_sink(path: Path) -> Iterator[_Sink]:
    """Append tables to one Parquet file, a row group each; strings come back as plain strings."""
    writer: pq.ParquetWriter | None = None

    def write(table: pa.Table) -> None:
        nonlocal writer
        if writer is None:
            writer = pq.ParquetWriter(path, table.schema, compression="zstd", store_schema=False)
        writer.write_table(table, row_group_size=max(1, len(table)))

    try:
        yield write
    finally:
        if writer is not None:
            writer.close()


@contextmanager
def _csv_sink(path: Path) -> Iterator[_Sink]:
    """Append tables to one CSV file; instants in UTC as 2025-12-31T10:00:00Z."""
    with path.open("wb") as file:

        def write(table: pa.Table) -> None:
            frame = pl.DataFrame(table)
            frame.write_csv(file, include_header=file.tell() == 0, datetime_format="%Y-%m-%dT%H:%M:%SZ")

        yield write
