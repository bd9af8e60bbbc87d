"""The book: the newest forecast of every account as arrays, for doors that answer thousands of requests a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from amuna.domain.errors import NotFound
from amuna.domain.panel import Floats
from amuna.domain.ports import Store
from amuna.domain.tables import FORECASTS, QUANTILE_COLUMNS
from amuna.workflows.serving import serving_run

COLUMNS = tuple(QUANTILE_COLUMNS.values())


@dataclass(frozen=True)
class BookEntry:
    """The newest forecast of an account.

    Parameters
    ----------
    run_id
        Run that serves.
    cutoff
        First day the forecast had not seen.
    days
        Days forecast, in order.
    values_m3
        A row for each day and a column for each of COLUMNS, shape (n_days, 7) [m³].
    """

    run_id: str
    cutoff: date
    days: list[date]
    values_m3: Floats


@dataclass(frozen=True)
class Book:
    """The newest stored forecast of every account of the serving run."""

    run_id: str
    _rows: Mapping[str, tuple[int, int]] = field(repr=False)
    _cutoffs: list[date] = field(repr=False)
    _days: list[date] = field(repr=False)
    _values: Floats = field(repr=False)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, account_id: str) -> bool:
        return account_id in self._rows

    def entry(self, account_id: str) -> BookEntry:
        """The forecast of an account.

        Raises
        ------
        NotFound
            If the account has none.
        """
        found = self._rows.get(account_id)
        if found is None:
            raise NotFound("forecast of account", account_id)
        first, end = found
        return BookEntry(self.run_id, self._cutoffs[first], self._days[first:end], self._values[first:end])


def read_book(store: Store) -> Book:
    """The newest stored forecast of every account.

    Raises
    ------
    NotEnoughData
        If nothing was trained yet.
    """
    run_id = serving_run(store)
    names = ", ".join(COLUMNS)
    rows = store.query(
        f"SELECT account_id, cutoff, day, {names} FROM {FORECASTS.name} AS f WHERE run_id = ? AND cutoff ="
        f" (SELECT MAX(cutoff) FROM {FORECASTS.name} AS l WHERE l.run_id = f.run_id AND l.account_id = f.account_id)"
        " ORDER BY account_id, day",
        [run_id],
    )
    accounts = rows["account_id"]
    starts = np.flatnonzero((accounts != accounts.shift(1)).fill_null(value=True).to_numpy())
    ends = np.append(starts, len(rows))[1:]
    spans = zip(starts.tolist(), ends.tolist(), strict=True)
    return Book(
        run_id,
        dict(zip(accounts.gather(pl.Series(starts)).to_list(), spans, strict=True)),
        rows["cutoff"].to_list(),
        rows["day"].to_list(),
        rows.select(COLUMNS).to_numpy(),
    )
