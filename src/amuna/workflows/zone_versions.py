"""Trainings of the zones: list them, let another one serve, go back."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import FleetVersion, Store
from amuna.domain.tables import DECISIONS, RUNS
from amuna.domain.text import Text
from amuna.domain.zone_tables import ZONES_RUN
from amuna.workflows.registered import settings_digest
from amuna.workflows.zone_registered import zone_record, zone_trainings

log = logging.getLogger(__name__)

PREFIX = "zones-"  # of the names of runs
_FIGURES = ("mae_first_m3h", "mae_later_m3h", "baseline_mae_first_m3h", "baseline_mae_later_m3h")
_LISTED: dict[str, type[pl.DataType]] = {
    "version": pl.Int64,
    "run_id": pl.String,
    "aliases": pl.String,
    "cutoff": pl.Date,
    "zones": pl.Int64,
    "models": pl.String,
    **dict.fromkeys(_FIGURES, pl.Float64),
    "code_version": pl.String,
    "settings": pl.String,
    "in_store": pl.Boolean,
}


@dataclass(frozen=True)
class ZonePromotion:
    """A decision on what serves the zones.

    Parameters
    ----------
    run_id, before
        Run that serves now, and the one that served until now; empty for none.
    cutoff
        First local day its models have not seen.
    """

    run_id: str
    before: str
    cutoff: date


def list_zone_versions(store: Store, versions: Sequence[FleetVersion] = ()) -> pl.DataFrame:
    """Every training of zones whose models the store or the registry holds, the newest first.

    Returns
    -------
    polars.DataFrame
        version (in the registry), run_id, aliases, cutoff, zones, models, held-out errors of the first and the later days
        ahead and of the better baseline, means over the zones [m³/h], code_version, settings (a short name), in_store.
    """
    numbers = {version.run_id: version for version in versions}
    runs = zone_trainings(store).filter(pl.col("in_store") | pl.col("run_id").is_in(list(numbers)))
    rows = [_stored(store, row, numbers.get(row["run_id"])) for row in runs.reverse().iter_rows(named=True)]
    stored = set(runs["run_id"])
    rows += [_registered(version) for version in versions if version.run_id not in stored]
    return pl.DataFrame(rows, schema=_LISTED)


def find_zone_run(store: Store, name: str) -> str:
    """The training of zones of this name, or whose name begins so, whose models the store has.

    Raises
    ------
    NotEnoughData
        If there is none, or more than one.
    """
    wanted = PREFIX + name.removeprefix(PREFIX)
    runs = zone_trainings(store).filter("in_store")["run_id"].to_list()
    found = [run_id for run_id in runs if run_id.startswith(wanted)]
    if len(found) != 1:
        raise NotEnoughData(
            Text(
                "En el almacén hay {count} entrenamientos de zonas que empiezan con '{name}'; se espera uno.",
                "{count} trainings of zones in the store begin with '{name}'; expected one.",
            ),
            remedy=Text(
                "amuna models list --zones los muestra; uno que solo está en el registro vuelve con: amuna models restore VERSIÓN --zones.",
                "amuna models list --zones names them; one that only the registry has: amuna models restore VERSION --zones.",
            ),
            name=name,
            count=len(found),
        )
    return str(found[0])


def promote_zones(*, store: Store, run_id: str, by: str, reason: str, now: datetime) -> ZonePromotion:
    """Let another training serve the zones. The decision is a row with the person's name."""
    return _choose(store, run_id, decision="promoted", by=by, reason=reason, now=now)


def rollback_zones(*, store: Store, by: str, reason: str, now: datetime) -> ZonePromotion:
    """Let the training before serve the zones again.

    Raises
    ------
    NotEnoughData
        If the store has no other one.
    """
    others = zone_trainings(store).filter("in_store", pl.col("alias") != ZONES_RUN)["run_id"]
    if others.is_empty():
        raise NotEnoughData(
            Text(
                "El almacén no tiene otro entrenamiento de las zonas.",
                "The store has no other training of the zones.",
            ),
            remedy=Text(
                "Recupere uno del registro: amuna models restore VERSIÓN --zones.",
                "Bring one back from the registry: amuna models restore VERSION --zones.",
            ),
        )
    return _choose(store, str(others[-1]), decision="rolled_back", by=by, reason=reason, now=now)


def _choose(
    store: Store, run_id: str, *, decision: str, by: str, reason: str, now: datetime
) -> ZonePromotion:
    serves = store.read(RUNS, where={"alias": ZONES_RUN})
    before = str(serves["run_id"][0]) if len(serves) else ""
    run = store.read(RUNS, where={"run_id": run_id})
    done = ZonePromotion(run_id, before, run["cutoff"][0])
    if before == run_id:
        return done
    row = {
        "run_id": run_id,
        "account_id": "",
        "day": done.cutoff,
        "decision": decision,
        "rival_run": before,
        "reason": "person",
        "decided_by": by,
        "decided_at": now,
        "evidence": json.dumps({"reason": reason}),
    }
    with store.transaction():
        store.upsert(RUNS, serves.with_columns(alias=pl.lit("")))
        store.upsert(RUNS, run.with_columns(alias=pl.lit(ZONES_RUN)))
        store.upsert(DECISIONS, DECISIONS.frame([row]))
    log.info("%s %s in place of %s by %s", decision, run_id, before or "none", by)
    return done


def _stored(store: Store, row: dict[str, object], version: FleetVersion | None) -> dict[str, object]:
    found: dict[str, object] = {"version": None} if version is None else _registered(version)
    if row["in_store"]:
        record = zone_record(store, str(row["run_id"]))
        found |= {name: record.metrics.get(name) for name in _FIGURES}
        found |= {"zones": int(record.metrics["zones"]), "models": record.facts["amuna.models"]}
    return found | {
        "run_id": row["run_id"],
        "aliases": "champion" if row["alias"] == ZONES_RUN else "",
        "cutoff": row["cutoff"],
        "code_version": row["code_version"],
        "settings": settings_digest(str(row["settings"])),
        "in_store": row["in_store"],
    }


def _registered(version: FleetVersion) -> dict[str, object]:
    facts = version.facts
    errors = {name: facts.get(f"amuna.{name}") for name in _FIGURES}
    return {
        "version": version.number,
        "run_id": version.run_id,
        "aliases": "",
        "cutoff": date.fromisoformat(facts["amuna.cutoff"]),
        "zones": int(facts["amuna.zones"]),
        "models": facts["amuna.models"],
        **{name: None if value is None else float(value) for name, value in errors.items()},
        "code_version": facts["amuna.code_version"],
        "settings": facts["amuna.settings_sha256"],
        "in_store": False,
    }
