"""The one place that reads PostgreSQL's errors."""

from __future__ import annotations

import re

import adbc_driver_manager

from amuna.domain.errors import AmunaError, StoreBroken, StoreBusy
from amuna.domain.text import Text

_SAID = Text("Almacén {store}: {said}.", "Store {store}: {said}.")
_AGAIN = Text("Repita la operación.", "Repeat the call.")
_RIGHTS = Text(
    "Conéctese con un usuario que tenga ese derecho: amuna store roles muestra los roles y qué puede hacer cada uno.",
    "Connect as a user with that right: amuna store roles prints the roles and what each may do.",
)
_SPACE = Text(
    "Libere espacio en el disco del servidor y repita la operación.",
    "Free space on the server's disk and repeat the call.",
)

# By SQLSTATE, the longest that fits: https://www.postgresql.org/docs/current/errcodes-appendix.html
_STATES: dict[str, tuple[type[AmunaError], Text]] = {
    "08": (StoreBusy, _AGAIN),
    "25006": (
        StoreBroken,
        Text(
            "Una consulta solo lee: escriba con upsert o delete, en un almacén abierto para escribir (read_only=False).",
            "A query only reads: write with upsert or delete, in a store open for writing (read_only=False).",
        ),
    ),
    "25P02": (
        StoreBroken,
        Text(
            "Una instrucción anterior falló: deje que su error salga de la transacción, y ejecútela de nuevo.",
            "An earlier statement failed: let its error leave the transaction, then run the transaction again.",
        ),
    ),
    "40": (StoreBusy, Text("Ejecute la transacción de nuevo.", "Run the transaction again.")),
    "42501": (StoreBroken, _RIGHTS),
    "53": (
        StoreBusy,
        Text(
            "Cierre otras conexiones, o suba los límites del servidor, y repita la operación.",
            "Close other connections, or raise the server's limits, and repeat the call.",
        ),
    ),
    "53100": (StoreBroken, _SPACE),
    "55006": (StoreBusy, _AGAIN),
    "55P03": (
        StoreBusy,
        Text(
            "Otro proceso escribe en el almacén desde hace mucho: espere a que termine, y repita la operación.",
            "Another writer holds the store for long: let it finish, then repeat the call.",
        ),
    ),
    "57": (StoreBusy, _AGAIN),
}
# Where no connection comes about there is no SQLSTATE.
_REFUSALS: tuple[tuple[str, Text], ...] = (
    (
        "password authentication failed",
        Text(
            "Revise el usuario y la contraseña en store.url.",
            "Check the user and the password in store.url.",
        ),
    ),
    (
        "no password supplied",
        Text(
            "Indique la contraseña en store.url, tomada del entorno: ${{NOMBRE}}.",
            "Give the password in store.url, from the environment: ${{NAME}}.",
        ),
    ),
    (
        "role ",
        Text(
            "Revise el usuario en store.url, o créelo: docs/postgres.md.",
            "Check the user in store.url, or create it: docs/postgres.md.",
        ),
    ),
    (
        "database ",
        Text(
            "Revise la base de datos en store.url, o créela: docs/postgres.md.",
            "Check the database in store.url, or create it: docs/postgres.md.",
        ),
    ),
    (
        "no pg_hba.conf entry",
        Text(
            "Haga que el servidor acepte a este usuario y a esta máquina en su pg_hba.conf.",
            "Let the server accept this user and machine in its pg_hba.conf.",
        ),
    ),
    (
        "Name or service not known",
        Text("Revise el servidor en store.url.", "Check the host in store.url."),
    ),
    ("permission denied", _RIGHTS),
)
_STATEMENT = Text(
    "Si la instrucción es de Amuna misma, puede que las tablas se hayan cambiado a mano: restáurelas desde una copia de respaldo.",
    "If the statement is Amuna's own, the tables may have been changed by hand: restore them from a backup.",
)
_AWAY = Text(
    "Compruebe que el servidor funcione y se pueda llegar a él, y repita la operación.",
    "Check that the server runs and can be reached, and repeat the call.",
)


def connection_lost(error: adbc_driver_manager.Error) -> bool:
    """Whether nothing more can be said over the connection, so that it must be made anew."""
    state = _state(error)
    if state:
        return state.startswith("08") or state in ("57P01", "57P02", "57P03", "57P05")
    return isinstance(error, adbc_driver_manager.OperationalError)


def translate(error: adbc_driver_manager.Error, *, place: str) -> AmunaError:
    """Decide whether an error is transient (StoreBusy) or permanent (StoreBroken), and what fixes it."""
    said = _words(error)
    meaning, remedy = _meaning(error, said)
    return meaning(_SAID, remedy=remedy, store=place, said=said, state=_state(error))


def _meaning(error: adbc_driver_manager.Error, said: str) -> tuple[type[AmunaError], Text]:
    state = _state(error)
    for length in (5, 2):
        if state and state[:length] in _STATES:
            return _STATES[state[:length]]
    if state or not isinstance(error, adbc_driver_manager.OperationalError):
        return StoreBroken, _STATEMENT
    for words, remedy in _REFUSALS:
        if words in said:
            return StoreBroken, remedy
    return StoreBusy, _AWAY


def _state(error: adbc_driver_manager.Error) -> str:
    return error.sqlstate or ""


def _words(error: adbc_driver_manager.Error) -> str:
    """What the server said, without the statement, whose values are nobody's business."""
    text = str(error).split("\nQuery was:")[0]
    text = re.sub(r"\. SQLSTATE: \w+\s*$", "", text)
    found = re.search(r"(?:ERROR|FATAL):\s*(.*?)(?:\nLINE \d+:|\nCONTEXT:|\nWHERE:|$)", text, re.DOTALL)
    return " ".join((found[1] if found else text).split()).rstrip(".")
