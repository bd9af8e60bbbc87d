"""Users: who may sign in, as what, and which accounts a customer holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from amuna.access.roles import Role
from amuna.domain.access_tables import LINKS, SESSIONS, TOKENS, USER_ACCOUNTS, USERS
from amuna.domain.errors import NotFound, PermanentError
from amuna.domain.ports import Store
from amuna.domain.table import INSTANT
from amuna.domain.tables import ACCOUNTS, CONSUMPTION
from amuna.domain.text import Text
from amuna.workflows.audit import Actor, write_audit

LANGUAGES = ("", "es", "en")
_USER_ID = re.compile(r"[^\s\x00-\x1f\x7f<>\"'\\]{1,254}")
_LONGEST_NAME = 120


class UserRefused(PermanentError):
    """A user that cannot be made or changed so; `facts["reason"]` says why."""


@dataclass(frozen=True)
class User:
    """Someone who may sign in.

    Parameters
    ----------
    user_id
        The address they sign in with, in small letters.
    name
        How to address them.
    role
        What they are to the utility.
    language
        `es`, `en`, or empty for the browser's.
    active
        Whether they may sign in.
    has_password
        Whether they have chosen one.
    accounts
        Accounts a customer holds, sorted.
    created_at
        When they were made (UTC).
    """

    user_id: str
    name: str
    role: Role
    language: str
    active: bool
    has_password: bool
    accounts: tuple[str, ...]
    created_at: datetime


def add_user(
    user_id: str,
    role: Role,
    *,
    store: Store,
    actor: Actor,
    now: datetime,
    name: str = "",
    language: str = "",
    accounts: Sequence[str] = (),
) -> User:
    """Make a user without a password; a link lets them choose one.

    Raises
    ------
    UserRefused
        If there is one of that name already, or something about it cannot be.
    NotFound
        If the store knows nothing of an account.
    """
    user_id = named(user_id)
    with store.transaction():
        if store.count(USERS, where={"user_id": user_id}):
            raise UserRefused(
                Text("Ya hay un usuario {user_id}.", "There is a user {user_id} already."),
                remedy=Text(
                    "Cámbielo con: amuna user change {user_id}.", "Change it: amuna user change {user_id}."
                ),
                reason="exists",
                user_id=user_id,
            )
        user = User(
            user_id, name.strip() or user_id, role, language, True, False, tuple(sorted(accounts)), now
        )
        _check(user, store)
        _write(user, "", store)
        write_audit("user_added", user_id, store=store, actor=actor, now=now, detail={"role": role.value})
    return user


def change_user(
    user_id: str,
    *,
    store: Store,
    actor: Actor,
    now: datetime,
    name: str | None = None,
    role: Role | None = None,
    language: str | None = None,
    active: bool | None = None,
    accounts: Sequence[str] | None = None,
) -> User:
    """Change what is given and leave the rest. Who is deactivated is signed out, and their tokens and links end.

    Raises
    ------
    NotFound
        If there is no such user, or nothing is known of an account.
    UserRefused
        If nobody active would be left to administer, or something about it cannot be.
    """
    given = {"name": name, "role": role, "language": language, "active": active}
    wanted: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if accounts is not None:
        wanted["accounts"] = tuple(sorted(accounts))
    with store.transaction():
        before, password_hash = stored_user(user_id, store=store)
        user = replace(before, **wanted)
        _check(user, store)
        _check_admins(before, user, store)
        _write(user, password_hash, store)
        if not user.active:
            end_access(user.user_id, store=store, now=now)
        detail = {key: list(value) if isinstance(value, tuple) else value for key, value in wanted.items()}
        write_audit("user_changed", user.user_id, store=store, actor=actor, now=now, detail=detail)
    return user


def stored_user(user_id: str, *, store: Store) -> tuple[User, str]:
    """A user, and the hash of their password (empty where none is chosen).

    Raises
    ------
    NotFound
        If there is no such user.
    """
    rows = store.read(USERS, where={"user_id": user_id.strip().lower()})
    if rows.is_empty():
        raise NotFound("user", user_id)
    row = rows.row(0, named=True)
    held = store.read(USER_ACCOUNTS, where={"user_id": row["user_id"]})["account_id"]
    return user_of(row, tuple(sorted(held))), row["password_hash"]


def user_of(row: dict[str, object], accounts: tuple[str, ...]) -> User:
    """A user from a row of USERS."""
    same = {key: row[key] for key in ("user_id", "name", "language", "active", "created_at")}
    return User(
        role=Role(str(row["role"])),
        has_password=bool(row["password_hash"]),
        accounts=accounts,
        **same,  # type: ignore[arg-type]
    )


def end_access(user_id: str, *, store: Store, now: datetime) -> None:
    """Sign the user out everywhere, and end their tokens and unused links; part of the caller's transaction."""
    store.delete(SESSIONS, where={"user_id": user_id})
    store.delete(LINKS, where={"user_id": user_id})
    tokens = store.read(TOKENS, where={"user_id": user_id, "revoked_at": None})
    store.upsert(TOKENS, tokens.with_columns(revoked_at=pl.lit(now, dtype=INSTANT)))


