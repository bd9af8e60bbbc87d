"""Prepare a batch: the feed's columns under the contract's names, in m³ or m³/h, UTC and local billing days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from amuna.domain.errors import ColumnMismatch
from amuna.domain.ports import Batch
from amuna.domain.table import INSTANT
from amuna.domain.text import Text
from amuna.domain.time import parse_time_zone
from amuna.domain.units import Unit, convert
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.flows import second_hours, unfolded
from amuna.feeds.instants import Instants, is_time, parse_days, parse_instants
from amuna.feeds.numerals import parse_numbers

_A_NUMBER = Text("un número", "a number")
_A_TIME = Text("una fecha u hora", "a date or time")
_FLAGS = {
    "": "ok",
    "ok": "ok",
    "partial": "partial",
    "parcial": "partial",
    "estimated": "estimated",
    "estimado": "estimated",
    "estimada": "estimated",
    "reset": "reset",
}


@dataclass(frozen=True)
class Prepared:
    """A batch under the contract's names, row for row; null is what could not be read.

    Parameters
    ----------
    batch
        The raw rows, for the text of those refused.
    feed_map
        What their columns mean.
    values
        `account_id` and, by kind: `day`, `consumption_m3` [m³], `flag`, `recorded_at`; or `observed_at`,
        `reading_m3` [m³], `recorded_at`; or `segment`, `zone_id`, `longitude`, `latitude`. For flows `zone_id`,
        `observed_at`, `flow_m3h` [m³/h], `recorded_at`. As many rows as the batch, in its order.
    ambiguous_times
        Local times that the clock shows twice; the earlier instant was taken.
    nonexistent_times
        Local times that the clock skips; they were moved forward by an hour.
    """

    batch: Batch
    feed_map: FeedMap
    values: pl.DataFrame
    ambiguous_times: int = 0
    nonexistent_times: int = 0


def prepare(batch: Batch, feed_map: FeedMap, *, now: datetime) -> Prepared:
    """Read the batch's columns as the feed map says.

    Parameters
    ----------
    batch
        Raw rows.
    feed_map
        Names, unit, zone and kind.
    now
        When the rows are learned, if the source does not say; with a zone.

    Raises
    ------
    ColumnMismatch
        If a column has a type, or only values, that cannot be what the feed map says.
    UnknownTimeZone, UnknownUnit
        If the feed map names one that does not exist or measures no volume.
    """
    parse_time_zone(feed_map.time_zone)
    if feed_map.kind == "accounts":
        return Prepared(batch, feed_map, _accounts(batch, feed_map))
    if feed_map.kind == "flow":
        batch, feed_map = unfolded(batch, feed_map)
    times = _times(batch, feed_map)
    recorded = _recorded(batch, feed_map, now=now)
    if feed_map.kind == "flow":
        name = text_of(batch.rows[feed_map.zone or ""]).alias("zone_id")
        times = second_hours(name, times, time_zone=feed_map.time_zone)
    else:
        name = text_of(batch.rows[feed_map.account]).alias("account_id")
    columns = [name, times.values, _numbers(batch, feed_map)]
    if feed_map.kind == "consumption":
        columns.append(_flags(batch.rows, feed_map))
    return Prepared(
        batch,
        feed_map,
        pl.DataFrame([*columns, recorded.values.alias("recorded_at")]),
        times.ambiguous + recorded.ambiguous,
        times.nonexistent + recorded.nonexistent,
    )


def text_of(column: pl.Series) -> pl.Series:
    """Names as text: `1003.0`, as a float column has it, is the account `1003`."""
    if column.dtype.is_float() and bool((column.round(0) == column).all()):
        column = column.cast(pl.Int64, strict=False)
    return column.cast(pl.String, strict=False).str.strip_chars()


def _times(batch: Batch, feed_map: FeedMap) -> Instants:
    raw = batch.rows[feed_map.time]
    if not is_time(raw.dtype):
        raise _wrong_type(batch, raw, setting="time", expected=_A_TIME)
    if feed_map.kind == "consumption":
        days = parse_days(raw, time_zone=feed_map.time_zone, date_format=feed_map.date_format)
        found = Instants(days.alias("day"))
    else:
        instants = parse_instants(raw, time_zone=feed_map.time_zone, date_format=feed_map.date_format)
        found = Instants(instants.values.alias("observed_at"), instants.ambiguous, instants.nonexistent)
    _require_readable(batch, raw, found.values, setting="time", fix="date_format")
    return found


_VALUES = {
    "consumption": ("consumption_m3", Unit.CUBIC_METRE),
    "register": ("reading_m3", Unit.CUBIC_METRE),
    "flow": ("flow_m3h", Unit.CUBIC_METRE_PER_HOUR),
}


def _numbers(batch: Batch, feed_map: FeedMap) -> pl.Series:
    raw = batch.rows[feed_map.value]
    if not (raw.dtype.is_numeric() or raw.dtype in (pl.String, pl.Null)):
        raise _wrong_type(batch, raw, setting="value", expected=_A_NUMBER)
    numbers = parse_numbers(raw, feed_map.decimal)
    _require_readable(batch, raw, numbers, setting="value", fix="decimal")
    name, unit = _VALUES[feed_map.kind]
    return convert(numbers, feed_map.unit, to=unit).alias(name)


def _recorded(batch: Batch, feed_map: FeedMap, *, now: datetime) -> Instants:
    if feed_map.recorded is None:
        moment = pl.select(pl.lit(now).cast(INSTANT)).to_series()
        return Instants(moment.new_from_index(0, batch.rows.height))
    raw = batch.rows[feed_map.recorded]
    if not is_time(raw.dtype):
        raise _wrong_type(batch, raw, setting="recorded", expected=_A_TIME)
    read = parse_instants(raw, time_zone=feed_map.time_zone, date_format=None)
    _require_readable(batch, raw, read.values, setting="recorded", fix="recorded")
    absent = pl.select(pl.lit(now).cast(INSTANT)).to_series().new_from_index(0, len(raw))
    return Instants(read.values.zip_with(~is_missing(raw), absent), read.ambiguous, read.nonexistent)


def _flags(rows: pl.DataFrame, feed_map: FeedMap) -> pl.Series:
    """The utility's flag, made partial where too few readings stand behind a day; null where unknown."""
    flag: pl.Expr = pl.lit("ok")
    if feed_map.flag:
        text = pl.col(feed_map.flag).cast(pl.String).fill_null("").str.strip_chars().str.to_lowercase()
        flag = text.replace_strict(_FLAGS, default=None, return_dtype=pl.String)
    if feed_map.readings_count:
        count = pl.col(feed_map.readings_count).cast(pl.Float64, strict=False)
        few = count.is_null() | (count < feed_map.min_readings)
        flag = pl.when(few & flag.is_in(["ok", "estimated"])).then(pl.lit("partial")).otherwise(flag)
    constant = not (feed_map.flag or feed_map.readings_count)
    if constant:
        return pl.Series("flag", ["ok"]).new_from_index(0, rows.height)
    return rows.select(flag.alias("flag")).to_series()


