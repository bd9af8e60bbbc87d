"""Tokens: secrets with which programs ask in a user's name, for what they were made for and no longer than said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from amuna.access.passes import Pass
from amuna.access.roles import GRANTS, Permission
from amuna.access.secrets import TOKEN_PREFIX, hashed, new_secret, public_name
from amuna.domain.access_tables import TOKENS
from amuna.domain.errors import NotFound, PermanentError
from amuna.domain.ports import Store
from amuna.domain.table import INSTANT
from amuna.domain.text import Text
from amuna.workflows.audit import Actor, write_audit
from amuna.workflows.sessions import principal_of
from amuna.workflows.users import User, stored_user

USUAL_DAYS = 90
MOST_DAYS = 3650
_BEYOND = Text(
    "No se puede hacer la ficha: el rol del usuario no tiene {beyond}.",
    "The token is refused: the user's role does not have {beyond}.",
)
_NO_SCOPE = Text(
    "No se puede hacer la ficha: no tiene ningún permiso.", "The token is refused: it has no permission."
)


class TokenRefused(PermanentError):
    """A token that cannot be made so; `facts["reason"]` says why."""


@dataclass(frozen=True)
class MadeToken:
    """A token that was just made: its secret is shown once, and kept nowhere."""

    token_id: str
    secret: str
    held: Pass


def make_token(
    user_id: str,
    label: str,
    *,
    scopes: Collection[Permission],
    store: Store,
    actor: Actor,
    now: datetime,
    days: int = USUAL_DAYS,
) -> MadeToken:
    """Make a token with which a program asks in the user's name.

    Parameters
    ----------
    user_id, label
        In whose name, and what it is for in their words.
    scopes
        What it may do; all of them must be the role's.
    store, actor, now
        Where it is kept, who makes it, and when (UTC).
    days
        How long it holds [days].

    Raises
    ------
    NotFound
        If there is no such user.
    TokenRefused
        If the role does not have a scope, the user is inactive, or it would hold for too long.
    """
    with store.transaction():
        user, _ = stored_user(user_id, store=store)
        _check(user, label, scopes=scopes, days=days)
        secret, token_id = new_secret(TOKEN_PREFIX), public_name()
        row = {
            "token_id": token_id,
            "secret_hash": hashed(secret),
            "user_id": user.user_id,
            "label": label.strip(),
            "scopes": " ".join(sorted(scopes)),
            "created_at": now,
            "expires_at": now + timedelta(days=days),
            "revoked_at": None,
        }
        store.upsert(TOKENS, TOKENS.frame([row]))
        detail = {"user": user.user_id, "scopes": row["scopes"], "days": days}
        write_audit("token_made", token_id, store=store, actor=actor, now=now, detail=detail)
    principal = replace(principal_of(user), scopes=frozenset(scopes))
    return MadeToken(
        token_id, secret, Pass("token", principal, user.language, now, now + timedelta(days=days))
    )


def revoke_token(token_id: str, *, store: Store, actor: Actor, now: datetime) -> None:
    """Let a token hold no longer; one that was revoked before stays so.

    Raises
    ------
    NotFound
        If there is no such token.
    """
    with store.transaction():
        rows = store.read(TOKENS, where={"token_id": token_id})
        if rows.is_empty():
            raise NotFound("token", token_id)
        if rows["revoked_at"][0] is None:
            store.upsert(TOKENS, rows.with_columns(revoked_at=pl.lit(now, dtype=INSTANT)))
            write_audit("token_revoked", token_id, store=store, actor=actor, now=now)


def parse_scopes(text: str) -> frozenset[Permission]:
    """Permissions named with blanks or commas between.

    Raises
    ------
    TokenRefused
        If one of them does not exist.
    """
    known = {permission.value: permission for permission in Permission}
    names = text.replace(",", " ").split()
    wrong = [name for name in names if name not in known]
    if wrong:
        raise TokenRefused(
            Text("No existe el permiso {found!r}.", "There is no permission {found!r}."),
            remedy=Text("Use algunos de: {known}.", "Use some of: {known}."),
            found=wrong[0],
            known=list(known),
        )
    return frozenset(known[name] for name in names)


def _check(user: User, label: str, *, scopes: Collection[Permission], days: int) -> None:
    granted = GRANTS[user.role]
    beyond = sorted(set(scopes) - set(granted))
    if beyond or not scopes:
        raise TokenRefused(
            _BEYOND if beyond else _NO_SCOPE,
            remedy=Text("Elija entre: {granted}.", "Choose among: {granted}."),
            beyond=beyond,
            granted=sorted(granted),
            reason="scopes",
        )
    if not user.active:
        raise TokenRefused(
            Text("El usuario está desactivado.", "The user is inactive."),
            remedy=Text(
                "Actívelo antes: amuna user change {user_id} --active.",
                "Activate them first: amuna user change {user_id} --active.",
            ),
            reason="inactive",
            user_id=user.user_id,
        )
    if not 1 <= days <= MOST_DAYS:
        raise TokenRefused(
            Text(
                "Una ficha vale de 1 a {most} días, no {days}.",
                "A token holds for 1 to {most} days, not {days}.",
            ),
            remedy=Text("Cambie los días.", "Change the days."),
            reason="days",
            days=days,
            most=MOST_DAYS,
        )
    if not label.strip() or len(label) > 120:
        raise TokenRefused(
            Text(
                "Una ficha necesita una etiqueta de 1 a 120 caracteres.",
                "A token needs a label of 1 to 120 characters.",
            ),
            remedy=Text("Diga para qué es.", "Say what it is for."),
            reason="label",
        )
