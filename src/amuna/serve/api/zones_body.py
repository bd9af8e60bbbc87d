"""What the routes of zones are asked with, and what they answer."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from amuna.serve.api.answers import Asked
from amuna.serve.api.paging import PageQuery
from amuna.workflows.views.zone_week import PAST_DAYS
from amuna.workflows.zone_grid import HORIZON_HOURS

GEOJSON = "application/geo+json"
_USUAL = "Mean of the same hour of the last four days of that weekday, in six weeks, that were no holiday or bridge day."
_STATUS = "ok, no_weather, gap, short_history or too_short: what is wrong with the zone's data"
_KIND = "dma, supply or source"
_RANGE = (
    "`totals`: learned from how earlier totals did; `hours`: sum of the hours' ends, wider than it need be"
)
_HOUR: dict[str, JsonValue] = {
    "observed_at": "2026-01-05T05:00:00Z",
    "low95_m3h": 61.2,
    "low80_m3h": 64.9,
    "forecast_m3h": 70.4,
    "high80_m3h": 76.3,
    "high95_m3h": 80.8,
    "usual_m3h": 68.7,
    "temperature_c": 24.1,
    "rain_mm": 0.0,
}


class ZonePath(Asked):
    """Which zone."""

    zone_id: str = Field(min_length=1, max_length=200, description="The zone, as the utility writes it.")


class ZonesQuery(PageQuery):
    """Which zones."""

    kind: str | None = Field(None, max_length=100, description=f"Only of this kind: {_KIND}.")
    status: str | None = Field(None, max_length=100, description="Only with this status, such as gap.")
    parent_id: str | None = Field(None, max_length=200, description="Only those that this zone feeds.")


class WeekQuery(Asked):
    """How far ahead."""

    hours: int = Field(HORIZON_HOURS, ge=1, le=HORIZON_HOURS, description="Most hours ahead.")


class InflowQuery(Asked):
    """How far back."""

    days: int = Field(PAST_DAYS, ge=1, le=PAST_DAYS, description="Most days of 24 hours, the latest ones.")


class Zone(BaseModel):
    """A zone, and what it needs in the 24 and the 168 hours from the cutoff on; null is what is not known."""

    zone_id: str
    name: str
    kind: str | None = Field(description=_KIND)
    parent_id: str | None = Field(description="Zone that feeds it.")
    population: float | None = Field(description="People who live there.")
    connections: int | None = Field(description="Service connections.")
    area_km2: float | None
    last_hour: datetime | None = Field(description="Start of the newest hour known.")
    run_id: str | None = Field(description="Training the newest forecast comes from.")
    cutoff: datetime | None = Field(description="First hour the forecast had not seen.")
    status: str | None = Field(description=_STATUS)
    day_m3: float | None = Field(description="Volume expected in the first 24 hours [m³].")
    day_low80_m3: float | None = Field(description="Lower end of its 80 % interval [m³].")
    day_high80_m3: float | None = Field(description="Upper end of its 80 % interval [m³].")
    day_range: str | None = Field(description=_RANGE)
    day_change_percent: float | None = Field(
        description="Against the mean of the same hours of the four weeks before [%]."
    )
    week_m3: float | None = Field(description="Volume expected in the 168 hours [m³].")
    week_low80_m3: float | None = Field(description="Lower end of its 80 % interval [m³].")
    week_high80_m3: float | None = Field(description="Upper end of its 80 % interval [m³].")
    week_range: str | None = Field(description=_RANGE)
    week_change_percent: float | None = Field(description="As day_change_percent [%].")


class Zones(BaseModel):
    """A part of the zones, by id."""

    items: list[Zone]
    total: int = Field(description="Zones that fit, in all parts.")
    next_cursor: str | None = Field(description="Where the next part begins; null at the end.")


class WeekHour(BaseModel):
    """An hour ahead: inflow [m³ per hour], median and the ends of two intervals, and the weather expected."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HOUR]})

    observed_at: datetime = Field(description="Start of the hour.")
    low95_m3h: float
    low80_m3h: float
    forecast_m3h: float
    high80_m3h: float
    high95_m3h: float
    usual_m3h: float | None = Field(description=_USUAL)
    temperature_c: float | None
    rain_mm: float | None


class Week(BaseModel):
    """The newest forecast of a zone; null and no hours where nothing is forecast."""

    zone_id: str
    run_id: str | None = Field(description="Training whose model made it.")
    cutoff: datetime | None = Field(description="First hour the forecast had not seen.")
    status: str | None = Field(description=_STATUS)
    hours: list[WeekHour]


