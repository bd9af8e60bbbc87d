"""The one place that reads DuckDB's errors."""

from __future__ import annotations

from typing import NamedTuple

import duckdb

from amuna.domain.errors import AmunaError, StoreBroken, StoreBusy
from amuna.domain.text import Text
from amuna.store.holder import described_holder

NO_DATABASE = Text(
    "el archivo no es una base de datos DuckDB válida", "the file is not a valid DuckDB database"
)
OTHER_FILE = Text(
    "Indique otro archivo, o restaure este desde una copia de respaldo.",
    "Name another file, or restore this one from a backup.",
)
_ONE_PROCESS = Text(
    "Un almacén pertenece a un solo proceso a la vez: espere a que termine, deténgalo, o consúltelo en su dirección.",
    "A store belongs to one process at a time: wait for it, stop that process, or ask it at its address.",
)
_DAMAGED = Text(
    "Si la instrucción es de Amuna misma, el archivo puede estar dañado: restáurelo desde una copia de respaldo.",
    "If the statement is Amuna's own, the file may be damaged: restore it from a backup.",
)


class _Case(NamedTuple):
    """An error of DuckDB by its class and words, what it means and what fixes it; `cause` says it in plain words."""

    kind: type[Exception]
    words: str
    meaning: type[AmunaError]
    remedy: Text
    cause: Text = Text.both("")


_CASES = (
    _Case(
        duckdb.IOException,
        "Could not set lock",
        StoreBusy,
        _ONE_PROCESS,
        Text("otro proceso lo tiene abierto", "another process holds it"),
    ),
    _Case(
        duckdb.ConnectionException,
        "different configuration",
        StoreBusy,
        Text(
            "Este proceso tiene el archivo abierto con otros ajustes: cierre primero ese almacén.",
            "This process holds the file with other settings: close that store first.",
        ),
    ),
    _Case(
        duckdb.TransactionException,
        "is aborted",
        StoreBroken,
        Text(
            "Una instrucción anterior falló: deje que su error salga de la transacción, y ejecútela de nuevo.",
            "An earlier statement failed: let its error leave the transaction, then run the transaction again.",
        ),
    ),
    _Case(
        duckdb.TransactionException,
        "launched in read-only mode",
        StoreBroken,
        Text(
            "Una consulta solo lee: escriba con upsert o delete.",
            "A query only reads: write with upsert or delete.",
        ),
    ),
    _Case(
        duckdb.TransactionException,
        "",
        StoreBusy,
        Text("Ejecute la transacción de nuevo.", "Run the transaction again."),
    ),
    _Case(duckdb.InterruptException, "", StoreBusy, Text("Repita la operación.", "Repeat the call.")),
    _Case(
        duckdb.OutOfMemoryException,
        "",
        StoreBroken,
        Text(
            "Suba el límite de memoria del almacén (store.memory), o lea menos cuentas a la vez.",
            "Raise the store's memory limit (store.memory), or read fewer accounts at once.",
        ),
        Text("la memoria no alcanza", "memory does not suffice"),
    ),
    _Case(duckdb.IOException, "not a valid DuckDB", StoreBroken, OTHER_FILE, NO_DATABASE),
    _Case(duckdb.Error, "in-memory database in read-only mode", StoreBroken, OTHER_FILE, NO_DATABASE),
    _Case(
        duckdb.IOException,
        "read-only mode: database does not exist",
        StoreBroken,
        Text(
            "Revise la ruta, o ábralo para escribir, que así se crea.",
            "Check the path, or open it for writing to create it.",
        ),
        Text("el archivo no existe", "the file is not there"),
    ),
    _Case(
        duckdb.IOException,
        "No such file or directory",
        StoreBroken,
        Text(
            "Revise la ruta; la carpeta debe existir antes de crear el almacén.",
            "Check the path; its folder must exist before the store is created.",
        ),
        Text("la carpeta no existe", "its folder is not there"),
    ),
    _Case(
        duckdb.IOException,
        "Is a directory",
        StoreBroken,
        Text("Indique un archivo dentro de esa carpeta.", "Name a file inside that folder."),
        Text("es una carpeta", "it is a folder"),
    ),
    _Case(
        duckdb.IOException,
        "No space left",
        StoreBroken,
        Text(
            "Libere espacio en el disco y repita la operación.",
            "Free space on the disk and repeat the call.",
        ),
        Text("no queda espacio en el disco", "no space is left on the disk"),
    ),
    _Case(
        duckdb.Error,
        "read-only",
        StoreBroken,
        Text(
            "Abra el almacén para escribir (read_only=False).",
            "Open the store for writing (read_only=False).",
        ),
    ),
    _Case(
        duckdb.ConnectionException,
        "closed",
        StoreBroken,
        Text("Abra el almacén de nuevo.", "Open the store again."),
    ),
)
_OTHER = _Case(duckdb.Error, "", StoreBroken, _DAMAGED)


def translate(error: duckdb.Error, *, place: str) -> AmunaError:
    """Decide whether a DuckDB error is transient (StoreBusy) or permanent (StoreBroken), and what fixes it."""
    said = str(error).strip()
    holder = described_holder(place, said) if "Could not set lock" in said else None
    if holder:
        held = Text("El almacén {file} lo tiene abierto {holder}.", "Store {file} is held by {holder}.")
        return StoreBusy(held, remedy=_ONE_PROCESS, file=place, holder=holder)
    fits = (case for case in _CASES if isinstance(error, case.kind) and case.words in said)
    case = next(fits, _OTHER)
    if case.cause:
        known = Text("Almacén {file}: {cause} ({said}).", "Store {file}: {cause} ({said}).")
        return case.meaning(known, remedy=case.remedy, file=place, cause=case.cause, said=said)
    told = Text("Almacén {file}: {said}.", "Store {file}: {said}.")
    return case.meaning(told, remedy=case.remedy, file=place, said=said)
