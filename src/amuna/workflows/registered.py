"""What the registry holds of the store: save trainings, let its aliases follow, restore a version."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from amuna.domain.errors import AmunaError, NotEnoughData
from amuna.domain.ports import FleetRecord, FleetVersion, Registry, Store
from amuna.domain.table import Table
from amuna.domain.tables import (
    CALIBRATION,
    CONSUMPTION,
    DECISIONS,
    EVIDENCE,
    LEAD_EVIDENCE,
    MODELS,
    RUNS,
    STATES,
)
from amuna.domain.text import Text

log = logging.getLogger(__name__)

_TABLES = (MODELS, STATES, CALIBRATION, EVIDENCE, LEAD_EVIDENCE)


@dataclass(frozen=True)
class SyncReport:
    """What a synchronisation did.

    Parameters
    ----------
    saved
        Runs that the registry had missed.
    champion, challenger
        Versions that the aliases name now.
    """

    saved: list[str]
    champion: int | None
    challenger: int | None


def keep(*, store: Store, registry: Registry | None) -> None:
    """Bring the registry up to date; what it cannot take now is a warning, and is saved the next time."""
    if registry is None:
        log.info("no registry: the store alone keeps the models")
        return
    try:
        sync(store=store, registry=registry)
    except AmunaError as error:
        log.warning("%s", error)


def sync(*, store: Store, registry: Registry) -> SyncReport:
    """Save the trainings that the registry lacks, oldest first, and let its aliases follow the store.

    `champion` names the run that serves; `challenger` the newest training after it that was not rolled back.
    """
    versions = {version.run_id: version.number for version in registry.versions()}
    runs = trainings(store)
    saved = []
    for run_id in runs["run_id"]:
        if run_id not in versions:
            versions[run_id] = registry.save(record(store, run_id)).number
            registry.assign("challenger", versions[run_id])
            saved.append(run_id)
    serving = runs.filter(pl.col("alias") == "champion")["run_id"].to_list()
    newer = runs["run_id"].to_list()
    newer = newer[newer.index(serving[0]) + 1 :] if serving else newer
    refused = store.read(
        DECISIONS, where={"account_id": "", "decision": "rolled_back"}, columns=["rival_run"]
    )
    candidates = [run_id for run_id in newer if run_id not in refused["rival_run"].to_list()]
    champion = versions[serving[0]] if serving else None
    challenger = versions[candidates[-1]] if candidates else None
    registry.assign("champion", champion)
    registry.assign("challenger", challenger)
    log.info("registry saved=%d champion=%s challenger=%s", len(saved), champion, challenger)
    return SyncReport(saved, champion, challenger)


def trainings(store: Store) -> pl.DataFrame:
    """RUNS rows of the finished trainings of the whole fleet, oldest first."""
    runs = store.read(RUNS).filter(
        pl.col("finished_at").is_not_null(), pl.col("kind").fill_null("training") == "training"
    )
    return runs.sort("finished_at", "run_id")


def record(store: Store, run_id: str) -> FleetRecord:
    """A training with everything that restores it, as it stands in the store."""
    run = store.read(RUNS, where={"run_id": run_id})
    tables = stored_tables(store, run_id)
    known_at = store.query(f"SELECT MIN(known_at) FROM {STATES.name} WHERE run_id = ?", [run_id]).item()
    tables["run"] = run.with_columns(pl.lit("").alias("alias"), pl.lit(known_at).alias("known_at"))
    row = run.row(0, named=True)
    metrics = _metrics(tables)
    metrics["seconds"] = (row["finished_at"] - row["started_at"]).total_seconds()
    rows = store.query(f"SELECT COUNT(*) FROM {CONSUMPTION.name} WHERE day < ?", [row["cutoff"]]).item()
    facts = {
        "amuna.cutoff": str(row["cutoff"]),
        "amuna.last_commit": str(known_at),
        "amuna.rows": str(rows),
        "amuna.accounts": str(row["accounts"]),
        "amuna.code_version": row["code_version"],
        "amuna.settings_sha256": settings_digest(row["settings"]),
    }
    facts |= {f"amuna.{name}": repr(metrics[name]) for name in ("mase", "baseline_mase") if name in metrics}
    return FleetRecord(
        run_id=run_id,
        tables=tables,
        settings=_flat(json.loads(row["settings"])),
        metrics=metrics,
        facts=facts,
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )


def stored_tables(store: Store, run_id: str) -> dict[str, pl.DataFrame]:
    """The rows of a run, without the instant up to which its states know the batches: another store has other batches."""
    tables = {table.name: store.read(table, where={"run_id": run_id}) for table in _TABLES}
    tables[STATES.name] = tables[STATES.name].drop("known_at")
    return tables


def settings_digest(text: str) -> str:
    """A short name for settings."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def restore(*, store: Store, registry: Registry, number: int) -> str:
    """Put a version of the registry into the store, as it was saved; returns its run.

    It serves at once where nothing serves yet. The next update carries its states forward.

    Raises
    ------
    NotEnoughData
        If there is no such version.
    """
    tables = registry.load(number)
    run = tables["run"]
    run_id = str(run["run_id"][0])
    serving = store.read(RUNS, where={"alias": "champion"}, columns=["run_id"])["run_id"].to_list()
    alias = "champion" if serving in ([], [run_id]) else ""
    tables[STATES.name] = tables[STATES.name].with_columns(pl.lit(run["known_at"][0]).alias("known_at"))
    with store.transaction():
        for table in _TABLES:
            store.delete(table, where={"run_id": run_id})
            store.upsert(table, conformed(tables[table.name], table))
        restored = run.drop("known_at").with_columns(pl.lit(alias).alias("alias"))
        store.upsert(RUNS, conformed(restored, RUNS))
    log.info("restored %s from version %d accounts=%d", run_id, number, len(tables[MODELS.name]))
    return run_id


