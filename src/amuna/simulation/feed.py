"""The simulator as a feed that can be resumed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

import numpy as np
import polars as pl

from amuna.domain.errors import UnknownSetting
from amuna.domain.ports import Batch
from amuna.domain.tables import ACCOUNTS
from amuna.domain.text import Text
from amuna.simulation.export import FeedRows, feed_frame, feed_rows
from amuna.simulation.slabs import SLAB_ACCOUNTS, in_order, simulate_slab, slab_ranges
from amuna.simulation.utility import Utility

_WINDOW_DAYS = 128
_ACCOUNTS_READ = Text("un número de cuentas", "a number of accounts")
_A_DAY = Text("un día como AAAA-MM-DD", "a day as YYYY-MM-DD")
_SIMULATED_DAY = Text("un día del periodo simulado", "a day of the simulated period")


class SimulationFeed:
    """A simulated utility behind the `Feed` port: first its accounts, then its rows of consumption.

    Parameters
    ----------
    utility
        The utility.
    by
        `account`: a batch holds the whole history of a slab of accounts; its watermark is the number of accounts
        read. `day`: a batch holds what was recorded with one day, as a live feed would bring it; its watermark is
        that day.
    accounts_per_batch
        Accounts in a batch by account.
    workers
        Threads.
    """

    def __init__(
        self,
        utility: Utility,
        *,
        by: Literal["account", "day"] = "account",
        accounts_per_batch: int = SLAB_ACCOUNTS,
        workers: int = 2,
    ) -> None:
        self.name = f"simulation-{utility.seed}"
        self.acknowledged: str | None = None
        self._utility = utility
        self._by = by
        self._accounts_per_batch = accounts_per_batch
        self._workers = workers

    def batches(self, since: str | None) -> Iterator[Batch]:
        """Batches after the watermark `since`, in order; from the start if None.

        Raises
        ------
        UnknownSetting
            If the watermark is none of this feed's.
        """
        if since is None:
            yield self._accounts()
        if self._by == "account":
            yield from self._slabs(self._accounts_read(since))
        else:
            yield from self._days(self._days_read(since))

    def acknowledge(self, watermark: str) -> None:
        """Remember how far the reader came."""
        self.acknowledged = watermark

    def _accounts(self) -> Batch:
        start = self._utility.settings.start - timedelta(days=1)
        watermark = f"{0:08d}" if self._by == "account" else start.isoformat()
        rows = self._utility.accounts.select(ACCOUNTS.names)
        return self._batch(f"{self.name}/accounts", watermark, rows, kind="accounts")

    def _slabs(self, done: int) -> Iterator[Batch]:
        ranges = slab_ranges(len(self._utility.traits) - done, self._accounts_per_batch)
        pieces = [(first + done, last + done) for first, last in ranges]
        for (_, last), rows in zip(pieces, self._rows(pieces), strict=True):
            watermark = f"{last:08d}"
            yield self._batch(
                f"{self.name}/accounts-to-{watermark}", watermark, feed_frame(self._utility, rows)
            )

    def _days(self, done: int) -> Iterator[Batch]:
        """Recompute the utility once per window of days: time is cheaper than memory."""
        settings = self._utility.settings
        pieces = slab_ranges(len(self._utility.traits), SLAB_ACCOUNTS)
        for first in range(done, settings.days, _WINDOW_DAYS):
            end = min(first + _WINDOW_DAYS, settings.days)
            window = _joined(
                [rows.where((rows.arrival >= first) & (rows.arrival < end)) for rows in self._rows(pieces)]
            )
            for day in range(first, end):
                watermark = (settings.start + timedelta(days=day)).isoformat()
                rows = window.where(window.arrival == day)
                yield self._batch(f"{self.name}/{watermark}", watermark, feed_frame(self._utility, rows))

    def _rows(self, pieces: list[tuple[int, int]]) -> Iterator[FeedRows]:
        return in_order(
            lambda piece: feed_rows(self._utility, simulate_slab(self._utility, *piece)),
            pieces,
            workers=self._workers,
        )

    def _batch(self, source: str, watermark: str, rows: pl.DataFrame, *, kind: str = "consumption") -> Batch:
        numbered = rows.with_row_index("_row", offset=2).cast({"_row": pl.Int64})
        return Batch(source, watermark, numbered, kind)

    def _accounts_read(self, since: str | None) -> int:
        done = 0 if since is None else int(since) if since.isdecimal() else -1
        if not 0 <= done <= len(self._utility.traits):
            raise self._unknown_watermark(since, _ACCOUNTS_READ)
        return done

    def _days_read(self, since: str | None) -> int:
        settings = self._utility.settings
        try:
            done = 0 if since is None else (date.fromisoformat(since) - settings.start).days + 1
        except ValueError as error:
            raise self._unknown_watermark(since, _A_DAY) from error
        if not 0 <= done <= settings.days:
            raise self._unknown_watermark(since, _SIMULATED_DAY)
        return done

    def _unknown_watermark(self, since: str | None, expected: Text) -> UnknownSetting:
        return UnknownSetting(
            Text(
                "El origen de datos {feed} no conoce la posición '{found}'; se espera {expected}.",
                "Feed {feed} knows no watermark '{found}'; expected {expected}.",
            ),
            remedy=Text(
                "Siga desde la posición del último lote guardado, o empiece de nuevo sin ninguna.",
                "Resume with the watermark of the last committed batch, or start over with none.",
            ),
            feed=self.name,
            found=since,
            expected=expected,
        )


def _joined(parts: list[FeedRows]) -> FeedRows:
    return FeedRows(
        np.concatenate([part.account for part in parts]),
        np.concatenate([part.day for part in parts]),
        np.concatenate([part.litres for part in parts]),
        np.concatenate([part.arrival for part in parts]),
    )
