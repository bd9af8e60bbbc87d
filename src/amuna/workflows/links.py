"""One-time links: to choose a password, or to look around once without one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from amuna.access.passwords import check_password, hash_password
from amuna.access.roles import Role
from amuna.access.secrets import hashed, new_secret
from amuna.domain.access_tables import LINKS, SESSIONS, USERS
from amuna.domain.errors import SignInNeeded
from amuna.domain.ports import Store
from amuna.domain.table import INSTANT
from amuna.domain.text import Text
from amuna.workflows.audit import PROGRAM, Actor, write_audit
from amuna.workflows.sessions import Opened, open_session
from amuna.workflows.users import User, UserRefused, add_user, change_user, stored_user

PASSWORD, VISIT = "password", "visit"
USUAL_HOURS = 24
FIRST_ADMIN = "admin"
_PURPOSES = {PASSWORD: Text("elegir una contraseña", "password"), VISIT: Text("entrar de visita", "visit")}


@dataclass(frozen=True)
class Link:
    """A link that waits to be used: whose it is, and what for."""

    user: User
    purpose: str
    expires_at: datetime


def make_link(
    user_id: str,
    *,
    store: Store,
    actor: Actor,
    now: datetime,
    purpose: str = PASSWORD,
    hours: int = USUAL_HOURS,
) -> str:
    """Make a link for an active user; their earlier ones end. Returns its secret, which is kept nowhere.

    Raises
    ------
    NotFound
        If there is no such user.
    UserRefused
        If the user is inactive.
    """
    secret = new_secret()
    with store.transaction():
        user, _ = stored_user(user_id, store=store)
        if not user.active:
            raise UserRefused(
                Text("El usuario {user_id} está desactivado.", "{user_id} is inactive."),
                remedy=Text(
                    "Actívelo antes: amuna user change {user_id} --active.",
                    "Activate them first: amuna user change {user_id} --active.",
                ),
                reason="inactive",
                user_id=user.user_id,
            )
        store.delete(LINKS, where={"user_id": user.user_id})
        row = {
            "secret_hash": hashed(secret),
            "user_id": user.user_id,
            "purpose": purpose,
            "created_at": now,
            "expires_at": now + timedelta(hours=hours),
            "used_at": None,
        }
        store.upsert(LINKS, LINKS.frame([row]))
        detail = {"purpose": purpose, "hours": hours}
        write_audit("link_made", user.user_id, store=store, actor=actor, now=now, detail=detail)
    return secret


def find_link(secret: str, *, store: Store, now: datetime) -> Link:
    """The link with this secret; looking does not use it up.

    Raises
    ------
    SignInNeeded
        If there is none, it expired, or it was used; `facts["reason"]` is link.
    """
    rows = store.read(LINKS, where={"secret_hash": hashed(secret)})
    row = None if rows.is_empty() else rows.row(0, named=True)
    if row is None or row["used_at"] is not None or now >= row["expires_at"]:
        raise SignInNeeded(
            Text(
                "Este enlace ya no vale: se usó, venció o lo reemplazó uno más nuevo.",
                "This link does not hold: it was used, is too old, or was replaced by a newer one.",
            ),
            remedy=Text(
                "Pida uno nuevo a un administrador: amuna user link NOMBRE.",
                "Ask an administrator for a new one: amuna user link NAME.",
            ),
            reason="link",
        )
    user, _ = stored_user(row["user_id"], store=store)
    return Link(user, row["purpose"], row["expires_at"])


def visit_by_link(secret: str, *, store: Store, now: datetime, address: str) -> Opened:
    """Use a link to look around: begins a session.

    Raises
    ------
    SignInNeeded
        If the link does not hold, or is one to choose a password with.
    """
    with store.transaction():
        link = _used(secret, VISIT, store=store, now=now)
        return open_session(link.user, store=store, now=now, address=address, how="link")


def choose_password(secret: str, password: str, *, store: Store, now: datetime, address: str) -> Opened:
    """Use a link to choose a password: signs out everywhere else, and begins a session.

    Raises
    ------
    SignInNeeded
        If the link does not hold, or is one to look around with.
    WeakPassword
        If the password is refused; the link can be used again.
    """
    user_id = find_link(secret, store=store, now=now).user.user_id
    check_password(password, user_id)
    password_hash = hash_password(password)
    with store.transaction():
        link = _used(secret, PASSWORD, store=store, now=now)
        row = store.read(USERS, where={"user_id": user_id})
        store.upsert(USERS, row.with_columns(password_hash=pl.lit(password_hash)))
        store.delete(SESSIONS, where={"user_id": user_id})
        write_audit("password_chosen", user_id, store=store, actor=Actor(user_id, address), now=now)
        return open_session(link.user, store=store, now=now, address=address, how="link")


def first_admin_link(store: Store, now: datetime) -> str | None:
    """Secret of a link with which the first administrator chooses a password; None where one has already.

    Called at each start: while nobody has chosen a password as an administrator, each start makes a new link.
    """
    admins = store.read(USERS, where={"role": Role.ADMIN.value, "active": True})
    if (admins["password_hash"] != "").any():
        return None
    with store.transaction():
        if admins.is_empty():
            _first_admin(store, now)
        user_id = FIRST_ADMIN if admins.is_empty() else str(admins.sort("created_at")["user_id"][0])
        return make_link(user_id, store=store, actor=PROGRAM, now=now)


def demo_customer_link(account_id: str, *, store: Store, now: datetime, user_id: str = "cliente") -> str:
    """Secret of a link that opens an account once as its customer, who is made where there is none.

    Raises
    ------
    NotFound
        If the store knows nothing of the account.
    """
    with store.transaction():
        if store.count(USERS, where={"user_id": user_id}):
            change_user(user_id, store=store, actor=PROGRAM, now=now, active=True, accounts=[account_id])
        else:
            add_user(
                user_id,
                Role.CUSTOMER,
                store=store,
                actor=PROGRAM,
                now=now,
                name="Cliente de ejemplo",
                accounts=[account_id],
            )
        return make_link(user_id, store=store, actor=PROGRAM, now=now, purpose=VISIT)


def _first_admin(store: Store, now: datetime) -> None:
    if store.count(USERS, where={"user_id": FIRST_ADMIN}):
        change_user(FIRST_ADMIN, store=store, actor=PROGRAM, now=now, role=Role.ADMIN, active=True)
    else:
        add_user(FIRST_ADMIN, Role.ADMIN, store=store, actor=PROGRAM, now=now, name="Admin")


def _used(secret: str, purpose: str, *, store: Store, now: datetime) -> Link:
    """The link, used up; part of the caller's transaction."""
    link = find_link(secret, store=store, now=now)
    if link.purpose != purpose:
        raise SignInNeeded(
            Text("Este enlace no sirve para {purpose}.", "This link is not one for a {purpose}."),
            remedy=Text("Ábralo tal como se lo enviaron.", "Open it as it was sent."),
            reason="link",
            purpose=_PURPOSES[purpose],
        )
    rows = store.read(LINKS, where={"secret_hash": hashed(secret)})
    store.upsert(LINKS, rows.with_columns(used_at=pl.lit(now, dtype=INSTANT)))
    return link
