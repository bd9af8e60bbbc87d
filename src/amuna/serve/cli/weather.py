"""`amuna weather`: observed and forecast weather of the workspace's places into the store."""

from __future__ import annotations

from typing import Annotated

import typer

from amuna import wiring
from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.language import DATA, told
from amuna.serve.cli.output import facts, print_json, progress_bar

_HELP = Text(
    """Obtiene el clima de los lugares de amuna.toml.

    Las horas pronosticadas ceden su lugar a las observadas, y se conservan ambas. Los días ya cerrados no se piden de nuevo.
    """,
    """Fetch the weather of the places in amuna.toml.

    Forecast hours are superseded by observed ones, and both are kept. Days that were settled are not asked for again.
    """,
)
_BACK = Text("Días anteriores a hoy.", "Days before today.")
_AHEAD = Text("Días de pronóstico después de hoy.", "Days of forecast after today.")
_TITLE = Text("Clima", "Weather")
_STALE = Text(
    "{place}: el servicio no respondió, datos de hace {hours:.1f} h",
    "{place}: the API was away, {hours:.1f} h old",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help=told(_HELP), rich_help_panel=told(DATA))(weather)


def weather(
    days_back: Annotated[int, typer.Option(min=0, max=30_000, help=told(_BACK))] = 7,
    days_ahead: Annotated[int, typer.Option(min=0, max=15, help=told(_AHEAD))] = 7,
    as_json: AsJson = False,
) -> None:
    """Fetch the weather of the places in amuna.toml."""
    from amuna.workflows.weather import ingest_weather

    workspace = open_workspace()
    feed = wiring.weather_feed(workspace, days_back=days_back, days_ahead=days_ahead, now=now)
    with open_store(workspace) as store, progress_bar(_TITLE, quiet=as_json) as progress:
        report = ingest_weather(feed, store=store, now=now, progress=progress)
    if as_json:
        print_json(report)
        return
    rows = report.rows
    stale = [told(_STALE).format(place=place, hours=hours) for place, hours in report.stale.items()]
    facts(
        _TITLE,
        {
            Text("lugares", "places"): ", ".join(workspace.settings.places),
            Text("horas leídas", "hours read"): rows.read,
            Text("nuevas", "new"): rows.inserted,
            Text("reemplazadas", "superseded"): rows.replaced + rows.superseded,
            Text("ya conocidas", "already known"): rows.unchanged + rows.duplicate,
            Text("en cuarentena", "quarantined"): rows.quarantined,
            **({Text("respuestas antiguas", "old answers"): "; ".join(stale)} if stale else {}),
            Text("tiempo", "time"): f"{rows.seconds:.1f} s",
        },
    )
