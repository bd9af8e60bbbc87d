"""The one place that reads DuckDB's errors."""

from __future__ import annotations

import duckdb

from amuna.domain.errors import AmunaError, StoreBroken, StoreBusy
from amuna.domain.text import Text
from amuna.store.holder import described_holder

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
_SAID = Text("Almacén {file}: {said}.", "Store {file}: {said}.")
_CASES: tuple[tuple[type[Exception], str, type[AmunaError], Text], ...] = (
    (duckdb.IOException, "Could not set lock", StoreBusy, _ONE_PROCESS),
    (
        duckdb.ConnectionException,
        "different configuration",
        StoreBusy,
        Text(
            "Este proceso tiene el archivo abierto con otros ajustes: cierre primero ese almacén.",
            "This process holds the file with other settings: close that store first.",
        ),
    ),
    (
        duckdb.TransactionException,
        "is aborted",
        StoreBroken,
        Text(
            "Una instrucción anterior falló: deje que su error salga de la transacción, y ejecútela de nuevo.",
            "An earlier statement failed: let its error leave the transaction, then run the transaction again.",
        ),
    ),
    (
        duckdb.TransactionException,
        "launched in read-only mode",
        StoreBroken,
        Text(
            "Una consulta solo lee: escriba con upsert o delete.",
            "A query only reads: write with upsert or delete.",
        ),
    ),
    (
        duckdb.TransactionException,
        "",
        StoreBusy,
        Text("Ejecute la transacción de nuevo.", "Run the transaction again."),
    ),
    (duckdb.InterruptException, "", StoreBusy, Text("Repita la operación.", "Repeat the call.")),
    (
        duckdb.OutOfMemoryException,
        "",
        StoreBroken,
        Text(
            "Suba el límite de memoria del almacén (store.memory), o lea menos cuentas a la vez.",
            "Raise the store's memory limit, or read fewer accounts at once.",
        ),
    ),
    (duckdb.IOException, "not a valid DuckDB", StoreBroken, OTHER_FILE),
    (
        duckdb.IOException,
        "read-only mode: database does not exist",
        StoreBroken,
        Text(
            "Revise la ruta, o ábralo para escribir, que así se crea.",
            "Check the path, or open it for writing to create it.",
        ),
    ),
    (
        duckdb.IOException,
        "No such file or directory",
        StoreBroken,
        Text(
            "Revise la ruta; la carpeta debe existir antes de crear el almacén.",
            "Check the path; its folder must exist before the store is created.",
        ),
    ),
    (
        duckdb.IOException,
        "Is a directory",
        StoreBroken,
        Text("Indique un archivo dentro de esa carpeta.", "Name a file inside that folder."),
    ),
    (
        duckdb.IOException,
        "No space left",
        StoreBroken,
        Text(
            "Libere espacio en el disco y repita la operación.",
            "Free space on the disk and repeat the call.",
        ),
    ),
    (
        duckdb.Error,
        "read-only",
        StoreBroken,
        Text(
            "Abra el almacén para escribir (read_only=False).",
            "Open the store for writing (read_only=False).",
        ),
    ),
    (
        duckdb.ConnectionException,
        "closed",
        StoreBroken,
        Text("Abra el almacén de nuevo.", "Open the store again."),
    ),
)


def translate(error: duckdb.Error, *, place: str) -> AmunaError:
    """Decide whether a DuckDB error is transient (StoreBusy) or permanent (StoreBroken), and what fixes it."""
    found = str(error).strip()
    holder = described_holder(place, found) if "Could not set lock" in found else None
    if holder:
        held = Text("El almacén {file} lo tiene abierto {holder}.", "Store {file} is held by {holder}.")
        return StoreBusy(held, remedy=_ONE_PROCESS, file=place, holder=holder)
    for kind, text, meaning, remedy in _CASES:
        if isinstance(error, kind) and text in found:
            return meaning(_SAID, remedy=remedy, file=place, said=found)
    return StoreBroken(_SAID, remedy=_DAMAGED, file=place, said=found)
