"""Why a file could not be read, and what to do, in the visitor's words."""

from __future__ import annotations

from amuna.domain.errors import AmunaError, ColumnMismatch, SourceUnreadable
from amuna.domain.text import Text
from amuna.serve.dashboard.troubles import trouble

TOO_LARGE = Text(
    "El archivo pasa de {mb} MB. Divídalo, comprímalo como .csv.gz, o pida que lo ingresen con: amuna ingest ARCHIVO.",
    "The file is larger than {mb} MB. Split it, compress it as .csv.gz, or ask for it to be taken in with: amuna ingest FILE.",
)
_EMPTY = Text(
    "El archivo no tiene filas de datos. Expórtelo de nuevo con un encabezado y sus filas.",
    "The file has no rows of data. Export it again with a header and its rows.",
)
_DAMAGED = Text(
    "El archivo no se puede leer: está dañado o incompleto, o no es CSV, Excel ni Parquet. Expórtelo de nuevo; si es un "
    ".zip, descomprímalo antes.",
    "The file cannot be read: it is damaged or cut off, or is neither CSV, Excel nor Parquet. Export it again; if it is a "
    ".zip, unpack it first.",
)
_UNKNOWN_COLUMNS = Text(
    "No se reconoce qué significan las columnas {found}. Nómbrelas como en la lista de arriba, o descríbalas en "
    "amuna.toml bajo [feeds.NOMBRE] y elija ese nombre.",
    "What the columns {found} mean is not recognised. Name them as in the list above, or describe them in amuna.toml "
    "under [feeds.NAME] and choose that name.",
)
_MISSING_COLUMN = Text(
    "Falta la columna “{column}”, que [feeds.NOMBRE] nombra; el archivo tiene {found}.",
    "The column “{column}”, which [feeds.NAME] names, is missing; the file has {found}.",
)
_UNREADABLE_COLUMN = Text(
    "Fila {row}, columna “{column}”: se encontró “{found}”, y ningún valor de la columna se puede leer. Revise que sea "
    "la columna correcta, y la forma de sus fechas o decimales.",
    "Row {row}, column “{column}”: found “{found}”, and no value of the column can be read. Check that it is the right "
    "column, and how its dates or decimals are written.",
)


def upload_trouble(error: AmunaError) -> Text:
    """What to tell about a file that could not be taken in; nothing of it is in the store."""
    facts = {name: _said(value) for name, value in error.facts.items()}
    if isinstance(error, ColumnMismatch) and isinstance(error.facts.get("found"), list):
        return (_MISSING_COLUMN if "column" in facts else _UNKNOWN_COLUMNS).fill(**facts)
    if isinstance(error, ColumnMismatch) and {"row", "column", "found"} <= set(facts):
        return _UNREADABLE_COLUMN.fill(**facts)
    if isinstance(error, SourceUnreadable):
        return _EMPTY if "row" in facts else _DAMAGED
    return trouble(error)


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
