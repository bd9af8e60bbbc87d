"""Periods: what an account will have used and will pay in days that the caller chooses."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from amuna import wiring
from amuna.access.roles import Permission
from amuna.domain.tables import QUANTILE_COLUMNS
from amuna.serve.api.accounts import AccountPath
from amuna.serve.api.answers import Asked, Day, kept_answer, records
from amuna.serve.api.description import answers, routes
from amuna.serve.auth.gate import require
from amuna.serve.desk import Desk
from amuna.workflows.bill import BillOutlook, bill_outlook
from amuna.workflows.period import forecast_period

_NAMES = (
    "account_id",
    "segment",
    "observed_m3",
    "observed_days",
    "missing_days",
    "forecast_days",
    "expected_m3",
    "expected_pen",
    "water_pen",
    "sewerage_pen",
    "fixed_pen",
    "igv_pen",
    "next_m3_pen",
    "usual_m3",
    "atypical_probability",
)
_PEN = {name: name.replace("forecast", "total").replace("_m3", "_pen") for name in QUANTILE_COLUMNS.values()}


class PeriodQuery(Asked):
    """Which days; both ends are included, 92 days at most."""

    first_day: Day = Field(description="First day of the period.")
    last_day: Day = Field(description="Last day of the period.")


class Volumes(BaseModel):
    """The volume of a period: its median, and the ends of three intervals."""

    low95_m3: float
    low80_m3: float
    low50_m3: float
    forecast_m3: float
    high50_m3: float
    high80_m3: float
    high95_m3: float


class PeriodForecast(Volumes):
    """The volume of a period: days already seen are counted, the rest is forecast."""

    account_id: str
    first_day: date
    last_day: date
    cutoff: date = Field(description="First day that the models have not seen.")
    observed_m3: float = Field(description="Volume of the days seen.")
    observed_days: int
    missing_days: int = Field(description="Past days that are not known, and are estimated.")
    forecast_days: int = Field(description="Days to come.")


class Totals(BaseModel):
    """The bill of a period: its median, and the ends of three intervals."""

    low95_pen: float
    low80_pen: float
    low50_pen: float
    total_pen: float
    high50_pen: float
    high80_pen: float
    high95_pen: float


class Block(BaseModel):
    """A block of the tariff."""

    starts_m3: float
    price_pen_per_m3: float = Field(description="Water and sewerage, tax included.")
    water_pen: float = Field(description="Its part of the median bill.")
    probability: float = Field(description="That the period's volume goes beyond its start.")


class Tariff(BaseModel):
    """The rates used."""

    name: str
    tariff_class: str
    source: str
    source_date: date
    in_force: bool = Field(description="Whether they hold on the period's last day.")
    not_included: list[str] = Field(description="Charges they lack.")


class Bill(BaseModel):
    """What a period will cost."""

    account_id: str
    segment: str | None
    first_day: date
    last_day: date
    observed_m3: float = Field(description="Volume of the days seen.")
    observed_days: int
    missing_days: int
    forecast_days: int
    volume: Volumes
    total: Totals
    expected_m3: float = Field(description="Mean volume.")
    expected_pen: float = Field(description="Mean bill.")
    water_pen: float = Field(description="Of the median volume, as the next three.")
    sewerage_pen: float
    fixed_pen: float
    igv_pen: float = Field(description="Tax.")
    next_m3_pen: float = Field(description="What one more cubic metre costs.")
    blocks: list[Block]
    usual_m3: float | None = Field(description="Average of the half year before for as many days.")
    atypical_probability: float | None = Field(description="Chance of more than twice the usual.")
    tariff: Tariff


def register(desk: Desk) -> APIBlueprint:
    """The routes."""
    group = routes("periods", "Volumes and bills of a period that the caller chooses.")

    @group.get("/accounts/<path:account_id>/period-forecast", responses=answers(PeriodForecast, kept=True))
    def get_period_forecast(path: AccountPath, query: PeriodQuery) -> Response:
        """What an account will have used in a period"""
        who = require(Permission.ACCOUNTS, account_id=path.account_id)
        return kept_answer(desk, who, lambda: _volume(desk, path.account_id, query))

    @group.get("/accounts/<path:account_id>/bill", responses=answers(Bill, kept=True))
    def get_bill(path: AccountPath, query: PeriodQuery) -> Response:
        """What a period will cost an account"""
        who = require(Permission.BILLS, account_id=path.account_id)
        return kept_answer(desk, who, lambda: _shown(_bill(desk, path.account_id, query)))

    return group


def _volume(desk: Desk, account_id: str, query: PeriodQuery) -> dict[str, Any]:
    found = forecast_period(
        store=desk.store, first_day=query.first_day, last_day=query.last_day, account=account_id
    )
    days = {"first_day": query.first_day, "last_day": query.last_day, "cutoff": found.cutoff}
    return days | found.rows.row(0, named=True)


def _bill(desk: Desk, account_id: str, query: PeriodQuery) -> BillOutlook:
    settings = desk.workspace.settings
    return bill_outlook(
        account_id,
        store=desk.store,
        tariffs=wiring.tariffs(settings),
        tariff=settings.billing_tariff,
        first_day=query.first_day,
        last_day=query.last_day,
    )


def _shown(found: BillOutlook) -> dict[str, Any]:
    return {name: getattr(found, name) for name in _NAMES} | {
        "first_day": found.period.first_day,
        "last_day": found.period.last_day,
        "volume": found.volume_m3,
        "total": {_PEN[name]: value for name, value in found.total_pen.items()},
        "blocks": records(found.blocks),
        "tariff": {
            "name": found.tariff,
            "tariff_class": found.tariff_class,
            "source": found.tariff_source,
            "source_date": found.tariff_source_date,
            "in_force": found.tariff_in_force,
            "not_included": found.not_included,
        },
    }
