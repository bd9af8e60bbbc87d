"""The gate: who is asking, for every door. Nothing behind it asks anyone else."""

from __future__ import annotations

from flask import g

from amuna.access.roles import Permission, Principal
from amuna.domain.errors import SignInNeeded
from amuna.domain.text import Text


def principal() -> Principal:
    """Who is asking.

    Raises
    ------
    SignInNeeded
        If nobody is signed in, or the session or token does not hold; `facts["reason"]` says why.
    """
    found: Principal | None = g.get("principal")
    if found is None:
        raise g.get("refusal") or SignInNeeded(
            Text("Nadie ha iniciado sesión.", "Nobody is signed in."),
            remedy=Text(
                "Inicie sesión, o envíe una ficha: Authorization: Bearer …",
                "Sign in, or send a token: Authorization: Bearer …",
            ),
        )
    return found


def require(permission: Permission, *, account_id: str | None = None) -> Principal:
    """Who is asking, once it is clear that they may, and see the account.

    Raises
    ------
    SignInNeeded
        If nobody is signed in.
    NotAllowed
        If they may not.
    NotFound
        If the account is out of their sight.
    """
    found = principal()
    found.require(permission)
    if account_id is not None:
        found.require_sight(account_id)
    return found
