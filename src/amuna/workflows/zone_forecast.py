"""Forecast zones: the next 168 hours of every zone from the model that serves, with ranges and what is wrong with the data."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from amuna.domain.errors import NotEnoughData, NotFound
from amuna.domain.ports import Store
from amuna.domain.tables import RUNS
from amuna.domain.text import Text
from amuna.domain.zone_tables import ZONE_FORECASTS, ZONE_MODELS, ZONE_REASONS, ZONES_RUN
from amuna.forecasting.zones.artefact import from_texts
from amuna.forecasting.zones.calendar import Place
from amuna.forecasting.zones.dry import without_dry_hours
from amuna.forecasting.zones.explain.reasons import week_reasons
from amuna.forecasting.zones.port import ZoneData
from amuna.forecasting.zones.rescue import from_others, statuses, widened, without_weather
from amuna.forecasting.zones.today import with_today
from amuna.forecasting.zones.week import WeekAhead, ZoneModel, week_ahead
from amuna.workflows.zone_grid import ZoneGrid, hours_ahead, zone_grid
from amuna.workflows.zone_reasons import reason_rows

log = logging.getLogger(__name__)

KEEP_DAYS = 60


@dataclass(frozen=True)
class ZoneForecastReport:
    """A forecast of zones.

    Parameters
    ----------
    run_id
        Training it comes from.
    cutoff
        First hour it had not seen.
    zones
        Zones forecast.
    status
        Zones by what is wrong with their data.
    rows
        ZONE_FORECASTS rows [m³/h].
    seconds
        Time taken [s].
    """

    run_id: str
    cutoff: datetime
    zones: int
    status: dict[str, int]
    rows: pl.DataFrame = field(repr=False)
    seconds: float


def forecast_zones(
    *,
    store: Store,
    place: Place,
    zone: str | None = None,
    cutoff: datetime | None = None,
    known_at: datetime | None = None,
    keep_days: int = KEEP_DAYS,
) -> ZoneForecastReport:
    """Forecast and store the 168 hours from a cutoff on.

    Parameters
    ----------
    zone
        Only this zone's rows in the report; nothing is stored then. All are forecast, since they help each other.
    cutoff, known_at
        As in `zone_grid`.
    keep_days
        Forecasts made longer ago are removed; their scores stay [days].

    Raises
    ------
    NotEnoughData
        If zones were not trained, or no zone has an inflow.
    NotFound
        If there is no such zone.
    """
    started = time.perf_counter()
    run_id, model = serving_zones(store)
    grid = zone_grid(store=store, place=place, cutoff=cutoff, known_at=known_at, zones=model.zones)
    if zone is not None and zone not in grid.zones:
        raise NotFound("zone", zone)
    data = model_data(model, grid)
    dawn, status = zone_week(model, grid, data)
    week = without_dry_hours(with_today(dawn, grid.today), grid.flow)
    rows = _rows(run_id, grid, place, week, status)
    if zone is None:
        known = slice(0, len(model.zones))
        found = week_reasons(model, data, week.mean[known], moved=(week.mean - dawn.mean)[known])
        reasons = reason_rows(run_id, grid, found, status)
        _store_rows(store, rows, reasons, keep_from=grid.cutoff - timedelta(days=keep_days))
    else:
        rows = rows.filter(pl.col("zone_id") == zone)
    seconds = time.perf_counter() - started
    log.info("forecast zones run=%s zones=%d seconds=%.1f", run_id, len(grid.zones), seconds)
    told = status if zone is None else [status[grid.zones.index(zone)]]
    return ZoneForecastReport(run_id, grid.cutoff, len(told), dict(Counter(told)), rows, seconds)


def model_data(model: ZoneModel, grid: ZoneGrid) -> ZoneData:
    """The zones of a grid that the model knows, which come first."""
    n_model = len(model.zones)
    facts = grid.facts.of_first(n_model)
    return ZoneData(model.zones, grid.flow[:n_model], grid.days, grid.weather.values, facts)


def zone_week(model: ZoneModel, grid: ZoneGrid, data: ZoneData) -> tuple[WeekAhead, list[str]]:
    """Forecast of every zone from the start of the cutoff's day, whatever its data is like, and its status.

    Parameters
    ----------
    data
        From `model_data`.
    """
    n_model, n_days = len(model.zones), grid.flow.shape[1]
    made = week_ahead(model, data, n_days=grid.ahead)
    extra = len(grid.zones) - n_model
    week = WeekAhead(
        np.concatenate([made.mean, np.full((extra, *made.mean.shape[1:]), np.nan)]),
        np.concatenate([made.bounds, np.full((4, extra, *made.bounds.shape[2:]), np.nan)], axis=1),
    )
    unknown = grid.weather.unknown[n_days - 1 :]
    trained = np.arange(len(grid.zones)) < n_model
    status = statuses(grid.flow, trained=trained, weather_unknown=unknown)
    stopped = grid.weather_known and without_weather(unknown)
    week = from_others(week, grid.flow, status)
    week = widened(week, grid.flow, status, weather_stopped=stopped)
    return without_dry_hours(week, grid.flow), status


def serving_zones(store: Store) -> tuple[str, ZoneModel]:
    """The training of zones that serves, and its model.

    Raises
    ------
    NotEnoughData
        If zones were not trained.
    """
    runs = store.read(RUNS, where={"alias": ZONES_RUN}, columns=["run_id"])
    if runs.is_empty():
        raise NotEnoughData(
            Text("Las zonas todavía no se entrenaron.", "The zones were not trained yet."),
            remedy=Text("Entrénelas con: amuna train zones", "Train them with: amuna train zones"),
        )
    run_id = str(runs["run_id"][0])
    parts = store.read(ZONE_MODELS, where={"run_id": run_id})
    return run_id, from_texts(dict(parts.select("part", "content").iter_rows()))


def _rows(run_id: str, grid: ZoneGrid, place: Place, week: WeekAhead, status: list[str]) -> pl.DataFrame:
    instants, day, hour = hours_ahead(grid, place.time_zone)
    low95, low80, high80, high95 = week.bounds
    values = {
        "low95_m3h": low95,
        "low80_m3h": low80,
        "forecast_m3h": week.mean,
        "high80_m3h": high80,
        "high95_m3h": high95,
    }
    n_zones = len(grid.zones)
    rows = pl.DataFrame(
        {
            "run_id": run_id,
            "zone_id": np.repeat(grid.zones, len(instants)),
            "observed_at": pl.concat([instants] * n_zones),
            **{name: each[:, day, hour].ravel() for name, each in values.items()},
            "status": np.repeat(status, len(instants)),
        }
    )
    cutoff = pl.lit(grid.cutoff).dt.convert_time_zone("UTC").dt.cast_time_unit("us")
    return ZONE_FORECASTS.check(rows.with_columns(cutoff=cutoff).select(ZONE_FORECASTS.names))


def _store_rows(store: Store, rows: pl.DataFrame, reasons: pl.DataFrame, *, keep_from: datetime) -> None:
    old = store.query(f"SELECT DISTINCT cutoff FROM {ZONE_FORECASTS.name} WHERE cutoff < ?", [keep_from])
    cutoffs = old["cutoff"].to_list()
    with store.transaction():
        if cutoffs:
            store.delete(ZONE_FORECASTS, where={"cutoff": cutoffs})
        store.delete(ZONE_REASONS, where={"cutoff": [*cutoffs, rows["cutoff"][0]]})
        store.upsert(ZONE_FORECASTS, rows)
        store.upsert(ZONE_REASONS, reasons)
