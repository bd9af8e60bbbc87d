"""Groups of accounts: what zones, what feeds them and the utility will use, in numbers that add up."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from amuna.access.roles import Permission
from amuna.serve.api.answers import DECIMALS, Asked, answer, records
from amuna.serve.api.description import answers, routes
from amuna.serve.auth.gate import require
from amuna.serve.desk import Desk
from amuna.workflows.views.group_demand import DAY_COLUMNS, group_demand, group_list

_STATUS = (
    "ok; short_history: the group's own past is too short, so its accounts alone tell; "
    "partial: many of its accounts have no forecast, so its own past alone tells"
)
_LEVEL = "zone, supply (what feeds zones) or utility"
_DAY: dict[str, JsonValue] = {
    "day": "2026-01-05",
    "low95_m3": 218.4,
    "low80_m3": 229.7,
    "low50_m3": 238.1,
    "forecast_m3": 246.3,
    "high50_m3": 254.9,
    "high80_m3": 263.0,
    "high95_m3": 276.8,
    "mean_m3": 246.9,
    "accounts_m3": 231.5,
}


class Level(StrEnum):
    """Levels of groups."""

    ZONE = "zone"
    SUPPLY = "supply"
    UTILITY = "utility"


class GroupsQuery(Asked):
    """Which groups."""

    level: Level | None = Field(None, description=f"Only of this level: {_LEVEL}.")


class GroupPath(Asked):
    """Which group."""

    level: str = Field(min_length=1, max_length=20, description=_LEVEL)
    group: str = Field(
        min_length=1,
        max_length=200,
        description="Its zone_id; `unzoned` for accounts without a zone; `utility` for all.",
    )


class Group(BaseModel):
    """A group, and the volume expected in all days forecast."""

    level: str = Field(description=_LEVEL)
    group_id: str
    name: str
    cutoff: date = Field(description="First day the forecast had not seen.")
    days: int = Field(description="Days forecast.")
    mean_m3: float = Field(description="Volume expected in these days [m³].")
    status: str = Field(description=_STATUS)


class Groups(BaseModel):
    """Every group, by level and id."""

    items: list[Group]


class GroupDay(BaseModel):
    """What the accounts of a group will use on a day [m³]; losses are not in it.

    Means of the parts of a group add up to its own; medians and ends of intervals do not.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_DAY]})

    day: date
    low95_m3: float
    low80_m3: float
    low50_m3: float
    forecast_m3: float = Field(description="Median.")
    high50_m3: float
    high80_m3: float
    high95_m3: float
    mean_m3: float = Field(description="Expected volume.")
    accounts_m3: float = Field(
        description="What the forecasts of its accounts, as they are shown, add up to."
    )


class GroupForecast(BaseModel):
    """The newest forecast of a group."""

    level: str = Field(description=_LEVEL)
    group_id: str
    name: str
    run_id: str = Field(description="Training whose models made it.")
    cutoff: date = Field(description="First day the forecast had not seen.")
    status: str = Field(description=_STATUS)
    days: list[GroupDay]


def register(desk: Desk) -> APIBlueprint:
    """The routes."""
    group = routes("groups", "What zones, what feeds them and the utility will use.", needs=Permission.DEMAND)

    @group.get("/groups", responses=answers(Groups))
    def list_groups(query: GroupsQuery) -> Response:
        """Every group with a forecast, by level"""
        require(Permission.DEMAND)
        return answer({"items": records(group_list(desk.store, query.level))})

    @group.get("/groups/<string:level>/<path:group>/forecast", responses=answers(GroupForecast))
    def get_group_forecast(path: GroupPath) -> Response:
        """The newest forecast of a group, by day"""
        require(Permission.DEMAND)
        found = group_demand(desk.store, path.level, path.group)
        volumes = found.days.select("day", *(found.days[name].round(DECIMALS) for name in DAY_COLUMNS[1:]))
        return answer(vars(found) | {"days": records(volumes)})

    return group
