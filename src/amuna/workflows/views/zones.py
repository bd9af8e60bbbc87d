"""Zones: what each is, what it needs in the next day and week, and where it lies."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from amuna.domain.errors import NotFound
from amuna.domain.ports import Store
from amuna.domain.zone_tables import FLOWS, ZONES
from amuna.forecasting.zones.calendar import Place
from amuna.workflows.views.zone_hours import USUAL_REACH, flows_between, newest_forecasts, with_usual
from amuna.workflows.views.zone_totals import zone_totals

_DESCRIBED = ["zone_id", "name", "kind", "parent_id", "population", "connections", "area_km2"]
_NEWEST = f"SELECT zone_id, MAX(observed_at) AS last_hour FROM {FLOWS.name} GROUP BY zone_id"


def zones_list(store: Store, place: Place) -> pl.DataFrame:
    """Every zone that is described, has inflows or is forecast.

    Parameters
    ----------
    place
        Of the utility: what is usual follows its clock and its holidays.

    Returns
    -------
    polars.DataFrame
        By zone_id: the columns of ZONES but the outline (name is the zone_id where none is known); `last_hour` (start of
        the newest hour known, UTC); of the newest forecast its `run_id`, `cutoff` (UTC) and `status`; and the totals of
        `zone_totals`: `day_m3`, `day_low80_m3`, `day_high80_m3`, `day_range`, `day_change_percent` of the 24 hours from
        the cutoff on, and the same five as `week_…` of the 168 hours [m³]. What is not known is null.
    """
    forecasts = newest_forecasts(store)
    described = store.read(ZONES, columns=_DESCRIBED)
    newest = store.query(_NEWEST)
    names = pl.concat([frame.select("zone_id") for frame in (described, newest, forecasts)]).unique()
    made = forecasts.select("zone_id", "run_id", "cutoff", "status").unique("zone_id")
    rows = names.sort("zone_id")
    for found in (described, newest, made, zone_totals(store, _usual(store, forecasts, place))):
        rows = rows.join(found, on="zone_id", how="left", maintain_order="left")
    return rows.with_columns(pl.col("name").fill_null(pl.col("zone_id")))


def require_zone(store: Store, zone_id: str) -> None:
    """Refuse a zone that nothing is known of.

    Raises
    ------
    NotFound
        If it is neither described nor has an inflow.
    """
    if not any(store.count(table, where={"zone_id": zone_id}) for table in (ZONES, FLOWS)):
        raise NotFound("zone", zone_id)


def zones_outlines(store: Store) -> dict[str, Any]:
    """GeoJSON geometry (RFC 7946) of each zone whose outline is known."""
    rows = store.read(ZONES, columns=["zone_id", "geometry"]).drop_nulls()
    return {zone: json.loads(geometry) for zone, geometry in rows.iter_rows()}


def zone_shapes(store: Store, place: Place) -> dict[str, Any]:
    """The zones whose outline is known, as a GeoJSON FeatureCollection (RFC 7946) with the columns of `zones_list`."""
    outlines = zones_outlines(store)
    instants = pl.col("cutoff", "last_hour").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": row["zone_id"],
                "geometry": outlines[row["zone_id"]],
                "properties": row,
            }
            for row in zones_list(store, place).with_columns(instants).to_dicts()
            if row["zone_id"] in outlines
        ],
    }


def _usual(store: Store, forecasts: pl.DataFrame, place: Place) -> pl.DataFrame:
    if forecasts.is_empty():
        return with_usual(forecasts, FLOWS.empty(), place)
    cutoff = forecasts["cutoff"][0]
    return with_usual(forecasts, flows_between(store, cutoff - USUAL_REACH, cutoff), place)