def version_of(registry: Registry, run_id: str) -> FleetVersion:
    """The version that holds a run.

    Raises
    ------
    NotEnoughData
        If the registry does not have it.
    """
    for version in registry.versions():
        if version.run_id == run_id:
            return version
    raise NotEnoughData(
        Text(
            "El registro de modelos no tiene el entrenamiento {run_id}.",
            "The registry does not hold run {run_id}.",
        ),
        remedy=Text("Guárdelo: amuna models sync.", "Save it: amuna models sync."),
        run_id=run_id,
    )


def conformed(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Rows saved by an earlier Amuna, with the columns that came since."""
    since = [column for column in table.columns if column.nullable and column.name not in frame.columns]
    known = frame.with_columns(pl.lit(None, column.dtype).alias(column.name) for column in since)
    return table.check(known.select(table.names))


def _metrics(tables: Mapping[str, pl.DataFrame]) -> dict[str, float]:
    models, evidence = tables[MODELS.name], tables[EVIDENCE.name].filter(pl.col("mase").is_not_null())
    metrics = {"accounts": float(len(models))}
    for status, count in models["status"].value_counts().iter_rows():
        metrics[f"status.{status}"] = float(count)
    for name, model in (("", "champion"), ("baseline_", "last_week")):
        errors = evidence.filter(pl.col("model") == model)["mase"].sort()
        if len(errors):
            metrics[f"{name}mase"] = float(errors.mean())  # type: ignore[arg-type]
            metrics[f"{name}median_mase"] = float(errors.median())  # type: ignore[arg-type]
    return metrics


def _flat(settings: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Nested settings as `arima.window`: text."""
    flat: dict[str, str] = {}
    for name, value in settings.items():
        flat |= (
            _flat(value, f"{prefix}{name}.")
            if isinstance(value, Mapping)
            else {f"{prefix}{name}": str(value)}
        )
    return flat
