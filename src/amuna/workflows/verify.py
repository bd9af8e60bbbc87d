"""Verify: what the store and the registry hold of a training is what was trained."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from amuna.domain.ports import Registry, Store
from amuna.domain.tables import CALIBRATION, EVIDENCE, MODELS, STATES
from amuna.lifecycle.artefact import digests, packed
from amuna.workflows.registered import stored_tables, version_of


@dataclass(frozen=True)
class Verification:
    """A training's rows against the digests in the registry.

    Parameters
    ----------
    run_id, version
        The training.
    digest
        SHA-256 of its artefacts, as the registry's tag says it.
    intact
        Whether the artefacts still have that digest.
    identical
        Whether the rows in the store have it too: nothing happened since they were saved.
    refitted, adopted, moved_on
        Accounts with a model of a later refit; accounts that came later; accounts whose states have taken new days.
    changed
        Tables whose rows differ from what was trained without one of these reasons.
    """

    run_id: str
    version: int
    digest: str
    intact: bool
    identical: bool
    refitted: int
    adopted: int
    moved_on: int
    changed: list[str]

    @property
    def verified(self) -> bool:
        """Whether the artefacts are intact and every difference of the store has its reason."""
        return self.intact and not self.changed


def verify(*, store: Store, registry: Registry, run_id: str) -> Verification:
    """Compute the digests of a training's artefacts and of its rows in the store anew, and explain what differs.

    Raises
    ------
    NotEnoughData
        If the registry does not hold the run.
    """
    version = version_of(registry, run_id)
    kept = registry.load(version.number)
    stored = stored_tables(store, run_id)
    intact = _digests(kept) == dict(version.digests)
    now = _digests(stored)
    models = _matched(kept[MODELS.name], stored[MODELS.name])
    same_fit = pl.all_horizontal(
        pl.col(f"{name}_stored").eq_missing(pl.col(name)) for name in ("fitted_run", "fitted_to")
    )
    refitted = models.filter(~same_fit)["account_id"]
    adopted = _missing(stored[MODELS.name], kept[MODELS.name])
    states = _matched(kept[STATES.name], stored[STATES.name])
    moved = states.filter(pl.col("cutoff_stored") != pl.col("cutoff"))["account_id"]
    excused = {MODELS.name: [*refitted, *adopted], STATES.name: [*refitted, *adopted, *moved]}
    parts = [
        name
        for name in (MODELS.name, STATES.name, CALIBRATION.name, EVIDENCE.name)
        if now[name] != version.digests[name]
    ]
    changed = [name for name in parts if not _same(kept[name], stored[name], without=excused.get(name, []))]
    return Verification(
        run_id=run_id,
        version=version.number,
        digest=version.digests["all"],
        intact=intact,
        identical=now == dict(version.digests),
        refitted=len(refitted),
        adopted=len(adopted),
        moved_on=len(moved),
        changed=changed,
    )


def _digests(tables: dict[str, pl.DataFrame]) -> dict[str, str]:
    return digests({name: packed(frame) for name, frame in tables.items()})


def _matched(kept: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Accounts that both have, the stored values under `NAME_stored`."""
    return kept.join(stored, on="account_id", suffix="_stored")


def _missing(frame: pl.DataFrame, other: pl.DataFrame) -> list[str]:
    """Accounts of the frame that the other lacks."""
    return frame.join(other, on="account_id", how="anti")["account_id"].to_list()


def _same(kept: pl.DataFrame, stored: pl.DataFrame, *, without: list[str]) -> bool:
    if "account_id" in kept.columns:
        excused = pl.col("account_id").is_in(without)
        kept, stored = kept.filter(~excused), stored.filter(~excused)
    return packed(kept) == packed(stored)
