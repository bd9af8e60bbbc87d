"""Weather of a utility's own stations: a table of hours with a column for each quantity, checked as weather from an API is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import polars as pl

from amuna.domain.errors import ColumnMismatch
from amuna.domain.ports import Batch
from amuna.domain.text import Text
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.flows import second_hours
from amuna.feeds.instants import parse_instants
from amuna.feeds.numerals import parse_numbers
from amuna.feeds.prepare import is_missing
from amuna.feeds.validate import Checked
from amuna.feeds.weather_rules import UNITS, check_weather

LONE_PLACE = "utility"
# The feed map's names of the quantities that `check_weather` knows.
_ROLES = {
    "temperature_2m": "temperature",
    "apparent_temperature": "apparent_temperature",
    "relative_humidity_2m": "humidity",
    "precipitation": "rain",
    "wind_speed_10m": "wind",
}


def check_weather_table(batch: Batch, feed_map: FeedMap, *, now: datetime, batch_id: str = "") -> Checked:
    """Part the hours of a table into accepted and quarantined; those refused stand there as they came.

    Parameters
    ----------
    batch
        Raw rows.
    feed_map
        The columns of the quantities, in °C, %, mm and km/h; a quantity without a column is unknown.
    now
        When the rows are learned, if the source does not say. An hour that had ended then is `observed`.

    Raises
    ------
    ColumnMismatch
        If no time of the table can be read.
    """
    columns = {name: getattr(feed_map, role) for name, role in _ROLES.items() if getattr(feed_map, role)}
    checked = check_weather(_translated(batch, feed_map, columns, now=now), now=now, batch_id=batch_id)
    fields = {"time": feed_map.time, **columns}
    came = batch.rows.select(
        row=pl.col("_row").cast(pl.Int64), _came=pl.struct(pl.exclude("_row", "_part")).struct.json_encode()
    )
    refused = (
        checked.quarantined.join(came, on="row", how="left", maintain_order="left")
        .with_columns(field=pl.col("field").replace(fields), original="_came")
        .select(checked.quarantined.columns)
    )
    return replace(checked, quarantined=refused)


def _translated(batch: Batch, feed_map: FeedMap, columns: dict[str, str], *, now: datetime) -> Batch:
    """The rows as `weather_rows` makes them; what cannot be read stays as it came, to be refused with its text."""
    rows = batch.rows
    told = rows[feed_map.time]
    place = _places(rows, feed_map)
    read = parse_instants(told, time_zone=feed_map.time_zone, date_format=feed_map.date_format)
    times = second_hours(place, read, time_zone=feed_map.time_zone).values
    if rows.height and times.null_count() == rows.height:
        raise ColumnMismatch(
            Text(
                "{file}: no se puede leer ninguna hora de la columna {column}; la primera es '{first}'.",
                "{file}: no time of the column {column} can be read; the first is '{first}'.",
            ),
            remedy=Text(
                'Diga cómo se escriben las horas: date_format = "%d/%m/%Y %H:%M" bajo [feeds.NOMBRE] en amuna.toml.',
                'Say how times are written: date_format = "%d/%m/%Y %H:%M" under [feeds.NAME] in amuna.toml.',
            ),
            file=batch.source,
            column=feed_map.time,
            first=told[0],
        )
    spelled = times.dt.strftime("%Y-%m-%dT%H:%M")
    units = pl.struct(pl.lit(unit).alias(name) for name, unit in UNITS.items())
    made = rows.select(
        "_row",
        place=place,
        time=spelled.zip_with(times.is_not_null(), told.cast(pl.String)),
        **{name: _numbers(rows, columns.get(name), feed_map) for name in _ROLES},
        units=units,
        fetched_at=_learned(rows, feed_map, now=now),
    )
    return replace(batch, rows=made, kind="weather")


def _places(rows: pl.DataFrame, feed_map: FeedMap) -> pl.Series:
    if feed_map.place:
        return rows[feed_map.place].cast(pl.String).str.strip_chars()
    return pl.Series([LONE_PLACE]).new_from_index(0, rows.height)


def _numbers(rows: pl.DataFrame, column: str | None, feed_map: FeedMap) -> pl.Series:
    """Numbers as text, null where there is nothing, and what is no number as it came."""
    if column is None:
        return pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
    raw = rows[column]
    numbers = parse_numbers(raw, feed_map.decimal)
    texts = numbers.cast(pl.String).zip_with(numbers.is_not_null(), raw.cast(pl.String))
    return texts.set(is_missing(raw), None)


def _learned(rows: pl.DataFrame, feed_map: FeedMap, *, now: datetime) -> pl.Series:
    present = pl.Series([now.isoformat()]).new_from_index(0, rows.height)
    if feed_map.recorded is None:
        return present
    read = parse_instants(rows[feed_map.recorded], time_zone=feed_map.time_zone, date_format=None).values
    return read.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").zip_with(read.is_not_null(), present)
