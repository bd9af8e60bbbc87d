"""Alarms: accounts that someone should look at, and what became of them."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from amuna.access.roles import Permission, Principal
from amuna.domain.errors import NotFound
from amuna.serve.api.answers import Asked, answer
from amuna.serve.api.description import answers, routes
from amuna.serve.api.paging import PlaceQuery, page_from
from amuna.serve.auth.gate import require
from amuna.serve.desk import Desk
from amuna.workflows.alarms import handle
from amuna.workflows.views.alarms import alarm_rows, find_alarm

State = Literal["open", "seen", "closed"]


class AlarmPath(Asked):
    """Which alarm."""

    alarm_id: str = Field(min_length=1, max_length=300, description="Its name: kind, account and first day.")


class AlarmsQuery(PlaceQuery):
    """Which alarms."""

    state: State | None = Field(None, description="Only in this state.")
    kind: str | None = Field(None, max_length=100, description="Only of this kind, such as high_use.")
    account_id: str | None = Field(None, max_length=200, description="Only of this account.")


class AlarmState(Asked):
    """What someone says of an alarm."""

    state: State = Field(description="seen: someone looks at it; closed: it is done with; open: neither.")


class Alarm(BaseModel):
    """What someone should look at."""

    alarm_id: str
    account_id: str
    kind: str = Field(
        description="high_use (above the interval for days), or no_use (nothing where there was use)"
    )
    first_day: date = Field(description="First day of what is unusual.")
    last_day: date = Field(description="Last day of it that was seen.")
    observed_m3: float = Field(description="Volume of these days.")
    expected_m3: float = Field(description="Volume forecast for them.")
    money_pen: float | None = Field(description="What 30 days of the difference cost at the tariff [soles].")
    evidence: dict[str, Any] = Field(description="The figures it rests on, each with its unit in its name.")
    state: str = Field(description="open, seen or closed")
    handled_by: str = Field(description="Who said so; empty while open, amuna where it ended by itself.")
    raised_at: datetime
    changed_at: datetime = Field(description="When its state changed last.")


class Alarms(BaseModel):
    """A part of the alarms: open ones first, then by money."""

    items: list[Alarm]
    total: int = Field(description="Alarms that fit, in all parts.")
    next_cursor: int | None = Field(description="Where the next part begins; null at the end.")


def register(desk: Desk) -> APIBlueprint:
    """The routes."""
    group = routes("alarms", "Accounts that someone should look at.", needs=Permission.ALARMS)

    @group.get("/alarms", responses=answers(Alarms))
    def list_alarms(query: AlarmsQuery) -> Response:
        """Alarms of accounts within sight: open ones first, then by money"""
        who = require(Permission.ALARMS)
        asked = {"state": query.state, "kind": query.kind, "account_id": query.account_id}
        rows = who.only(alarm_rows(store=desk.store, **asked))
        page = page_from(rows[query.cursor : query.cursor + query.limit], query, total=len(rows))
        return answer({**page, "items": [_shown(row) for row in page["items"]]})

    @group.get("/alarms/<path:alarm_id>", responses=answers(Alarm))
    def get_alarm(path: AlarmPath) -> Response:
        """One alarm"""
        who = require(Permission.ALARMS)
        return answer(_shown(_seen(desk, who, path.alarm_id)))

    @group.post("/alarms/<path:alarm_id>/state", responses=answers(Alarm))
    def set_alarm_state(path: AlarmPath, body: AlarmState) -> Response:
        """Say that someone looks at an alarm, or is done with it"""
        who = require(Permission.HANDLE_ALARMS)
        _seen(desk, who, path.alarm_id)
        handle(store=desk.store, alarm_id=path.alarm_id, state=body.state, by=who.user_id, now=desk.now())
        return answer(_shown(_seen(desk, who, path.alarm_id)))

    return group


def _seen(desk: Desk, who: Principal, alarm_id: str) -> dict[str, Any]:
    """An alarm within sight; another is as one that does not exist."""
    found = find_alarm(alarm_id, store=desk.store)
    if not who.sees(found["account_id"]):
        raise NotFound("alarm", alarm_id)
    return found


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "evidence": json.loads(row["evidence"] or "{}")}
