"""Erasure: every row of an account, and the customer who held nothing else. The audit log tells that it was done."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime

from amuna.access.roles import Role
from amuna.domain.access_tables import LINKS, SESSIONS, TOKENS, USER_ACCOUNTS, USERS
from amuna.domain.errors import NotFound, TransientError
from amuna.domain.job_tables import JOBS
from amuna.domain.ports import Store
from amuna.domain.tables import QUARANTINE, TABLES
from amuna.domain.text import Text
from amuna.workflows.audit import ERASED, Actor, write_audit

_OF_A_USER = (USER_ACCOUNTS, LINKS, SESSIONS, TOKENS, USERS)
_OF_AN_ACCOUNT = tuple(table for table in TABLES if "account_id" in table.names and table not in _OF_A_USER)


class JobRunning(TransientError):
    """A job computes with the rows that were to be erased, and would write some of them again."""


@dataclass(frozen=True)
class Forgotten:
    """What was erased.

    Parameters
    ----------
    account_id
        The account.
    rows
        Rows by table, earlier versions not counted.
    users
        Customers who held this account alone, and were erased with it.
    """

    account_id: str
    rows: dict[str, int]
    users: tuple[str, ...]


def forget(account_id: str, *, store: Store, actor: Actor, now: datetime) -> Forgotten:
    """Erase every row of an account, with its earlier versions, and the customer who held nothing else.

    Raises
    ------
    NotFound
        If no table has anything of it.
    JobRunning
        If a training or a daily run is under way.
    """
    with store.transaction():
        _check_idle(store)
        rows = {table.name: store.delete(table, where={"account_id": account_id}) for table in _OF_AN_ACCOUNT}
        rows[QUARANTINE.name] = _forget_refused(account_id, store)
        users, held = _forget_holders(account_id, store)
        rows[USER_ACCOUNTS.name] = held
        erased = {name: count for name, count in rows.items() if count}
        if not erased:
            raise NotFound("account", account_id)
        detail = {"rows": sum(erased.values()), "users": len(users)}
        write_audit(ERASED, account_id, store=store, actor=actor, now=now, detail=detail)
    return Forgotten(account_id, erased, users)


def _check_idle(store: Store) -> None:
    where = {"step": "", "status": ["queued", "running"]}
    running = store.read(JOBS, where=where, columns=["job"])["job"]
    running = running.filter(
        ~running.str.starts_with("follow ")
    )  # topics are followed for good, and only bring what is new
    if len(running):
        raise JobRunning(
            Text(
                "El trabajo {job} está en marcha, y volvería a escribir filas de la cuenta.",
                "The job {job} is running, and would write rows of the account again.",
            ),
            remedy=Text("Intente de nuevo cuando termine.", "Try again when it has ended."),
            reason="job_running",
            job=running[0],
        )


def _forget_refused(account_id: str, store: Store) -> int:
    """Erase refused rows whose original text has the account as one of its values."""
    pattern = "%" + account_id.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
    found = store.query(
        f"SELECT DISTINCT source, original FROM {QUARANTINE.name} WHERE original LIKE ? ESCAPE '!'", [pattern]
    )
    word = re.compile(rf"(?<![\w-]){re.escape(account_id)}(?![\w-])")
    deleted = 0
    for (source,), rows in found.group_by("source"):
        named = [text for text in rows["original"] if _names(text, word)]
        if named:
            deleted += store.delete(QUARANTINE, where={"source": source, "original": named})
    return deleted


def _names(original: str, word: re.Pattern[str]) -> bool:
    """Whether any value of a refused row names the account; a row that cannot be read at all is taken for one that does."""
    try:
        row = json.loads(original)
    except ValueError:
        return True
    values = row.values() if isinstance(row, dict) else [row]
    return any(word.search(str(value)) for value in values)


def _forget_holders(account_id: str, store: Store) -> tuple[tuple[str, ...], int]:
    """Take the account from its customers, and erase those who hold no other; their names, and how many held it."""
    holders = store.read(USER_ACCOUNTS, where={"account_id": account_id})["user_id"].to_list()
    store.delete(USER_ACCOUNTS, where={"account_id": account_id})
    rest = set(store.read(USER_ACCOUNTS, where={"user_id": holders})["user_id"])
    customers = store.read(USERS, where={"user_id": holders, "role": Role.CUSTOMER.value})["user_id"]
    alone = sorted(set(customers) - rest)
    for table in _OF_A_USER if alone else ():
        store.delete(table, where={"user_id": alone})
    return tuple(alone), len(holders)
