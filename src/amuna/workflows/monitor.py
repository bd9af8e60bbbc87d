"""Monitor: drift of the data and of the models' residuals, with the limits it is judged by."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, BATCHES, CONSUMPTION, DECISIONS, DRIFT, MODELS, RUNS
from amuna.domain.text import Text
from amuna.lifecycle.drift import account_drift, arrival_drift, consumption_drift, volume_drift
from amuna.lifecycle.findings import QUARTER_DAYS, RECENT_DAYS, Finding, drift_frame
from amuna.lifecycle.residuals import CLIP, broken_share, residual_drift
from amuna.workflows.day_ahead import day_ahead_scaled

log = logging.getLogger(__name__)

SAMPLE_ACCOUNTS = 20_000
_WEEKS_OF_RESIDUALS = 8
_YEAR = timedelta(days=364)  # to the same weekday
_LATE_DAYS = 3  # a row recorded later than this after its day has missed the updates that needed it


@dataclass(frozen=True)
class MonitorReport:
    """What was found.

    Parameters
    ----------
    cutoff
        First day that was not looked at.
    findings
        DRIFT rows, those that drifted first.
    drifted
        How many passed their limit.
    seconds
        Time taken [s].
    """

    cutoff: date
    findings: pl.DataFrame
    drifted: int
    seconds: float


def monitor(*, store: Store, now: datetime, cutoff: date | None = None) -> MonitorReport:
    """Judge the last week of data and residuals against the weeks before, and keep the findings.

    Looked at again for the same cutoff, the findings take the place of the earlier ones.

    Parameters
    ----------
    now
        The present instant, with a zone.
    cutoff
        First day not to look at; the day after the last usable one if None.

    Raises
    ------
    NotEnoughData
        If the store holds no consumption.
    """
    started = time.perf_counter()
    cutoff = cutoff or _cutoff(store)
    findings = [*_data(store, cutoff), *_models(store, cutoff)]
    rows = drift_frame(findings, cutoff, now=now).sort(
        "drifted", "kind", descending=[True, False], maintain_order=True
    )
    with store.transaction():
        store.delete(DRIFT, where={"cutoff": cutoff})
        store.upsert(DRIFT, rows)
    report = MonitorReport(cutoff, rows, int(rows["drifted"].sum()), time.perf_counter() - started)
    log.info(
        "monitored to %s findings=%d drifted=%d seconds=%.1f",
        cutoff,
        len(rows),
        report.drifted,
        report.seconds,
    )
    return report


def _cutoff(store: Store) -> date:
    last: date | None = store.query(f"SELECT MAX(day) FROM {CONSUMPTION.name} WHERE flag = 'ok'").item()
    if last is None:
        raise NotEnoughData(
            Text("El almacén no tiene consumos.", "The store holds no consumption."),
            remedy=Text("Ingréselos primero: amuna ingest ORIGEN.", "Read some first: amuna ingest SOURCE."),
        )
    return last + timedelta(days=1)


def _data(store: Store, cutoff: date) -> list[Finding]:
    first = cutoff - timedelta(days=QUARTER_DAYS + RECENT_DAYS)
    days = store.query(
        f"SELECT day, COUNT(*) AS rows FROM {CONSUMPTION.name} WHERE day >= ? AND day < ? GROUP BY day ORDER BY day",
        [first, cutoff],
    )
    return [
        *volume_drift(days, cutoff),
        *account_drift(_accounts(store, first, cutoff), cutoff),
        *arrival_drift("late", *_late(store, first, cutoff), slack=0.05),
        *arrival_drift("quarantined", *_quarantined(store), slack=0.01),
        *consumption_drift(
            _consumption(store, first, cutoff),
            cutoff,
            year_ago=_consumption(store, first - _YEAR, cutoff - _YEAR),
        ),
    ]


def _models(store: Store, cutoff: date) -> list[Finding]:
    first = cutoff - timedelta(days=RECENT_DAYS * (1 + _WEEKS_OF_RESIDUALS))
    found = residual_drift(day_ahead_scaled(store, first, cutoff, clip=CLIP), cutoff)
    trained = store.query(
        f"SELECT COUNT(*) FROM {MODELS.name} WHERE run_id IN (SELECT run_id FROM {RUNS.name} WHERE alias = 'champion')"
    ).item()
    return [*found, *broken_share(broken_accounts(store, cutoff), int(trained))]


def broken_accounts(store: Store, cutoff: date) -> int:
    """Accounts for which a refit was asked in the last four weeks because their residuals broke."""
    return int(
        store.query(
            f"SELECT COUNT(DISTINCT account_id) FROM {DECISIONS.name} WHERE decision = 'refit'"
            " AND reason IN ('bias', 'accuracy') AND day > ? AND day <= ?",
            [cutoff - timedelta(days=28), cutoff],
        ).item()
    )


def _accounts(store: Store, first: date, cutoff: date) -> pl.DataFrame:
    week, month = cutoff - timedelta(days=RECENT_DAYS), cutoff - timedelta(days=RECENT_DAYS + 28)
    return store.query(
        "SELECT account_id, MIN(day) AS first, MAX(day) AS last,"
        " SUM(CASE WHEN day >= ? THEN 1 ELSE 0 END) AS recent,"
        " SUM(CASE WHEN day >= ? AND day < ? THEN 1 ELSE 0 END) AS earlier"
        f" FROM {CONSUMPTION.name} WHERE flag = 'ok' AND day >= ? AND day < ? GROUP BY account_id",
        [week, month, week, first, cutoff],
    )


def _late(store: Store, first: date, cutoff: date) -> tuple[pl.DataFrame, date]:
    """Rows by the day on which they were recorded, and those recorded late; since the last seven such days."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    days = store.query(
        "SELECT CAST(recorded_at AS DATE) AS day, COUNT(*) AS rows,"
        " SUM(CASE WHEN CAST(recorded_at AS DATE) - day > ? THEN 1 ELSE 0 END) AS hits"
        f" FROM {CONSUMPTION.name} WHERE recorded_at >= ? AND recorded_at < ? AND day >= ? GROUP BY 1",
        [_LATE_DAYS, start, start + timedelta(days=(cutoff - first).days + 1), first],
    )
    return days, cutoff - timedelta(days=RECENT_DAYS - 1)