class InflowHour(BaseModel):
    """An hour known: mean inflow [m³ per hour], and the weather."""

    observed_at: datetime = Field(description="Start of the hour.")
    flow_m3h: float
    usual_m3h: float | None = Field(description=_USUAL)
    temperature_c: float | None
    rain_mm: float | None


class Inflow(BaseModel):
    """What flowed into a zone before the cutoff of its newest forecast."""

    zone_id: str
    hours: list[InflowHour]


class Reason(BaseModel):
    """What one reason adds to the usual inflow of a day [m³ per hour]."""

    reason: str = Field(description="temperature, rain, holiday, school, recent, trend … or other")
    part_m3h: float = Field(description="What it adds; below zero, what it takes away.")
    value: float | None = Field(
        description="Measured that day: highest temperature [°C], rain [mm], humidity [%], wind [km/h], 1 where schools are closed."
    )
    usual_value: float | None = Field(description="The same on the usual days.")


class Sentence(BaseModel):
    """The same words in both languages."""

    es: str
    en: str


class ReasonsDay(BaseModel):
    """A day ahead beside its usual day."""

    day: date = Field(description="Local day.")
    forecast_m3h: float = Field(description="Mean inflow forecast.")
    usual_m3h: float = Field(description=_USUAL)
    departure_percent: float = Field(description="How far the forecast lies above the usual [%].")
    standing: str = Field(description="above, below, or normal: within 3 % of the usual")
    sentence: Sentence
    reasons: list[Reason] = Field(description="The strongest first; they add up to forecast less usual.")


class Reasons(BaseModel):
    """Why the days of a zone's newest forecast depart from usual ones."""

    zone_id: str
    run_id: str = Field(description="Training whose model made the forecast.")
    cutoff: datetime = Field(description="First hour the forecast had not seen.")
    days: list[ReasonsDay]


class Score(BaseModel):
    """A day that was forecast, and what flowed [m³ per hour]."""

    run_id: str
    cutoff: datetime = Field(description="First hour the forecast had not seen.")
    day: date = Field(description="Local day judged.")
    lead: int = Field(description="Days ahead; 1 for the day of the cutoff.")
    hours: int = Field(description="Hours judged.")
    observed_m3h: float = Field(description="Mean inflow.")
    mae_m3h: float = Field(description="Mean absolute error.")
    worst_m3h: float = Field(description="Largest absolute error.")
    baseline_mae_m3h: float | None = Field(description="Mean absolute error of the last week repeated.")
    inside80: int = Field(description="Hours inside the 80 % interval.")
    inside95: int = Field(description="Hours inside the 95 % interval.")


class Scores(BaseModel):
    """How the forecasts of a zone did; null where none was judged yet."""

    zone_id: str
    days: int = Field(description="Days judged, one for each local day and forecast of it.")
    first_day: date | None
    last_day: date | None
    mae_m3h: float | None = Field(description="Mean absolute error of the first day ahead.")
    worst_m3h: float | None = Field(
        description="Largest absolute error of a first day ahead, mean of the days."
    )
    later_mae_m3h: float | None = Field(description="Mean absolute error of the later days.")
    first_baseline_mae_m3h: float | None = Field(
        description="Of the last week repeated, on the same first days."
    )
    later_baseline_mae_m3h: float | None = Field(
        description="Of the last week repeated, on the same later days."
    )
    baseline_mae_m3h: float | None = Field(description="Of the last week repeated, all days.")
    coverage80: float | None = Field(description="Share of hours inside the 80 % interval.")
    coverage95: float | None = Field(description="Share of hours inside the 95 % interval.")
    daily: list[Score]


_FEATURE = {
    "type": "object",
    "required": ["type", "id", "geometry", "properties"],
    "properties": {
        "type": {"const": "Feature"},
        "id": {"type": "string", "description": "The zone."},
        "geometry": {"type": "object", "description": "Its outline in degrees: longitude, latitude."},
        "properties": {"$ref": "#/components/schemas/Zone"},
    },
}
MAP: dict[Any, Any] = {
    HTTPStatus.OK: {
        "description": "A FeatureCollection (RFC 7946) whose features have the figures of the list.",
        "content": {
            GEOJSON: {
                "schema": {
                    "type": "object",
                    "required": ["type", "features"],
                    "properties": {
                        "type": {"const": "FeatureCollection"},
                        "features": {"type": "array", "items": _FEATURE},
                    },
                }
            }
        },
    },
    HTTPStatus.NOT_MODIFIED: None,
}
