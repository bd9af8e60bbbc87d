"""The audit log: who did what. Rows are only ever added."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from amuna.domain.access_tables import AUDIT
from amuna.domain.ports import Store


@dataclass(frozen=True)
class Actor:
    """Who does something, and from where.

    Parameters
    ----------
    user_id
        The user; empty for someone unknown, `amuna` for the program.
    address
        Network address; empty for the command line.
    """

    user_id: str
    address: str = ""


PROGRAM = Actor("amuna")
ERASED = "account_forgotten"
_order = itertools.count()


def write_audit(
    action: str,
    subject: str,
    *,
    store: Store,
    actor: Actor,
    now: datetime,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Add a row to the audit log.

    Parameters
    ----------
    action
        What was done, such as `token_made`.
    subject
        User, token, account or job it was done to.
    store, actor, now
        Where it is kept, who did it, and when (UTC).
    detail
        Further facts; never a secret, never a reading.
    """
    row = {
        "audit_id": f"{now.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{next(_order):06d}-{secrets.token_hex(4)}",
        "at": now,
        "user_id": actor.user_id,
        "action": action,
        "subject": subject,
        "address": actor.address,
        "detail": json.dumps(dict(detail or {}), ensure_ascii=False, sort_keys=True),
    }
    store.upsert(AUDIT, AUDIT.frame([row]))
