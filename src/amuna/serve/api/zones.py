"""Zones: the list, the week ahead of one by the hour and why it is so, how its forecasts did, and a map of all."""

from __future__ import annotations

from typing import Any

import polars as pl
from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from amuna.access.roles import Permission
from amuna.domain.errors import NotFound
from amuna.serve.api.answers import answer, kept_answer, records
from amuna.serve.api.description import answers, routes
from amuna.serve.api.paging import page_after
from amuna.serve.api.zones_body import (
    GEOJSON,
    MAP,
    Inflow,
    InflowQuery,
    Reasons,
    Scores,
    Week,
    WeekQuery,
    Zone,
    ZonePath,
    Zones,
    ZonesQuery,
)
from amuna.serve.auth.gate import require
from amuna.serve.desk import Desk
from amuna.serve.report.zone_reasons import reason_sentence
from amuna.workflows.views.zone_reasons import DayReasons, zone_reasons
from amuna.workflows.views.zone_record import zone_scores
from amuna.workflows.views.zone_week import zone_week
from amuna.workflows.views.zones import require_zone, zone_shapes, zones_list

MEMO = "zones"
_FILTERS = ("kind", "status", "parent_id")


def register(desk: Desk) -> APIBlueprint:
    """The routes."""
    group = routes("zones", "What flows into zones, and what will.", needs=Permission.ZONES)

    @group.get("/zones", responses=answers(Zones, kept=True))
    def list_zones(query: ZonesQuery) -> Response:
        """Every zone with what it needs in the next day and week, by id"""
        who = require(Permission.ZONES)
        return kept_answer(desk, who, lambda: _page(_all(desk), query), memo=MEMO)

    @group.get("/zones.geojson", responses=MAP)
    def map_zones() -> Response:
        """The zones whose outline is known, as GeoJSON with the figures of the list"""
        who = require(Permission.ZONES)
        response = kept_answer(desk, who, lambda: zone_shapes(desk.store, desk.place))
        response.content_type = GEOJSON
        return response

    @group.get("/zones/<path:zone_id>", responses=answers(Zone, kept=True))
    def get_zone(path: ZonePath) -> Response:
        """One zone"""
        who = require(Permission.ZONES)
        return kept_answer(desk, who, lambda: _one(_all(desk), path.zone_id), memo=MEMO)

    @group.get("/zones/<path:zone_id>/forecast", responses=answers(Week, kept=True))
    def get_zone_forecast(path: ZonePath, query: WeekQuery) -> Response:
        """The newest forecast of a zone, by hour, with the weather beside it"""
        who = require(Permission.ZONES)
        return kept_answer(desk, who, lambda: _week(desk, path.zone_id, query.hours))

    @group.get("/zones/<path:zone_id>/inflow", responses=answers(Inflow, kept=True))
    def get_zone_inflow(path: ZonePath, query: InflowQuery) -> Response:
        """What flowed into a zone in its last known days, by hour"""
        who = require(Permission.ZONES)
        return kept_answer(desk, who, lambda: _inflow(desk, path.zone_id, query.days))

    @group.get("/zones/<path:zone_id>/reasons", responses=answers(Reasons, kept=True))
    def get_zone_reasons(path: ZonePath) -> Response:
        """Why the days ahead of a zone depart from usual ones"""
        who = require(Permission.ZONES)
        return kept_answer(desk, who, lambda: _reasons(desk, path.zone_id))

    @group.get("/zones/<path:zone_id>/scores", responses=answers(Scores))
    def get_zone_scores(path: ZonePath) -> Response:
        """How a zone's forecasts did, beside the last week repeated"""
        require(Permission.ZONES)
        found = vars(zone_scores(desk.store, path.zone_id))
        return answer(found | {"daily": records(found["daily"])})

    return group


def _all(desk: Desk) -> pl.DataFrame:
    return desk.memo.kept(MEMO, lambda: zones_list(desk.store, desk.place))


def _page(rows: pl.DataFrame, query: ZonesQuery) -> dict[str, Any]:
    wanted = {name: getattr(query, name) for name in _FILTERS if getattr(query, name) is not None}
    return page_after(rows.filter(**wanted), query, key="zone_id")


def _one(rows: pl.DataFrame, zone_id: str) -> dict[str, Any]:
    found = rows.filter(zone_id=zone_id)
    if found.is_empty():
        raise NotFound("zone", zone_id)
    return found.row(0, named=True)


def _week(desk: Desk, zone_id: str, hours: int) -> dict[str, Any]:
    found = zone_week(desk.store, zone_id, desk.place)
    return {
        "zone_id": zone_id,
        "run_id": found.run_id,
        "cutoff": found.cutoff,
        "status": found.status,
        "hours": records(found.ahead.head(hours)),
    }


def _reasons(desk: Desk, zone_id: str) -> dict[str, Any]:
    require_zone(desk.store, zone_id)
    found = zone_reasons(store=desk.store, zone=zone_id)
    return {
        "zone_id": zone_id,
        "run_id": found.run_id,
        "cutoff": found.cutoff,
        "days": [_day(day) for day in found.days],
    }


def _day(day: DayReasons) -> dict[str, Any]:
    names = ("day", "forecast_m3h", "usual_m3h", "standing")
    return {name: getattr(day, name) for name in names} | {
        "departure_percent": 100 * day.departure,
        "sentence": reason_sentence(day)._asdict(),
        "reasons": [
            {
                "reason": part.code,
                "part_m3h": part.part_m3h,
                "value": part.value,
                "usual_value": part.usual_value,
            }
            for part in day.parts
        ],
    }


def _inflow(desk: Desk, zone_id: str, days: int) -> dict[str, Any]:
    past = zone_week(desk.store, zone_id, desk.place).past
    return {"zone_id": zone_id, "hours": records(past.tail(24 * days))}
