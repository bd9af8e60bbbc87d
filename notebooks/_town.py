"""What the notebooks look at: a simulated Peruvian town, or the ten zones of Ferrara where BWDF_FOLDER names their folder."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import WEATHER
from amuna.domain.zone_tables import FLOWS
from amuna.forecasting.zones.calendar import Place
from amuna.forecasting.zones.events import SHARP
from amuna.forecasting.zones.members import installed, make
from amuna.forecasting.zones.port import ZoneForecaster
from amuna.forecasting.zones.tune import Choice
from amuna.simulation import UtilitySettings, simulate, weather_hours, zone_balance, zone_hours
from amuna.store.duckdb_store import open_store

FOLDER = "BWDF_FOLDER"
WEEKS_AFTER = 8
AS_THEY_ARE = Choice({}, SHARP)  # settings of models that are not searched
_LPS_TO_M3H = 3.6
_RECORDED = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Town:
    """Hourly inflows and weather in a store of their own.

    Parameters
    ----------
    name
        What the figures say it is.
    store
        FLOWS [m³/h] and WEATHER; of the weather of the last weeks it is told in advance.
    place
        Holidays and time zone.
    cutoff
        Local midnight of a Monday: eight weeks before the end of the inflows.
    """

    name: str
    store: Store
    place: Place
    cutoff: datetime

    def flows(self) -> pl.DataFrame:
        """zone_id, flow_m3h [m³/h] and `at`, the start of the hour as the local clock shows it, in their order."""
        rows = self.store.read(FLOWS, columns=["zone_id", "observed_at", "flow_m3h"])
        local = pl.col("observed_at").dt.convert_time_zone(self.place.time_zone.key)
        return rows.with_columns(at=local).sort("zone_id", "observed_at")

    def weather(self) -> pl.DataFrame:
        """Hourly weather with `at` as in `flows`."""
        local = pl.col("observed_at").dt.convert_time_zone(self.place.time_zone.key)
        return self.store.read(WEATHER).with_columns(at=local).sort("observed_at")


def open_town() -> Town:
    """The town, in a store in a new temporary folder."""
    folder = os.environ.get(FOLDER)
    return _ferrara(Path(folder)) if folder else _simulated()


def _simulated() -> Town:
    """Four zones of a desert city: 400 accounts each, 54 weeks, with the faults that real feeds have."""
    place = Place("PE", "", ZoneInfo("America/Lima"))
    settings = UtilitySettings(
        accounts=1_600, accounts_per_zone=400, days=378, start=date(2024, 8, 5), intermittent_zones=0.2
    )
    utility = simulate(settings, seed=4)
    flows = _with_faults(zone_hours(utility, zone_balance(utility)))
    return _stored("a simulated town", place, flows, weather_hours(utility))


def _with_faults(flows: pl.DataFrame) -> pl.DataFrame:
    """Nine days without a logger's battery, single hours lost, a stuck meter, and two absurd values."""
    rng = np.random.default_rng(7)
    hour = pl.int_range(pl.len()).over("zone_id")
    zone = pl.col("zone_id").rank("dense")
    flows = flows.with_columns(hour=hour, zone=zone)
    battery = (pl.col("zone") == 2) & pl.col("hour").is_between(24 * 190, 24 * 199 - 1)
    lost = pl.Series(rng.random(len(flows)) < 0.004)
    stuck = (pl.col("zone") == 3) & pl.col("hour").is_between(24 * 301 + 9, 24 * 302 + 20)
    absurd = (pl.col("zone") == 4) & pl.col("hour").is_in([24 * 120 + 3, 24 * 260 + 15])
    held = pl.col("flow_m3h").filter(stuck).first()
    value = pl.when(stuck).then(held).when(absurd).then(4 * pl.col("flow_m3h").max()).otherwise("flow_m3h")
    return flows.with_columns(flow_m3h=value).filter(~battery, ~lost).drop("hour", "zone")


def _ferrara(folder: Path) -> Town:
    """Ten zones of Ferrara, August 2021 to September 2022 (Battle of Water Demand Forecasting, WDSA/CCWI 2024)."""
    place = Place("IT", "", ZoneInfo("Europe/Rome"))
    flows = _local_hours(folder / "inflow_hourly.csv.gz", place).unpivot(
        index="observed_at", variable_name="zone_id", value_name="flow_m3h"
    )
    weather = _local_hours(folder / "weather_hourly.csv.gz", place)
    names = ("rain_mm", "temperature_c", "humidity_percent", "wind_kmh")
    weather = weather.rename(dict(zip(weather.columns[1:], names, strict=True)))
    return _stored(
        "Ferrara",
        place,
        flows.drop_nulls().with_columns(pl.col("flow_m3h") * _LPS_TO_M3H),
        weather.with_columns(place_id=pl.lit("city")),
    )


def _local_hours(path: Path, place: Place) -> pl.DataFrame:
    """A file of local hours by the instant, without the hours that the clock leaves out."""
    rows = pl.read_csv(path, infer_schema=False, null_values=["NaN", "nan", ""])
    local = pl.col("datetime").str.to_datetime(time_unit="us")
    instant = local.dt.replace_time_zone(place.time_zone.key, ambiguous="earliest", non_existent="null")
    rows = rows.select(
        instant.dt.convert_time_zone("UTC").alias("observed_at"),
        pl.exclude("datetime").cast(pl.Float64, strict=False),
    )
    start, end = datetime(2021, 8, 2, tzinfo=UTC), datetime(2022, 10, 2, 22, tzinfo=UTC)
    inside = pl.col("observed_at").is_between(start, end, closed="left")
    return (
        rows.drop_nulls("observed_at").filter(inside).unique("observed_at", keep="first", maintain_order=True)
    )


def _stored(name: str, place: Place, flows: pl.DataFrame, weather: pl.DataFrame) -> Town:
    store = open_store(Path(tempfile.mkdtemp()) / "town.duckdb")
    end = flows["observed_at"].max()
    assert isinstance(end, datetime)
    last = (end + timedelta(hours=1)).astimezone(place.time_zone).date()
    monday = last - timedelta(days=last.weekday(), weeks=WEEKS_AFTER)
    cutoff = datetime.combine(monday, time(), place.time_zone).astimezone(UTC)
    told = {"recorded_at": pl.lit(_RECORDED).dt.cast_time_unit("us"), "batch_id": pl.lit("notebook")}
    store.upsert(FLOWS, flows.with_columns(**told).select(FLOWS.names))
    kind = pl.when(pl.col("observed_at") < cutoff).then(pl.lit("observed")).otherwise(pl.lit("forecast"))
    rows = weather.with_columns(kind=kind, apparent_temperature_c=pl.lit(None, pl.Float64), **told)
    store.upsert(WEATHER, rows.select(WEATHER.names))
    return Town(name, store, place, cutoff)


def quick(names: tuple[str, ...]) -> list[ZoneForecaster]:
    """Those of these models that are installed; the trees sixty, so that a notebook takes seconds."""
    from amuna.forecasting.zones.boosting import BoostSettings
    from amuna.forecasting.zones.members.trees import Trees

    few = Trees(BoostSettings(trees=60))
    return [few if each.name == few.name else each for each in make(installed(names))]
