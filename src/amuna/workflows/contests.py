"""Contests: accounts whose serving model has a rival, and the decisions that open and close them.

A rival is a row of MODELS and STATES under the name of a refit run whose parent is the serving run. One that the refit
itself fitted is a challenger; after its promotion the two change places, and the predecessor stays as the rival until
the promotion is confirmed or rolled back. The rival's state has the day on which the contest began as its cutoff.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import DECISIONS, MODELS, RUNS, STATES, UPDATES
from amuna.workflows.shards import Accounts, within_range


def is_due(store: Store, run_id: str, cutoff: date, *, every_days: int) -> bool:
    """Whether the last step of the states to this cutoff passed one of the days on which models are looked at.

    Those days are the same for all shards and every call of the day, and none is missed where updates were.
    """
    before: date | None = store.query(
        f"SELECT MAX(cutoff) FROM {UPDATES.name} WHERE run_id = ? AND cutoff < ?", [run_id, cutoff]
    ).item()
    return before is None or cutoff.toordinal() // every_days > before.toordinal() // every_days


def open_contests(store: Store, run_id: str, accounts: Accounts) -> pl.DataFrame:
    """Contests of a serving run: account_id, rival_run, start, challenger (else the rival is the predecessor)."""
    wanted, bounds = within_range(accounts)
    wanted = wanted.replace("account_id", "m.account_id")
    return store.query(
        "SELECT m.account_id, m.run_id AS rival_run, s.cutoff AS start, m.fitted_run = m.run_id AS challenger"
        f" FROM {MODELS.name} AS m JOIN {RUNS.name} AS r ON r.run_id = m.run_id AND r.parent = ?"
        f" JOIN {STATES.name} AS s ON s.run_id = m.run_id AND s.account_id = m.account_id"
        f" WHERE r.kind = 'refit'{wanted} ORDER BY 1",
        [run_id, *bounds],
    )


def forget_rivals(store: Store, rivals: pl.DataFrame) -> None:
    """Close contests: remove the rivals' models and states."""
    for (rival_run,), rows in rivals.group_by("rival_run"):
        for table in (MODELS, STATES):
            store.delete(table, where={"run_id": rival_run, "account_id": rows["account_id"].to_list()})


def forget_orphans(store: Store, run_id: str) -> None:
    """Remove the rivals of runs that serve no more."""
    orphans = store.query(
        f"SELECT DISTINCT m.run_id FROM {MODELS.name} AS m JOIN {RUNS.name} AS r ON r.run_id = m.run_id"
        " WHERE r.kind = 'refit' AND r.parent <> ?",
        [run_id],
    )["run_id"]
    if len(orphans):
        for table in (MODELS, STATES):
            store.delete(table, where={"run_id": orphans.to_list()})


def write_decisions(
    store: Store, rows: pl.DataFrame, *, run_id: str, day: date, now: datetime, decided_by: str = "amuna"
) -> None:
    """Keep decisions of columns account_id, decision, rival_run, reason, evidence."""
    frame = rows.with_columns(
        run_id=pl.lit(run_id),
        day=pl.lit(day),
        decided_by=pl.lit(decided_by),
        decided_at=pl.lit(now, DECISIONS.frame([]).schema["decided_at"]),
    )
    store.upsert(DECISIONS, DECISIONS.check(frame.select(DECISIONS.names)))


def evidence_text(evidence: Mapping[str, object]) -> str:
    """Figures as JSON, rounded to what they can bear."""
    rounded = {
        name: round(value, 6) if isinstance(value, float) else value for name, value in evidence.items()
    }
    return json.dumps(rounded, sort_keys=True, default=str)