def _accounts(batch: Batch, feed_map: FeedMap) -> pl.DataFrame:
    height = batch.rows.height

    def text(column: str | None) -> pl.Series:
        if column is None:
            return pl.Series([None], dtype=pl.String).new_from_index(0, height)
        found = text_of(batch.rows[column])
        return found.zip_with(found != "", pl.Series([None], dtype=pl.String).new_from_index(0, height))

    def degrees(column: str | None) -> pl.Series:
        if column is None:
            return pl.Series([None], dtype=pl.Float64).new_from_index(0, height)
        return parse_numbers(batch.rows[column], feed_map.decimal)

    return pl.DataFrame(
        {
            "account_id": text_of(batch.rows[feed_map.account]),
            "segment": text(feed_map.segment),
            "zone_id": text(feed_map.zone),
            "longitude": degrees(feed_map.longitude),
            "latitude": degrees(feed_map.latitude),
        }
    )


def is_missing(column: pl.Series) -> pl.Series:
    """Whether a raw value is null or blank text."""
    if column.dtype != pl.String:
        return column.is_null()
    return column.is_null() | (column.str.strip_chars() == "").fill_null(value=False)


def _require_readable(batch: Batch, raw: pl.Series, read: pl.Series, *, setting: str, fix: str) -> None:
    """One bad value is a row to refuse; a column of which nothing can be read is the wrong column or format.

    But not in a stream: a few rows that happened to come together say nothing about those to come.
    """
    if batch.parts or batch.live or read.null_count() < len(read) or len(read) < 2:
        return
    present = (~is_missing(raw)).arg_true()
    if len(present) < 2:
        return
    row, found = batch.rows["_row"][int(present[0])], raw[int(present[0])]
    raise ColumnMismatch(
        Text(
            "{file}, fila {row}, columna '{column}': se encontró {found!r}, y ningún valor de la columna se puede "
            "leer como {expected}.",
            "{file}, row {row}, column '{column}': found {found!r}, and no value of the column can be "
            "read as {expected}.",
        ),
        remedy=Text(
            'Escriba {setting}{example} o {role} = "COLUMNA" bajo [feeds.NOMBRE] en amuna.toml.',
            'Set {setting}{example} or {role} = "COLUMN" under [feeds.NAME] in amuna.toml.',
        ),
        file=batch.source,
        row=row,
        column=raw.name,
        found=str(found),
        expected=_A_NUMBER if setting == "value" else _A_TIME,
        setting=fix,
        example=_example(fix),
        role=setting,
    )


def _example(setting: str) -> str:
    return {"date_format": ' = "%d/%m/%Y"', "decimal": ' = ","'}.get(setting, "")


def _wrong_type(batch: Batch, raw: pl.Series, *, setting: str, expected: Text) -> ColumnMismatch:
    row = batch.rows["_row"][0]
    return ColumnMismatch(
        Text(
            "{file}, fila {row}, columna '{column}': se encontró {found!r} de tipo {type}, se esperaba {expected}.",
            "{file}, row {row}, column '{column}': found {found!r} of type {type}, expected {expected}.",
        ),
        remedy=Text(
            'Escriba {setting} = "COLUMNA" bajo [feeds.NOMBRE] en amuna.toml, con la columna que corresponde.',
            'Set {setting} = "COLUMN" under [feeds.NAME] in amuna.toml to the right column.',
        ),
        file=batch.source,
        row=row,
        column=raw.name,
        found=raw[0],
        type=str(raw.dtype),
        expected=expected,
        setting=setting,
    )
