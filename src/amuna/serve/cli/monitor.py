"""`amuna monitor` and `metrics`: drift of the data and the models, and the figures that Prometheus collects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.language import LIFECYCLE, WRITTEN, told
from amuna.serve.cli.output import facts, print_json, rows_table, say
from amuna.serve.cli.shown import gap
from amuna.serve.report.drift_strings import MEASURES

if TYPE_CHECKING:
    from amuna.workflows.monitor import MonitorReport

_MONITOR = Text(
    "Vigila los datos y los modelos: la última semana frente a las anteriores, cada medida con su límite.",
    "Drift of the data and of the models: the last week against the weeks before, each figure with its limit.",
)
_METRICS = Text(
    "Escribe filas, atrasos, cuarentena, segundos, aciertos y desvíos como texto de Prometheus.",
    "Rows, lags, quarantine, seconds, accuracy and drift as Prometheus text.",
)
_HTML = Text(
    "Escribe además una página que se basta sola en este archivo.",
    "Also write a self-contained page to this file.",
)
_OUT = Text(
    "Escribe en este archivo, entero o nada (para el textfile collector de node_exporter).",
    "Write to this file instead, whole or not at all (node_exporter's textfile collector).",
)
_TITLE = Text("Desvíos hasta el {cutoff}", "Drift up to {cutoff}")
_KINDS = {
    "data": Text("Datos", "Data"),
    "model": Text("Modelos: errores a un día", "Models: day-ahead residuals"),
}
_COLUMNS = {
    "measure": Text("medida", "measure"),
    "part": Text("de", "of"),
    "value": Text("ahora", "now"),
    "reference": Text("lo usual", "usual"),
    "limit": Text("límite", "limit"),
    "state": Text("estado", "state"),
}
_ALL, _DRIFTED, _WITHIN = Text("todas", "all"), Text("desviada", "drifted"), Text.both("ok")
_BEYOND = Text("Fuera de su límite, {measure}: {words}", "Beyond its limit, {measure}: {words}")
_MEANINGS = Text(
    "docs/monitoring.md explica qué dice cada medida y de dónde viene su límite.",
    "docs/monitoring.md says what each measure means and where its limit comes from.",
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command, words in ((monitor, _MONITOR), (metrics, _METRICS)):
        app.command(help=told(words), rich_help_panel=told(LIFECYCLE))(command)


def monitor(
    html: Annotated[Path | None, typer.Option(help=told(_HTML))] = None,
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
    _print(report)
    if html is not None:
        say(WRITTEN.fill(file=html))


def _print(report: MonitorReport) -> None:
    state = pl.when("drifted").then(pl.lit(told(_DRIFTED))).otherwise(pl.lit(told(_WITHIN)))
    shown = report.findings.with_columns(pl.col("part").replace("", told(_ALL)), state=state)
    facts(
        _TITLE.fill(cutoff=report.cutoff),
        {
            Text("medidas", "figures"): len(shown),
            Text("fuera de su límite", "beyond their limit"): report.drifted,
            Text("tiempo", "time"): f"{report.seconds:.1f} s",
        },
    )
    for kind, title in _KINDS.items():
        rows = shown.filter(pl.col("kind") == kind)
        if len(rows):
            gap()
            rows_table(title, rows, _COLUMNS)
    for measure in shown.filter("drifted")["measure"].unique(maintain_order=True):
        say(_BEYOND.fill(measure=measure, words=MEASURES[measure]))
    say(_MEANINGS)


def metrics(
    out: Annotated[Path | None, typer.Option(help=told(_OUT))] = None,
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
