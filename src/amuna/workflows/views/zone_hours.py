"""Hours of zones: the newest forecast, what flowed before it, what is usual, and the weather beside them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import RUNS, WEATHER
from amuna.domain.time import Interval
from amuna.domain.zone_tables import FLOWS, ZONE_FORECASTS, ZONES_RUN

WEEK = timedelta(days=7)
USUAL_WEEKS = 4
_FEWEST = 2  # of the four weeks that must be known for an hour to have a usual inflow
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


def with_usual(hours: pl.DataFrame, flows: pl.DataFrame, time_zone: ZoneInfo) -> pl.DataFrame:
    """Hours with `usual_m3h`: the mean of the same local hour and weekday in the four weeks before [m³/h].

    Null where fewer than two of the four are known.

    Parameters
    ----------
    hours
        With zone_id and observed_at.
    flows
        From `flows_between`, from four weeks before the first hour on.
    """
    local = pl.col("observed_at").dt.convert_time_zone(time_zone.key).dt.replace_time_zone(None)
    past = flows.select("zone_id", "flow_m3h", local=local)
    later = [past.with_columns(pl.col("local") + week * WEEK) for week in range(1, USUAL_WEEKS + 1)]
    known = pl.concat(later).group_by("zone_id", "local")
    usual = known.agg(usual_m3h=pl.col("flow_m3h").mean(), known=pl.len()).filter(pl.col("known") >= _FEWEST)
    joined = hours.with_columns(local=local).join(
        usual.drop("known"), on=["zone_id", "local"], how="left", maintain_order="left"
    )
    return joined.drop("local")


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