def named(user_id: str) -> str:
    """The name of a user as it is kept.

    Raises
    ------
    UserRefused
        If it is none.
    """
    found = user_id.strip().lower()
    if not _USER_ID.fullmatch(found):
        raise UserRefused(
            Text(
                "{user_id!r} no puede ser el nombre de un usuario.",
                "{user_id!r} cannot be the name of a user.",
            ),
            remedy=Text(
                "Use su correo electrónico: hasta 254 caracteres, sin espacios ni comillas.",
                "Use their e-mail address: up to 254 characters without blanks and quotes.",
            ),
            reason="name",
            user_id=user_id,
        )
    return found


def parse_role(text: str) -> Role:
    """The role of that name.

    Raises
    ------
    UserRefused
        If there is none.
    """
    try:
        return Role(text.strip().lower())
    except ValueError:
        raise UserRefused(
            Text("No existe el rol {role!r}.", "There is no role {role!r}."),
            remedy=Text("Use uno de: {known}.", "Use one of: {known}."),
            reason="role",
            role=text,
            known=list(Role),
        ) from None


def _write(user: User, password_hash: str, store: Store) -> None:
    row = {key: getattr(user, key) for key in ("user_id", "name", "language", "active", "created_at")}
    row |= {"role": user.role.value, "password_hash": password_hash}
    store.upsert(USERS, USERS.frame([row]))
    store.delete(USER_ACCOUNTS, where={"user_id": user.user_id})
    held: list[dict[str, object]] = [
        {"user_id": user.user_id, "account_id": account} for account in user.accounts
    ]
    store.upsert(USER_ACCOUNTS, USER_ACCOUNTS.frame(held))


def _check(user: User, store: Store) -> None:
    if user.language not in LANGUAGES:
        raise UserRefused(
            Text("No existe el idioma {language!r}.", "There is no language {language!r}."),
            remedy=Text(
                "Use es, en, o nada para el del navegador.", "Use es, en, or nothing for the browser's."
            ),
            reason="language",
            language=user.language,
        )
    if not 0 < len(user.name) <= _LONGEST_NAME:
        raise UserRefused(
            Text("Un nombre tiene de 1 a {most} caracteres.", "A name has 1 to {most} characters."),
            remedy=Text("Escriba otro.", "Write another."),
            reason="name",
            most=_LONGEST_NAME,
        )
    if user.accounts and user.role is not Role.CUSTOMER:
        raise UserRefused(
            Text(
                "Solo un cliente (customer) tiene cuentas, y el rol de {user_id} es {role}.",
                "Only a customer holds accounts, and {user_id} is {role}.",
            ),
            remedy=Text(
                "Omita las cuentas: este rol las ve todas.",
                "Leave the accounts out: this role sees every account.",
            ),
            reason="accounts",
            user_id=user.user_id,
            role=user.role.value,
        )
    for account in user.accounts:
        require_account(account, store=store)


def require_account(account_id: str, *, store: Store) -> None:
    """Refuse an account of which the store knows nothing.

    Raises
    ------
    NotFound
        If it knows nothing.
    """
    where = {"account_id": account_id}
    if not store.count(ACCOUNTS, where=where) and not store.count(CONSUMPTION, where=where):
        raise NotFound("account", account_id)


def _check_admins(before: User, after: User, store: Store) -> None:
    """Refuse to take the last active administrator away."""
    stays = after.active and after.role is Role.ADMIN
    if stays or not (before.active and before.role is Role.ADMIN):
        return
    if store.count(USERS, where={"role": Role.ADMIN.value, "active": True}) <= 1:
        raise UserRefused(
            Text(
                "{user_id} es el último administrador activo.", "{user_id} is the last active administrator."
            ),
            remedy=Text(
                "Nombre antes a otro administrador: amuna user add NOMBRE --role admin.",
                "Make another administrator first: amuna user add NAME --role admin.",
            ),
            reason="last_admin",
            user_id=before.user_id,
        )
