"""The one place that reads PostgreSQL's errors."""

from __future__ import annotations

import re
from typing import NamedTuple

import adbc_driver_manager

from amuna.domain.errors import AmunaError, StoreBroken, StoreBusy
from amuna.domain.text import Text

_AGAIN = Text("Repita la operación.", "Repeat the call.")
_RIGHTS = Text(
    "Conéctese con un usuario que tenga ese derecho: amuna store roles muestra los roles y qué puede hacer cada uno.",
    "Connect as a user with that right: amuna store roles prints the roles and what each may do.",
)
_SPACE = Text(
    "Libere espacio en el disco del servidor y repita la operación.",
    "Free space on the server's disk and repeat the call.",
)

_LIMITS = Text(
    "Cierre otras conexiones, o suba los límites del servidor, y repita la operación.",
    "Close other connections, or raise the server's limits, and repeat the call.",
)


class _Meaning(NamedTuple):
    """What an error of PostgreSQL means and what fixes it; `cause` says it in plain words."""

    error: type[AmunaError]
    remedy: Text
    cause: Text = Text.both("")


_FULL = _Meaning(
    StoreBusy,
    _LIMITS,
    Text("el servidor no acepta más conexiones", "the server takes no more connections"),
)
_NO_RIGHT = _Meaning(StoreBroken, _RIGHTS, Text("falta un derecho", "a right is missing"))
# By SQLSTATE, the longest that fits: https://www.postgresql.org/docs/current/errcodes-appendix.html
_STATES = {
    "08": _Meaning(StoreBusy, _AGAIN),
    "25006": _Meaning(
        StoreBroken,
        Text(
            "Una consulta solo lee: escriba con upsert o delete, en un almacén abierto para escribir (read_only=False).",
            "A query only reads: write with upsert or delete, in a store open for writing (read_only=False).",
        ),
    ),
    "25P02": _Meaning(
        StoreBroken,
        Text(
            "Una instrucción anterior falló: deje que su error salga de la transacción, y ejecútela de nuevo.",
            "An earlier statement failed: let its error leave the transaction, then run the transaction again.",
        ),
    ),
    "40": _Meaning(StoreBusy, Text("Ejecute la transacción de nuevo.", "Run the transaction again.")),
    "42501": _NO_RIGHT,
    "53": _Meaning(StoreBusy, _LIMITS),
    "53100": _Meaning(
        StoreBroken,
        _SPACE,
        Text("no queda espacio en el disco del servidor", "no space is left on the server's disk"),
    ),
    "55006": _Meaning(StoreBusy, _AGAIN),
    "55P03": _Meaning(
        StoreBusy,
        Text(
            "Otro proceso escribe en el almacén desde hace mucho: espere a que termine, y repita la operación.",
            "Another writer holds the store for long: let it finish, then repeat the call.",
        ),
    ),
    "57": _Meaning(StoreBusy, _AGAIN),
}
# Where no connection comes about there is no SQLSTATE.
_REFUSALS = {
    "password authentication failed": _Meaning(
        StoreBroken,
        Text(
            "Revise el usuario y la contraseña en store.url.",
            "Check the user and the password in store.url.",
        ),
        Text("el servidor no acepta esa contraseña", "the server does not take that password"),
    ),
    "no password supplied": _Meaning(
        StoreBroken,
        Text(
            "Indique la contraseña en store.url, tomada del entorno: ${{NOMBRE}}.",
            "Give the password in store.url, from the environment: ${{NAME}}.",
        ),
        Text("el servidor pide una contraseña", "the server asks for a password"),
    ),
    "too many clients": _FULL,
    "connection slots": _FULL,
    "role ": _Meaning(
        StoreBroken,
        Text(
            "Revise el usuario en store.url, o créelo: docs/postgres.md.",
            "Check the user in store.url, or create it: docs/postgres.md.",
        ),
        Text("el servidor no acepta a ese usuario", "the server does not take that user"),
    ),
    "database ": _Meaning(
        StoreBroken,
        Text(
            "Revise la base de datos en store.url, o créela: docs/postgres.md.",
            "Check the database in store.url, or create it: docs/postgres.md.",
        ),
        Text("el servidor no da esa base de datos", "the server does not give that database"),
    ),
    "no pg_hba.conf entry": _Meaning(
        StoreBroken,
        Text(
            "Haga que el servidor acepte a este usuario y a esta máquina en su pg_hba.conf.",
            "Let the server accept this user and machine in its pg_hba.conf.",
        ),
        Text("el servidor no acepta esta conexión", "the server does not take this connection"),
    ),
    "Name or service not known": _Meaning(
        StoreBroken,
        Text("Revise el servidor en store.url.", "Check the host in store.url."),
        Text("no se encuentra el servidor", "the server is not found"),
    ),
    "permission denied": _NO_RIGHT,
}
_STATEMENT = _Meaning(
    StoreBroken,
    Text(
        "Si la instrucción es de Amuna misma, puede que las tablas se hayan cambiado a mano: restáurelas desde una copia de respaldo.",
        "If the statement is Amuna's own, the tables may have been changed by hand: restore them from a backup.",
    ),
)
_AWAY = _Meaning(
    StoreBusy,
    Text(
        "Compruebe que el servidor funcione y se pueda llegar a él, y repita la operación.",
        "Check that the server runs and can be reached, and repeat the call.",
    ),
    Text("el servidor no responde", "the server does not answer"),
)


def connection_lost(error: adbc_driver_manager.Error) -> bool:
    """Whether nothing more can be said over the connection, so that it must be made anew."""
    state = _state(error)
    if state:
        return state.startswith("08") or state in ("57P01", "57P02", "57P03", "57P05")
    return isinstance(error, adbc_driver_manager.OperationalError)


def translate(error: adbc_driver_manager.Error, *, place: str) -> AmunaError:
    """Decide whether an error is transient (StoreBusy) or permanent (StoreBroken), and what fixes it."""
    said, state = _words(error), _state(error)
    meaning = _meaning(error, said)
    if meaning.cause:
        known = Text("Almacén {store}: {cause} ({said}).", "Store {store}: {cause} ({said}).")
        return meaning.error(
            known, remedy=meaning.remedy, store=place, cause=meaning.cause, said=said, state=state
        )
    told = Text("Almacén {store}: {said}.", "Store {store}: {said}.")
    return meaning.error(told, remedy=meaning.remedy, store=place, said=said, state=state)


def _meaning(error: adbc_driver_manager.Error, said: str) -> _Meaning:
    state = _state(error)
    for length in (5, 2):
        if state and state[:length] in _STATES:
            return _STATES[state[:length]]
    if state or not isinstance(error, adbc_driver_manager.OperationalError):
        return _STATEMENT
    return next((meaning for words, meaning in _REFUSALS.items() if words in said), _AWAY)


def _state(error: adbc_driver_manager.Error) -> str:
    return error.sqlstate or ""


def _words(error: adbc_driver_manager.Error) -> str:
    """What the server said, without the statement, whose values are nobody's business."""
    text = str(error).split("\nQuery was:")[0]
    text = re.sub(r"\. SQLSTATE: \w+\s*$", "", text)
    found = re.search(r"(?:ERROR|FATAL):\s*(.*?)(?:\nLINE \d+:|\nCONTEXT:|\nWHERE:|$)", text, re.DOTALL)
    return " ".join((found[1] if found else text).split()).rstrip(".")
