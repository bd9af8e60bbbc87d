"""Every replaceable part, on one page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar, runtime_checkable

import polars as pl
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Panel
from amuna.domain.table import Table
from amuna.domain.time import Horizon, Interval

Result = TypeVar("Result")
Where = Mapping[str, object]


@dataclass(frozen=True)
class Batch:
    """Raw rows as they came, with their place in the source.

    Parameters
    ----------
    source
        File, table or topic.
    watermark
        Position up to which the source is read once this batch is committed.
    rows
        Columns as the source names them, plus `_row`: the row number, the header being row 1, or the offset in
        the part of the source that `_part`, where it is there, numbers.
    kind
        `consumption` (a volume per day), `register` (a cumulative dial), `accounts` or `weather`.
    refused
        Lines that could not even be split into columns, as QUARANTINE rows without batch and time.
    parts
        Where the source has parts that several readers may share (Kafka's partitions): the offset each part starts
        at in this batch, and the first one after it. The store commits them with the rows, and refuses the batch if
        another reader has moved a part on.
    live
        Rows of many senders, of which some may send nonsense: where nothing of a column can be read, the rows are
        refused one by one, and the feed goes on.
    """

    source: str
    watermark: str
    rows: pl.DataFrame
    kind: str = "consumption"
    refused: pl.DataFrame | None = field(default=None, repr=False)
    parts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    live: bool = False


class Feed(Protocol):
    """A source of batches that can be resumed."""

    name: str

    def batches(self, since: str | None) -> Iterator[Batch]:
        """Batches after the watermark `since`, in order; from the start if None."""

    def acknowledge(self, watermark: str) -> None:
        """Tell the source that everything up to the watermark is committed. Called only after the commit."""


@runtime_checkable
class LiveFeed(Feed, Protocol):
    """A feed that waits for rows: its batches end when it is drained, and may come again."""

    def lag(self) -> int:
        """How much is known to wait unread."""

    def stop(self) -> None:
        """End the present and every later iteration soon, without another batch; from any thread."""

    def close(self) -> None:
        """Release the connection."""


@dataclass(frozen=True)
class Written:
    """What an upsert did: rows that were new, replaced an earlier version, said nothing new, or came too late."""

    inserted: int = 0
    replaced: int = 0
    unchanged: int = 0
    superseded: int = 0


class Store(Protocol):
    """Rows at rest."""

    def read(
        self,
        table: Table,
        interval: Interval | None = None,
        *,
        known_at: datetime | None = None,
        where: Where | None = None,
        columns: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """Rows of a table in the interval, as they were known at an instant.

        `where` maps a column to the value it equals, or to a list of values it is one of.
        `known_at` applies to versioned tables: each key's row as it stood at that instant.
        """

    def panel(
        self,
        interval: Interval | None = None,
        *,
        known_at: datetime | None = None,
        accounts: tuple[str, str] | None = None,
    ) -> Panel:
        """Daily consumption flagged ok, sorted by account; `accounts` is an inclusive range of ids."""

    def upsert(self, table: Table, frame: pl.DataFrame) -> Written:
        """Write rows by key. In a versioned table the later-recorded row wins and both are kept."""

    def versions(self, table: Table, *, where: Where | None = None) -> pl.DataFrame:
        """Every version of the rows of a versioned table, with `superseded_at` (null for the current one)."""

    def count(self, table: Table, *, where: Where | None = None) -> int:
        """Number of rows."""

    def delete(self, table: Table, *, where: Where) -> int:
        """Remove rows; returns how many."""

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
        """Aggregates too large to fetch row by row; standard SQL over the tables' names."""

    def transaction(self) -> AbstractContextManager[None]:
        """All writes inside commit together or not at all."""

    def close(self) -> None:
        """Release the store."""


class FittedForecaster(Protocol):
    """Models of every series of a panel, with their states."""

    @property
    def series_ids(self) -> NDArray[Any]:
        """Names of the series, shape (n_series,)."""

    @property
    def status(self) -> NDArray[Any]:
        """`ok`, `too_short`, `constant`, `not_converged` or `fallback`, shape (n_series,)."""

    def forecast(self, horizon: Horizon) -> Floats:
        """Point forecasts, shape (n_series, steps), in the panel's unit; never negative, never NaN."""

    def update(self, new: Panel) -> FittedForecaster:
        """Carry the states over new observations, without refitting, in time proportional to their number."""


class Forecaster(Protocol):
    """A way to forecast; holds no data."""

    name: str

    def fit(self, history: Panel) -> FittedForecaster:
        """Fit every series. One bad series never fails the panel: it gets a status and a fallback."""


class Engine(Protocol):
    """Where many series are computed."""

    def map(self, function: Callable[[Panel], Result], panel: Panel) -> Iterator[Result]:
        """Apply the function to slabs of the panel; results in the panel's order."""


@dataclass(frozen=True)
class FleetRecord:
    """Everything a registry keeps of one training, of the whole fleet or of all zones.

    Parameters
    ----------
    run_id
        The training run.
    tables
        Rows by the name of their artefact: what restores the run, and its evidence.
    settings
        Settings it was trained with.
    metrics
        Figures to compare trainings by.
    facts
        Data watermark, code version, settings hash and what else tells where it comes from.
    started_at, finished_at
        When it was trained.
    """

    run_id: str
    tables: Mapping[str, pl.DataFrame] = field(repr=False)
    settings: Mapping[str, str]
    metrics: Mapping[str, float]
    facts: Mapping[str, str]
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True)
class FleetVersion:
    """A training as the registry lists it.

    Parameters
    ----------
    number
        Its number in the registry, from 1.
    run_id
        The training run.
    aliases
        `champion`, `challenger`, or none.
    digests
        SHA-256 of each part of its artefacts that the data, the settings and the code decide.
    facts
        As saved.
    """

    number: int
    run_id: str
    aliases: tuple[str, ...]
    digests: Mapping[str, str]
    facts: Mapping[str, str]


class Registry(Protocol):
    """Trainings of the whole fleet, or of the zones, kept outside the store. The store decides what serves; the registry follows."""

    def save(self, record: FleetRecord) -> FleetVersion:
        """Keep a training as the next version; the same run again is the same version."""

    def versions(self) -> list[FleetVersion]:
        """All versions, the newest first."""

    def load(self, number: int) -> dict[str, pl.DataFrame]:
        """The tables of a version."""

    def assign(self, alias: str, number: int | None) -> None:
        """Let the alias name this version alone; None for no version."""
