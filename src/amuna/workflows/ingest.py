"""Ingest: from a feed into the store, batch by batch, each committed with its position in the feed."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import polars as pl

from amuna.domain.errors import PositionMoved
from amuna.domain.ports import Batch, Feed, Store, Written
from amuna.domain.tables import BATCHES, CONSUMPTION, POSITIONS, QUARANTINE, READINGS
from amuna.domain.text import Text
from amuna.domain.zone_tables import ZONES
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.prepare import prepare
from amuna.feeds.rules import Rules
from amuna.feeds.validate import Checked, validate
from amuna.feeds.weather_rules import check_weather
from amuna.feeds.weather_table import check_weather_table
from amuna.feeds.zone_table import check_zones
from amuna.workflows.derive import derive_days, median_days
from amuna.workflows.progress import Progress, silent

log = logging.getLogger(__name__)


@dataclass
class _Tally:
    batches: int = 0
    read: int = 0
    duplicate: int = 0
    quarantined: int = 0
    written: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    register_decisions: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class IngestReport:
    """What an ingest did; counts are rows.

    `read = inserted + replaced + superseded + unchanged + duplicate + quarantined`: nothing is lost.
    """

    source: str
    batches: int
    read: int
    inserted: int
    replaced: int
    superseded: int
    unchanged: int
    duplicate: int
    quarantined: int
    reasons: dict[str, int]
    register_decisions: dict[str, int]
    seconds: float


def ingest(
    feed: Feed,
    feed_map: FeedMap,
    *,
    store: Store,
    rules: Rules,
    now: Callable[[], datetime],
    min_coverage: float = 20 / 24,
    progress: Progress = silent,
) -> IngestReport:
    """Read what is new in a feed into the store.

    Rows, quarantine and the feed's position are committed together, batch by batch: killed at any point, the next
    call goes on where the last commit was.

    Parameters
    ----------
    feed, feed_map
        Source and what its columns mean.
    store
        Where the rows go.
    rules
        Which values are possible.
    now
        The present instant, with a zone.
    min_coverage
        Share of a day that register readings must cover for the day to be trained on.
    progress
        Told the rows read so far.
    """
    report = take_in(
        feed, feed_map, store=store, rules=rules, now=now, min_coverage=min_coverage, progress=progress
    )
    counts = (report.read, report.quarantined, report.seconds)
    log.info("ingested %s rows=%d quarantined=%d seconds=%.1f", feed.name, *counts)
    return report


def take_in(
    feed: Feed,
    feed_map: FeedMap,
    *,
    store: Store,
    rules: Rules,
    now: Callable[[], datetime],
    min_coverage: float,
    progress: Progress = silent,
) -> IngestReport:
    """As `ingest`, and nothing is said of it in the log: for a preview, which undoes it."""
    started = time.perf_counter()
    job = _Job(feed, feed_map, store, rules, min_coverage)
    tally = _Tally()
    for batch in feed.batches(_position(feed, store)):
        _take_in(batch, job, tally, now=now())
        feed.acknowledge(batch.watermark)
        progress("rows", tally.read, None)
    return _report(feed, tally, seconds=time.perf_counter() - started)


@dataclass(frozen=True)
class _Job:
    """What stays the same for every batch."""

    feed: Feed
    feed_map: FeedMap
    store: Store
    rules: Rules
    min_coverage: float


def _report(feed: Feed, tally: _Tally, *, seconds: float) -> IngestReport:
    return IngestReport(
        source=feed.name,
        batches=tally.batches,
        read=tally.read,
        inserted=tally.written["inserted"],
        replaced=tally.written["replaced"],
        superseded=tally.written["superseded"],
        unchanged=tally.written["unchanged"],
        duplicate=tally.duplicate,
        quarantined=tally.quarantined,
        reasons=dict(tally.reasons),
        register_decisions=dict(tally.register_decisions),
        seconds=seconds,
    )


def _position(feed: Feed, store: Store) -> str | None:
    """Watermark of the feed's last committed batch; where its source has parts, their positions as JSON."""
    parts = store.read(POSITIONS, where={"feed": feed.name}, columns=["part", "position"])
    if not parts.is_empty():
        return json.dumps(dict(parts.sort("part").iter_rows()))
    rows = store.read(BATCHES, where={"feed": feed.name}, columns=["watermark", "committed_at", "number"])
    return None if rows.is_empty() else rows.sort("committed_at", "number")["watermark"][-1]


