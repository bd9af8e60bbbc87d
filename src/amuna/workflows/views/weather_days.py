"""Weather by local day, as it stands beside demand."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import WEATHER

_HOURS = 18  # of a day that must be known for its mean and its rain to count


def weather_days(store: Store, zone: ZoneInfo) -> pl.DataFrame:
    """Weather of each local day, the mean over places where there are several.

    Returns
    -------
    polars.DataFrame
        `day`, `places`, `temperature_c` (mean), `warmest_c`, `rain_mm` (sum), and `forecast`, whether hours of it
        were still to come when the weather was fetched. Days of which fewer than 18 hours are known are left out.
    """
    columns = ["place_id", "observed_at", "temperature_c", "rain_mm", "kind"]
    hours = store.read(WEATHER, columns=columns)
    local = pl.col("observed_at").dt.convert_time_zone(zone.key).dt.date()
    known = pl.col("temperature_c").count() >= _HOURS
    places = hours.group_by("place_id", day=local).agg(
        temperature_c=pl.when(known).then(pl.col("temperature_c").mean()),
        warmest_c=pl.when(known).then(pl.col("temperature_c").max()),
        rain_mm=pl.when(pl.col("rain_mm").count() >= _HOURS).then(pl.col("rain_mm").sum()),
        forecast=(pl.col("kind") == "forecast").any(),
    )
    kept = places.filter(pl.any_horizontal(pl.col("temperature_c", "rain_mm").is_not_null()))
    return (
        kept.group_by("day")
        .agg(
            pl.len().cast(pl.Int64).alias("places"),
            pl.col("temperature_c", "warmest_c", "rain_mm").mean(),
            pl.col("forecast").any(),
        )
        .sort("day")
    )


def warm_effect(days: pl.DataFrame, weather: pl.DataFrame, cutoff: date) -> tuple[int, float | None]:
    """Days of the last year with both, and the correlation of the weekly changes of demand and temperature.

    Changes to the same weekday a week before leave out the week's rhythm and slow growth; None with fewer than 60
    days, or where either never changes.
    """
    recent = days.filter(pl.col("day") >= cutoff - timedelta(days=365 + 7)).join(
        weather, on="day", how="left"
    )
    change = pl.col("total_m3", "temperature_c").diff(7)
    both = recent.sort("day").select(change).drop_nulls()
    if len(both) < 60:
        return len(both), None
    found = both.select(pl.corr("total_m3", "temperature_c")).item()
    return len(both), None if found is None or found != found else float(found)
