"""What commands print: tables for people, JSON for programs, errors with their remedy."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console, JustifyMethod
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text as Line

from amuna.domain.errors import AmunaError, PermanentError
from amuna.domain.text import Text
from amuna.serve.cli.language import told
from amuna.workflows.progress import silent

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

_ERROR = Text("Error      ", "Error  ")
_YES, _NO, _NONE = Text("sí", "yes"), Text("no", "no"), Text("ninguno", "none")
_NEXT = Text("Siguiente", "Next")
_COUNTED = {"rows": Text("filas", "rows"), "accounts": Text("cuentas", "accounts")}
_DO = Text("Qué hacer  ", "Do     ")

EXIT_CODES = {
    0: Text("hecho", "done"),
    1: Text("rechazado: el mensaje dice por qué y qué hacer", "refused: the message says why and what to do"),
    2: Text("no se entendió la línea de comandos", "the command line was not understood"),
    65: Text(
        "los datos no corresponden: columna, tipo, unidad o zona horaria",
        "the data does not fit: column, type, unit or time zone",
    ),
    66: Text("no se pudo abrir o leer un origen de datos", "a source could not be opened or read"),
    69: Text("al almacén le falta lo que el comando necesita", "the store lacks what the command needs"),
    70: Text("no está instalada una biblioteca opcional", "an optional library is not installed"),
    74: Text("el almacén está dañado", "the store is damaged"),
    75: Text(
        "intente de nuevo: otro proceso usa el almacén, o un origen de datos está ocupado",
        "try again: another process holds the store, or a source is busy",
    ),
    77: Text(
        "sin permiso: inicie sesión, o pida un rol que lo tenga",
        "not allowed: sign in, or ask for a role that may",
    ),
    78: Text(
        "un ajuste no existe o tiene un valor incorrecto", "a setting does not exist or has a wrong value"
    ),
    130: Text(
        "interrumpido; ejecute el mismo comando para continuar",
        "interrupted; run the same command again to go on",
    ),
}


def print_json(report: object) -> None:
    """One JSON object on one line."""
    sys.stdout.write(json.dumps(_plain(report), ensure_ascii=False, allow_nan=False) + "\n")


def print_error(error: AmunaError, *, as_json: bool) -> None:
    """The problem and its remedy on standard error, or as JSON on standard output."""
    if as_json:
        print_json({"error": error_body(error)})
        return
    errors.print(Line.assemble((told(_ERROR), "bold red"), told(error.problem)), soft_wrap=True)
    if error.remedy:
        errors.print(Line.assemble((told(_DO), "bold"), told(error.remedy)), soft_wrap=True)


def error_body(error: AmunaError) -> dict[str, object]:
    """An error as it is told to programs."""
    return {
        "type": type(error).__name__,
        "problem": error.problem.en,
        "remedy": error.remedy.en,
        "facts": error.facts,
    }


def refused(error: OSError) -> PermanentError:
    """What the operating system refused, as an error with a remedy."""
    return PermanentError(
        Text("{file}: {said}.", "{file}: {said}."),
        remedy=Text(
            "Revise la ruta, y que usted pueda leer y escribir allí.",
            "Check the path, and that you may read and write there.",
        ),
        file=error.filename or Text("Un archivo", "A file"),
        said=error.strerror or str(error),
    )


def say(text: Text) -> None:
    """One line as it is, however long: paths in it can be copied, brackets stay."""
    console.print(Line(told(text)), soft_wrap=True)


def facts(title: Text, rows: Mapping[Text, object]) -> None:
    """A two-column table of names and values."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(Line(told(name)), Line(text_of(value)))
    _print_titled(title, table)


def rows_table(title: Text, frame: pl.DataFrame, names: Mapping[str, Text]) -> None:
    """A frame as a table; `names` picks the columns and gives their headings with units."""
    table = Table(header_style="dim", box=None, pad_edge=False)
    for column, heading in names.items():
        numeric = frame.schema[column].is_numeric()
        justify: JustifyMethod = "right" if numeric else "left"
        table.add_column(Line(told(heading)), justify=justify, no_wrap=numeric, overflow="fold")
    for row in frame.select(list(names)).iter_rows():
        table.add_row(*(Line(text_of(value)) for value in row))
    _print_titled(title, table)


def _print_titled(title: Text, table: Table) -> None:
    console.print(Line(told(title), style="bold"), soft_wrap=True)
    console.print(table)


def text_of(value: object) -> str:
    """A value as people read it."""
    if value is None:
        return "–"
    if isinstance(value, Text):
        return told(value)
    if isinstance(value, bool):
        return told(_YES if value else _NO)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 100 else f"{value:,.0f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M UTC")
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {text_of(count)}" for name, count in value.items()) or told(_NONE)
    if isinstance(value, list):
        return ", ".join(text_of(item) for item in value)
    return str(value)


def program() -> str:
    """The command as the user can type it here: its name, or its path where it is not on the PATH."""
    called = Path(sys.argv[0])
    found = shutil.which("amuna")
    return (
        "amuna"
        if (found and Path(found).resolve() == called.resolve()) or called.name != "amuna"
        else str(called)
    )


def next_steps(commands: Sequence[tuple[str, Text]]) -> None:
    """What to try next; each command on a line of its own where it and its purpose do not fit on one."""
    console.print(Line(told(_NEXT), style="bold"))
    widest = max(len(command) for command, _ in commands)
    beside = all(widest + 2 + len(told(purpose)) <= console.width for _, purpose in commands)
    for command, purpose in commands:
        gap = " " * (widest + 2 - len(command)) if beside else "\n    "
        line = Line.assemble((command, "cyan"), gap, (told(purpose), "dim"))
        console.print(line, soft_wrap=True)


class _Rate(ProgressColumn):
    """Things per second."""

    def render(self, task: Task) -> Line:
        speed = task.finished_speed or task.speed
        return Line("" if speed is None else f"{speed:,.0f}/s", style="dim")


@contextmanager
def progress_bar(what: Text, *, quiet: bool) -> Iterator[Any]:
    """A progress callback that shows a bar with a rate; silent where nobody watches."""
    if quiet or not errors.is_terminal:
        yield silent
        return
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}"),
        _Rate(),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
    )
    words = told(what)
    with bar:
        task = bar.add_task(words, total=None)

        def tell(name: str, done: int, total: int | None) -> None:
            counted = told(_COUNTED.get(name, Text.both(name)))
            bar.update(task, completed=done, total=total, description=f"{words} · {counted}")

        yield tell


def _plain(value: object) -> Any:
    if isinstance(value, pl.DataFrame):
        return [_plain(row) for row in value.to_dicts()]
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)
