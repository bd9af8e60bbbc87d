"""Export: any table to CSV, Parquet or JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from amuna.domain.errors import PermanentError
from amuna.domain.ports import Store
from amuna.domain.table import Table
from amuna.domain.tables import TABLES
from amuna.domain.text import Text

FORMATS = (".csv", ".parquet", ".json")
_ENDING = Text("un archivo '{ending}'", "'{ending}'")
_NO_ENDING = Text("un archivo sin extensión", "a file without ending")


@dataclass(frozen=True)
class ExportReport:
    """Where a table went, and how many rows."""

    table: str
    file: str
    rows: int


def find_table(name: str) -> Table:
    """The table of that name.

    Raises
    ------
    PermanentError
        If there is none.
    """
    for table in TABLES:
        if table.name == name:
            return table
    raise PermanentError(
        Text("No existe la tabla '{found}'.", "There is no table '{found}'."),
        remedy=Text("Las tablas son: {known}.", "Tables: {known}."),
        found=name,
        known=[table.name for table in TABLES],
    )


def export(name: str, file: Path, *, store: Store) -> ExportReport:
    """Write a table to a file; the ending says the format.

    Raises
    ------
    PermanentError
        If the table or the format does not exist.
    """
    table = find_table(name)
    require_format(file)
    frame = store.read(table)
    write_frame(frame, file)
    return ExportReport(name, str(file), len(frame))


def require_format(file: Path) -> str:
    """The ending of a file that can be written.

    Raises
    ------
    PermanentError
        If the ending is of another format.
    """
    ending = file.suffix.lower()
    if ending not in FORMATS:
        raise PermanentError(
            Text("{file}: no se puede escribir {ending}.", "{file}: cannot write {ending}."),
            remedy=Text("Termine el nombre en: {known}.", "End the name in one of: {known}."),
            file=str(file),
            ending=_ENDING.fill(ending=ending) if ending else _NO_ENDING,
            known=list(FORMATS),
        )
    return ending


def write_frame(frame: pl.DataFrame, file: Path) -> None:
    """Write a frame as CSV, Parquet or JSON, whole or not at all; lists become text in CSV.

    Raises
    ------
    PermanentError
        If the ending is of another format.
    """
    ending = require_format(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(file.name + ".part")
    if ending == ".parquet":
        frame.write_parquet(part)
    elif ending == ".json":
        frame.write_json(part)
    else:
        flat = [
            pl.col(name).cast(pl.List(pl.String)).list.join(" ").alias(name)
            for name, dtype in frame.schema.items()
            if isinstance(dtype, pl.List)
        ]
        frame.with_columns(flat).write_csv(part)
    part.replace(file)
