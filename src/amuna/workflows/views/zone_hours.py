"""Hours of zones: the newest forecast, what flowed before it, what is usual, and the weather beside them."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import RUNS, WEATHER
from amuna.domain.time import DAY, Interval
from amuna.domain.zone_tables import FLOWS, ZONE_FORECASTS, ZONES_RUN
from amuna.forecasting.zones.calendar import Place, ordinary_days
from amuna.forecasting.zones.grids import fill_short_gaps
from amuna.forecasting.zones.usual import USUAL_WEEKS, usual_inflow
from amuna.workflows.zone_grid import flow_grid

# Before the first hour whose usual inflow is asked for; the local day of an hour may begin a day earlier.
USUAL_REACH = timedelta(weeks=USUAL_WEEKS, days=1)
_FLOW_COLUMNS = ("zone_id", "observed_at", "flow_m3h")
_WEATHER_COLUMNS = ("temperature_c", "rain_mm")


def newest_forecasts(store: Store, zone_id: str | None = None) -> pl.DataFrame:
    """ZONE_FORECASTS rows of the newest cutoff, of the run that serves where several forecast it, by zone and hour."""
    newest = store.query(f"SELECT MAX(cutoff) FROM {ZONE_FORECASTS.name}").item()
    if newest is None:
        return ZONE_FORECASTS.empty()
    where: dict[str, object] = {"cutoff": newest} | ({} if zone_id is None else {"zone_id": zone_id})
    rows = store.read(ZONE_FORECASTS, where=where)
    if rows["run_id"].n_unique() > 1:
        rows = rows.filter(pl.col("run_id") == _preferred(store, rows["run_id"].unique().to_list()))
    return rows.sort("zone_id", "observed_at")


def _preferred(store: Store, run_ids: list[str]) -> str:
    """The run that serves, else the one trained last."""
    runs = store.read(RUNS, where={"run_id": run_ids}).with_columns(serves=pl.col("alias") == ZONES_RUN)
    return str(runs.sort("serves", "started_at")["run_id"][-1]) if len(runs) else max(run_ids)


def flows_between(store: Store, start: datetime, end: datetime, zone_id: str | None = None) -> pl.DataFrame:
    """What flowed: zone_id, observed_at, flow_m3h [m³/h], by zone and hour."""
    where = None if zone_id is None else {"zone_id": zone_id}
    rows = store.read(FLOWS, Interval(start, end), where=where, columns=list(_FLOW_COLUMNS))
    return rows.sort("zone_id", "observed_at")


def with_usual(hours: pl.DataFrame, flows: pl.DataFrame, place: Place) -> pl.DataFrame:
    """Hours with `usual_m3h`, as `forecasting.zones.usual` tells it [m³/h]; null where it is not known.

    Parameters
    ----------
    hours
        With zone_id and observed_at.
    flows
        From `flows_between`, from USUAL_REACH before the first hour on.
    place
        Holidays and time zone of the utility.
    """
    if hours.is_empty():
        return hours.with_columns(usual_m3h=pl.lit(None, pl.Float64))
    local = pl.col("observed_at").dt.convert_time_zone(place.time_zone.key)
    first = hours.select(local.dt.date().min()).item() - USUAL_WEEKS * 7 * DAY
    zones = tuple(hours["zone_id"].unique())
    at = hours.select(
        pl.col("zone_id").replace_strict({name: row for row, name in enumerate(zones)}),
        (local.dt.date() - first).dt.total_days().alias("day"),
        local.dt.hour().alias("hour"),
    )
    zone, day, hour = (column.to_numpy() for column in at.get_columns())
    n_days = int(day.max()) + 1
    ordinary = ordinary_days(first, n_days, place)
    flow = fill_short_gaps(flow_grid(flows, zones, place.time_zone, first=first, n_days=n_days))
    usual = np.full((len(zones), n_days, 24), np.nan)
    for target in np.unique(day):
        usual[:, target] = usual_inflow(flow, ordinary, target)
    return hours.with_columns(usual_m3h=pl.Series(usual[zone, day, hour]).fill_nan(None))


def with_weather(hours: pl.DataFrame, store: Store) -> pl.DataFrame:
    """Hours with temperature_c [°C] and rain_mm [mm], means over the places; null where nothing is known."""
    if hours.is_empty():
        return hours.with_columns(pl.lit(None, pl.Float64).alias(name) for name in _WEATHER_COLUMNS)
    first, last = hours.select(
        first=pl.col("observed_at").min(), last=pl.col("observed_at").max() + timedelta(hours=1)
    ).row(0)
    rows = store.read(WEATHER, Interval(first, last), columns=["observed_at", *_WEATHER_COLUMNS])
    mean = rows.group_by("observed_at").agg(pl.col(_WEATHER_COLUMNS).mean())
    return hours.join(mean, on="observed_at", how="left", maintain_order="left")
