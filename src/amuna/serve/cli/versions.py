"""`amuna models`: trainings of the whole fleet; which one serves, and which could."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from amuna import wiring
from amuna.domain.errors import AmunaError, MissingExtra, UnknownSetting
from amuna.domain.text import Text
from amuna.serve.cli import version_words as words
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.language import FORECASTS, told
from amuna.serve.cli.model_export import EXPORT, export
from amuna.serve.cli.output import facts, next_steps, print_error, print_json, program, rows_table, say
from amuna.serve.cli.zone_versions import list_zones, promote_zones, restore_zones, rollback_zones

if TYPE_CHECKING:
    from amuna.domain.ports import FleetVersion, Registry
    from amuna.workflows.versions import Promotion

ZONE_RUNS = "zones-"
group = typer.Typer(help=told(words.HELP))

Run = Annotated[str, typer.Argument(help=told(words.RUN))]
By = Annotated[str, typer.Option("--by", help=told(words.BY))]
Reason = Annotated[str, typer.Option("--reason", help=told(words.REASON))]
Zones = Annotated[bool, typer.Option("--zones", help=told(words.OF_ZONES))]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group.callback(invoke_without_command=True)(models)
    group.command("list", help=told(words.LIST))(list_)
    for command, does in (
        (compare, words.COMPARE),
        (promote, words.PROMOTE),
        (rollback, words.ROLLBACK),
        (verify, words.VERIFY),
        (restore, words.RESTORE),
        (sync, words.SYNC),
        (export, EXPORT),
    ):
        group.command(help=told(does))(command)
    app.add_typer(group, name="models", help=told(words.HELP), rich_help_panel=told(FORECASTS))


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
        say(words.NOTHING)
        return
    shown = found.with_columns(
        pl.col("run_id").str.strip_prefix("run-").str.head(9),
        pl.col("settings").str.head(6),
        pl.when("in_store").then("aliases").otherwise(pl.lit(told(words.ABSENT))).alias("aliases"),
    )
    rows_table(Text("Entrenamientos", "Trainings"), shown, words.LISTED)
    say(words.MASE)


def compare(
    a: Run,
    b: Run,
    accounts: Annotated[int, typer.Option(min=0, help=told(words.CHANGED))] = 10,
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
    account, segment = Text("cuenta", "account"), Text("segmento", "segment")
    rows_table(
        Text("MASE medio", "Mean MASE"),
        found.segments,
        {
            "segment": segment,
            "accounts": Text("cuentas", "accounts"),
            "mase_a": Text.both("A"),
            "mase_b": Text.both("B"),
            "baseline_a": Text("semana\npasada\nde A", "last\nweek\nof A"),
            "baseline_b": Text("semana\npasada\nde B", "last\nweek\nof B"),
            "better": Text("con B\nmejor", "B\nbetter"),
            "worse": Text("con B\npeor", "B\nworse"),
        },
    )
    say(Text.both(f"A: {found.run_a}; B: {found.run_b}"))
    if accounts:
        changed = {"mase_a": Text.both("A"), "mase_b": Text.both("B"), "change": Text.both("B − A")}
        rows_table(
            Text("Cuentas que más cambiaron [MASE]", "Accounts that changed most [MASE]"),
            found.accounts.head(accounts),
            {"account_id": account, "segment": segment, **changed},
        )
    say(words.SHARED.fill(n=found.shared_cutoffs) if found.shared_cutoffs else words.APART)


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
            words.CHECKED[found.verified].fill(run=found.run_id, version=found.version),
            {
                Text.both("sha256"): found.digest,
                Text("los archivos del registro la tienen", "artefacts have it"): found.intact,
                Text("las filas del almacén la tienen", "rows in the store have it"): found.identical,
                Text("cuentas ajustadas de nuevo desde entonces", "accounts refitted since"): found.refitted,
                Text("cuentas llegadas desde entonces", "accounts that came since"): found.adopted,
                Text("cuentas con estados más nuevos", "accounts with newer states"): found.moved_on,
                Text(
                    "tablas que cambiaron sin razón conocida", "tables changed for no known reason"
                ): ", ".join(found.changed) or Text("ninguna", "none"),
            },
        )
    if not found.verified:
        raise typer.Exit(1)


def restore(
    version: Annotated[int, typer.Argument(min=1, help=told(words.VERSION))],
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
    say(words.RESTORED.fill(version=version, run=run_id))
    next_steps(
        [
            (
                f"{program()} update",
                Text("le incorpora los días desde entonces", "take the days since into its states"),
            ),
            (f"{program()} models promote {run_id} --by {told(words.NAME)}", words.LET_SERVE),
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
        Text("Registro", "Registry"),
        {
            Text("guardados", "saved"): done.saved or None,
            Text("en uso (champion)", "champion"): done.champion,
            Text("candidato (challenger)", "challenger"): done.challenger,
            Text("guardados de las zonas", "saved of zones"): zones or None,
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
            Text(
                "Este comando consulta el registro, y registry.enabled está en off.",
                "This command asks the registry, and registry.enabled is off.",
            ),
            remedy=Text('Póngalo en "auto" en amuna.toml.', 'Set it to "auto" in amuna.toml.'),
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
        say(words.SERVES_ALREADY.fill(run=done.run_id))
        return
    facts(
        Text("En uso: {run}", "Run {run} serves").fill(run=done.run_id),
        {
            words.BEFORE: done.before or None,
            Text("los modelos conocen", "models have seen"): words.ALL_BEFORE.fill(cutoff=done.cutoff),
            Text("días de atraso", "days behind"): done.days_behind,
        },
    )
    if done.days_behind:
        purpose = Text(
            "le incorpora los días desde entonces, y pronostica",
            "take the days since into its states, and forecast",
        )
        next_steps([(f"{program()} update", purpose)])
    else:
        purpose = Text("pronostica con él todas las cuentas", "forecast every account with it")
        next_steps([(f"{program()} forecast", purpose)])
