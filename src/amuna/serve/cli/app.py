"""The root of the command: the workspace, the store, and what every command shares."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from amuna import __version__, wiring
from amuna.config.settings import FILE_NAME
from amuna.domain.errors import SourceUnreadable
from amuna.domain.ports import Store
from amuna.domain.text import Text
from amuna.serve.cli.language import told
from amuna.serve.cli.output import EXIT_CODES

_HELP = Text(
    "Amuna planifica el agua con anticipación: el próximo consumo de cada cliente, con intervalos, comprobado con lo que después ocurrió.",
    "Amuna plans water ahead: the next consumption of every client, with intervals, checked against what happened.",
)
_CODES = Text("Códigos de salida", "Exit codes")
_EPILOG = f"{told(_CODES)}: {'; '.join(f'{code} {told(meaning)}' for code, meaning in EXIT_CODES.items())}."
_JSON = Text("Escribe un objeto JSON en lugar de tablas.", "Print one JSON object instead of tables.")
_WORKSPACE = Text("Carpeta con amuna.toml y el almacén.", "Folder with amuna.toml and the store.")
_VERBOSE = Text("Anota cada paso del trabajo.", "Log every workflow step.")
_VERSION = Text("Muestra la versión y termina.", "Print the version and stop.")

app = typer.Typer(
    name="amuna",
    help=told(_HELP),
    epilog=_EPILOG,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

AsJson = Annotated[bool, typer.Option("--json", help=told(_JSON))]


@dataclass
class State:
    """What the options before the command said."""

    folder: Path
    as_json: bool = False
    command: str = "amuna"


state = State(Path())


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", envvar="AMUNA_WORKSPACE", help=told(_WORKSPACE))
    ] = Path(),
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help=told(_VERBOSE))] = False,
    version: Annotated[  # noqa: ARG001 (its callback answers)
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help=told(_VERSION)),
    ] = False,
) -> None:
    """Options that come before the command."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, format="%(asctime)s %(name)s %(message)s"
    )
    state.folder = workspace
    state.command = f"amuna {context.invoked_subcommand}"


def open_workspace() -> wiring.Workspace:
    """The workspace the command runs in.

    Raises
    ------
    SourceUnreadable
        If the folder is none.
    """
    if not (state.folder / FILE_NAME).is_file():
        raise SourceUnreadable(
            Text(
                "{folder} no es un espacio de trabajo: no tiene {settings}.",
                "{folder} is not a workspace: it has no {settings}.",
            ),
            remedy=Text(
                "Cree uno con: amuna init, o indique cuál con: amuna --workspace CARPETA …",
                "Make one with: amuna init, or name one with: amuna --workspace DIR …",
            ),
            file=str(state.folder),
            folder=str(state.folder.resolve()),
            settings=FILE_NAME,
        )
    return wiring.open_workspace(state.folder)


@contextmanager
def open_store(workspace: wiring.Workspace, *, read_only: bool = False) -> Iterator[Store]:
    """The workspace's store, released at the end."""
    reading = read_only and workspace.has_store
    store = wiring.store(workspace, read_only=reading)
    try:
        if not reading:
            wiring.hold(workspace, command=state.command, since=now())
        yield store
    finally:
        if not reading:
            wiring.release(workspace)
        store.close()


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)
