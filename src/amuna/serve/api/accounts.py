"""Accounts: the list, and one of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from amuna.access.roles import Permission, Principal
from amuna.domain.errors import NotFound
from amuna.serve.api.answers import Asked, kept_answer
from amuna.serve.api.description import answers, routes
from amuna.serve.api.paging import PageQuery, page_after
from amuna.serve.auth.gate import require
from amuna.serve.desk import Desk
from amuna.workflows.views.accounts import account_rows

MEMO = "accounts"
_FILTERS = ("segment", "zone_id", "champion", "status")


class AccountPath(Asked):
    """Which account."""

    account_id: str = Field(
        min_length=1, max_length=200, description="The account, as the utility writes it."
    )


class AccountsQuery(PageQuery):
    """Which accounts."""

    segment: str | None = Field(None, description="Only this segment, such as household.")
    zone_id: str | None = Field(None, description="Only this zone.")
    champion: str | None = Field(None, description="Only accounts that this forecaster serves.")
    status: str | None = Field(None, description="Only accounts whose model has this status, such as ok.")
    search: str | None = Field(
        None, max_length=100, description="Only accounts whose id or zone holds this text, in any case."
    )


class Account(BaseModel):
    """An account at a glance; null is what is not known."""

    account_id: str
    segment: str | None
    zone_id: str | None
    last_day: date | None = Field(description="Last good day in the store.")
    mean_m3: float | None = Field(description="Mean volume of the last 28 days [m³ per day].")
    change: float | None = Field(description="That mean over the one of the 28 days before, less one.")
    period_from: date | None = Field(description="First day of the next billing period forecast.")
    period_days: int | None = Field(description="Its length [days].")
    expected_m3: float | None = Field(description="Median of its volume [m³].")
    low80_m3: float | None = Field(description="Lower end of its 80 % interval [m³].")
    high80_m3: float | None = Field(description="Upper end of its 80 % interval [m³].")
    champion: str | None = Field(description="Forecaster that serves the account.")
    status: str | None = Field(description="ok, too_short, constant, not_converged or fallback")
    mase: float | None = Field(description="Its error on the backtest; 1 is last week's value repeated.")
    quality: float | None = Field(description="Share of the last 90 days that are known and good.")
    open_alarms: int


class Accounts(BaseModel):
    """A part of the accounts, by id."""

    items: list[Account]
    total: int = Field(description="Accounts that fit, in all parts.")
    next_cursor: str | None = Field(description="Where the next part begins; null at the end.")


def register(desk: Desk) -> APIBlueprint:
    """The routes."""
    group = routes("accounts", "Accounts within sight.", needs=Permission.ACCOUNTS)

    @group.get("/accounts", responses=answers(Accounts, kept=True))
    def list_accounts(query: AccountsQuery) -> Response:
        """Accounts within sight, by id"""
        who = require(Permission.ACCOUNTS)
        return kept_answer(desk, who, lambda: _page(_within_sight(desk, who), query), memo=MEMO)

    @group.get("/accounts/<path:account_id>", responses=answers(Account, kept=True))
    def get_account(path: AccountPath) -> Response:
        """One account"""
        who = require(Permission.ACCOUNTS, account_id=path.account_id)
        return kept_answer(desk, who, lambda: _one(desk, path.account_id), memo=MEMO)

    return group


def require_account(desk: Desk, account_id: str) -> None:
    """Refuse an account that does not exist.

    Raises
    ------
    NotFound
        If it is neither listed nor has consumption.
    """
    _one(desk, account_id)


def _all(desk: Desk) -> pl.DataFrame:
    return desk.memo.kept(MEMO, lambda: account_rows(store=desk.store))


def _within_sight(desk: Desk, who: Principal) -> pl.DataFrame:
    return who.only(_all(desk))


def _one(desk: Desk, account_id: str) -> dict[str, Any]:
    rows = _all(desk)
    place = rows["account_id"].search_sorted(account_id)
    if place == len(rows) or rows["account_id"][place] != account_id:
        raise NotFound("account", account_id)
    return rows.row(place, named=True)


def _page(rows: pl.DataFrame, query: AccountsQuery) -> dict[str, Any]:
    wanted = {name: getattr(query, name) for name in _FILTERS if getattr(query, name) is not None}
    rows = rows.filter(**wanted)
    if query.search:
        text = query.search.lower()
        places = (
            pl.col(name).str.to_lowercase().str.contains(text, literal=True)
            for name in ("account_id", "zone_id")
        )
        rows = rows.filter(pl.any_horizontal(*places))
    return page_after(rows, query, key="account_id")
