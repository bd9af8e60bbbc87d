"""Metrics: the state of feeds, models and accuracy as Prometheus text, read from the store's tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import polars as pl
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from amuna import __version__
from amuna.domain.job_tables import JOBS
from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, CONSUMPTION, DECISIONS, DRIFT, MODELS, QUARANTINE, RUNS, UPDATES
from amuna.workflows.day_ahead import day_ahead
from amuna.workflows.health import FILES_BY_FOLDER
from amuna.workflows.monitor import broken_accounts

ACCURACY_DAYS = 28


def metrics_text(store: Store, *, now: datetime, store_bytes: int | None = None) -> str:
    """Everything Prometheus is told, in its text format.

    Counters are read from the store, so they survive a restart and are the same from every process.

    Parameters
    ----------
    store
        Store; nothing is written to it.
    now
        The present instant, with a zone; lags count up to it.
    store_bytes
        Size of the store's file, where it is one [bytes].
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(_families(store, now, store_bytes)))
    return generate_latest(registry).decode("utf-8")


def metrics_samples(
    store: Store, *, now: datetime, store_bytes: int | None = None
) -> dict[str, list[dict[str, object]]]:
    """The same figures for programs: by the name of the metric, each sample with its labels and its value."""
    found: dict[str, list[dict[str, object]]] = {}
    for family in _families(store, now, store_bytes):
        for sample in family.samples:
            found.setdefault(sample.name, []).append({"labels": sample.labels, "value": sample.value})
    return found


