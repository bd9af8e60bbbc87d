"""The years a plan rests on: what each zone used in each full year of the record, in usual weather, and what it lost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.domain.panel import Floats
from amuna.domain.ports import Store
from amuna.domain.text import Text
from amuna.forecasting.longterm.base_year import BaseYear
from amuna.forecasting.longterm.drivers import Spread
from amuna.forecasting.longterm.response import temperature_response
from amuna.workflows.outlook import complete_days
from amuna.workflows.views.demand import Demand, demand
from amuna.workflows.views.weather_days import weather_days
from amuna.workflows.views.zone_losses import NO_LOSSES, Losses, zone_losses

YEAR = 365
HOT_C = 30.0
_COVERED = 0.8  # share of a year's days that must be known
_NORMAL_YEARS = 2  # years of weather that tell what is usual


@dataclass(frozen=True)
class PlanningRecord:
    """What the store tells about years.

    Parameters
    ----------
    years
        Full years, consecutive, the oldest first; the last one is the base of a plan.
    accounts
        Accounts known on a mean day of each year.
    temperature_percent_per_c
        What the record tells of use and temperature [%/degC]; None where it tells nothing.
    anomalies_c
        How much warmer each year was than usual [degC]; its volumes are corrected by it. None where unknown.
    hot_days
        Days of the base year on which it was warmer than 30 degC; None where weather is not known.
    """

    years: tuple[BaseYear, ...]
    accounts: tuple[float, ...]
    temperature_percent_per_c: Spread | None
    anomalies_c: tuple[float | None, ...]
    hot_days: int | None

    @property
    def base(self) -> BaseYear:
        """The last full year."""
        return self.years[-1]


@dataclass(frozen=True)
class _Days:
    """Use by day without gaps from the first day that is kept: all of them, and by zone and kind of customer."""

    first: date
    count: int
    calendar: pl.DataFrame = field(repr=False)
    parts: pl.DataFrame = field(repr=False)


def planning_record(store: Store, *, zone: ZoneInfo) -> PlanningRecord:
    """The full years of the store.

    Parameters
    ----------
    zone
        Time zone of the billing day.

    Raises
    ------
    NotEnoughData
        If the store has no full year, or too many of its days are missing.
    """
    days = _days(demand(store))
    calendar = _beside_weather(days.calendar, store, zone)
    response = temperature_response(calendar["total_m3"].to_numpy(), calendar["temperature_c"].to_numpy())
    names = days.parts["zone_id"].unique().sort().to_list()
    found: list[_Year] = []
    for at in range(days.count):
        first = days.first + timedelta(days=at * YEAR)
        own = calendar.filter(pl.col("day").is_between(first, first + timedelta(days=YEAR - 1)))
        if own["total_m3"].count() < _COVERED * YEAR:
            found = []
            continue
        found.append(_in_usual_weather(_measured(days.parts, own, names, first), own, calendar, response))
    if not found:
        raise NotEnoughData(
            Text(
                "De los últimos {expected} días, más del {share:.0%} no se conoce en suficientes cuentas.",
                "Of the last {expected} days more than {share:.0%} are not known of enough accounts.",
            ),
            remedy=Text(
                "Ingrese los días que faltan: amuna check los muestra.",
                "Ingest the days that are missing: amuna check lists them.",
            ),
            expected=YEAR,
            share=1 - _COVERED,
        )
    last = found[-1]
    losses = zone_losses(store, names, last.volumes_m3.sum(axis=1), last.first, zone)
    return PlanningRecord(
        tuple(_base_year(year, names, losses if year is last else NO_LOSSES) for year in found),
        tuple(year.accounts for year in found),
        response,
        tuple(year.anomaly_c for year in found),
        _hot_days(calendar.tail(YEAR)),
    )


@dataclass(frozen=True)
class _Year:
    """A full year: volumes by zone, of households and of everyone else [m³], accounts, and how warm it was."""

    first: date
    volumes_m3: Floats
    accounts: float
    anomaly_c: float | None = None


def _measured(parts: pl.DataFrame, own: pl.DataFrame, names: list[str], first: date) -> _Year:
    known = own.drop_nulls("total_m3")
    accounts = float(known["accounts"].cast(pl.Float64).to_numpy().mean())
    return _Year(first, _volumes(parts, known["day"], names, first), accounts)


def _in_usual_weather(
    year: _Year, own: pl.DataFrame, calendar: pl.DataFrame, response: Spread | None
) -> _Year:
    warmer = _anomaly(own, calendar)
    if warmer is None or response is None:
        return replace(year, anomaly_c=warmer)
    usual = (1 + response.central / 100) ** -warmer
    return replace(year, volumes_m3=year.volumes_m3 * usual, anomaly_c=warmer)


def _days(found: Demand) -> _Days:
    known = 0 if found.first is None or found.cutoff is None else (found.cutoff - found.first).days
    if known < YEAR or found.cutoff is None:
        raise NotEnoughData(
            Text(
                "El almacén tiene consumos de {found} días; un plan parte de un año completo de {expected}.",
                "The store has consumption of {found} days; a plan counts from a full year of {expected}.",
            ),
            remedy=Text(
                "Ingrese consumos más antiguos: amuna ingest ARCHIVO.",
                "Ingest older consumption: amuna ingest FILE.",
            ),
            found=known,
            expected=YEAR,
        )
    count = known // YEAR
    first = found.cutoff - timedelta(days=count * YEAR)
    wanted = found.sums.filter(pl.col("day") >= first, pl.col("day") < found.cutoff)
    summed = wanted.group_by("day").agg(pl.col("accounts", "total_m3").sum()).sort("day")
    calendar = pl.select(day=pl.date_range(first, found.cutoff, closed="left"))
    whole = calendar.join(complete_days(summed), on="day", how="left", maintain_order="left")
    return _Days(first, count, whole, wanted)


def _beside_weather(calendar: pl.DataFrame, store: Store, zone: ZoneInfo) -> pl.DataFrame:
    seen = weather_days(store, zone).filter(~pl.col("forecast"))
    beside = calendar.join(
        seen.select("day", "temperature_c", "warmest_c"), on="day", how="left", maintain_order="left"
    )
    return beside.with_columns(
        pl.col("total_m3", "temperature_c", "warmest_c").cast(pl.Float64).fill_null(np.nan)
    ).with_columns(total_m3=pl.col("total_m3").fill_nan(None))


def _volumes(parts: pl.DataFrame, known: pl.Series, names: list[str], first: date) -> Floats:
    """Volume of a year by zone, of households and of everyone else, shape (n_zones, 2) [m³].

    Days that are not known count as the mean of their month, months that are not known as the mean of the year.
    """
    kept = parts.filter(pl.col("day").is_in(known.implode()))
    household = (pl.col("segment") == "household").alias("household")
    monthly = kept.group_by("zone_id", household, month=pl.col("day").dt.month()).agg(
        pl.col("total_m3").sum()
    )
    seen = known.to_frame("day").group_by(month=pl.col("day").dt.month()).agg(seen=pl.len())
    year = pl.select(day=pl.date_range(first, first + timedelta(days=YEAR), closed="left"))
    length = year.group_by(month=pl.col("day").dt.month()).agg(days=pl.len()).join(seen, on="month")
    weighed = (
        monthly.join(length, on="month")
        .group_by("zone_id", "household")
        .agg(total_m3=(pl.col("total_m3") / pl.col("seen") * pl.col("days")).sum())
    )
    scale = YEAR / length["days"].sum()
    volumes = np.zeros((len(names), 2))
    place = {name: at for at, name in enumerate(names)}
    for zone_id, is_household, total in weighed.iter_rows():
        volumes[place[zone_id], 0 if is_household else 1] = total * scale
    return volumes


def _anomaly(own: pl.DataFrame, calendar: pl.DataFrame) -> float | None:
    """How much warmer a year was than the same months of the whole record [degC]; None without enough weather."""
    month = pl.col("day").dt.month().alias("month")
    everything = calendar.filter(pl.col("temperature_c").is_finite())
    seen = own.filter(pl.col("temperature_c").is_finite())
    if len(everything) < _NORMAL_YEARS * _COVERED * YEAR or len(seen) < _COVERED * YEAR:
        return None
    usual = everything.group_by(month).agg(usual=pl.col("temperature_c").mean())
    months = seen.group_by(month).agg(pl.col("temperature_c").mean(), days=pl.len()).join(usual, on="month")
    away = (months["temperature_c"] - months["usual"]) * months["days"]
    return float(away.sum()) / len(seen)


def _hot_days(base: pl.DataFrame) -> int | None:
    seen = base.filter(pl.col("warmest_c").is_finite())
    return int((seen["warmest_c"] > HOT_C).sum()) if len(seen) >= _COVERED * YEAR else None


def _base_year(year: _Year, names: list[str], losses: Losses) -> BaseYear:
    return BaseYear(
        (year.first + timedelta(days=YEAR // 2)).year,
        year.first,
        year.first + timedelta(days=YEAR - 1),
        tuple(names),
        year.volumes_m3[:, 0],
        year.volumes_m3[:, 1],
        losses.zones if losses.known else np.zeros(len(names)),
        losses.network,
        losses.known,
    )