def _take_in(batch: Batch, job: _Job, tally: _Tally, *, now: datetime) -> None:
    """Check one batch and commit it whole."""
    store = job.store
    batch_id = hashlib.sha256(f"{job.feed.name}\n{batch.watermark}\n{now}".encode()).hexdigest()[:16]
    checked = _checked(batch, job, batch_id, now=now)
    with store.transaction():
        _advance(batch, job.feed, batch_id, store=store, now=now)
        written = store.upsert(checked.table, checked.accepted)
        store.upsert(QUARANTINE, checked.quarantined)
        if checked.table is READINGS:
            decisions = derive_days(
                batch_id,
                store=store,
                time_zone=job.feed_map.time_zone,
                rules=job.rules,
                min_coverage=job.min_coverage,
            )
            tally.register_decisions.update(decisions)
        committed = _commit_instant(store, now)
        row = _batch_row(batch_id, batch, job.feed, checked, written, now=committed, number=tally.batches)
        store.upsert(BATCHES, row)
    tally.batches += 1
    tally.read += checked.counts.read
    tally.duplicate += checked.counts.duplicate
    tally.quarantined += checked.counts.quarantined
    tally.written.update(vars(written))
    tally.reasons.update(dict(checked.quarantined["reason"].value_counts().iter_rows()))


def _checked(batch: Batch, job: _Job, batch_id: str, *, now: datetime) -> Checked:
    if job.feed_map.kind == "weather":
        return check_weather_table(batch, job.feed_map, now=now, batch_id=batch_id)
    if job.feed_map.kind == "zones":
        checked = check_zones(batch, job.feed_map, now=now, batch_id=batch_id)
        return replace(checked, accepted=_with_what_was_known(checked.accepted, job.store))
    if batch.kind == "weather":
        return check_weather(batch, now=now, batch_id=batch_id)
    prepared = prepare(batch, job.feed_map, now=now)
    typical = _typical(prepared.values, job.rules, store=job.store)
    return validate(prepared, job.rules, now=now, batch_id=batch_id, typical=typical)


def _with_what_was_known(zones: pl.DataFrame, store: Store) -> pl.DataFrame:
    """ZONES rows in which what a source does not tell stays as the store has it: outlines and figures come apart."""
    known = store.read(ZONES, where={"zone_id": zones["zone_id"].to_list()}) if len(zones) else ZONES.empty()
    optional = [column.name for column in ZONES.columns if column.nullable]
    joined = zones.join(known, on="zone_id", how="left", suffix="_known", maintain_order="left")
    filled = joined.with_columns(pl.coalesce(name, f"{name}_known").alias(name) for name in optional)
    return ZONES.check(filled.select(ZONES.names))


def _commit_instant(store: Store, now: datetime) -> datetime:
    """The present, but after every earlier commit, whatever the clocks of several machines say: an update goes by it."""
    last: datetime | None = store.query(f"SELECT MAX(committed_at) FROM {BATCHES.name}").item()
    return now if last is None else max(now, last + timedelta(microseconds=1))


def _advance(batch: Batch, feed: Feed, batch_id: str, *, store: Store, now: datetime) -> None:
    """Move the parts of the source on, if they still stand where the batch starts."""
    if not batch.parts:
        return
    where = {"feed": feed.name, "part": list(batch.parts)}
    stored = dict(store.read(POSITIONS, where=where, columns=["part", "position"]).iter_rows())
    for part, (first, _) in batch.parts.items():
        if stored.get(part, first) != first:
            raise PositionMoved(
                Text(
                    "{feed}, {part}: otro lector ya guardó hasta {committed}; este lote empieza en {first}.",
                    "{feed}, {part}: another reader has committed up to {committed}; this batch starts at {first}.",
                ),
                remedy=Text(
                    "No se perdió nada: siga leyendo desde la posición guardada.",
                    "Nothing is lost: read on from the committed position.",
                ),
                feed=feed.name,
                part=part,
                committed=stored[part],
                first=first,
            )
    rows = [
        {"feed": feed.name, "part": part, "position": end, "batch_id": batch_id, "committed_at": now}
        for part, (_, end) in batch.parts.items()
    ]
    store.upsert(POSITIONS, POSITIONS.frame(rows))


def _typical(values: pl.DataFrame, rules: Rules, *, store: Store) -> pl.DataFrame | None:
    """Median day of the accounts that show a large one, as the store knows them."""
    if "consumption_m3" not in values.columns:
        return None
    large = values.filter(pl.col("consumption_m3") > rules.jump_floor_m3)["account_id"].drop_nulls().unique()
    return None if large.is_empty() else median_days(store, large.to_list(), days=rules.jump_days)


def _batch_row(
    batch_id: str, batch: Batch, feed: Feed, checked: Checked, written: Written, *, now: datetime, number: int
) -> pl.DataFrame:
    counts = checked.counts
    row = {
        "batch_id": batch_id,
        "feed": feed.name,
        "number": number,
        "source": batch.source,
        "watermark": batch.watermark,
        "rows_read": counts.read,
        "rows_accepted": counts.accepted - written.unchanged,
        "rows_quarantined": counts.quarantined,
        "rows_duplicate": counts.duplicate + written.unchanged,
        "committed_at": now,
        "kind": batch.kind,
        "first_day": checked.accepted["day"].min() if checked.table is CONSUMPTION else None,
    }
    return BATCHES.frame([row])
