"""Every pass that holds, as the doors keep them in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from amuna.access.passes import Pass
from amuna.access.roles import Principal
from amuna.domain.access_tables import AUDIT, SESSIONS, TOKENS, USER_ACCOUNTS, USERS
from amuna.domain.ports import Store
from amuna.workflows.audit import ERASED
from amuna.workflows.sessions import principal_of
from amuna.workflows.tokens import parse_scopes
from amuna.workflows.users import user_of

_SESSIONS = (
    "SELECT u.*, s.secret_hash, s.created_at AS made_at, s.expires_at"
    f" FROM {SESSIONS.name} AS s JOIN {USERS.name} AS u USING (user_id) WHERE s.expires_at > ?"
)
_TOKENS = (
    "SELECT u.*, t.secret_hash, t.created_at AS made_at, t.expires_at, t.scopes, t.revoked_at"
    f" FROM {TOKENS.name} AS t JOIN {USERS.name} AS u USING (user_id)"
)
_HELD = (
    f"SELECT user_id, account_id FROM {USER_ACCOUNTS.name} WHERE user_id IN"
    f" (SELECT user_id FROM {SESSIONS.name} UNION SELECT user_id FROM {TOKENS.name})"
)
_STATE = (
    f'SELECT (SELECT COUNT(*) FROM {AUDIT.name} WHERE "at" >= ?), (SELECT MAX(audit_id) FROM {AUDIT.name} WHERE "at" >= ?),'
    f" (SELECT MAX(expires_at) FROM {SESSIONS.name}), (SELECT COUNT(*) FROM {SESSIONS.name})"
)
_RECENT = timedelta(hours=1)


def access_state(*, store: Store, now: datetime) -> str:
    """Names the present state of users, sessions and tokens: each change of them leaves a row in the audit log."""
    since = now - _RECENT
    return str(store.query(_STATE, [since, since]).row(0))


def last_erasure(*, store: Store) -> str:
    """Names the last erasure of an account; empty where there was none."""
    found = store.query(f"SELECT MAX(audit_id) FROM {AUDIT.name} WHERE action = ?", [ERASED]).item()
    return found or ""


def all_passes(*, store: Store, now: datetime) -> dict[str, Pass]:
    """Sessions that hold and every token, by the hash of their secret."""
    sessions = store.query(_SESSIONS, [now]).to_dicts()
    tokens = store.query(_TOKENS).to_dicts()
    held = store.query(_HELD)
    accounts = {user: tuple(rows["account_id"]) for (user,), rows in held.group_by("user_id")}
    found = {}
    for row in [*tokens, *sessions]:
        found[row["secret_hash"]] = _pass(row, accounts.get(row["user_id"], ()))
    return found


def _pass(row: dict[str, object], accounts: tuple[str, ...]) -> Pass:
    user = user_of(row, accounts)
    principal: Principal = principal_of(user)
    kind = "token" if "scopes" in row else "session"
    ended = "" if user.active else "inactive"
    if kind == "token":
        principal = replace(principal, scopes=parse_scopes(str(row["scopes"])))
        ended = "revoked" if row["revoked_at"] is not None else ended
    return Pass(kind, principal, user.language, row["made_at"], row["expires_at"], ended)  # type: ignore[arg-type]