def _quarantined(store: Store) -> tuple[pl.DataFrame, date]:
    """Rows by the day on which they were committed, and those refused; since a week before the last commit."""
    days = store.query(
        "SELECT CAST(committed_at AS DATE) AS day, SUM(rows_read) AS rows, SUM(rows_quarantined) AS hits"
        f" FROM {BATCHES.name} WHERE COALESCE(kind, '') <> 'weather' GROUP BY 1"
    )
    last: date = days["day"].max() or date.min  # type: ignore[assignment]
    return days, last - timedelta(days=min(RECENT_DAYS - 1, (last - date.min).days))


def _consumption(store: Store, first: date, cutoff: date) -> pl.DataFrame:
    """Usable days of all accounts, or of SAMPLE_ACCOUNTS evenly spread over them, with their segment."""
    ids = store.query(
        f"SELECT DISTINCT account_id FROM {CONSUMPTION.name} WHERE day >= ? ORDER BY 1", [first]
    )["account_id"]
    query = f"SELECT account_id, day, consumption_m3 FROM {CONSUMPTION.name} WHERE flag = 'ok' AND day >= ? AND day < ?"
    days = store.query(query, [first, cutoff])
    if len(ids) > SAMPLE_ACCOUNTS:
        days = days.filter(
            pl.col("account_id").is_in(ids.gather_every(-(-len(ids) // SAMPLE_ACCOUNTS)).implode())
        )
    segments = store.read(ACCOUNTS, columns=["account_id", "segment"])
    return days.join(segments, on="account_id", how="left").with_columns(
        pl.col("segment").fill_null("unknown")
    )
