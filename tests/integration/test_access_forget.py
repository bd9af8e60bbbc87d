"""Erasure: nothing of an account is left in any table, nor in memory; the audit log tells that it was done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.integration.conftest import CUTOFF, NEW_DAYS, NOW, SETTINGS, take_in

from amuna.access.roles import Role
from amuna.domain.access_tables import AUDIT, TOKENS, USER_ACCOUNTS, USERS
from amuna.domain.errors import NotFound
from amuna.domain.job_tables import JOBS
from amuna.domain.ports import Store
from amuna.domain.tables import QUARANTINE, TABLES
from amuna.serve.desk import Desk
from amuna.workflows.audit import PROGRAM, Actor
from amuna.workflows.forget import JobRunning, forget
from amuna.workflows.tokens import make_token
from amuna.workflows.update import update
from amuna.workflows.users import add_user

STORED = [
    *[table.name for table in TABLES],
    *[f"{table.name}_superseded" for table in TABLES if table.versioned],
]


def traces(store: Store, account_id: str) -> dict[str, int]:
    """Rows that name an account in any of their columns, by table; the audit log left out."""
    found = {}
    for name in STORED:
        rows = store.query(f'SELECT * FROM "{name}"')
        texts = [
            pl.col(column).str.contains(account_id, literal=True)
            for column in rows.columns
            if rows.schema[column] == pl.String
        ]
        count = rows.filter(pl.any_horizontal(texts)).height if texts else 0
        if count and name != AUDIT.name:
            found[name] = count
    return found


@pytest.fixture
def dirty(trained: Store, rows: pl.DataFrame, own_account: str, tmp_path: Path) -> Store:
    """The trained store with a corrected day of the account, and refused rows that name it and others."""
    day = pl.col("ConsumptionDate") == CUTOFF - timedelta(days=2)
    corrected = rows.filter(day & (pl.col("AccountOID") == own_account)).with_columns(
        Consumption=pl.col("Consumption") + 7, RecordedAt=pl.col("RecordedAt") + timedelta(days=5)
    )
    refused = rows.filter(day).head(5).with_columns(Consumption=pl.lit(-1).cast(rows.schema["Consumption"]))
    mine = refused.head(1).with_columns(AccountOID=pl.lit(own_account))
    take_in(
        trained, pl.concat([corrected, refused, mine]), tmp_path, now=NOW + timedelta(hours=1), name="more"
    )
    assert trained.count(QUARANTINE) > 0
    return trained


def test_nothing_of_an_account_is_left_but_that_it_was_erased(dirty: Store, own_account: str) -> None:
    before, refused = traces(dirty, own_account), dirty.count(QUARANTINE)
    assert {"readings", "consumption", "consumption_superseded", "models", "quarantine"} - set(before) <= {
        "readings"
    }
    done = forget(own_account, store=dirty, actor=Actor("rosa@example.org"), now=NOW)
    left = set(traces(dirty, own_account))
    assert left <= {"lead_evidence"}, left  # the name of a slab of accounts that are summed up
    assert done.rows["consumption"] > 200
    assert 0 < dirty.count(QUARANTINE) < refused
    log = dirty.read(AUDIT).row(-1, named=True)
    assert (log["action"], log["subject"], log["user_id"]) == (
        "account_forgotten",
        own_account,
        "rosa@example.org",
    )
    with pytest.raises(NotFound):
        forget(own_account, store=dirty, actor=PROGRAM, now=NOW)


@pytest.mark.parametrize(("job", "status"), [("train", "queued"), ("daily", "running")])
def test_a_job_that_would_write_the_account_again_is_waited_for(
    trained: Store, own_account: str, job: str, status: str
) -> None:
    trained.upsert(JOBS, JOBS.frame([_job(job, status)]))
    with pytest.raises(JobRunning):
        forget(own_account, store=trained, actor=PROGRAM, now=NOW)
    assert traces(trained, own_account)


def test_a_topic_that_is_followed_for_good_keeps_nobody_from_being_forgotten(
    trained: Store, own_account: str
) -> None:
    trained.upsert(JOBS, JOBS.frame([_job("follow billing", "running")]))
    assert forget(own_account, store=trained, actor=PROGRAM, now=NOW).rows


def _job(job: str, status: str) -> dict[str, object]:
    row = {"job": job, "run_at": NOW, "step": "", "shard": "", "status": status, "run_by": "here:1"}
    return row | {"started_at": NOW, "seconds": 0.0, "message": ""}


def test_other_accounts_keep_every_row(dirty: Store, own_account: str) -> None:
    def others() -> dict[str, int]:
        tables = [table for table in TABLES if "account_id" in table.names]
        count = "SELECT COUNT(*) FROM {} WHERE account_id <> ?"
        return {table.name: dirty.query(count.format(table.name), [own_account]).item() for table in tables}

    before = others()
    forget(own_account, store=dirty, actor=PROGRAM, now=NOW)
    assert others() == before


def test_the_customer_goes_with_their_last_account(
    trained: Store, own_account: str, foreign_account: str
) -> None:
    for name, accounts in (("one", [own_account]), ("two", [own_account, foreign_account])):
        add_user(name, Role.CUSTOMER, store=trained, actor=PROGRAM, now=NOW, accounts=accounts)
    make_token("one", "x", scopes={"accounts"}, store=trained, actor=PROGRAM, now=NOW)
    done = forget(own_account, store=trained, actor=PROGRAM, now=NOW)
    assert done.users == ("one",)
    assert trained.read(USERS)["user_id"].to_list() == ["two"]
    assert trained.read(USER_ACCOUNTS).rows() == [("two", foreign_account)]
    assert trained.count(TOKENS) == 0


def test_the_doors_forget_too(
    app: Flask, desk: Desk, own_account: str, client_as: Callable[[Role | None], FlaskClient]
) -> None:
    """What was kept in memory is dropped, also where another process erased, and the customer is out."""
    client = client_as(Role.CUSTOMER)
    kept = desk.memo.kept("readings", lambda: desk.store.query("SELECT DISTINCT account_id FROM consumption"))
    assert own_account in kept["account_id"]
    forget(own_account, store=desk.store, actor=PROGRAM, now=desk.now())
    app.extensions["amuna_access"].known._looked -= 60  # as if the next look were due
    assert client.get("/").location == "/sign-in"
    kept = desk.memo.kept("readings", lambda: desk.store.query("SELECT DISTINCT account_id FROM consumption"))
    assert own_account not in kept["account_id"]


def test_an_update_does_not_bring_it_back(
    trained: Store, rows: pl.DataFrame, own_account: str, tmp_path: Path
) -> None:
    forget(own_account, store=trained, actor=PROGRAM, now=NOW)
    new = rows.filter((pl.col("ConsumptionDate") >= CUTOFF) & (pl.col("AccountOID") != own_account))
    take_in(trained, new, tmp_path, now=NOW + timedelta(days=NEW_DAYS), name="new")
    update(store=trained, settings=SETTINGS, now=NOW + timedelta(days=NEW_DAYS))
    assert set(traces(trained, own_account)) <= {"lead_evidence"}


def test_it_waits_for_a_job_that_would_write_the_rows_again(trained: Store, own_account: str) -> None:
    row = {"job": "daily", "run_at": NOW, "step": "", "shard": "", "status": "running", "run_by": "x"}
    trained.upsert(JOBS, JOBS.frame([row | {"started_at": NOW, "seconds": 0.0, "message": ""}]))
    with pytest.raises(JobRunning):
        forget(own_account, store=trained, actor=PROGRAM, now=NOW)
    assert traces(trained, own_account)
