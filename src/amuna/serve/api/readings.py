"""Readings of an account: volumes by day, and positions of its dial."""

from __future__ import annotations

from datetime import date, datetime

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from amuna.access.roles import Permission
from amuna.serve.api.accounts import AccountPath, require_account
from amuna.serve.api.answers import Asked, Day, kept_answer, records
from amuna.serve.api.description import answers, routes
from amuna.serve.auth.gate import require
from amuna.serve.desk import Desk
from amuna.workflows.views.readings import consumption_days, register_readings

_MOST_POSITIONS = 10_000


class DaysQuery(Asked):
    """Which days; both ends are included."""

    first_day: Day | None = Field(None, description="Without it: a year before the last day.")
    last_day: Day | None = Field(None, description="Without it: the last day known.")


class PositionsQuery(Asked):
    """How many positions."""

    limit: int = Field(1_000, ge=1, le=_MOST_POSITIONS, description="The newest so many.")


class ConsumptionDay(BaseModel):
    """What was used on a day."""

    day: date
    consumption_m3: float
    flag: str = Field(
        description="ok, partial (too few readings), estimated, or reset (the register went back)"
    )
    recorded_at: datetime = Field(description="When the utility learned it.")


class Consumption(BaseModel):
    """What an account used, by day; a day without a row is not known."""

    account_id: str
    days: list[ConsumptionDay]


class Position(BaseModel):
    """Where the dial stood."""

    observed_at: datetime
    reading_m3: float
    recorded_at: datetime


class Positions(BaseModel):
    """Where an account's dial stood, by time."""

    account_id: str
    readings: list[Position]


def register(desk: Desk) -> APIBlueprint:
    """The routes."""
    group = routes("readings", "What accounts used.", needs=Permission.ACCOUNTS)

    @group.get("/accounts/<path:account_id>/readings", responses=answers(Consumption, kept=True))
    def get_readings(path: AccountPath, query: DaysQuery) -> Response:
        """What an account used, by day"""
        who = require(Permission.ACCOUNTS, account_id=path.account_id)

        def found() -> object:
            require_account(desk, path.account_id)
            days = consumption_days(
                path.account_id, store=desk.store, first_day=query.first_day, last_day=query.last_day
            )
            return {"account_id": path.account_id, "days": records(days)}

        return kept_answer(desk, who, found)

    @group.get("/accounts/<path:account_id>/registers", responses=answers(Positions, kept=True))
    def get_registers(path: AccountPath, query: PositionsQuery) -> Response:
        """Where an account's dial stood, by time"""
        who = require(Permission.ACCOUNTS, account_id=path.account_id)

        def found() -> object:
            require_account(desk, path.account_id)
            rows = register_readings(path.account_id, store=desk.store, newest=query.limit)
            return {"account_id": path.account_id, "readings": records(rows)}

        return kept_answer(desk, who, found)

    return group
