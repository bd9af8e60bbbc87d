"""Preview: what a file would bring, told before anything of it is in the store."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from amuna.domain.ports import Feed, Store
from amuna.domain.tables import ACCOUNTS, BATCHES, CONSUMPTION, QUARANTINE
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.rules import Rules
from amuna.workflows.ingest import IngestReport, take_in

SHOWN_ROWS = 200
_USUAL_DAYS = 28
_MINE = "batch_id IN (SELECT UNNEST(CAST(? AS VARCHAR[])))"


@dataclass(frozen=True)
class Preview:
    """What would come of an ingest.

    Parameters
    ----------
    ingest
        What the ingest would report.
    feed_map
        What the columns were taken to mean.
    known_since
        When exactly this file was taken in already; None if it was not. Then there is nothing to do.
    refused
        The first refused rows: row, field, reason, detail, original.
    accounts, unknown_accounts
        Accounts with days that would be new or corrected, and those of them the store has nothing of yet.
    first_day, last_day
        Of these days; None where there are none.
    median_m3, usual_m3
        Median of these days, and of the store's last 28 days of the same accounts [m³/day]; of all accounts where none
        of these is known. Far apart, the unit is wrong.
    sample
        Some of these days: account_id, day, consumption_m3, flag.
    """

    ingest: IngestReport
    feed_map: FeedMap
    known_since: datetime | None
    refused: pl.DataFrame
    accounts: int
    unknown_accounts: int
    first_day: date | None
    last_day: date | None
    median_m3: float | None
    usual_m3: float | None
    sample: pl.DataFrame


def preview(
    feed: Feed,
    feed_map: FeedMap,
    *,
    store: Store,
    rules: Rules,
    now: datetime,
    min_coverage: float = 20 / 24,
) -> Preview:
    """The ingest itself, in a transaction that is undone: so it tells exactly what the ingest will do.

    Parameters
    ----------
    feed, feed_map
        A file, and what its columns mean; a live feed would be told that its rows are committed.
    store, rules, min_coverage
        As in `ingest`.
    now
        The present instant, with a zone.

    Raises
    ------
    AmunaError
        As `ingest`.
    """
    known_since = _known_since(feed, store)
    last, known = _last_day(store), _known_accounts(store)
    found: list[Preview] = []

    def look() -> None:
        before = _batches(feed, store)
        report = take_in(feed, feed_map, store=store, rules=rules, now=lambda: now, min_coverage=min_coverage)
        new = [name for name in _batches(feed, store) if name not in before]
        found.append(
            Preview(
                ingest=report,
                feed_map=feed_map,
                known_since=known_since if report.read == 0 else None,
                refused=_refused(store, new),
                **_days(store, new, known=known),
                usual_m3=_usual(store, new, last),
            )
        )

    _undone(store, look)
    return found[0]


class _Undo(Exception):
    """Ends a transaction without its writes."""


def _undone(store: Store, work: Callable[[], None]) -> None:
    with suppress(_Undo), store.transaction():
        work()
        raise _Undo


def _known_since(feed: Feed, store: Store) -> datetime | None:
    times = store.read(BATCHES, where={"feed": feed.name}, columns=["committed_at"])["committed_at"]
    last: datetime | None = times.max()  # type: ignore[assignment]
    return last


def _batches(feed: Feed, store: Store) -> list[str]:
    return store.read(BATCHES, where={"feed": feed.name}, columns=["batch_id"])["batch_id"].to_list()


def _known_accounts(store: Store) -> set[str]:
    tables = f"SELECT account_id FROM {CONSUMPTION.name} UNION SELECT account_id FROM {ACCOUNTS.name}"
    return set(store.query(tables)["account_id"])


def _last_day(store: Store) -> date | None:
    last: date | None = store.query(f"SELECT MAX(day) FROM {CONSUMPTION.name} WHERE flag = 'ok'").item()
    return last


def _usual(store: Store, batches: list[str], last: date | None) -> float | None:
    """What the accounts of these batches used before them, up to the day that was the last."""
    if last is None:
        return None
    before = f"flag = 'ok' AND day > ? AND NOT {_MINE}"
    since = last - timedelta(days=_USUAL_DAYS)
    same = f"{before} AND account_id IN (SELECT account_id FROM {CONSUMPTION.name} WHERE {_MINE})"
    usual = _median(store, same, [since, batches, batches])
    return _median(store, before, [since, batches]) if usual is None else usual


def _median(store: Store, condition: str, parameters: list[object]) -> float | None:
    median: float | None = store.query(
        "SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY consumption_m3)"
        f" FROM {CONSUMPTION.name} WHERE {condition}",
        parameters,
    ).item()
    return median


def _refused(store: Store, batches: list[str]) -> pl.DataFrame:
    rows = store.read(
        QUARANTINE,
        where={"batch_id": batches},
        columns=["row", "field", "reason", "detail", "original"],
    )
    return rows.sort("row").head(SHOWN_ROWS)


def _days(store: Store, batches: list[str], *, known: set[str]) -> dict[str, Any]:
    accounts = store.query(
        f"SELECT account_id, MIN(day) AS first, MAX(day) AS last FROM {CONSUMPTION.name} WHERE {_MINE} GROUP BY account_id",
        [batches],
    )
    sample = store.query(
        f"SELECT account_id, day, consumption_m3, flag FROM {CONSUMPTION.name} WHERE {_MINE}"
        " ORDER BY day DESC, account_id LIMIT 8",
        [batches],
    )
    return {
        "accounts": len(accounts),
        "unknown_accounts": len(set(accounts["account_id"]) - known),
        "first_day": accounts["first"].min(),
        "last_day": accounts["last"].max(),
        "median_m3": _median(store, _MINE, [batches]),
        "sample": sample,
    }
