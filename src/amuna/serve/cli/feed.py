"""`amuna ingest`: files, folders and databases into the store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amuna import wiring
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.output import facts, print_json, progress_bar


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Data")(ingest)


def ingest(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE…]",
            help="Files (CSV, gzip, Parquet, Excel), folders of them, or a database's URL. Without one: every feed of amuna.toml that says its source.",
        ),
    ] = None,
    feed: Annotated[
        str | None,
        typer.Option(
            help="Feed map to use, or feed to read: a section \\[feeds.NAME] of amuna.toml. Unneeded for known columns."
        ),
    ] = None,
    query: Annotated[str | None, typer.Option(help="SELECT to run where SOURCE is a database URL.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read what is new in a source into the store.

    ConsumptionDate, AccountOID, Consumption is recognised unasked.
    Rows that cannot be are kept in quarantine with the reason (amuna quarantine).
    Stopped half-way, the same command goes on where it was.
    """
    from amuna.workflows.ingest import ingest as run

    workspace = open_workspace()
    settings = workspace.settings
    reports = []
    with open_store(workspace) as store:
        for source in wiring.feeds(workspace, sources or [], feed=feed, query=query):
            with progress_bar(f"Ingest {Path(source.feed.name).name}", quiet=as_json) as progress:
                report = run(
                    source.feed,
                    source.feed_map,
                    store=store,
                    rules=wiring.rules(settings),
                    now=now,
                    min_coverage=settings.ingest_min_coverage,
                    progress=progress,
                )
            reports.append(report)
            if not as_json:
                facts(
                    f"Ingested {report.source}",
                    {
                        "rows read": report.read,
                        "new": report.inserted,
                        "corrections": report.replaced + report.superseded,
                        "already known": report.unchanged + report.duplicate,
                        "quarantined": f"{report.quarantined:,}" + _reasons(report.reasons),
                        **({"registers": report.register_decisions} if report.register_decisions else {}),
                        "time": f"{report.seconds:.1f} s ({report.read / max(report.seconds, 1e-9):,.0f} rows/s)",
                    },
                )
    if as_json:
        print_json({"sources": reports})


def _reasons(reasons: dict[str, int]) -> str:
    return (
        f" ({', '.join(f'{reason} {count:,}' for reason, count in sorted(reasons.items()))})"
        if reasons
        else ""
    )
