"""`amuna reconcile`: forecasts of zones, of what feeds them and of the utility that add up."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from amuna import wiring
from amuna.serve.cli.app import AsJson, open_store, open_workspace
from amuna.serve.cli.output import facts, print_json, rows_table, say

_DAYS = {
    "day": "day",
    "low95_m3": "2.5%",
    "low80_m3": "10%",
    "forecast_m3": "forecast",
    "high80_m3": "90%",
    "high95_m3": "97.5%",
    "mean_m3": "mean",
}


class Level(StrEnum):
    """Levels of groups."""

    ZONE = "zone"
    SUPPLY = "supply"
    UTILITY = "utility"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Forecasts")(reconcile)


def reconcile(
    level: Annotated[
        Level, typer.Option(help="What to print: zones, what feeds them, or the utility.")
    ] = Level.UTILITY,
    group: Annotated[
        str | None, typer.Option(help="Days of this one; without it all of the level, in total.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Also write the days of every group to .csv, .parquet or .json.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Forecast zones, what feeds them and the utility from their own past and their accounts, so that all adds up."""
    from amuna.workflows.export import require_format, write_frame
    from amuna.workflows.reconcile import reconcile as run
    from amuna.workflows.views.group_demand import group_days, group_demand, group_list

    if out is not None:
        require_format(out)
    workspace = open_workspace()
    settings = workspace.settings
    with open_store(workspace) as store:
        report = run(store=store, engine=wiring.engine(settings), settings=wiring.fleet_settings(settings))
        if group is None and level is Level.UTILITY:
            group = str(Level.UTILITY)
        rows = group_list(store, level) if group is None else group_demand(store, level, group).days
        every = group_days(store)
    if out is not None:
        write_frame(every, out)
    if as_json:
        print_json(vars(report) | {"rows": rows, "file": out})
        return
    facts(
        f"Forecasts of {report.groups} groups of accounts from {report.cutoff} on",
        {
            "accounts": report.accounts,
            "days": report.days,
            "status": report.status,
            "how zones share the total": f"{report.own_weight:.0%} as their own past says,"
            f" {1 - report.own_weight:.0%} as their accounts do",
            "time": f"{report.seconds:.1f} s",
        },
    )
    _print(rows, level, group)
    if out is not None:
        say(f"Written to {out}")


def _print(rows: pl.DataFrame, level: Level, group: str | None) -> None:
    if group is not None:
        title = "All accounts" if level is Level.UTILITY else f"{level.capitalize()} {group}"
        rows_table(f"{title} [m³ a day]", rows, _DAYS)
        return
    names = {
        "group_id": level.value,
        "name": "name",
        "days": "days",
        "mean_m3": "expected [m³]",
        "status": "status",
    }
    rows_table("Expected in these days; --group shows one by the day", rows, names)
