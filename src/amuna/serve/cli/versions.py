"""`amuna models`: trainings of the whole fleet; which one serves, and which could."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from amuna import wiring
from amuna.domain.errors import AmunaError, MissingExtra, UnknownSetting
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.model_export import export
from amuna.serve.cli.output import facts, next_steps, print_error, print_json, program, rows_table, say
from amuna.serve.cli.zone_versions import list_zones, promote_zones, restore_zones, rollback_zones

if TYPE_CHECKING:
    from amuna.domain.ports import FleetVersion, Registry
    from amuna.workflows.versions import Promotion

group = typer.Typer(
    help="Trainings of the whole fleet: list, compare, promote, roll back, verify, restore, export."
)

ZONE_RUNS = "zones-"
Run = Annotated[
    str, typer.Argument(help="Run, or the beginning of its name; champion is the one that serves.")
]
By = Annotated[str, typer.Option("--by", help="Who decides; the decision is kept with the name.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.")]
Zones = Annotated[bool, typer.Option("--zones", help="Trainings of the zones instead.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group.callback(invoke_without_command=True)(models)
    group.command("list")(list_)
    for command in (compare, promote, rollback, verify, restore, sync, export):
        group.command()(command)
    app.add_typer(group, name="models", rich_help_panel="Forecasts")


def models(context: typer.Context, as_json: AsJson = False) -> None:
    """Trainings of the whole fleet: list, compare, promote, roll back, verify, restore, export."""
    if context.invoked_subcommand is None:
        list_(as_json=as_json)


def list_(zones: Zones = False, as_json: AsJson = False) -> None:
    """Versions with their aliases, cutoff, accounts, accuracy in the backtest, code and settings."""
    if zones:
        list_zones(as_json=as_json)
        return
    from amuna.workflows.versions import list_versions

    workspace = open_workspace()
    with open_store(workspace, read_only=True) as store:
        found = list_versions(store, _versions(workspace))
    if as_json:
        print_json({"versions": found})
        return
    if found.is_empty():
        say("Nothing is trained yet: amuna train.")
        return
    shown = found.with_columns(
        pl.col("run_id").str.strip_prefix("run-").str.head(9),
        pl.col("settings").str.head(6),
        pl.when("in_store").then("aliases").otherwise(pl.lit("registry only")).alias("aliases"),
    )
    rows_table(
        "Trainings",
        shown,
        {
            "version": "no.",
            "run_id": "run",
            "aliases": "alias",
            "cutoff": "cutoff",
            "accounts": "accounts",
            "mase": "MASE",
            "baseline_mase": "last week",
            "code_version": "code",
            "settings": "config",
        },
    )
    say("MASE: mean over the backtest's accounts and cutoffs; last week: the same of last week repeated.")


def compare(
    a: Run,
    b: Run,
    accounts: Annotated[int, typer.Option(min=0, help="Accounts to list, the largest change first.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Two trainings overall, by segment, and the accounts that got better or worse."""
    from amuna.workflows.versions import compare as run
    from amuna.workflows.versions import find_run

    with open_store(open_workspace(), read_only=True) as store:
        found = run(store=store, run_a=find_run(store, a), run_b=find_run(store, b))
    if as_json:
        print_json(found)
        return
    errors = {"mase_a": f"A: {found.run_a}", "mase_b": f"B: {found.run_b}"}
    against = {"baseline_a": "last week, days of A", "baseline_b": "days of B"}
    rows_table(
        "Mean MASE",
        found.segments,
        {
            "segment": "segment",
            "accounts": "accounts",
            **errors,
            **against,
            "better": "B better",
            "worse": "B worse",
        },
    )
    if accounts:
        rows_table(
            "Accounts that changed most",
            found.accounts.head(accounts),
            {"account_id": "account", "segment": "segment", "mase_a": "A", "mase_b": "B", "change": "B − A"},
        )
    if found.shared_cutoffs:
        say(f"Judged at the {found.shared_cutoffs} cutoffs that both backtests share.")
    else:
        say("The backtests share no cutoff: compare each with last week repeated on its own days.")


def promote(run: Run, by: By, reason: Reason = "", as_json: AsJson = False) -> None:
    """Let another training serve every account; a run whose name begins with zones- serves the zones."""
    if run.startswith(ZONE_RUNS):
        promote_zones(run, by=by, reason=reason, as_json=as_json)
        return
    from amuna.workflows.registered import keep
    from amuna.workflows.versions import find_run
    from amuna.workflows.versions import promote as let_serve

    workspace = open_workspace()
    with open_store(workspace) as store:
        done = let_serve(store=store, run_id=find_run(store, run), by=by, reason=reason, now=now())
        keep(store=store, registry=wiring.registry(workspace))
    _print_promotion(done, as_json=as_json)


