"""Derive: the daily consumption that new register readings touch."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION, READINGS, REGISTER_EVENTS
from amuna.feeds.dial_rules import DialRules
from amuna.feeds.registers import daily_consumption
from amuna.feeds.rules import Rules

_RECOVERY_DAYS = -(-DialRules().recovery // timedelta(days=1))
_CONTEXT_DAYS = 3

# Readings of each account that a batch changed. Volumes may change from the reading before the first new one to the
# one after the last, and as far as a faulty reading may be undone; the readings around say what is usual.
_READINGS = f"""
WITH new AS (
    SELECT account_id, MIN(observed_at) AS first_at, MAX(observed_at) AS last_at
    FROM {READINGS.name} WHERE batch_id = ? GROUP BY account_id
), near AS (
    SELECT n.account_id, n.first_at, n.last_at,
        MAX(CASE WHEN r.observed_at < n.first_at THEN r.observed_at END) AS before_at,
        MIN(CASE WHEN r.observed_at > n.last_at THEN r.observed_at END) AS after_at
    FROM new AS n JOIN {READINGS.name} AS r ON r.account_id = n.account_id
    GROUP BY n.account_id, n.first_at, n.last_at
), changed AS (
    SELECT account_id,
        LEAST(COALESCE(before_at, first_at), first_at - INTERVAL '{_RECOVERY_DAYS} days') AS start_at,
        GREATEST(COALESCE(after_at, last_at), last_at + INTERVAL '{_RECOVERY_DAYS} days') AS end_at
    FROM near
), around AS (
    SELECT c.account_id, c.start_at, c.end_at,
        MAX(CASE WHEN r.observed_at <= c.start_at - INTERVAL '{_CONTEXT_DAYS} days' THEN r.observed_at END) AS from_at,
        MIN(CASE WHEN r.observed_at >= c.end_at + INTERVAL '{_CONTEXT_DAYS} days' THEN r.observed_at END) AS to_at
    FROM changed AS c JOIN {READINGS.name} AS r ON r.account_id = c.account_id
    GROUP BY c.account_id, c.start_at, c.end_at
)
SELECT {", ".join(f"r.{name}" for name in READINGS.names)}, a.start_at, a.end_at
FROM {READINGS.name} AS r JOIN around AS a ON r.account_id = a.account_id
WHERE r.observed_at >= COALESCE(a.from_at, r.observed_at) AND r.observed_at <= COALESCE(a.to_at, r.observed_at)
"""


def derive_days(
    batch_id: str, *, store: Store, time_zone: str, rules: Rules, min_coverage: float
) -> dict[str, int]:
    """Renew the daily consumption that the readings of a batch touch; returns what was newly decided about registers.

    However the readings are parted into batches, the days come out alike: each is derived from all readings of its
    account around it. Only what is usual for an account, its step and its flow, is judged by what is known by then.

    Parameters
    ----------
    batch_id
        Batch whose readings are in the store already.
    store, rules
        Where the rows are, and what is possible.
    time_zone
        IANA zone of the billing day.
    min_coverage
        Share of a day that its readings must cover for the day to be trained on.
    """
    found = store.query(_READINGS, [batch_id])
    if found.is_empty():
        return {}
    spans = found.select("account_id", "start_at", "end_at").unique("account_id")
    accounts = spans["account_id"].to_list()
    days, events = daily_consumption(
        found.select(READINGS.names),
        time_zone=time_zone,
        min_coverage=min_coverage,
        typical=median_days(store, accounts, days=rules.jump_days),
    )
    first, last = (pl.col(name).dt.convert_time_zone(time_zone).dt.date() for name in ("start_at", "end_at"))
    touched = days.join(spans, on="account_id").filter(pl.col("day").is_between(first, last))
    store.upsert(CONSUMPTION, touched.with_columns(batch_id=pl.lit(batch_id)).select(CONSUMPTION.names))
    return _renew_events(store, events, spans)


def median_days(store: Store, accounts: list[str], *, days: int) -> pl.DataFrame:
    """Median of the days above zero of the accounts that have enough of them: account_id, median_m3 [m³]."""
    return store.query(
        "SELECT account_id, PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY consumption_m3) AS median_m3"
        f" FROM {CONSUMPTION.name} WHERE consumption_m3 > 0 AND account_id IN (SELECT UNNEST(CAST(? AS VARCHAR[])))"
        f" GROUP BY account_id HAVING COUNT(*) >= {days}",
        [accounts],
    )


def _renew_events(store: Store, events: pl.DataFrame, spans: pl.DataFrame) -> dict[str, int]:
    """Put the decisions of the spans in the place of those made before; returns the new ones by kind."""
    inside = pl.col("observed_at").is_between("start_at", "end_at")
    decided = events.unique(REGISTER_EVENTS.key, keep="last", maintain_order=True).join(
        spans, on="account_id"
    )
    decided = REGISTER_EVENTS.check(decided.filter(inside).select(REGISTER_EVENTS.names))
    before = store.read(REGISTER_EVENTS, where={"account_id": spans["account_id"].to_list()})
    stale = (
        before.join(spans, on="account_id").filter(inside).join(decided, on=REGISTER_EVENTS.key, how="anti")
    )
    for account, instant in stale.select(REGISTER_EVENTS.key).iter_rows():
        store.delete(REGISTER_EVENTS, where={"account_id": account, "observed_at": instant})
    store.upsert(REGISTER_EVENTS, decided)
    new = decided.join(before, on=[*REGISTER_EVENTS.key, "decision"], how="anti")
    return dict(new["decision"].value_counts().iter_rows())
