"""`amuna reconcile`: forecasts of zones, of what feeds them and of the utility that add up."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from amuna import wiring
from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, open_store, open_workspace
from amuna.serve.cli.language import FORECASTS, WRITTEN, told
from amuna.serve.cli.output import facts, print_json, rows_table, say

_DAYS = {
    "day": Text("día", "day"),
    "low95_m3": Text.both("2.5%"),
    "low80_m3": Text.both("10%"),
    "forecast_m3": Text("pronóstico", "forecast"),
    "high80_m3": Text.both("90%"),
    "high95_m3": Text.both("97.5%"),
    "mean_m3": Text("media", "mean"),
}
_HELP = Text(
    "Pronostica las zonas, lo que las abastece y la empresa según su propio pasado y el de sus cuentas, de modo que todo sume.",
    "Forecast zones, what feeds them and the utility from their own past and their accounts, so that all adds up.",
)
_LEVEL = Text(
    "Qué se muestra: las zonas, lo que las abastece o la empresa.",
    "What to print: zones, what feeds them, or the utility.",
)
_GROUP = Text(
    "Los días de este grupo; si falta, el total de todo el nivel.",
    "Days of this one; without it all of the level, in total.",
)
_OUT = Text(
    "Escribe además los días de cada grupo en .csv, .parquet o .json.",
    "Also write the days of every group to .csv, .parquet or .json.",
)
_LEVELS = {
    "zone": Text("zona", "zone"),
    "supply": Text("abastecimiento", "supply"),
    "utility": Text("empresa", "utility"),
}
_TITLES = {
    "zone": Text("Zona {name} [m³ al día]", "Zone {name} [m³ a day]"),
    "supply": Text("Abastecimiento {name} [m³ al día]", "Supply {name} [m³ a day]"),
    "utility": Text("Todas las cuentas [m³ al día]", "All accounts [m³ a day]"),
}


class Level(StrEnum):
    """Levels of groups."""

    ZONE = "zone"
    SUPPLY = "supply"
    UTILITY = "utility"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help=told(_HELP), rich_help_panel=told(FORECASTS))(reconcile)


def reconcile(
    level: Annotated[Level, typer.Option(help=told(_LEVEL))] = Level.UTILITY,
    group: Annotated[str | None, typer.Option(help=told(_GROUP))] = None,
    out: Annotated[Path | None, typer.Option(help=told(_OUT))] = None,
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
        Text(
            "Pronósticos de {groups} grupos de cuentas desde el {cutoff}",
            "Forecasts of {groups} groups of accounts from {cutoff} on",
        ).fill(groups=report.groups, cutoff=report.cutoff),
        {
            Text("cuentas", "accounts"): report.accounts,
            Text("días", "days"): report.days,
            Text("estado", "status"): report.status,
            Text("cómo se reparten el total las zonas", "how zones share the total"): Text(
                "{own:.0%} según su propio pasado, {rest:.0%} según sus cuentas",
                "{own:.0%} as their own past says, {rest:.0%} as their accounts do",
            ).fill(own=report.own_weight, rest=1 - report.own_weight),
            Text("tiempo", "time"): f"{report.seconds:.1f} s",
        },
    )
    _print(rows, level, group)
    if out is not None:
        say(WRITTEN.fill(file=out))


def _print(rows: pl.DataFrame, level: Level, group: str | None) -> None:
    if group is not None:
        rows_table(_TITLES[level].fill(name=group), rows, _DAYS)
        return
    names = {
        "group_id": _LEVELS[level],
        "name": Text("nombre", "name"),
        "days": Text("días", "days"),
        "mean_m3": Text("esperado [m³]", "expected [m³]"),
        "status": Text("estado", "status"),
    }
    rows_table(
        Text(
            "Lo que se espera en estos días; con --group, un grupo día por día",
            "Expected in these days; --group shows one by the day",
        ),
        rows,
        names,
    )
