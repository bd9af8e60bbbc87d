"""One zone by the hour: the week ahead with its ranges, the weeks before it, and the weather beside both."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.zone_tables import FLOWS, ZONE_QUANTILE_COLUMNS
from amuna.forecasting.zones.calendar import Place
from amuna.workflows.views.zone_hours import (
    USUAL_REACH,
    flows_between,
    newest_forecasts,
    with_usual,
    with_weather,
)
from amuna.workflows.views.zones import require_zone

PAST_DAYS, HEAT_DAYS = 14, 28
_BESIDE = ("usual_m3h", "temperature_c", "rain_mm")


@dataclass(frozen=True)
class ZoneWeek:
    """A zone before and after the cutoff of its newest forecast.

    Parameters
    ----------
    zone_id
        The zone.
    run_id, cutoff, status
        Training the forecast comes from, first hour it had not seen (UTC), and what is wrong with the zone's data;
        None where nothing is forecast.
    ahead
        The 168 hours from the cutoff on: observed_at (UTC), low95_m3h, low80_m3h, forecast_m3h, high80_m3h, high95_m3h,
        usual_m3h (as `with_usual`) [m³/h], temperature_c [°C], rain_mm [mm].
    past
        The hours known of the days before it: observed_at (UTC), flow_m3h, usual_m3h [m³/h], temperature_c, rain_mm.
    """

    zone_id: str
    run_id: str | None
    cutoff: datetime | None
    status: str | None
    ahead: pl.DataFrame = field(repr=False)
    past: pl.DataFrame = field(repr=False)


def zone_week(store: Store, zone_id: str, place: Place, *, past_days: int = PAST_DAYS) -> ZoneWeek:
    """The newest forecast of a zone and the days before it.

    Raises
    ------
    NotFound
        If there is no such zone.
    """
    require_zone(store, zone_id)
    made = newest_forecasts(store, zone_id)
    end = made["cutoff"][0] if len(made) else _known_until(store, zone_id)
    start = end - timedelta(days=past_days)
    flows = flows_between(store, start - USUAL_REACH, end, zone_id)
    quantiles = list(ZONE_QUANTILE_COLUMNS.values())
    known = flows.filter(pl.col("observed_at") >= start)
    both = pl.concat([known, made.select("zone_id", "observed_at", *quantiles)], how="diagonal")
    hours = with_weather(with_usual(both, flows, place), store)
    past = hours.filter(pl.col("observed_at") < end).select("observed_at", "flow_m3h", *_BESIDE)
    ahead = hours.filter(pl.col("observed_at") >= end).select("observed_at", *quantiles, *_BESIDE)
    if made.is_empty():
        return ZoneWeek(zone_id, None, None, None, ahead, past)
    run_id, cutoff, status = made.select("run_id", "cutoff", "status").row(0)
    return ZoneWeek(zone_id, run_id, cutoff, status, ahead, past)


def zone_heat(week: ZoneWeek, time_zone: ZoneInfo) -> pl.DataFrame:
    """The past and the week ahead of a zone by day and hour of the local clock.

    Parameters
    ----------
    week
        From `zone_week`, with as many days of the past as are to be told: HEAT_DAYS on the page.

    Returns
    -------
    polars.DataFrame
        day, hour (0–23), flow_m3h (observed before the cutoff, forecast after it), usual_m3h (as `with_usual`) [m³/h], ratio
        (the first over the second; null where it is not known), ahead (whether it is forecast); by day and hour. An hour that
        the clock shows twice is the mean of the two.
    """
    past = week.past.select("observed_at", "flow_m3h", "usual_m3h", ahead=pl.lit(value=False))
    made = week.ahead.select("observed_at", "forecast_m3h", "usual_m3h", ahead=pl.lit(value=True))
    hours = pl.concat([past, made.rename({"forecast_m3h": "flow_m3h"})])
    local = pl.col("observed_at").dt.convert_time_zone(time_zone.key)
    cells = hours.group_by(day=local.dt.date(), hour=local.dt.hour().cast(pl.Int64)).agg(
        pl.col("flow_m3h", "usual_m3h").mean(), pl.col("ahead").any()
    )
    ratio = pl.when(pl.col("usual_m3h") > 0).then(pl.col("flow_m3h") / pl.col("usual_m3h"))
    names = ("day", "hour", "flow_m3h", "usual_m3h", "ratio", "ahead")
    return cells.with_columns(ratio=ratio).select(names).sort("day", "hour")


def _known_until(store: Store, zone_id: str) -> datetime:
    """The end of the zone's newest hour; without one, any instant before all inflows."""
    newest = store.query(f"SELECT MAX(observed_at) FROM {FLOWS.name} WHERE zone_id = ?", [zone_id]).item()
    return datetime(1990, 1, 1, tzinfo=UTC) if newest is None else newest + timedelta(hours=1)
