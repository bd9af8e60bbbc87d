"""Histories: what the store knows of some accounts, as panels."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amuna.domain.panel import Panel
from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION


def aligned(panel: Panel, series_ids: NDArray[np.str_], start: np.datetime64, end: np.datetime64) -> Panel:
    """A panel of the given series over the given days, NaN where nothing is known; other series are left out."""
    steps = int((end - start) / np.timedelta64(1, "D"))
    values = np.full((len(series_ids), steps), np.nan)
    rows = np.searchsorted(series_ids, panel.series_ids)
    rows = np.minimum(rows, len(series_ids) - 1)
    known = np.repeat(series_ids[rows] == panel.series_ids, panel.lengths)
    day = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1], panel.lengths)
    day += np.repeat(((panel.starts - start) // np.timedelta64(1, "D")).astype(np.int64), panel.lengths)
    values[np.repeat(rows, panel.lengths)[known], day[known]] = panel.values[known]
    n = len(series_ids)
    return Panel(series_ids, np.arange(n + 1) * steps, np.full(n, start), values.ravel())


def history_of(store: Store, accounts: NDArray[np.str_], cutoff: date) -> Panel:
    """Everything known of some accounts before the cutoff, in their order."""
    rows = store.read(
        CONSUMPTION,
        where={"account_id": accounts.tolist(), "flag": "ok"},
        columns=["account_id", "day", "consumption_m3"],
    ).filter(pl.col("day") < cutoff)
    spans = rows.group_by("account_id").agg(first=pl.col("day").min(), last=pl.col("day").max())
    spans = pl.DataFrame({"account_id": accounts}).join(
        spans, on="account_id", how="left", maintain_order="left"
    )
    spans = spans.with_columns(pl.col("first", "last").fill_null(cutoff))
    starts = spans["first"].to_numpy().astype("datetime64[D]")
    lengths = (np.datetime64(cutoff) - starts).astype(np.int64)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    values = np.full(offsets[-1], np.nan)
    where = np.searchsorted(accounts, rows["account_id"].to_numpy())
    day = (rows["day"].to_numpy().astype("datetime64[D]") - starts[where]).astype(np.int64)
    values[offsets[where] + day] = rows["consumption_m3"].to_numpy()
    return Panel(accounts, offsets, starts, values)
