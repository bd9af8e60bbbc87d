"""`amuna init`, `status` and `report`: a workspace, where it stands, and a page that shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amuna.config.settings import FILE_NAME, template
from amuna.domain.errors import PermanentError
from amuna.serve.cli.app import AsJson, open_store, open_workspace, state
from amuna.serve.cli.output import facts, next_steps, print_json, program, rows_table, say


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (init, status, report):
        app.command(rich_help_panel="Workspace")(command)


def init(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder to make a workspace of; without it that of --workspace.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """A workspace: amuna.toml with every setting explained, and the embedded store."""
    folder = folder or state.folder
    path = folder / FILE_NAME
    if path.exists():
        raise PermanentError(
            f"{path} exists already.",
            remedy="Edit it, or choose another folder: amuna init DIR.",
            file=str(path),
        )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(template(), encoding="utf-8")
    state.folder = folder
    workspace = open_workspace()
    with open_store(workspace):
        pass
    if as_json:
        print_json({"settings": path, "store": workspace.store_path})
        return
    facts(f"Workspace {folder.resolve()}", {"settings": path, "store": workspace.store_path})
    here = "" if folder == Path() else f" -w {folder}"
    next_steps(
        [
            (f"{program()}{here} ingest FILE", "read your own file"),
            (f"{program()}{here} train", "then fit and prove the models"),
        ]
    )


def status(as_json: AsJson = False) -> None:
    """Where things stand, and what to do next."""
    from amuna.workflows.status import status as run

    with open_store(open_workspace(), read_only=True) as store:
        found = run(store=store)
    if as_json:
        print_json(found)
        return
    facts(
        "Status",
        {
            "accounts": found.accounts,
            "days": f"{found.first_day} to {found.last_day} ({found.rows:,} rows)" if found.rows else None,
            "quarantined": found.quarantined,
            "serving run": found.run_id,
            "models have seen": None
            if found.states_cutoff is None
            else f"all days before {found.states_cutoff}",
            "days behind": found.days_behind,
            "accounts without model": found.untrained,
            "forecast until": found.forecast_days,
        },
    )
    if len(found.feeds):
        rows_table(
            "Feeds",
            found.feeds,
            {"feed": "feed", "rows": "rows", "batches": "batches", "last": "last commit"},
        )
    next_steps([(found.next_step, "next")])


def report(
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("report.html"),
    as_json: AsJson = False,
) -> None:
    """One self-contained page: accuracy against the baseline, client charts with fans, data quality, timings."""
    from amuna.serve.report.page import write_report

    workspace = open_workspace()
    with open_store(workspace, read_only=True) as store:
        path = write_report(store, out, title=workspace.settings.utility_name)
    print_json({"file": path}) if as_json else say(f"Report in {path}")
