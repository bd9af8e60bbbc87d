"""Score zones: stored forecasts against what flowed, beside the last week that was known at their cutoff."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.time import Interval
from amuna.domain.zone_tables import FLOWS, ZONE_FORECASTS, ZONE_SCORES

LOOK_BACK = timedelta(days=30)
_HOUR, _WEEK = timedelta(hours=1), timedelta(days=7)
_REACH = timedelta(days=9)  # of a forecast, and of the local clock beside UTC
_SCORED = ["run_id", "zone_id", "cutoff", "day"]


@dataclass(frozen=True)
class ZoneScoreReport:
    """What was judged.

    Parameters
    ----------
    days
        Zone-days judged, new or anew.
    zones
        As `zone_accuracy` tells of everything judged until now.
    together
        One row, of all zones, without zone_id; none where nothing was judged.
    """

    days: int
    zones: pl.DataFrame = field(repr=False)
    together: pl.DataFrame = field(repr=False)


def score_zones(*, store: Store, time_zone: ZoneInfo, look_back: timedelta = LOOK_BACK) -> ZoneScoreReport:
    """Judge the forecasts of the last days, and those that no hour had come for until now, and sum up all ever judged."""
    newest = store.query(f"SELECT MAX(observed_at) FROM {FLOWS.name}").item()
    judged = ZONE_SCORES.empty()
    if newest is not None:
        end = newest + timedelta(hours=1)
        judged = _judged(store, Interval(_since(store, end - look_back), end), time_zone)
        store.upsert(ZONE_SCORES, judged)
    together = store.read(ZONE_SCORES).select(_figures()).filter(pl.col("days") > 0)
    return ZoneScoreReport(len(judged), zone_accuracy(store), together)


def zone_accuracy(store: Store) -> pl.DataFrame:
    """How the forecasts of each zone did, of everything judged until now.

    Returns
    -------
    polars.DataFrame
        By zone_id: `days` judged; coverage80 and coverage95, shares of their hours; of the `first_days`, each the first day
        ahead of a forecast, the means inflow_m3h, mae_m3h, first_baseline_mae_m3h and worst_m3h (of each day's largest
        error); of the `later_days` later_mae_m3h and later_baseline_mae_m3h; and baseline_mae_m3h of all [m³/h].
        Forecast and baseline are judged on the same days: those whose last week is not known count in `days` and the
        coverages alone, unless it is known of none.
    """
    return store.read(ZONE_SCORES).group_by("zone_id").agg(_figures()).sort("zone_id")


def _figures() -> list[pl.Expr]:
    """Sums of ZONE_SCORES rows: of a zone, or of all."""
    known = pl.col("baseline_mae_m3h").is_not_null()
    first, later = (
        days & (known | ~(known & days).any()) for days in (pl.col("lead") == 1, pl.col("lead") > 1)
    )
    mae, baseline, hours = pl.col("mae_m3h"), pl.col("baseline_mae_m3h"), pl.col("hours").sum()
    return [
        pl.len().alias("days"),
        first.sum().alias("first_days"),
        pl.col("observed_m3h").filter(first).mean().alias("inflow_m3h"),
        mae.filter(first).mean().alias("mae_m3h"),
        baseline.filter(first).mean().alias("first_baseline_mae_m3h"),
        pl.col("worst_m3h").filter(first).mean().alias("worst_m3h"),
        later.sum().alias("later_days"),
        mae.filter(later).mean().alias("later_mae_m3h"),
        baseline.filter(later).mean().alias("later_baseline_mae_m3h"),
        baseline.mean().alias("baseline_mae_m3h"),
        (pl.col("inside80").sum() / hours).alias("coverage80"),
        (pl.col("inside95").sum() / hours).alias("coverage95"),
    ]


def _judged(store: Store, cutoffs: Interval, time_zone: ZoneInfo) -> pl.DataFrame:
    forecasts = store.read(ZONE_FORECASTS, cutoffs).drop("status")
    if forecasts.is_empty():
        return ZONE_SCORES.empty()
    span = Interval(_earliest(forecasts) - _WEEK - _HOUR, cutoffs.end)
    flows = store.read(FLOWS, span, columns=["zone_id", "observed_at", "flow_m3h"])
    hours = forecasts.with_columns(before=_last_week(time_zone))
    baseline = flows.rename({"observed_at": "before", "flow_m3h": "baseline"})
    hours = hours.join(flows, on=["zone_id", "observed_at"]).join(
        baseline, on=["zone_id", "before"], how="left"
    )
    miss = (pl.col("flow_m3h") - pl.col("forecast_m3h")).abs()
    observed = pl.col("flow_m3h")
    local = hours.with_columns(day=pl.col("observed_at").dt.convert_time_zone(time_zone.key).dt.date())
    return ZONE_SCORES.check(
        local.group_by(_SCORED)
        .agg(
            hours=pl.len().cast(pl.Int64),
            observed_m3h=observed.mean(),
            mae_m3h=miss.mean(),
            worst_m3h=miss.max(),
            baseline_mae_m3h=pl.when(pl.col("baseline").is_not_null().all()).then(
                (observed - pl.col("baseline")).abs().mean()
            ),
            inside80=observed.is_between("low80_m3h", "high80_m3h").sum().cast(pl.Int64),
            inside95=observed.is_between("low95_m3h", "high95_m3h").sum().cast(pl.Int64),
        )
        .with_columns(lead=_lead(time_zone))
        .select(ZONE_SCORES.names)
        .sort(_SCORED)
    )


def _since(store: Store, usual: datetime) -> datetime:
    """First cutoff to judge: earlier than usual where forecasts wait for hours that came late, all together."""
    last: date | None = store.query(f"SELECT MAX(day) FROM {ZONE_SCORES.name}").item()
    if last is None:
        return datetime.min.replace(tzinfo=UTC)
    return min(usual, datetime.combine(last, time(), UTC) - _REACH)


def _last_week(time_zone: ZoneInfo) -> pl.Expr:
    """The same hour of the local clock in the last week known at the cutoff; where the clock left it out, 168 hours before."""
    at, cutoff = (
        pl.col(name).dt.convert_time_zone(time_zone.key).dt.replace_time_zone(None)
        for name in ("observed_at", "cutoff")
    )
    back = ((at - cutoff).dt.total_days() // 7 + 1) * pl.duration(days=7)
    same = (at - back).dt.replace_time_zone(time_zone.key, ambiguous="earliest", non_existent="null")
    return same.dt.convert_time_zone("UTC").fill_null(pl.col("observed_at") - back)


def _lead(time_zone: ZoneInfo) -> pl.Expr:
    first = pl.col("cutoff").dt.convert_time_zone(time_zone.key).dt.date()
    return ((pl.col("day") - first).dt.total_days() + 1).cast(pl.Int32)


def _earliest(forecasts: pl.DataFrame) -> datetime:
    earliest = forecasts["observed_at"].min()
    assert isinstance(earliest, datetime)
    return earliest
