"""What `amuna models` does with `--zones`: trainings of the zones, which one serves, and which could."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from amuna import wiring
from amuna.domain.errors import AmunaError
from amuna.serve.cli.app import now, open_store, open_workspace
from amuna.serve.cli.output import facts, next_steps, print_error, print_json, program, rows_table, say

if TYPE_CHECKING:
    from amuna.domain.ports import FleetVersion, Registry
    from amuna.workflows.zone_versions import ZonePromotion

_COLUMNS = {
    "version": "no.",
    "run_id": "run",
    "aliases": "alias",
    "cutoff": "cutoff",
    "zones": "zones",
    "models": "models",
    "mae_first_m3h": "first day: MAE [m³/h]",
    "baseline_mae_first_m3h": "baseline",
    "mae_later_m3h": "later days: MAE [m³/h]",
    "baseline_mae_later_m3h": "baseline of these",
}


def list_zones(*, as_json: bool) -> None:
    """Trainings of zones with their held-out errors."""
    from amuna.workflows.zone_versions import list_zone_versions

    workspace = open_workspace()
    with open_store(workspace, read_only=True) as store:
        found = list_zone_versions(store, _versions(wiring.zone_registry(workspace)))
    if as_json:
        print_json({"versions": found})
        return
    if found.is_empty():
        say("No zones are trained yet: amuna train zones.")
        return
    alias = pl.when("in_store").then("aliases").otherwise(pl.lit("registry only"))
    rows_table("Trainings of the zones", found.with_columns(aliases=alias), _COLUMNS)
    say(
        "MAE: mean over zones, on the nine weeks before the cutoff, of models that had not seen them; baseline: the better of "
        "last week repeated and the mean of four weeks."
    )


def promote_zones(run: str, *, by: str, reason: str, as_json: bool) -> None:
    """Let another training serve the zones."""
    from amuna.workflows.zone_registered import keep_zones
    from amuna.workflows.zone_versions import find_zone_run
    from amuna.workflows.zone_versions import promote_zones as let_serve

    workspace = open_workspace()
    with open_store(workspace) as store:
        done = let_serve(store=store, run_id=find_zone_run(store, run), by=by, reason=reason, now=now())
        keep_zones(store=store, registry=wiring.zone_registry(workspace))
    _print_promotion(done, as_json=as_json)


def rollback_zones(*, by: str, reason: str, as_json: bool) -> None:
    """Go back to the training of zones before."""
    from amuna.workflows.zone_registered import keep_zones
    from amuna.workflows.zone_versions import rollback_zones as go_back

    workspace = open_workspace()
    with open_store(workspace) as store:
        done = go_back(store=store, by=by, reason=reason, now=now())
        keep_zones(store=store, registry=wiring.zone_registry(workspace))
    _print_promotion(done, as_json=as_json)


def restore_zones(version: int, registry: Registry, workspace: wiring.Workspace, *, as_json: bool) -> None:
    """Put a version of the registry of zones into the store."""
    from amuna.workflows.zone_registered import restore_zones as put_back

    with open_store(workspace) as store:
        run_id = put_back(store=store, registry=registry, number=version)
    if as_json:
        print_json({"run_id": run_id, "version": version})
        return
    say(f"Version {version} is back in the store as {run_id}.")
    next_steps([(f"{program()} models promote {run_id} --by NAME", "let it serve, if another one does")])


def _versions(registry: Registry | None) -> list[FleetVersion]:
    """What the registry lists; nothing, and a warning, where it does not answer."""
    try:
        return registry.versions() if registry else []
    except AmunaError as error:
        print_error(error, as_json=False)
        return []


def _print_promotion(done: ZonePromotion, *, as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    if done.before == done.run_id:
        say(f"Run {done.run_id} serves already.")
        return
    facts(
        f"Run {done.run_id} serves the zones",
        {"before": done.before or None, "model has seen": f"all days before {done.cutoff}"},
    )
    next_steps([(f"{program()} forecast --zone all", "forecast every zone with it")])
