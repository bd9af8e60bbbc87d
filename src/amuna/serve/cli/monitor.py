"""`amuna monitor` and `metrics`: drift of the data and the models, and the figures that Prometheus collects."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.output import facts, print_json, rows_table, say


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (monitor, metrics):
        app.command(rich_help_panel="Lifecycle")(command)


def monitor(
    html: Annotated[Path | None, typer.Option(help="Also write a self-contained page to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Drift of the data and of the models: the last week against the weeks before, each figure with its limit."""
    from amuna.workflows.monitor import monitor as run

    workspace = open_workspace()
    with open_store(workspace) as store:
        report = run(store=store, now=now())
        if html is not None:
            from amuna.serve.report.drift_page import write_drift_page

            write_drift_page(store, html, title=workspace.settings.utility_name)
    if as_json:
        print_json(report)
        return
    shown = report.findings.with_columns(
        pl.col("part").replace("", "all"),
        state=pl.when("drifted").then(pl.lit("drifted")).otherwise(pl.lit("ok")),
    )
    facts(
        f"Drift up to {report.cutoff}",
        {"figures": len(shown), "beyond their limit": report.drifted, "time": f"{report.seconds:.1f} s"},
    )
    names = {
        "measure": "measure",
        "part": "of",
        "value": "now",
        "reference": "usual",
        "limit": "limit",
        "state": "state",
    }
    for kind, title in (("data", "Data"), ("model", "Models: day-ahead residuals")):
        rows = shown.filter(pl.col("kind") == kind)
        if len(rows):
            rows_table(title, rows, names)
    say("docs/monitoring.md says what each measure means and where its limit comes from.")
    if html is not None:
        say(f"Page in {html}")


def metrics(
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write to this file instead, whole or not at all (node_exporter's textfile collector)."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rows, lags, quarantine, seconds, accuracy and drift as Prometheus text."""
    from amuna.serve.metrics import metrics_samples, metrics_text

    workspace = open_workspace()
    size = workspace.store_path.stat().st_size if workspace.store_path.exists() else None
    with open_store(workspace, read_only=True) as store:
        at = now()
        if as_json:
            print_json(metrics_samples(store, now=at, store_bytes=size))
        text = metrics_text(store, now=at, store_bytes=size)
    if out is not None:
        part = out.with_name(f".{out.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(out)
    elif not as_json:
        typer.echo(text, nl=False)
