"""Flows: hourly inflows of zones, a row for each zone and hour or a column for each zone, into rows of FLOWS."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl

from amuna.domain.ports import Batch
from amuna.feeds.feed_map import EVERY_COLUMN, FeedMap
from amuna.feeds.instants import Instants

_ZONE, _FLOW = "zone", "flow"
_HOUR = timedelta(hours=1)


def unfolded(batch: Batch, feed_map: FeedMap) -> tuple[Batch, FeedMap]:
    """A batch with a row for each zone and hour, where `zone = "*"` says that each further column is a zone.

    An empty cell is an hour without a reading, and no row.
    """
    if feed_map.zone != EVERY_COLUMN:
        return batch, feed_map
    rows = batch.rows
    kept = [name for name in ("_row", "_part", feed_map.time, feed_map.recorded) if name in rows.columns]
    zones = [name for name in rows.columns if name not in kept]
    long = rows.select(*kept, pl.col(zones).cast(pl.String)).unpivot(
        zones, index=kept, variable_name=_ZONE, value_name=_FLOW
    )
    long = long.filter(pl.col(_FLOW).is_not_null() & (pl.col(_FLOW).str.strip_chars() != ""))
    return replace(batch, rows=long), replace(feed_map, zone=_ZONE, value=_FLOW)


def second_hours(zones: pl.Series, times: Instants, *, time_zone: str) -> Instants:
    """Instants of local times: the hour that the clock shows twice is two hours where the source has it twice.

    The first row of a zone at such a time, in the order of the source, is the earlier hour and the second the later one.
    """
    rows = pl.DataFrame({"zone": zones, "at": times.values})
    nth = rows.select(pl.int_range(pl.len()).over("zone", "at")).to_series()
    later = times.values + _HOUR
    same_clock = _clock(later, time_zone) == _clock(times.values, time_zone)
    moved = (nth == 1) & same_clock
    return replace(times, values=later.zip_with(moved.fill_null(value=False), times.values))


def _clock(instants: pl.Series, time_zone: str) -> pl.Series:
    return instants.dt.convert_time_zone(time_zone).dt.replace_time_zone(None)