class _Collected(Collector):
    """Families that were read already, in the shape the registry asks for."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def _families(store: Store, now: datetime, store_bytes: int | None) -> list[Metric]:
    newest: date | None = store.query(f"SELECT MAX(day) FROM {CONSUMPTION.name} WHERE flag = 'ok'").item()
    return [
        InfoMetricFamily("amuna_build", "Version of Amuna.", value={"version": __version__}),
        *_feeds(store, now),
        *_newest(newest, now),
        _quarantine(store),
        *_runs(store),
        *_updates(store),
        *_serving(store, newest),
        *_accuracy(store, newest),
        _decisions(store),
        *_jobs(store),
        *_drift(store),
        *_gauge("store_size_bytes", "Size of the embedded store's file.", store_bytes),
    ]


def _gauge(name: str, explanation: str, value: float | None) -> list[Metric]:
    """One number without labels; nothing where it is unknown."""
    return [] if value is None else [GaugeMetricFamily(f"amuna_{name}", explanation, value=float(value))]


def _labelled(family: Metric, rows: pl.DataFrame) -> Metric:
    """The family with a sample for each row: labels first, the number last."""
    for *labels, number in rows.iter_rows():
        family.add_metric([str(label) for label in labels], float(number))  # type: ignore[attr-defined]
    return family


def _feeds(store: Store, now: datetime) -> list[Metric]:
    feeds = store.query(
        f"SELECT feed, COUNT(*) AS batches, SUM(rows_accepted) AS accepted, SUM(rows_quarantined) AS quarantined,"
        f" SUM(rows_duplicate) AS duplicate, MAX(committed_at) AS last FROM {BATCHES.name} GROUP BY feed"
    )
    feeds = feeds.group_by(FILES_BY_FOLDER).agg(pl.exclude("last").sum(), pl.col("last").max()).sort("feed")
    rows = CounterMetricFamily(
        "amuna_feed_rows", "Rows read from a feed, by what became of them.", labels=["feed", "outcome"]
    )
    for outcome in ("accepted", "quarantined", "duplicate"):
        _labelled(rows, feeds.select("feed", pl.lit(outcome), outcome))
    lag = feeds.select("feed", (pl.lit(now) - pl.col("last")).dt.total_microseconds() / 1e6)
    return [
        rows,
        _labelled(
            CounterMetricFamily("amuna_feed_batches", "Batches committed.", labels=["feed"]),
            feeds.select("feed", "batches"),
        ),
        _labelled(
            GaugeMetricFamily("amuna_feed_lag_seconds", "Since the feed's last commit.", labels=["feed"]), lag
        ),
    ]


def _newest(newest: date | None, now: datetime) -> list[Metric]:
    if newest is None:
        return []
    end = datetime(newest.year, newest.month, newest.day, tzinfo=UTC) + timedelta(days=1)
    return _gauge(
        "data_lag_seconds", "Since the end (UTC) of the newest usable day.", (now - end).total_seconds()
    )


def _quarantine(store: Store) -> Metric:
    rows = store.query(f"SELECT reason, COUNT(*) FROM {QUARANTINE.name} GROUP BY reason ORDER BY reason")
    return _labelled(
        GaugeMetricFamily("amuna_quarantine_rows", "Refused rows kept, by reason.", labels=["reason"]), rows
    )


def _runs(store: Store) -> list[Metric]:
    runs = store.read(RUNS, columns=["started_at", "finished_at", "accounts", "kind"])
    finished = runs.filter(pl.col("finished_at").is_not_null()).with_columns(
        pl.col("kind").fill_null("training"),
        seconds=(pl.col("finished_at") - pl.col("started_at")).dt.total_microseconds() / 1e6,
    )
    kinds = finished.group_by("kind").agg(pl.len().alias("runs"), pl.col("seconds").sum()).sort("kind")
    last = finished.sort("finished_at").group_by("kind").agg(pl.col("seconds").last()).sort("kind")
    return [
        _labelled(
            CounterMetricFamily("amuna_fits", "Trainings and refits finished.", labels=["kind"]),
            kinds.select("kind", "runs"),
        ),
        _labelled(
            CounterMetricFamily("amuna_fit_seconds", "Time spent fitting.", labels=["kind"]),
            kinds.select("kind", "seconds"),
        ),
        _labelled(
            GaugeMetricFamily("amuna_last_fit_seconds", "Time of the last fit.", labels=["kind"]), last
        ),
    ]


def _updates(store: Store) -> list[Metric]:
    row = store.query(
        f"SELECT COUNT(*) AS n, SUM(seconds) AS seconds, SUM(rows) AS days, SUM(restated) AS restated,"
        f" SUM(adopted) AS adopted, SUM(scored) AS scored FROM {UPDATES.name}"
    ).row(0, named=True)
    counters = {
        "updates": ("Updates without refit, and first states of a run.", "n"),
        "update_seconds": ("Time spent updating, judging and forecasting.", "seconds"),
        "update_rows": ("Account days taken into the models.", "days"),
        "accounts_restated": ("States built anew after a correction.", "restated"),
        "accounts_adopted": ("New accounts given a model.", "adopted"),
        "forecasts_judged": ("Stored forecasts judged on what happened.", "scored"),
    }
    return [
        CounterMetricFamily(f"amuna_{name}", explanation, value=float(row[column] or 0))
        for name, (explanation, column) in counters.items()
    ]


def _serving(store: Store, newest: date | None) -> list[Metric]:
    accounts = store.query(
        f"SELECT champion, status, COUNT(*) FROM {MODELS.name}"
        f" WHERE run_id IN (SELECT run_id FROM {RUNS.name} WHERE alias = 'champion') GROUP BY 1, 2 ORDER BY 1, 2"
    )
    family = GaugeMetricFamily(
        "amuna_accounts",
        "Accounts that are served, by model and by how its fit went.",
        labels=["model", "status"],
    )
    found = [_labelled(family, accounts)]
    if newest is not None and len(accounts):
        broken = broken_accounts(store, newest + timedelta(days=1)) / float(accounts.to_series(2).sum())
        found += _gauge(
            "drifted_ratio", "Share of accounts whose residuals broke in the last four weeks.", broken
        )
    return found


def _accuracy(store: Store, newest: date | None) -> list[Metric]:
    if newest is None:
        return []
    end = newest + timedelta(days=1)
    days = day_ahead(store, end - timedelta(days=ACCURACY_DAYS), end)
    if days.is_empty():
        return []
    total = days.select(pl.exclude("day").sum()).row(0, named=True)
    n, compared, baseline = total["forecasts"], total["compared"], total["baseline_gap_m3"]
    window = f"day-ahead forecasts of the last {ACCURACY_DAYS} days"
    found = _gauge(
        "forecast_error_cubic_metres", f"Mean absolute residual, {window}.", total["absolute_m3"] / n
    )
    coverage = GaugeMetricFamily(
        "amuna_forecast_coverage_ratio", f"Share inside the interval, {window}.", labels=["interval"]
    )
    coverage.add_metric(["0.8"], total["inside80"] / n)
    coverage.add_metric(["0.95"], total["inside95"] / n)
    found.append(coverage)
    if compared:
        name = "baseline_error_cubic_metres"
        found += _gauge(name, f"Mean absolute residual of last week's value, {window}.", baseline / compared)
    if baseline > 0:
        ratio = total["gap_m3"] / baseline
        found += _gauge(
            "forecast_error_ratio", f"Mean absolute residual over that of last week's value, {window}.", ratio
        )
    return found


def _decisions(store: Store) -> Metric:
    rows = store.query(f"SELECT decision, reason, COUNT(*) FROM {DECISIONS.name} GROUP BY 1, 2 ORDER BY 1, 2")
    return _labelled(
        CounterMetricFamily(
            "amuna_decisions", "Decisions about models, one per account.", labels=["decision", "reason"]
        ),
        rows,
    )


def _jobs(store: Store) -> list[Metric]:
    """Scheduled work: steps by how they ended, and the seconds they took."""
    steps = store.query(
        "SELECT COALESCE(NULLIF(step, ''), 'all') AS step, status, COUNT(*) AS n,"
        f" CAST(SUM(seconds) AS DOUBLE PRECISION) AS seconds FROM {JOBS.name} WHERE status <> 'running' GROUP BY 1, 2 ORDER BY 1, 2"
    )
    last = store.query(
        f"SELECT job, MAX(run_at) FROM {JOBS.name} WHERE step = '' AND status = 'ok' GROUP BY job ORDER BY job"
    )
    labels = ["step", "status"]
    finished = last.with_columns(pl.col(last.columns[1]).dt.timestamp("us") / 1e6)
    return [
        _labelled(
            CounterMetricFamily(
                "amuna_job_steps",
                "Scheduled steps, by how they ended; step all is the whole job.",
                labels=labels,
            ),
            steps.select(*labels, "n"),
        ),
        _labelled(
            CounterMetricFamily("amuna_job_step_seconds", "Time spent in scheduled steps.", labels=labels),
            steps.select(*labels, "seconds"),
        ),
        _labelled(
            GaugeMetricFamily(
                "amuna_job_success_timestamp_seconds",
                "When the last job that went well was due.",
                labels=["job"],
            ),
            finished,
        ),
    ]


def _drift(store: Store) -> list[Metric]:
    rows = store.query(
        f"SELECT kind, measure, part, value, drifted, checked_at FROM {DRIFT.name}"
        f" WHERE cutoff = (SELECT MAX(cutoff) FROM {DRIFT.name}) AND value IS NOT NULL ORDER BY 1, 2, 3"
    )
    if rows.is_empty():
        return []
    labels = ["kind", "measure", "part"]
    drifted = rows.select(*labels, pl.col("drifted").cast(pl.Float64))
    checked: datetime = rows["checked_at"].max()  # type: ignore[assignment]
    return [
        _labelled(
            GaugeMetricFamily("amuna_drift_value", "What amuna monitor last measured.", labels=labels),
            rows.select(*labels, "value"),
        ),
        _labelled(GaugeMetricFamily("amuna_drifted", "1 where its limit is passed.", labels=labels), drifted),
        *_gauge("monitored_timestamp_seconds", "When amuna monitor last looked.", checked.timestamp()),
    ]
