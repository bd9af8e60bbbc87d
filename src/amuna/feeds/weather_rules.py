"""Check weather rows: those that enter the store, in the contract's units, and those refused with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from amuna.domain.errors import UnknownUnit
from amuna.domain.ports import Batch
from amuna.domain.table import INSTANT
from amuna.domain.tables import QUARANTINE, WEATHER
from amuna.domain.text import Text
from amuna.feeds.problems import Problem, missing_name
from amuna.feeds.refused import refused_rows
from amuna.feeds.repeats import drop_repeats
from amuna.feeds.validate import Checked, Counts

FORECAST_REACH = timedelta(days=17)
_FAHRENHEIT = (5 / 9, -160 / 9)
_SAME = (1.0, 0.0)


@dataclass(frozen=True)
class _Measure:
    """A variable: its column, what is possible in the contract's unit, and factor and offset from each unit."""

    column: str
    low: float
    high: float
    units: dict[str, tuple[float, float]]


# Records for comparison: -89.2 °C and 56.7 °C, 305 mm in 42 minutes, gusts of 408 km/h (WMO extremes archive).
_MEASURES = {
    "temperature_2m": _Measure("temperature_c", -95, 65, {"°C": _SAME, "°F": _FAHRENHEIT}),
    "apparent_temperature": _Measure("apparent_temperature_c", -120, 90, {"°C": _SAME, "°F": _FAHRENHEIT}),
    "relative_humidity_2m": _Measure("humidity_percent", 0, 100, {"%": _SAME}),
    "precipitation": _Measure("rain_mm", 0, 500, {"mm": _SAME, "inch": (25.4, 0.0)}),
    "wind_speed_10m": _Measure(
        "wind_kmh",
        0,
        450,
        {
            "km/h": _SAME,
            "m/s": (3.6, 0.0),
            "mp/h": (1.609344, 0.0),
            "mph": (1.609344, 0.0),
            "kn": (1.852, 0.0),
        },
    ),
}


# The contract's own units.
UNITS = {name: next(iter(measure.units)) for name, measure in _MEASURES.items()}


def check_weather(batch: Batch, *, now: datetime, batch_id: str = "") -> Checked:
    """Part the hours of a batch of `weather_rows` into accepted and quarantined.

    An hour that had ended when the answer came is `observed`, a later one `forecast`. Hours are recorded as learned
    when the answer came: an old one from the cache claims to know nothing newer.

    Raises
    ------
    UnknownUnit
        If a variable comes in a unit that is none of its own.
    """
    values = _values(batch)
    problems = _problems(batch)
    faults = [
        pl.when(problem.applies).then(pl.lit(index, dtype=pl.Int8)) for index, problem in enumerate(problems)
    ]
    fault = values.select(pl.coalesce(faults).alias("fault")).to_series()
    good = values.filter(fault.is_null()).select(
        *(name for name in WEATHER.names if name != "batch_id"), batch_id=pl.lit(batch_id)
    )
    kept = drop_repeats(good, WEATHER)
    quarantined = refused_rows(batch, problems, fault).with_columns(
        recorded_at=pl.lit(now).cast(INSTANT), batch_id=pl.lit(batch_id)
    )
    counts = Counts(values.height, kept.height, quarantined.height, good.height - kept.height)
    return Checked(WEATHER, WEATHER.check(kept), QUARANTINE.check(quarantined), counts)


def _values(batch: Batch) -> pl.DataFrame:
    """The rows under the contract's names, with `_missing_NAME` and whether the hour is told in several ways."""
    hour = pl.col("observed_at")
    numbers = [_number(name, _conversion(batch, name)) for name in _MEASURES]
    columns = [measure.column for measure in _MEASURES.values()]
    return (
        batch.rows.select(
            *numbers,
            *(pl.col(name).is_null().alias(missing_name(name)) for name in _MEASURES),
            place_id="place",
            observed_at=pl.col("time").str.to_datetime("%Y-%m-%dT%H:%M", strict=False, time_zone="UTC"),
            recorded_at=pl.col("fetched_at").str.to_datetime(time_zone="UTC"),
        )
        .with_columns(
            kind=pl.when(hour + timedelta(hours=1) <= pl.col("recorded_at"))
            .then(pl.lit("observed"))
            .otherwise(pl.lit("forecast")),
            _told=pl.struct(columns).n_unique().over("place_id", "observed_at"),
        )
        .cast({"observed_at": INSTANT, "recorded_at": INSTANT})
    )


def _number(name: str, conversion: tuple[float, float]) -> pl.Expr:
    factor, offset = conversion
    read = pl.col(name).cast(pl.Float64, strict=False)
    return (read if conversion == _SAME else read * factor + offset).alias(_MEASURES[name].column)


def _conversion(batch: Batch, name: str) -> tuple[float, float]:
    units = _MEASURES[name].units
    found = "" if batch.rows.is_empty() else batch.rows["units"].struct.field(name)[0]
    if batch.rows.is_empty() or found in units:
        return units.get(found, _SAME)
    raise UnknownUnit(
        Text(
            "{file}: {column} viene en '{found}'; se esperaba una de estas unidades: {units}.",
            "{file}: {column} comes in '{found}'; expected one of {units}.",
        ),
        remedy=Text(
            "Indique en weather.url una API que diga sus unidades en hourly_units.",
            "Set weather.url to an API that says its units in hourly_units.",
        ),
        file=batch.source,
        column=name,
        found=found,
        units=list(units),
    )


def _problems(batch: Batch) -> list[Problem]:
    hour = pl.col("observed_at")
    found = [
        Problem(
            "not_a_time",
            "time",
            hour.is_null() | (hour.dt.minute() != 0),
            "Found '{found}'; expected a whole hour as 2026-01-31T13:00.",
        ),
        Problem(
            "future",
            "time",
            hour > pl.col("recorded_at") + FORECAST_REACH,
            f"Found '{{found}}', more than {FORECAST_REACH.days} days after the answer came; no forecast reaches so far.",
        ),
        Problem(
            "repeated_hour",
            "time",
            pl.col("_told") > 1,
            "The hour '{found}' stands there several times with different values; none of them is taken.",
        ),
    ]
    for name, measure in _MEASURES.items():
        value = pl.col(measure.column)
        absent = value.is_null() & ~pl.col(missing_name(name))
        unit = "" if batch.rows.is_empty() else batch.rows["units"].struct.field(name)[0]
        found += [
            Problem("not_a_number", name, absent | ~value.is_finite(), "Found '{found}'; expected a number."),
            Problem(
                "impossible",
                name,
                ~value.is_between(measure.low, measure.high),
                f"Found '{{found}}' {unit}; expected {measure.column} between {measure.low} and {measure.high}.",
            ),
        ]
    return found
