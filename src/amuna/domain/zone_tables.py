"""The column contracts of zones: what they are, what flows into them, and what is expected to."""

from __future__ import annotations

import polars as pl

from amuna.domain.table import INSTANT, Column, Table

_ZONE = Column(
    "zone_id", pl.String, "hydraulically closed area with metered inflow, or area fed by one source"
)
_RECORDED = Column("recorded_at", INSTANT, "when we learned it", "UTC")
_BATCH = Column("batch_id", pl.String, "ingested batch that brought the row")

ZONES = Table(
    "zones",
    (
        _ZONE,
        Column("name", pl.String, "what people call it"),
        Column("kind", pl.String, "dma, supply or source"),
        Column("parent_id", pl.String, "zone that feeds it", nullable=True),
        Column("population", pl.Float64, "people who live there", "people", nullable=True),
        Column("connections", pl.Int64, "service connections", nullable=True),
        Column("area_km2", pl.Float64, "area", "km2", nullable=True),
        Column("geometry", pl.String, "outline as GeoJSON geometry, degrees", nullable=True),
    ),
    key=("zone_id",),
)
FLOWS = Table(
    "flows",
    (
        _ZONE,
        Column("observed_at", INSTANT, "start of the hour", "UTC"),
        Column("flow_m3h", pl.Float64, "mean inflow of the hour", "m3/h"),
        _RECORDED,
        _BATCH,
    ),
    key=("zone_id", "observed_at"),
    time="observed_at",
    versioned=True,
)

ZONES_RUN = "zones"  # kind of a training of the zones in RUNS, and alias of the one that serves
_RUN = Column("run_id", pl.String, "training of the zones")
_CUTOFF = Column("cutoff", INSTANT, "first hour the forecast had not seen", "UTC")
# LOW80 and HIGH80 are the ends of the 80 % interval, and so on.
ZONE_QUANTILE_COLUMNS = {
    0.025: "low95_m3h",
    0.1: "low80_m3h",
    0.5: "forecast_m3h",
    0.9: "high80_m3h",
    0.975: "high95_m3h",
}
ZONE_MODELS = Table(
    "zone_models",
    (
        _RUN,
        Column(
            "part",
            pl.String,
            "part of the model: what is learned of all zones, a model's own, or facts of the training",
        ),
        Column("content", pl.String, "the part, as JSON or as its library writes it"),
    ),
    key=("run_id", "part"),
)
ZONE_FORECASTS = Table(
    "zone_forecasts",
    (
        _RUN,
        _ZONE,
        _CUTOFF,
        Column("observed_at", INSTANT, "start of the hour forecast", "UTC"),
        *(
            Column(name, pl.Float64, f"inflow that is not exceeded with probability {quantile:g}", "m3/h")
            for quantile, name in ZONE_QUANTILE_COLUMNS.items()
        ),
        Column("status", pl.String, "ok, no_weather, gap, short_history or too_short"),
    ),
    key=("run_id", "zone_id", "cutoff", "observed_at"),
    time="cutoff",
)
ZONE_SCORES = Table(
    "zone_scores",
    (
        _RUN,
        _ZONE,
        _CUTOFF,
        Column("day", pl.Date, "local day judged"),
        Column("lead", pl.Int32, "days ahead; 1 for the day of the cutoff"),
        Column("hours", pl.Int64, "hours judged"),
        Column("observed_m3h", pl.Float64, "mean inflow", "m3/h"),
        Column("mae_m3h", pl.Float64, "mean absolute residual", "m3/h"),
        Column("worst_m3h", pl.Float64, "largest absolute residual", "m3/h"),
        Column(
            "baseline_mae_m3h",
            pl.Float64,
            "mean absolute residual of the same hours of the last week known at the cutoff",
            "m3/h",
            nullable=True,
        ),
        Column("inside80", pl.Int64, "hours inside the 80 % interval"),
        Column("inside95", pl.Int64, "hours inside the 95 % interval"),
    ),
    key=("run_id", "zone_id", "cutoff", "day"),
    time="day",
)
ZONE_REASONS = Table(
    "zone_reasons",
    (
        _RUN,
        _ZONE,
        _CUTOFF,
        Column("day", pl.Date, "local day forecast"),
        Column(
            "reason",
            pl.String,
            "temperature, rain, humidity, wind, holiday, bridge, near_holiday, school, festive, season, recent, trend,"
            " chance, event, today, borrowed or other",
        ),
        Column(
            "part_m3h",
            pl.Float64,
            "what it adds to the usual inflow; all of a day sum to the departure",
            "m3/h",
        ),
        Column(
            "value", pl.Float64, "measured that day: degC, mm, %, km/h, 1 for schools closed", nullable=True
        ),
        Column("usual_value", pl.Float64, "the same on the usual days", nullable=True),
        Column("forecast_m3h", pl.Float64, "mean inflow forecast for the day", "m3/h"),
        Column("usual_m3h", pl.Float64, "mean inflow of the last four ordinary days of the weekday", "m3/h"),
    ),
    key=("run_id", "zone_id", "cutoff", "day", "reason"),
    time="cutoff",
)

ZONE_TABLES = (ZONES, FLOWS, ZONE_MODELS, ZONE_FORECASTS, ZONE_SCORES, ZONE_REASONS)
