"""Sessions: signing in with a password, and out again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from amuna.access.lockout import Lockout
from amuna.access.passes import Pass, session_end
from amuna.access.passwords import verify_password
from amuna.access.roles import Principal, Role
from amuna.access.secrets import hashed, new_secret
from amuna.domain.access_tables import SESSIONS
from amuna.domain.errors import NotFound, SignInNeeded
from amuna.domain.ports import Store
from amuna.domain.text import Text
from amuna.workflows.audit import Actor, write_audit
from amuna.workflows.users import User, stored_user


@dataclass(frozen=True)
class Opened:
    """A session that was just begun: its secret is for the cookie, and kept nowhere."""

    secret: str
    held: Pass


def sign_in(
    user_id: str, password: str, *, store: Store, lockout: Lockout, now: datetime, address: str
) -> Opened:
    """Begin a session for who knows the password. Users that are not there are refused alike, after as long.

    Raises
    ------
    SignInNeeded
        If the user or the password is not right, or the user may not sign in.
    TooMany
        If the name waits after failed sign-ins.
    """
    name = user_id.strip().lower()[:254]
    lockout.check(name, now)
    try:
        user, password_hash = stored_user(name, store=store)
    except NotFound:
        user, password_hash = None, ""
    right = verify_password(password, password_hash)
    if user is None or not right or not user.active:
        lockout.failed(name, now)
        write_audit(
            "sign_in_failed", "" if user is None else name, store=store, actor=Actor("", address), now=now
        )
        raise SignInNeeded(
            Text("El usuario o la contraseña no es correcto.", "The user or the password is not right."),
            remedy=Text("Revise ambos e intente de nuevo.", "Check both, and try again."),
            reason="wrong",
        )
    lockout.succeeded(name)
    return open_session(user, store=store, now=now, address=address, how="password")


def open_session(user: User, *, store: Store, now: datetime, address: str, how: str) -> Opened:
    """Begin a session for a user who has shown who they are, by `password`, `link` or `oidc`."""
    secret = new_secret()
    expires = session_end(now, now)
    row = {"secret_hash": hashed(secret), "user_id": user.user_id, "created_at": now, "expires_at": expires}
    with store.transaction():
        store.upsert(SESSIONS, SESSIONS.frame([row]))
        actor = Actor(user.user_id, address)
        write_audit("sign_in", user.user_id, store=store, actor=actor, now=now, detail={"by": how})
    return Opened(secret, Pass("session", principal_of(user), user.language, now, expires))


def sign_out(secret: str, *, store: Store, actor: Actor, now: datetime) -> None:
    """End a session."""
    with store.transaction():
        if store.delete(SESSIONS, where={"secret_hash": hashed(secret)}):
            write_audit("sign_out", actor.user_id, store=store, actor=actor, now=now)


def prolong(secret_hash: str, held: Pass, *, store: Store) -> None:
    """Keep that a session was used."""
    row = {
        "secret_hash": secret_hash,
        "user_id": held.principal.user_id,
        "created_at": held.created_at,
        "expires_at": held.expires_at,
    }
    with store.transaction():
        if store.count(SESSIONS, where={"secret_hash": secret_hash}):
            store.upsert(SESSIONS, SESSIONS.frame([row]))


def principal_of(user: User) -> Principal:
    """Who a user is at the doors: a customer sees their accounts, everyone else sees all."""
    accounts = frozenset(user.accounts) if user.role is Role.CUSTOMER else None
    return Principal(user.user_id, user.name, user.role, accounts)
