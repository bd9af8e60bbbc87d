"""What the registry holds of the zones: save trainings whose models the store has, let its alias follow, restore a version."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from amuna.domain.errors import AmunaError
from amuna.domain.ports import FleetRecord, Registry, Store
from amuna.domain.tables import RUNS
from amuna.domain.zone_tables import ZONE_MODELS, ZONES_RUN
from amuna.workflows.registered import conformed, settings_digest
from amuna.workflows.zone_facts import PART

log = logging.getLogger(__name__)

_ERRORS = {
    "zone_id": pl.String,
    "days": pl.String,
    "mae_m3h": pl.Float64,
    "baseline_mae_m3h": pl.Float64,
}
_IMPORTANCE = {"model": pl.String, "days": pl.String, "input": pl.String, "share": pl.Float64}


def keep_zones(*, store: Store, registry: Registry | None) -> None:
    """Bring the registry up to date; what it cannot take now is a warning, and is saved the next time."""
    if zone_trainings(store).is_empty():
        return
    if registry is None:
        log.info("no registry: the store alone keeps the models of zones")
        return
    try:
        sync_zones(store=store, registry=registry)
    except AmunaError as error:
        log.warning("%s", error)


def sync_zones(*, store: Store, registry: Registry) -> list[str]:
    """Save the trainings that the registry lacks, oldest first, and let `champion` name the one that serves.

    The store keeps the models of the run that serves and of the one before; older ones are in the registry alone.

    Returns
    -------
    list of str
        Runs that were saved.
    """
    versions = {version.run_id: version.number for version in registry.versions()}
    runs = zone_trainings(store)
    saved = [run_id for run_id in runs.filter("in_store")["run_id"] if run_id not in versions]
    for run_id in saved:
        versions[run_id] = registry.save(zone_record(store, run_id)).number
    serving = runs.filter(pl.col("alias") == ZONES_RUN)["run_id"].to_list()
    champion = versions.get(serving[0]) if serving else None
    registry.assign("champion", champion)
    log.info("registry of zones saved=%d champion=%s", len(saved), champion)
    return saved


def zone_trainings(store: Store) -> pl.DataFrame:
    """RUNS rows of the trainings of zones, oldest first, with `in_store`: whether their models are."""
    runs = store.read(RUNS, where={"kind": ZONES_RUN})
    known = store.query(f"SELECT DISTINCT run_id FROM {ZONE_MODELS.name}")["run_id"]
    return runs.with_columns(in_store=pl.col("run_id").is_in(known.to_list())).sort("started_at", "run_id")


def zone_record(store: Store, run_id: str) -> FleetRecord:
    """A training of zones with everything that restores it."""
    run = store.read(RUNS, where={"run_id": run_id})
    row = run.row(0, named=True)
    models = store.read(ZONE_MODELS, where={"run_id": run_id})
    texts = dict(models.select("part", "content").iter_rows())
    body, told = json.loads(texts["model"]), json.loads(texts.get(PART, "{}"))
    errors = _errors(body)
    metrics = _metrics(body, errors) | {"seconds": (row["finished_at"] - row["started_at"]).total_seconds()}
    return FleetRecord(
        run_id=run_id,
        tables={
            "zone_models": models,
            "run": run.with_columns(alias=pl.lit("")),
            "zone_errors": errors,
            "importance": _importance(told),
        },
        settings=_settings(row["settings"], body),
        metrics=metrics,
        facts=_facts(row, body, told)
        | {f"amuna.{name}": repr(metrics[name]) for name in _SHOWN if name in metrics},
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )


_SHOWN = ("mae_first_m3h", "mae_later_m3h", "baseline_mae_first_m3h", "baseline_mae_later_m3h")


def restore_zones(*, store: Store, registry: Registry, number: int) -> str:
    """Put a version of the registry into the store, as it was saved; returns its run.

    It serves at once where nothing serves yet; else promote it.

    Raises
    ------
    NotEnoughData
        If there is no such version.
    """
    tables = registry.load(number)
    run_id = str(tables["run"]["run_id"][0])
    serving = store.read(RUNS, where={"alias": ZONES_RUN}, columns=["run_id"])["run_id"].to_list()
    alias = ZONES_RUN if serving in ([], [run_id]) else ""
    with store.transaction():
        store.delete(ZONE_MODELS, where={"run_id": run_id})
        store.upsert(ZONE_MODELS, conformed(tables["zone_models"], ZONE_MODELS))
        store.upsert(RUNS, conformed(tables["run"].with_columns(alias=pl.lit(alias)), RUNS))
    log.info("restored %s from version %d", run_id, number)
    return run_id


def _errors(body: Mapping[str, Any]) -> pl.DataFrame:
    """Held-out errors of each zone beside the better baseline, for the first and the later days ahead."""
    learned = body.get("learned", {"mae": {}, "baseline_mae": {}})
    rows = [
        (zone, days, mae, baseline)
        for days in learned["mae"]
        for zone, mae, baseline in zip(
            body["zones"], learned["mae"][days], learned["baseline_mae"][days], strict=True
        )
    ]
    return pl.DataFrame(rows, schema=_ERRORS, orient="row").with_columns(pl.col(pl.Float64).fill_nan(None))


def _importance(told: Mapping[str, Any]) -> pl.DataFrame:
    rows = [
        (model, days, name, share)
        for model, kinds in told.get("importance", {}).items()
        for days, inputs in kinds.items()
        for name, share in inputs.items()
    ]
    return pl.DataFrame(rows, schema=_IMPORTANCE, orient="row")


def _metrics(body: Mapping[str, Any], errors: pl.DataFrame) -> dict[str, float]:
    metrics = {"zones": float(len(body["zones"]))}
    means = errors.group_by("days").agg(pl.col("mae_m3h", "baseline_mae_m3h").mean())
    for days, mae, baseline in means.iter_rows():
        found = {f"mae_{days}_m3h": mae, f"baseline_mae_{days}_m3h": baseline}
        metrics |= {name: value for name, value in found.items() if value is not None}
    for days, weights in body.get("learned", {}).get("weights", {}).items():
        shares = np.atleast_1d(weights)
        metrics |= {
            f"weight_{days}.{name}": float(share) for name, share in zip(body["members"], shares, strict=True)
        }
    return metrics


def _settings(text: str, body: Mapping[str, Any]) -> dict[str, str]:
    told = json.loads(text)
    settings = {name: str(value) for name, value in told.items() if name != "models"}
    settings |= {
        f"model.{each.partition('(')[0].lower()}": each[:_LONGEST] for each in told.get("models", [])
    }
    chosen = (body.get("choice") or {}).get("settings", {})
    return settings | {f"chosen.{name}": str(value) for name, value in chosen.items()}


_LONGEST = 6_000  # characters that MLflow takes of a parameter


def _facts(row: Mapping[str, Any], body: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, str]:
    data = told.get("data", {})
    return {
        "amuna.cutoff": str(row["cutoff"]),
        "amuna.zones": str(len(body["zones"])),
        "amuna.models": ", ".join(body["members"]),
        "amuna.code_version": row["code_version"],
        "amuna.settings_sha256": settings_digest(row["settings"]),
        **{f"amuna.data.{name}": str(value) for name, value in data.items() if value is not None},
    }
