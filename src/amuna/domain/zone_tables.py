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

ZONE_TABLES = (ZONES, FLOWS)
