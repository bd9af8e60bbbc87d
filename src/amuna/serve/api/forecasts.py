"""Forecasts of an account, by day: the route that programs ask most, answered from memory."""

from __future__ import annotations

from datetime import date

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from amuna.access.roles import Permission
from amuna.serve.api.accounts import AccountPath
from amuna.serve.api.answers import DECIMALS, Asked, kept_answer
from amuna.serve.api.description import answers, routes
from amuna.serve.auth.gate import require
from amuna.serve.desk import Desk
from amuna.workflows.views.book import BookEntry

_MEMO = "book"
_MOST_DAYS = 365


class ForecastQuery(Asked):
    """How far ahead."""

    days: int = Field(
        _MOST_DAYS, ge=1, le=_MOST_DAYS, description="Most days ahead; all that are forecast without it."
    )


class ForecastDay(BaseModel):
    """The volume of a day [m³]: its median, and the ends of three intervals."""

    day: date
    lead_days: int = Field(description="Days ahead of the last one known, from 1.")
    low95_m3: float
    low80_m3: float
    low50_m3: float
    forecast_m3: float
    high50_m3: float
    high80_m3: float
    high95_m3: float


class Forecast(BaseModel):
    """The newest forecast of an account."""

    account_id: str
    run_id: str = Field(description="Training whose model made it.")
    cutoff: date = Field(description="First day the forecast had not seen.")
    days: list[ForecastDay]


def register(desk: Desk) -> APIBlueprint:
    """The route."""
    group = routes("forecasts", "What accounts will use, with intervals.", needs=Permission.ACCOUNTS)

    @group.get("/accounts/<path:account_id>/forecast", responses=answers(Forecast, kept=True))
    def get_forecast(path: AccountPath, query: ForecastQuery) -> Response:
        """The newest forecast of an account, by day"""
        who = require(Permission.ACCOUNTS, account_id=path.account_id)
        return kept_answer(
            desk,
            who,
            lambda: _shown(path.account_id, desk.book().entry(path.account_id), query.days),
            memo=_MEMO,
        )

    return group


def _shown(account_id: str, entry: BookEntry, most: int) -> dict[str, object]:
    values = entry.values_m3[:most].round(DECIMALS).tolist()
    first = entry.cutoff.toordinal() - 1
    return {
        "account_id": account_id,
        "run_id": entry.run_id,
        "cutoff": entry.cutoff,
        "days": [
            {
                "day": day,
                "lead_days": day.toordinal() - first,
                "low95_m3": low95,
                "low80_m3": low80,
                "low50_m3": low50,
                "forecast_m3": median,
                "high50_m3": high50,
                "high80_m3": high80,
                "high95_m3": high95,
            }
            for day, (low95, low80, low50, median, high50, high80, high95) in zip(
                entry.days[:most], values, strict=True
            )
        ],
    }
