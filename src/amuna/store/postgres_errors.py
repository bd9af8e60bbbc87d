"""The one place that reads PostgreSQL's errors."""

from __future__ import annotations

import re

import adbc_driver_manager

from amuna.domain.errors import AmunaError, StoreBroken, StoreBusy

_AGAIN = "Repeat the call."
_RIGHTS = "Connect as a user with that right: amuna store roles prints the roles and what each may do."
_SPACE = "Free space on the server's disk and repeat the call."

# By SQLSTATE, the longest that fits: https://www.postgresql.org/docs/current/errcodes-appendix.html
_STATES: dict[str, tuple[type[AmunaError], str]] = {
    "08": (StoreBusy, _AGAIN),
    "25006": (
        StoreBroken,
        "A query only reads: write with upsert or delete, in a store open for writing (read_only=False).",
    ),
    "25P02": (
        StoreBroken,
        "An earlier statement failed: let its error leave the transaction, then run the transaction again.",
    ),
    "40": (StoreBusy, "Run the transaction again."),
    "42501": (StoreBroken, _RIGHTS),
    "53": (StoreBusy, "Close other connections, or raise the server's limits, and repeat the call."),
    "53100": (StoreBroken, _SPACE),
    "55006": (StoreBusy, _AGAIN),
    "55P03": (StoreBusy, "Another writer holds the store for long: let it finish, then repeat the call."),
    "57": (StoreBusy, _AGAIN),
}
# Where no connection comes about there is no SQLSTATE.
_REFUSALS: tuple[tuple[str, type[AmunaError], str], ...] = (
    ("password authentication failed", StoreBroken, "Check the user and the password in store.url."),
    ("no password supplied", StoreBroken, "Give the password in store.url, from the environment: ${NAME}."),
    ("role ", StoreBroken, "Check the user in store.url, or create it: docs/postgres.md."),
    ("database ", StoreBroken, "Check the database in store.url, or create it: docs/postgres.md."),
    ("no pg_hba.conf entry", StoreBroken, "Let the server accept this user and machine in its pg_hba.conf."),
    ("Name or service not known", StoreBroken, "Check the host in store.url."),
    ("permission denied", StoreBroken, _RIGHTS),
)
_STATEMENT = (
    "If the statement is Amuna's own, the tables may have been changed by hand: restore them from a backup."
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
    return meaning(f"Store {place}: {said}.", remedy=remedy, store=place, state=_state(error))


def _meaning(error: adbc_driver_manager.Error, said: str) -> tuple[type[AmunaError], str]:
    state = _state(error)
    for length in (5, 2):
        if state and state[:length] in _STATES:
            return _STATES[state[:length]]
    if state or not isinstance(error, adbc_driver_manager.OperationalError):
        return StoreBroken, _STATEMENT
    for text, meaning, remedy in _REFUSALS:
        if text in said:
            return meaning, remedy
    return StoreBusy, "Check that the server runs and can be reached, and repeat the call."


def _state(error: adbc_driver_manager.Error) -> str:
    return error.sqlstate or ""


def _words(error: adbc_driver_manager.Error) -> str:
    """What the server said, without the statement, whose values are nobody's business."""
    text = str(error).split("\nQuery was:")[0]
    text = re.sub(r"\. SQLSTATE: \w+\s*$", "", text)
    found = re.search(r"(?:ERROR|FATAL):\s*(.*?)(?:\nLINE \d+:|\nCONTEXT:|\nWHERE:|$)", text, re.DOTALL)
    return " ".join((found[1] if found else text).split()).rstrip(".")
