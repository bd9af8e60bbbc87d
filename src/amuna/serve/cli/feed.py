"""`amuna ingest`: files, folders and databases into the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amuna import wiring
from amuna.domain.errors import AmunaError, TransientError
from amuna.domain.ports import Store
from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.language import DATA, told
from amuna.serve.cli.output import error_body, facts, print_error, print_json, progress_bar, refused

if TYPE_CHECKING:
    from amuna.workflows.ingest import IngestReport

_HELP = Text(
    """Lee lo que hay de nuevo en un origen de datos y lo guarda en el almacén.

    Las columnas ConsumptionDate, AccountOID, Consumption se reconocen sin indicar nada.
    Las filas que no se pueden usar quedan en cuarentena con el motivo (amuna quarantine).
    Si se detiene a la mitad, el mismo comando continúa donde quedó.
    De varios orígenes, el que falla no impide leer los demás.
    """,
    """Read what is new in a source into the store.

    ConsumptionDate, AccountOID, Consumption is recognised unasked.
    Rows that cannot be are kept in quarantine with the reason (amuna quarantine).
    Stopped half-way, the same command goes on where it was.
    Of several sources, one that fails keeps none of the others from being read.
    """,
)
_SOURCES = Text(
    "Archivos (CSV, gzip, Parquet, Excel), carpetas con ellos, o la URL de una base de datos. Si falta: todos los orígenes de amuna.toml que dicen de dónde vienen.",
    "Files (CSV, gzip, Parquet, Excel), folders of them, or a database's URL. Without one: every feed of amuna.toml that says its source.",
)
_FEED = Text(
    "Mapa de columnas que se usa, u origen que se lee: una sección \\[feeds.NOMBRE] de amuna.toml. No hace falta si las columnas son conocidas.",
    "Feed map to use, or feed to read: a section \\[feeds.NAME] of amuna.toml. Unneeded for known columns.",
)
_QUERY = Text(
    "Consulta SELECT, si SOURCE es la URL de una base de datos.",
    "SELECT to run where SOURCE is a database URL.",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help=told(_HELP), rich_help_panel=told(DATA))(ingest)


def ingest(
    sources: Annotated[list[str] | None, typer.Argument(metavar="SOURCE", help=told(_SOURCES))] = None,
    feed: Annotated[str | None, typer.Option(help=told(_FEED))] = None,
    query: Annotated[str | None, typer.Option(help=told(_QUERY))] = None,
    as_json: AsJson = False,
) -> None:
    """Read what is new in sources into the store; of several, one that fails keeps none of the others from being read."""
    workspace = open_workspace()
    named = [] if sources else wiring.feed_sections(workspace, feed)
    tried = _Tried(workspace, as_json=as_json)
    with open_store(workspace) as store:
        for source in sources or []:
            tried.read(store, partial(wiring.feeds, workspace, [source], feed=feed, query=query))
        for name in named:
            tried.read(store, partial(wiring.feeds, workspace, [], feed=name, query=query))
    tried.end()


class _Tried:
    """What came of the sources, one after another."""

    def __init__(self, workspace: wiring.Workspace, *, as_json: bool) -> None:
        self._workspace, self._as_json = workspace, as_json
        self._reports: list[IngestReport] = []
        self._failures: list[AmunaError] = []

    def read(self, store: Store, opened: Callable[[], list[wiring.Source]]) -> None:
        """Take in each of the sources that this opens; failures are kept for the end."""
        with self._keeping_failures():
            for source in opened():
                with self._keeping_failures():
                    self._note(self._ingest(store, source))

    def end(self) -> None:
        """Tell what went wrong, and leave with the code of the worst: what only has to be tried again is the least."""
        if not self._failures:
            if self._as_json:
                print_json({"sources": self._reports})
            return
        worst = max(self._failures, key=lambda e: (not isinstance(e, TransientError), e.exit_code))
        if len(self._failures) == 1 and not self._reports:
            raise worst
        if self._as_json:
            print_json({"sources": self._reports, "errors": [error_body(e) for e in self._failures]})
        else:
            for failure in self._failures:
                print_error(failure, as_json=False)
        raise typer.Exit(worst.exit_code)

    @contextmanager
    def _keeping_failures(self) -> Iterator[None]:
        try:
            yield
        except AmunaError as error:
            self._failures.append(error)
        except OSError as error:
            self._failures.append(refused(error))

    def _ingest(self, store: Store, source: wiring.Source) -> IngestReport:
        from amuna.workflows.ingest import ingest as run

        settings = self._workspace.settings
        doing = Text("Leyendo {name}", "Ingest {name}").fill(name=Path(source.feed.name).name)
        with progress_bar(doing, quiet=self._as_json) as progress:
            return run(
                source.feed,
                source.feed_map,
                store=store,
                rules=wiring.rules(settings),
                now=now,
                min_coverage=settings.ingest_min_coverage,
                progress=progress,
            )

    def _note(self, report: IngestReport) -> None:
        self._reports.append(report)
        if self._as_json:
            return
        facts(
            Text("Leído de {source}", "Ingested {source}").fill(source=report.source),
            {
                Text("filas leídas", "rows read"): report.read,
                Text("nuevas", "new"): report.inserted,
                Text("correcciones", "corrections"): report.replaced + report.superseded,
                Text("ya conocidas", "already known"): report.unchanged + report.duplicate,
                Text("en cuarentena", "quarantined"): f"{report.quarantined:,}" + _reasons(report.reasons),
                **(
                    {Text("registros de medidores", "registers"): report.register_decisions}
                    if report.register_decisions
                    else {}
                ),
                Text("tiempo", "time"): Text(
                    "{s:.1f} s ({rate:,.0f} filas/s)", "{s:.1f} s ({rate:,.0f} rows/s)"
                ).fill(s=report.seconds, rate=report.read / max(report.seconds, 1e-9)),
            },
        )


def _reasons(reasons: dict[str, int]) -> str:
    return (
        f" ({', '.join(f'{reason} {count:,}' for reason, count in sorted(reasons.items()))})"
        if reasons
        else ""
    )
