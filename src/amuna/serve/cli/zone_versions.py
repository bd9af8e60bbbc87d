"""What `amuna models` does with `--zones`: trainings of the zones, which one serves, and which could."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from amuna import wiring
from amuna.domain.errors import AmunaError
from amuna.domain.text import Text
from amuna.serve.cli import version_words as words
from amuna.serve.cli.app import now, open_store, open_workspace
from amuna.serve.cli.language import told
from amuna.serve.cli.output import facts, next_steps, print_error, print_json, program, rows_table, say
from amuna.serve.cli.shown import gap

if TYPE_CHECKING:
    from amuna.domain.ports import FleetVersion, Registry
    from amuna.workflows.zone_versions import ZonePromotion

_RUN = {"run_id": Text("nombre", "run")}
_LISTED = {
    "version": Text("n.º", "no."),
    **_RUN,
    "aliases": Text.both("alias"),
    "cutoff": Text("corte", "cutoff"),
    "zones": Text("zonas", "zones"),
    "models": Text("modelos", "models"),
}
_MISSED = {
    **_RUN,
    "mae_first_m3h": Text("primer día", "first day"),
    "baseline_mae_first_m3h": Text("sin modelo", "baseline"),
    "mae_later_m3h": Text("días siguientes", "later days"),
    "baseline_mae_later_m3h": Text("sin modelo", "baseline"),
}
_TITLE = Text("Entrenamientos de las zonas", "Trainings of the zones")
_ERROR = Text(
    "Su error (MAE) en semanas que no habían visto [m³/h]",
    "Their error (MAE) on weeks they had not seen [m³/h]",
)
_NOTHING = Text(
    "Todavía no hay zonas entrenadas: amuna train zones.", "No zones are trained yet: amuna train zones."
)
_BASELINE = Text(
    "Media de las zonas, en las nueve semanas anteriores al corte. Sin modelo: repetir la semana pasada o la media de cuatro "
    "semanas, lo que menos falle.",
    "Mean over zones, on the nine weeks before the cutoff; baseline: the better of last week repeated and the mean of four "
    "weeks.",
)


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
        say(_NOTHING)
        return
    alias = pl.when("in_store").then("aliases").otherwise(pl.lit(told(words.ABSENT)))
    rows_table(_TITLE, found.with_columns(aliases=alias), _LISTED)
    gap()
    rows_table(_ERROR, found, _MISSED)
    say(_BASELINE)


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
    say(words.RESTORED.fill(version=version, run=run_id))
    next_steps([(f"{program()} models promote {run_id} --by {told(words.NAME)}", words.LET_SERVE)])


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
        say(words.SERVES_ALREADY.fill(run=done.run_id))
        return
    facts(
        Text("En uso para las zonas: {run}", "Run {run} serves the zones").fill(run=done.run_id),
        {
            words.BEFORE: done.before or None,
            Text("el modelo conoce", "model has seen"): words.ALL_BEFORE.fill(cutoff=done.cutoff),
        },
    )
    purpose = Text("pronostica con él todas las zonas", "forecast every zone with it")
    next_steps([(f"{program()} forecast --zone all", purpose)])
