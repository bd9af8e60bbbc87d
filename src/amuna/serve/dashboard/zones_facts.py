"""What the views of zones read: found once for each state of the data, and kept."""

from __future__ import annotations

from datetime import date

import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.serve.dashboard.page import Visit
from amuna.serve.dashboard.zones_outline import Sheet, sheet
from amuna.workflows.views.planning_record import PlanningRecord, planning_record
from amuna.workflows.views.zone_days import heat_days, zone_days
from amuna.workflows.views.zone_reasons import DayReasons, zone_reasons
from amuna.workflows.views.zone_record import ZoneRecord, zone_scores
from amuna.workflows.views.zone_week import HEAT_DAYS, ZoneWeek, zone_heat, zone_week
from amuna.workflows.views.zones import zones_list, zones_outlines


def all_zones(visit: Visit) -> pl.DataFrame:
    """Every zone whose inflow is measured or forecast, and those described as metered areas, with what they need."""
    desk = visit.desk
    return desk.memo.kept("zones", lambda: _shown(zones_list(desk.store, desk.place)))


def _shown(rows: pl.DataFrame) -> pl.DataFrame:
    measured = pl.col("last_hour").is_not_null() | pl.col("status").is_not_null()
    return rows.filter(measured | (pl.col("kind") == "dma").fill_null(value=False))


def outlines(visit: Visit) -> Sheet:
    """The outlines that are known, of the zones that are shown, on one sheet."""

    def found() -> Sheet:
        shown = set(all_zones(visit)["zone_id"])
        known = zones_outlines(visit.desk.store)
        return sheet({name: each for name, each in known.items() if name in shown})

    return visit.desk.memo.kept("zone outlines", found)


def week(visit: Visit, zone: str) -> ZoneWeek:
    """The hours around the newest forecast of a zone."""
    desk = visit.desk
    return desk.memo.kept(
        f"zone week {zone}", lambda: zone_week(desk.store, zone, desk.place, past_days=HEAT_DAYS)
    )


def days(visit: Visit, zone: str) -> pl.DataFrame:
    """The whole days of its week ahead."""
    desk = visit.desk
    return desk.memo.kept(f"zone days {zone}", lambda: zone_days(desk.store, week(visit, zone), desk.zone))


def heat(visit: Visit, zone: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The last weeks and the week ahead by day and hour, and by day."""
    desk = visit.desk

    def found() -> tuple[pl.DataFrame, pl.DataFrame]:
        cells = zone_heat(week(visit, zone), desk.zone)
        return cells, heat_days(cells)

    return desk.memo.kept(f"zone heat {zone}", found)


def record(visit: Visit, zone: str) -> ZoneRecord:
    """How its forecasts did."""
    return visit.desk.memo.kept(f"zone record {zone}", lambda: zone_scores(visit.desk.store, zone))


def reasons(visit: Visit, zone: str) -> dict[date, DayReasons]:
    """Why each day of its week ahead departs from its usual; empty where that is not known."""

    def found() -> dict[date, DayReasons]:
        try:
            return {each.day: each for each in zone_reasons(store=visit.desk.store, zone=zone).days}
        except NotEnoughData:
            return {}

    return visit.desk.memo.kept(f"zone reasons {zone}", found)


def planning(visit: Visit) -> PlanningRecord:
    """What plans count from.

    Raises
    ------
    NotEnoughData
        If the store has no full year.
    """
    desk = visit.desk
    return desk.memo.kept("planning record", lambda: planning_record(desk.store, zone=desk.zone))
