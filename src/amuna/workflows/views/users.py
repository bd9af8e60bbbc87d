"""Users, their tokens, and what was done: what the Admin page and the command line list."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from amuna.domain.access_tables import AUDIT, TOKENS, USER_ACCOUNTS, USERS
from amuna.domain.ports import Store
from amuna.workflows.users import User, user_of

MOST = 5_000


def list_users(store: Store) -> list[User]:
    """Every user, the utility's before the customers, by name."""
    held: dict[str, list[str]] = {}
    for user_id, account_id in store.read(USER_ACCOUNTS).iter_rows():
        held.setdefault(user_id, []).append(account_id)
    rows = store.read(USERS).sort(pl.col("role") == "customer", "user_id")
    return [user_of(row, tuple(sorted(held.get(row["user_id"], [])))) for row in rows.to_dicts()]


def list_tokens(store: Store, now: datetime, *, user_id: str | None = None) -> pl.DataFrame:
    """Tokens without their secrets, the newest first, of one user or of all.

    Returns
    -------
    DataFrame
        token_id, user_id, label, scopes, created_at, expires_at, and state: `active`, `expired` or `revoked`.
    """
    rows = store.read(TOKENS, where=None if user_id is None else {"user_id": user_id})
    state = (
        pl.when(pl.col("revoked_at").is_not_null())
        .then(pl.lit("revoked"))
        .when(pl.col("expires_at") <= now)
        .then(pl.lit("expired"))
        .otherwise(pl.lit("active"))
    )
    found = rows.with_columns(state=state).drop("secret_hash", "revoked_at")
    return found.sort("created_at", "token_id", descending=True)


def list_audit(store: Store, *, user_id: str = "", action: str = "", limit: int = 100) -> pl.DataFrame:
    """The newest rows of the audit log, the newest first; of one user or action where it is named."""
    wanted = {"user_id": user_id, "action": action}
    given = {name: value for name, value in wanted.items() if value}
    terms = " AND ".join(f"{name} = ?" for name in given) or "TRUE"
    names = ", ".join(f'"{name}"' for name in AUDIT.names)
    return store.query(
        f"SELECT {names} FROM {AUDIT.name} WHERE {terms} ORDER BY audit_id DESC LIMIT ?",
        [*given.values(), min(max(limit, 1), MOST)],
    )


def audit_actions(store: Store) -> list[str]:
    """Actions that the audit log has, by name."""
    found = store.query(f"SELECT DISTINCT action FROM {AUDIT.name} ORDER BY action")
    return [str(action) for action in found["action"]]
