"""What the demand page reads: found once for each state of the data, and kept."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from amuna.access.roles import Permission
from amuna.domain.errors import NotEnoughData, NotFound
from amuna.domain.text import Text
from amuna.serve.dashboard.page import Visit
from amuna.workflows.outlook import HIGH80, LOW80, MIDDLE, Outlook
from amuna.workflows.period import forecast_period
from amuna.workflows.views.demand import (
    Demand,
    Part,
    account_days,
    account_forecast,
    demand,
    outlooks,
    part_days,
    part_outlook,
    wide,
)
from amuna.workflows.views.demand_proof import judged_account, judged_part, judged_sums
from amuna.workflows.views.weather_days import weather_days


def whole(visit: Visit) -> Demand:
    """The daily sums of all accounts."""
    return visit.desk.memo.kept("demand", lambda: demand(visit.desk.store))


def days(visit: Visit, part: Part) -> pl.DataFrame:
    """What a part used on each day: day, accounts, total_m3.

    Raises
    ------
    NotFound
        If there is no such zone, segment or account, or the account is out of the visitor's sight.
    """
    found = whole(visit)
    if part.kind == "account":
        require_account(visit, part.name)
        rows = account_days(visit.desk.store, part.name, found.cutoff)
        if rows.is_empty():
            raise NotFound("account", part.name)
        return rows
    if part.kind != "all" and part.name not in found.names(part.kind):
        raise NotFound(part.kind, part.name)
    return part_days(found, part)


def require_account(visit: Visit, account_id: str) -> None:
    """Refuse unless the visitor may see the account."""
    visit.principal.require(Permission.ACCOUNTS)
    visit.principal.require_sight(account_id)


def horizon(visit: Visit) -> int:
    """Days ahead that are forecast."""
    return visit.desk.workspace.settings.forecast_horizon


def ahead(visit: Visit, part: Part) -> Outlook:
    """What is expected of all, a zone or a segment."""
    return visit.desk.memo.kept(
        f"demand ahead {part.kind}:{part.name}",
        lambda: part_outlook(part_days(whole(visit), part), whole(visit), horizon(visit)),
    )


def forecast(visit: Visit, part: Part) -> pl.DataFrame:
    """The days ahead: day and the quantile columns of FORECASTS [m³]."""
    if part.kind == "account":
        require_account(visit, part.name)
        return account_forecast(visit.desk.store, part.name)
    return wide(ahead(visit, part).forecast)


def sum_ahead(visit: Visit, part: Part) -> tuple[float, float, float] | None:
    """Low end of the 80 % interval, median and high end of the sum of the days ahead [m³]; None where unknown."""
    if part.kind != "account":
        found = ahead(visit, part).horizon_m3
        return (found[LOW80], found[MIDDLE], found[HIGH80]) if found else None
    require_account(visit, part.name)
    cutoff = whole(visit).cutoff
    if cutoff is None:
        return None
    last = cutoff + timedelta(days=horizon(visit) - 1)
    try:
        row = forecast_period(store=visit.desk.store, first_day=cutoff, last_day=last, account=part.name).rows
    except NotEnoughData:
        return None
    return row.select("low80_m3", "forecast_m3", "high80_m3").row(0)


def parts_ahead(visit: Visit, kind: str) -> pl.DataFrame:
    """Every zone or segment with its last and its next days."""
    return visit.desk.memo.kept(f"demand parts {kind}", lambda: outlooks(whole(visit), kind, horizon(visit)))


def judged(visit: Visit, part: Part) -> pl.DataFrame:
    """Stored forecasts against what came."""
    if part.kind == "account":
        require_account(visit, part.name)
        return judged_account(visit.desk.store, part.name)
    return judged_part(visit.desk.memo.kept("demand judged", lambda: judged_sums(visit.desk.store)), part)


def weather(visit: Visit) -> pl.DataFrame:
    """Weather by local day."""
    desk = visit.desk
    return desk.memo.kept("demand weather", lambda: weather_days(desk.store, desk.zone))


def cutoff_of(visit: Visit) -> date:
    """First day not known; the page is shown only where there is one."""
    found = whole(visit).cutoff
    if found is None:
        raise NotEnoughData(
            Text("El almacén no tiene consumos.", "The store holds no consumption."),
            remedy=Text("Ingréselos primero: amuna ingest ORIGEN.", "Read some first: amuna ingest SOURCE."),
        )
    return found
