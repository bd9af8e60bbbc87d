"""What a column contract is: columns with type, unit and meaning, a key, and the check that a frame keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from amuna.domain.errors import ColumnMismatch
from amuna.domain.text import Text

INSTANT = pl.Datetime("us", "UTC")
_NO_COLUMN = Text("ninguna", "none")


@dataclass(frozen=True)
class Column:
    """One column: its type, its unit, whether it may be null, and what it means."""

    name: str
    dtype: pl.DataType | type[pl.DataType]
    help: str
    unit: str = ""
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """A named set of columns with a key.

    Parameters
    ----------
    name
        Name in the store.
    columns
        Columns in their order.
    key
        Columns that identify a row.
    time
        Column that an interval selects on; empty where the table has none.
    versioned
        True where a later-recorded row of the same key supersedes the earlier one and both are kept.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    time: str = ""
    versioned: bool = False
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(column.name for column in self.columns))

    def empty(self) -> pl.DataFrame:
        """A frame with these columns and no rows."""
        return pl.DataFrame(schema={column.name: column.dtype for column in self.columns})

    def frame(self, rows: list[dict[str, object]]) -> pl.DataFrame:
        """A checked frame of a few rows."""
        return self.check(pl.DataFrame(rows, schema={column.name: column.dtype for column in self.columns}))

    def check(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame with exactly these columns, in order and of these types.

        Raises
        ------
        ColumnMismatch
            If a column is missing or unknown, has another type, or holds nulls where none may be.
        """
        missing = [name for name in self.names if name not in frame.columns]
        unknown = [name for name in frame.columns if name not in self.names]
        if missing or unknown:
            raise ColumnMismatch(
                Text(
                    "Tabla {table}: columnas que faltan: {missing}; columnas desconocidas: {unknown}.",
                    "Table {table}: missing columns: {missing}; unknown columns: {unknown}.",
                ),
                remedy=Text("Sus columnas son: {known}.", "Its columns are: {known}."),
                table=self.name,
                missing=missing or _NO_COLUMN,
                unknown=unknown or _NO_COLUMN,
                known=list(self.names),
            )
        for column in self.columns:
            found = frame.schema[column.name]
            if found != column.dtype:
                raise ColumnMismatch(
                    Text(
                        "Tabla {table}, columna {column}: se espera {expected}, se encontró {found}.",
                        "Table {table}, column {column}: expected {expected}, found {found}.",
                    ),
                    remedy=Text("Convierta la columna antes de escribirla.", "Cast it before writing."),
                    table=self.name,
                    column=column.name,
                    expected=str(column.dtype),
                    found=str(found),
                )
            if not column.nullable and frame[column.name].null_count():
                raise ColumnMismatch(
                    Text(
                        "Tabla {table}, columna {column}: {nulls} valores vacíos donde no puede haber ninguno.",
                        "Table {table}, column {column}: {nulls} nulls where none may be.",
                    ),
                    remedy=Text("Ponga esas filas en cuarentena.", "Quarantine those rows."),
                    table=self.name,
                    column=column.name,
                    nulls=frame[column.name].null_count(),
                )
        return frame.select(self.names)
