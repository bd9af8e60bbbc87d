"""Feeds: what each brought and when, what was refused, what was corrected, what was decided about registers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, CONSUMPTION, QUARANTINE, REGISTER_EVENTS
from amuna.workflows.health import FILES_BY_FOLDER

LATEST = 500


@dataclass(frozen=True)
class Refused:
    """Some of the rows in quarantine.

    Parameters
    ----------
    rows
        QUARANTINE rows, the latest first.
    total
        How many there are in all for what was asked.
    """

    rows: pl.DataFrame
    total: int


def feed_rows(*, store: Store, now: datetime) -> pl.DataFrame:
    """A row for each feed, the files of a folder being one, the latest first.

    Columns: feed, kind, batches, rows_read, rows_accepted, rows_quarantined, rows_duplicate, last (UTC), age_s [s],
    source and watermark of the last batch.
    """
    batches = store.read(BATCHES).sort("committed_at", "number").with_columns(FILES_BY_FOLDER)
    counts = ("rows_read", "rows_accepted", "rows_quarantined", "rows_duplicate")
    found = batches.group_by("feed").agg(
        pl.col("kind").last(),
        pl.len().cast(pl.Int64).alias("batches"),
        pl.col(*counts).sum(),
        pl.col("committed_at").last().alias("last"),
        pl.col("source", "watermark").last(),
    )
    age = (pl.lit(now) - pl.col("last")).dt.total_seconds()
    return found.with_columns(age_s=age).sort("last", "feed", descending=[True, False])


def refused_reasons(*, store: Store) -> pl.DataFrame:
    """Refused rows by reason, the most frequent first: reason, rows, last (UTC)."""
    return store.query(
        f"SELECT reason, COUNT(*) AS rows, MAX(recorded_at) AS last FROM {QUARANTINE.name}"
        " GROUP BY reason ORDER BY 2 DESC, 1"
    )


def refused_rows(*, store: Store, reason: str | None = None, start: int = 0, rows: int = 100) -> Refused:
    """A piece of the quarantine.

    Parameters
    ----------
    reason
        Only rows refused for it; all if None.
    start, rows
        First row wanted, counted from 0, and how many.
    """
    term, parameters = ("", []) if reason is None else (" WHERE reason = ?", [reason])
    found = store.query(
        f"SELECT {', '.join(_QUOTED)} FROM {QUARANTINE.name}{term}"
        ' ORDER BY recorded_at DESC, source, "row", reason, original'
        f" LIMIT {int(rows)} OFFSET {int(start)}",
        parameters,
    )
    return Refused(found, store.count(QUARANTINE, where=None if reason is None else {"reason": reason}))


_QUOTED = [f'"{name}"' for name in QUARANTINE.names]


def latest_corrections(*, store: Store, rows: int = LATEST) -> pl.DataFrame:
    """Days that were known otherwise before, the latest corrected first.

    Columns: account_id, day, was_m3, was_flag, consumption_m3, flag, recorded_at (UTC).
    """
    return store.query(
        "SELECT s.account_id, s.day, s.consumption_m3 AS was_m3, s.flag AS was_flag,"
        " c.consumption_m3, c.flag, s.superseded_at AS recorded_at FROM"
        f" (SELECT * FROM {CONSUMPTION.name}_superseded ORDER BY superseded_at DESC, account_id, day"
        f" LIMIT {int(rows)}) s"
        f" JOIN {CONSUMPTION.name} c ON c.account_id = s.account_id AND c.day = s.day"
        " ORDER BY s.superseded_at DESC, s.account_id, s.day"
    )


def latest_register_events(*, store: Store, rows: int = LATEST) -> pl.DataFrame:
    """REGISTER_EVENTS rows, the latest first."""
    return store.query(
        f"SELECT * FROM {REGISTER_EVENTS.name} ORDER BY observed_at DESC, account_id LIMIT {int(rows)}"
    )
