"""Midnight: intervals of instants cut into the local days they cover."""

from __future__ import annotations

import numpy as np
import polars as pl

from amuna.domain.panel import Ints
from amuna.domain.table import INSTANT
from amuna.feeds.instants import localise


def cut_at_midnight(start: Ints, end: Ints, *, time_zone: str) -> pl.DataFrame:
    """Pieces of the intervals (start, end] by local day: interval, day, length and day_length [µs]."""
    first, last = local_days(start, time_zone), local_days(end - 1, time_zone)
    origin = int(first.min())
    midnight = _midnights(origin, int(last.max()) + 1, time_zone)
    n_days = last - first + 1
    interval = np.repeat(np.arange(len(start)), n_days)
    offset = np.arange(len(interval)) - np.repeat(np.cumsum(n_days) - n_days, n_days)
    day = first[interval] + offset
    opens, closes = midnight[day - origin], midnight[day - origin + 1]
    length = np.minimum(end[interval], closes) - np.maximum(start[interval], opens)
    return pl.DataFrame(
        {
            "interval": interval,
            "day": pl.Series(day.astype(np.int32)).cast(pl.Date),
            "length": length,
            "day_length": closes - opens,
        }
    )


def local_days(time: Ints, time_zone: str) -> Ints:
    """Days since 1970 in the zone, shape (n,)."""
    instants = pl.Series(time).cast(INSTANT).dt.convert_time_zone(time_zone)
    return instants.dt.date().cast(pl.Int32).cast(pl.Int64).to_numpy()


def _midnights(first: int, last: int, time_zone: str) -> Ints:
    """Local midnights of the days first … last, in microseconds since 1970 UTC."""
    days = pl.Series(np.arange(first, last + 1, dtype=np.int32)).cast(pl.Date).cast(pl.Datetime("us"))
    return localise(days, time_zone).values.dt.epoch("us").to_numpy()
