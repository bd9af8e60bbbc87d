"""Govern: a person changes what serves, or asks for a training; the decision and the audit log say who."""

from __future__ import annotations

from datetime import datetime

from amuna.domain.ports import Store
from amuna.workflows.audit import Actor, write_audit
from amuna.workflows.versions import Promotion, rollback

ROLLED_BACK, TRAINING_ASKED = "models_rolled_back", "training_asked"


def roll_back(*, store: Store, actor: Actor, reason: str, now: datetime) -> Promotion:
    """Let the run serve again that served before, and write down who wanted it.

    The store decides what serves; the registry follows with the next run of the daily job.

    Raises
    ------
    NotEnoughData
        If none served before.
    """
    with store.transaction():
        done = rollback(store=store, by=actor.user_id, reason=reason, now=now)
        detail = {"before": done.before, "reason": reason}
        write_audit(ROLLED_BACK, done.run_id, store=store, actor=actor, now=now, detail=detail)
    return done


def ask_training(run_at: datetime, *, store: Store, actor: Actor, now: datetime) -> None:
    """Write down who asked for the training that was queued for `run_at`."""
    write_audit(TRAINING_ASKED, f"train {run_at.isoformat()}", store=store, actor=actor, now=now)
