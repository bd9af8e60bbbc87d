"""Whole days of a zone's week ahead, with a range of their totals that earlier days earned."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.time import Interval
from amuna.domain.zone_tables import FLOWS, ZONE_FORECASTS
from amuna.workflows.views.zone_totals import FROM_HOURS, FROM_TOTALS, change_percent
from amuna.workflows.views.zone_week import ZoneWeek

_FEWEST = 14  # earlier days as far ahead that a range is learned from
_MISSED = 0.2  # of the 80 % range, both sides together
_WHOLE = 23  # hours: the day on which clocks go forward has no more
_DAYS = {
    "day": pl.Date,
    "total_m3": pl.Float64,
    "low80_m3": pl.Float64,
    "high80_m3": pl.Float64,
    "range": pl.String,
    "change_percent": pl.Float64,
}


def zone_days(store: Store, week: ZoneWeek, time_zone: ZoneInfo) -> pl.DataFrame:
    """Totals of the local days that lie whole in the week ahead.

    Parameters
    ----------
    week
        From `zone_week`.

    Returns
    -------
    polars.DataFrame
        day, total_m3, low80_m3, high80_m3 [m³]; `range`: `totals` where errors of days forecast as far ahead made it
        (split-conformal), `hours` where there are fewer than 14 of them and it is the sum of the hours' ends, wider than it
        need be; change_percent against the usual inflow of the same hours, null where more than a quarter of it is unknown.
    """
    if week.cutoff is None:
        return pl.DataFrame(schema=_DAYS)
    errors = _errors(store, week, time_zone)
    local = week.ahead.with_columns(day=_local_day(time_zone))
    first = week.cutoff.astimezone(time_zone).date()
    rows = []
    for hours in local.partition_by("day", maintain_order=True):
        if len(hours) >= _WHOLE:
            day = hours["day"][0]
            past = errors.filter(pl.col("lead") == (day - first).days)["error"].sort()
            rows.append({"day": day, **_total(hours, past)})
    return pl.DataFrame(rows, schema=_DAYS)


def _total(hours: pl.DataFrame, past: pl.Series) -> dict[str, object]:
    total = hours["forecast_m3h"].sum()
    learned = len(past) >= _FEWEST
    low, high = hours["low80_m3h"].sum(), hours["high80_m3h"].sum()
    if learned:
        rank = max(int((len(past) + 1) * _MISSED / 2), 1)
        low, high = total * (1 + min(past[rank - 1], 0.0)), total * (1 + max(past[-rank], 0.0))
    return {
        "total_m3": total,
        "low80_m3": max(low, 0.0),
        "high80_m3": high,
        "range": FROM_TOTALS if learned else FROM_HOURS,
        "change_percent": change_percent(hours),
    }


def _errors(store: Store, week: ZoneWeek, time_zone: ZoneInfo) -> pl.DataFrame:
    """Earlier whole days whose hours have come: lead [days], error as a share of the forecast; one for each cutoff's day."""
    columns = ["run_id", "cutoff", "observed_at", "forecast_m3h", "status"]
    made = store.read(ZONE_FORECASTS, where={"zone_id": week.zone_id}, columns=columns)
    earlier = made.filter(pl.col("cutoff") < week.cutoff, pl.col("status") == week.status)
    if earlier.is_empty():
        return pl.DataFrame(schema={"lead": pl.Int64, "error": pl.Float64})
    first, last = earlier.select(first=pl.col("observed_at").min(), last=pl.col("observed_at").max()).row(0)
    flows = store.read(
        FLOWS,
        Interval(first, last + timedelta(hours=1)),
        where={"zone_id": week.zone_id},
        columns=["observed_at", "flow_m3h"],
    )
    came = earlier.join(flows, on="observed_at").with_columns(
        day=_local_day(time_zone), made=_local_day(time_zone, "cutoff")
    )
    days = came.group_by("run_id", "cutoff", "made", "day").agg(
        pl.len(), pl.col("forecast_m3h", "flow_m3h").sum()
    )
    whole = days.filter(pl.col("len") >= _WHOLE, pl.col("forecast_m3h") > 0)
    daily = whole.sort("cutoff", "run_id").unique(["made", "day"], keep="last")
    return daily.select(
        lead=(pl.col("day") - pl.col("made")).dt.total_days(),
        error=pl.col("flow_m3h") / pl.col("forecast_m3h") - 1,
    )


def _local_day(time_zone: ZoneInfo, instant: str = "observed_at") -> pl.Expr:
    return pl.col(instant).dt.convert_time_zone(time_zone.key).dt.date()


def heat_days(cells: pl.DataFrame) -> pl.DataFrame:
    """The cells of `zone_heat` by day.

    Returns
    -------
    polars.DataFrame
        day, hours known, total_m3 [m³], change_percent against the usual inflow of the hours that have one, and the hour that
        departs most from its usual with its own change, `hour` and `hour_percent`; null where nothing is known.
    """
    share = 100 * (pl.col("ratio") - 1)
    known = pl.col("flow_m3h").filter(pl.col("usual_m3h") > 0).sum()
    usual = pl.col("usual_m3h").filter(pl.col("flow_m3h").is_not_null(), pl.col("usual_m3h") > 0).sum()
    furthest = share.abs().fill_null(-1).arg_max()
    return (
        cells.group_by("day")
        .agg(
            hours=pl.col("flow_m3h").count(),
            total_m3=pl.col("flow_m3h").sum(),
            change_percent=pl.when(usual > 0).then(100 * (known / usual - 1)),
            hour=pl.col("hour").get(furthest),
            hour_percent=share.get(furthest),
            ahead=pl.col("ahead").any(),
        )
        .sort("day")
    )
