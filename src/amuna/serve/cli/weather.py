"""`amuna weather`: observed and forecast weather of the workspace's places into the store."""

from __future__ import annotations

from typing import Annotated

import typer

from amuna import wiring
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.output import facts, print_json, progress_bar


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Data")(weather)


def weather(
    days_back: Annotated[int, typer.Option(min=0, max=30_000, help="Days before today.")] = 7,
    days_ahead: Annotated[int, typer.Option(min=0, max=15, help="Days of forecast after today.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Fetch the weather of the places in amuna.toml.

    Forecast hours are superseded by observed ones, and both are kept. Days that were settled are not asked for again.
    """
    from amuna.workflows.weather import ingest_weather

    workspace = open_workspace()
    feed = wiring.weather_feed(workspace, days_back=days_back, days_ahead=days_ahead, now=now)
    with open_store(workspace) as store, progress_bar("Weather", quiet=as_json) as progress:
        report = ingest_weather(feed, store=store, now=now, progress=progress)
    if as_json:
        print_json(report)
        return
    rows = report.rows
    stale = [f"{place}: the API was away, {hours:.1f} h old" for place, hours in report.stale.items()]
    facts(
        "Weather",
        {
            "places": ", ".join(workspace.settings.places),
            "hours read": rows.read,
            "new": rows.inserted,
            "superseded": rows.replaced + rows.superseded,
            "already known": rows.unchanged + rows.duplicate,
            "quarantined": rows.quarantined,
            **({"old answers": "; ".join(stale)} if stale else {}),
            "time": f"{rows.seconds:.1f} s",
        },
    )
