"""Data quality: what came in, how good and how fresh it is, what was refused, and what has drifted."""

from __future__ import annotations

from datetime import date, datetime

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from amuna.access.roles import Permission
from amuna.serve.api.answers import answer, kept_answer, records
from amuna.serve.api.description import answers, routes
from amuna.serve.api.paging import PlaceQuery, page_from
from amuna.serve.auth.gate import require
from amuna.serve.desk import Desk
from amuna.workflows.check import CheckReport, check
from amuna.workflows.health import health
from amuna.workflows.views.drift import last_drift
from amuna.workflows.views.feeds import feed_rows, refused_rows

MEMO = "quality"


class WorstAccount(BaseModel):
    """An account with many missing days."""

    account_id: str
    days: int = Field(description="Good days.")
    missing: int = Field(description="Days without a row between its first and last.")
    zeros: int = Field(description="Days of 0 m³.")
    outliers: int = Field(description="Days above ten times its mean.")


class Quality(BaseModel):
    """What is in the store and how good it is."""

    accounts: int
    first_day: date | None
    last_day: date | None
    rows: int
    flags: dict[str, int] = Field(description="Days by flag: ok, partial, estimated, reset.")
    missing_days: int
    zero_days: int
    outlier_days: int
    corrected_days: int = Field(description="Days that have an earlier version.")
    duplicate_rows: int
    silent_accounts: int = Field(description="Accounts without a row in the last seven days.")
    refused: dict[str, int] = Field(description="Refused rows by reason.")
    registers: dict[str, int] = Field(description="Decisions about dials that went back or jumped.")
    worst: list[WorstAccount]


class FeedFreshness(BaseModel):
    """What a feed brought, and how long ago."""

    feed: str
    kind: str | None = Field(description="consumption, register, accounts or weather")
    batches: int
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_duplicate: int
    last: datetime = Field(description="When it brought something last.")
    age_s: float = Field(description="How long ago that is [s].")


class Freshness(BaseModel):
    """How fresh everything is."""

    feeds: list[FeedFreshness] = Field(description="Latest first; the files of a folder are one feed.")
    last_day: date | None = Field(description="Last usable day.")
    run_id: str | None = Field(description="Run that serves.")
    cutoff: date | None = Field(description="First day its states have not seen.")


class Finding(BaseModel):
    """What was measured, and what is usual."""

    cutoff: date = Field(description="First day that was not looked at.")
    kind: str = Field(description="data or model")
    measure: str
    part: str = Field(description="Segment it was measured on; empty for all.")
    value: float | None
    reference: float | None = Field(description="What was usual before.")
    limit: float | None = Field(description="Value from which on it counts as drift.")
    drifted: bool
    checked_at: datetime


class Drift(BaseModel):
    """What the last look found, drifted first."""

    findings: list[Finding]


class RefusedRow(BaseModel):
    """A row that could not enter the store."""

    source: str = Field(description="File, table or topic it came from.")
    row: int = Field(description="Its number in the source.")
    field: str = Field(description="Column at fault; empty where the whole row is.")
    reason: str
    detail: str = Field(description="What was found, what was expected and what to do.")
    original: str = Field(description="The row as it came, as JSON.")
    recorded_at: datetime
    batch_id: str


class RefusedPage(BaseModel):
    """A part of the refused rows, the newest first."""

    items: list[RefusedRow]
    total: int
    next_cursor: int | None = Field(description="Where the next part begins; null at the end.")


class QuarantineQuery(PlaceQuery):
    """Which refused rows."""

    reason: str | None = Field(None, max_length=100, description="Only of this reason, such as negative.")


def register(desk: Desk) -> APIBlueprint:
    """The routes."""
    group = routes("quality", "How good and how fresh the data is.", needs=Permission.DATA)

    @group.get("/quality", responses=answers(Quality, kept=True))
    def get_quality() -> Response:
        """What is in the store and how good it is"""
        who = require(Permission.DATA)
        return kept_answer(desk, who, lambda: _checked(desk), memo=MEMO)

    @group.get("/quality/drift", responses=answers(Drift))
    def get_drift() -> Response:
        """What has drifted, as the last look found it"""
        require(Permission.DATA)
        return answer({"findings": records(last_drift(store=desk.store))})

    @group.get("/feeds", responses=answers(Freshness))
    def get_feeds() -> Response:
        """How fresh each feed and the models are"""
        require(Permission.DATA)
        found = health(store=desk.store, now=desk.now())
        feeds = records(feed_rows(store=desk.store, now=desk.now()), FeedFreshness.model_fields)
        return answer(
            {"feeds": feeds, **{name: getattr(found, name) for name in ("last_day", "run_id", "cutoff")}}
        )

    @group.get("/quarantine", responses=answers(RefusedPage))
    def list_quarantine(query: QuarantineQuery) -> Response:
        """Rows that were refused, the newest first"""
        require(Permission.DATA)
        found = refused_rows(store=desk.store, reason=query.reason, start=query.cursor, rows=query.limit)
        return answer(page_from(found.rows, query, total=found.total))

    return group


def _checked(desk: Desk) -> dict[str, object]:
    found: CheckReport = desk.memo.kept(MEMO, lambda: check(store=desk.store))
    return {**vars(found), "worst": records(found.worst)}