def rollback(by: By, reason: Reason = "", zones: Zones = False, as_json: AsJson = False) -> None:
    """Go back to the run that served before."""
    if zones:
        rollback_zones(by=by, reason=reason, as_json=as_json)
        return
    from amuna.workflows.registered import keep
    from amuna.workflows.versions import rollback as go_back

    workspace = open_workspace()
    with open_store(workspace) as store:
        done = go_back(store=store, by=by, reason=reason, now=now())
        keep(store=store, registry=wiring.registry(workspace))
    _print_promotion(done, as_json=as_json)


def verify(run: Run = "champion", as_json: AsJson = False) -> None:
    """Compute a training's digests anew, from the registry's artefacts and from the store."""
    from amuna.workflows.verify import verify as check
    from amuna.workflows.versions import find_run

    workspace = open_workspace()
    with open_store(workspace, read_only=True) as store:
        found = check(store=store, registry=_registry(workspace), run_id=find_run(store, run))
    if as_json:
        print_json({"verified": found.verified, **vars(found)})
    else:
        facts(
            f"Run {found.run_id}, version {found.version}: "
            + ("verified" if found.verified else "NOT what was trained"),
            {
                "sha256": found.digest,
                "artefacts have it": found.intact,
                "rows in the store have it": found.identical,
                "accounts refitted since": found.refitted,
                "accounts that came since": found.adopted,
                "accounts with newer states": found.moved_on,
                "tables changed for no known reason": ", ".join(found.changed) or "none",
            },
        )
    if not found.verified:
        raise typer.Exit(1)


def restore(
    version: Annotated[int, typer.Argument(min=1, help="Version in the registry.")],
    zones: Zones = False,
    as_json: AsJson = False,
) -> None:
    """Put a version of the registry into the store, as it was saved."""
    from amuna.workflows.registered import restore as put_back

    workspace = open_workspace()
    if zones:
        restore_zones(version, _zone_registry(workspace), workspace, as_json=as_json)
        return
    with open_store(workspace) as store:
        run_id = put_back(store=store, registry=_registry(workspace), number=version)
    if as_json:
        print_json({"run_id": run_id, "version": version})
        return
    say(f"Version {version} is back in the store as {run_id}.")
    next_steps(
        [
            (f"{program()} update", "take the days since into its states"),
            (f"{program()} models promote {run_id} --by NAME", "let it serve, if another one does"),
        ]
    )


def sync(as_json: AsJson = False) -> None:
    """Save the trainings that the registry lacks, and let its aliases follow the store."""
    from amuna.workflows.registered import sync as bring_up_to_date
    from amuna.workflows.zone_registered import sync_zones, zone_trainings

    workspace = open_workspace()
    with open_store(workspace, read_only=True) as store:
        done = bring_up_to_date(store=store, registry=_registry(workspace))
        trained = not zone_trainings(store).is_empty()
        zones = sync_zones(store=store, registry=_zone_registry(workspace)) if trained else []
    if as_json:
        print_json({**vars(done), "saved_zones": zones})
        return
    facts(
        "Registry",
        {
            "saved": done.saved,
            "champion": done.champion,
            "challenger": done.challenger,
            "saved of zones": zones,
        },
    )


def _registry(workspace: wiring.Workspace) -> Registry:
    """The registry, which this command cannot do without."""
    return _demanded(wiring.registry(workspace), workspace)


def _zone_registry(workspace: wiring.Workspace) -> Registry:
    return _demanded(wiring.zone_registry(workspace), workspace)


def _demanded(found: Registry | None, workspace: wiring.Workspace) -> Registry:
    if found is not None:
        return found
    if workspace.settings.registry_enabled == "off":
        raise UnknownSetting(
            "This command asks the registry, and registry.enabled is off.",
            remedy='Set it to "auto" in amuna.toml.',
            setting="registry.enabled",
        )
    raise MissingExtra("MLflow", extra="mlflow")


def _versions(workspace: wiring.Workspace) -> list[FleetVersion]:
    """What the registry lists; nothing, and a warning, where it does not answer: the store goes without."""
    registry = wiring.registry(workspace)
    try:
        return registry.versions() if registry else []
    except AmunaError as error:
        print_error(error, as_json=False)
        return []


def _print_promotion(done: Promotion, *, as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    if done.before == done.run_id:
        say(f"Run {done.run_id} serves already.")
        return
    facts(
        f"Run {done.run_id} serves",
        {
            "before": done.before or None,
            "models have seen": f"all days before {done.cutoff}",
            "days behind": done.days_behind,
        },
    )
    if done.days_behind:
        next_steps([(f"{program()} update", "take the days since into its states, and forecast")])
    else:
        next_steps([(f"{program()} forecast", "forecast every account with it")])
