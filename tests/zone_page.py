"""The town of zones as pages show it: outlines, a customer in one zone, forecasts of three weeks that were judged."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
from tests.zone_town import CUTOFF, DAYS, PLACE, flow_rows, town_hours, town_store, weather_rows

from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, CONSUMPTION, WEATHER
from amuna.domain.zone_tables import FLOWS, ZONES
from amuna.forecasting.zones.members.ridge import Ridge
from amuna.workflows.zone_forecast import forecast_zones
from amuna.workflows.zone_score import score_zones
from amuna.workflows.zone_train import train_zones

NOW = datetime(2022, 6, 1, 4, tzinfo=UTC)
SEEN_DAYS = 18
_HOURS = town_hours(DAYS + 8)
_CORNERS = {"north": (0, 1), "south": (0, 0)}


def page_store(folder: Path, *, forecast: bool = True, seen_days: int = SEEN_DAYS) -> Store:
    """A store of the town; `west` has no outline, and of `north` alone an account is known, of a full year.

    Forecasts were made each day of the last `seen_days`.
    """
    first = CUTOFF - timedelta(days=seen_days if forecast else 0)
    store = town_store(folder, _HOURS, cutoff=first)
    store.upsert(ZONES, _described())
    store.upsert(ACCOUNTS, _account())
    store.upsert(CONSUMPTION, _year())
    if forecast:
        train_zones(store=store, place=PLACE, now=NOW, forecasters=(Ridge(),))
        for day in range(seen_days + 1):
            cutoff = first + timedelta(days=day)
            store.upsert(FLOWS, flow_rows(_HOURS.filter(pl.col("observed_at") < cutoff)))
            store.upsert(WEATHER, weather_rows(_HOURS, cutoff=cutoff))
            forecast_zones(store=store, place=PLACE)
        score_zones(store=store, time_zone=PLACE.time_zone)
    return store


def square(west: float, south: float) -> str:
    """The outline of a square of a hundredth of a degree."""
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    ring = [[11.6 + 0.01 * (west + x), 44.8 + 0.01 * (south + y)] for x, y in corners]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def _described() -> pl.DataFrame:
    blank = {column.name: None for column in ZONES.columns}
    return ZONES.frame(
        [
            blank | {"zone_id": name, "name": name.title(), "kind": "dma", "geometry": square(*corner)}
            for name, corner in _CORNERS.items()
        ]
    )


def _account() -> pl.DataFrame:
    blank = {column.name: None for column in ACCOUNTS.columns}
    return ACCOUNTS.frame([blank | {"account_id": "A1", "segment": "household", "zone_id": "north"}])


def _year() -> pl.DataFrame:
    end = CUTOFF.date()
    days = pl.date_range(end - timedelta(days=400), end, closed="left", eager=True)
    return pl.DataFrame({"day": days}).select(
        account_id=pl.lit("A1"),
        day="day",
        consumption_m3=pl.lit(2.0),
        flag=pl.lit("ok"),
        recorded_at=pl.lit(NOW).dt.cast_time_unit("us"),
        batch_id=pl.lit("b"),
    )
