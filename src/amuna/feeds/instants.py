"""Days and instants from dates, datetimes and text, with the zone's clock changes decided by rule.

Of a local time that the clock shows twice, the earlier instant is taken; one that it skips moves forward by an
hour. A text such as `02/01/2019` is read only where `date_format` or another value of the column says whether
the day or the month comes first; else it stays null and is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

import polars as pl

from amuna.domain.table import INSTANT

_NAIVE = pl.Datetime("us")
_DATE_FORMATS = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d")
_LOCAL_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
)
_ZONED_FORMATS = (
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%dT%H:%M%#z",
    "%Y-%m-%d %H:%M%#z",
)
_FORMATS = _DATE_FORMATS + _LOCAL_FORMATS + _ZONED_FORMATS
_PARTS = r"^(?<a>\d{1,2})(?<mark>[/.\-])(?<b>\d{1,2})[/.\-](?<year>\d{4})(?<rest>.*)$"
_SAMPLE = 200


@dataclass(frozen=True)
class Instants:
    """Times as UTC instants, and how many fell into a change of the clock."""

    values: pl.Series
    ambiguous: int = 0
    nonexistent: int = 0


def parse_days(column: pl.Series, *, time_zone: str, date_format: str | None) -> pl.Series:
    """Return local billing days, null where unreadable.

    Times without a zone are local already. Where all times with a zone are midnight UTC, they are dates that some
    program wrote as instants, and stay on their date.
    """
    if column.dtype == pl.Date:
        return column
    local, utc = _clock_times(column, date_format)
    days = local.dt.date()
    if utc is None:
        return days
    dates_only = bool((utc.dt.time() == time(0)).all())
    zoned = utc.dt.date() if dates_only else utc.dt.convert_time_zone(time_zone).dt.date()
    return zoned.zip_with(utc.is_not_null(), days)


def parse_instants(column: pl.Series, *, time_zone: str, date_format: str | None) -> Instants:
    """Return UTC instants, null where unreadable. Times without a zone are of `time_zone`."""
    local, utc = _clock_times(column, date_format)
    localised = localise(local, time_zone)
    if utc is None:
        return localised
    return Instants(
        utc.zip_with(utc.is_not_null(), localised.values), localised.ambiguous, localised.nonexistent
    )


def is_time(dtype: pl.DataType) -> bool:
    """Whether a column of this type can hold times at all."""
    return isinstance(dtype, pl.Datetime) or dtype.is_integer() or dtype in (pl.Date, pl.String, pl.Null)


def _clock_times(column: pl.Series, date_format: str | None) -> tuple[pl.Series, pl.Series | None]:
    """Local times without zone, and UTC instants where the source gave a zone."""
    if isinstance(column.dtype, pl.Datetime):
        if column.dtype.time_zone is None:
            return column.cast(_NAIVE), None
        empty = pl.Series(column.name, [None] * len(column), dtype=_NAIVE)
        return empty, column.dt.convert_time_zone("UTC").cast(INSTANT)
    if column.dtype == pl.Date:
        return column.cast(_NAIVE), None
    return _read_text(column.cast(pl.String), date_format)


def _read_text(texts: pl.Series, date_format: str | None) -> tuple[pl.Series, pl.Series | None]:
    local, utc = _read_formats(texts, (date_format,) if date_format else _ordered_formats(texts))
    unread = (
        local.is_null() & texts.is_not_null()
        if utc is None
        else local.is_null() & utc.is_null() & texts.is_not_null()
    )
    if date_format or not unread.any():
        return local, utc
    rows = unread.arg_true()
    again, again_utc = _read_formats(_year_first(texts.gather(rows).str.strip_chars()), _FORMATS)
    local = local.scatter(rows, again)
    if again_utc is not None:
        utc = pl.Series(texts.name, [None] * len(texts), dtype=INSTANT) if utc is None else utc
        utc = utc.scatter(rows, again_utc)
    return local, utc


def _ordered_formats(texts: pl.Series) -> tuple[str, ...]:
    """The formats, the one that reads most of a sample first."""
    sample = texts.drop_nulls().head(_SAMPLE)

    def read(pattern: str) -> int:
        return len(sample) - _strptime(sample, pattern).null_count()

    return tuple(sorted(_FORMATS, key=read, reverse=True))


def _read_formats(texts: pl.Series, patterns: tuple[str, ...]) -> tuple[pl.Series, pl.Series | None]:
    """Each format in turn on what the ones before could not read."""
    local = pl.Series(texts.name, [None] * len(texts), dtype=_NAIVE)
    utc: pl.Series | None = None
    rows = texts.is_not_null().arg_true()
    for pattern in patterns:
        if len(rows) == 0:
            break
        pending = texts if len(rows) == len(texts) else texts.gather(rows)
        read = _strptime(pending, pattern)
        if read.null_count() == len(read):
            continue
        if read.dtype == INSTANT:
            base = pl.Series(texts.name, [None] * len(texts), dtype=INSTANT) if utc is None else utc
            utc = base.scatter(rows, read)
        else:
            local = read if len(rows) == len(texts) else local.scatter(rows, read)
        rows = rows.filter(read.is_null())
    return local, utc


def _strptime(texts: pl.Series, pattern: str) -> pl.Series:
    if "z" in pattern:
        return texts.str.to_datetime(pattern, time_unit="us", strict=False).cast(INSTANT)
    if any(code in pattern for code in ("%H", "%I", "%T", "%R")):
        return texts.str.to_datetime(pattern, time_unit="us", strict=False)
    return texts.str.to_date(pattern, strict=False).cast(_NAIVE)


def _year_first(texts: pl.Series) -> pl.Series:
    """Day-first and month-first texts rewritten as ISO, null where the order is not certain."""
    parts = texts.str.extract_groups(_PARTS).struct.unnest()
    a, b = pl.col("a").cast(pl.Int32), pl.col("b").cast(pl.Int32)
    evidence = parts.select(
        day=(a > 12).any() | (pl.col("mark") == ".").any(),
        month=(b > 12).any(),
    ).row(0)
    day_only, month_only = evidence == (True, False), evidence == (False, True)
    day_first = (a > 12) | (pl.col("mark") == ".") | (a == b) | pl.lit(day_only)
    month_first = (b > 12) | pl.lit(month_only)

    def iso(month: str, day: str) -> pl.Expr:
        return pl.format(
            "{}-{}-{}{}", "year", pl.col(month).str.zfill(2), pl.col(day).str.zfill(2), pl.col("rest")
        )

    rewritten = pl.when(day_first).then(iso("b", "a")).when(month_first).then(iso("a", "b"))
    return parts.select(
        pl.when(pl.col("year").is_null()).then(pl.Series(texts)).otherwise(rewritten)
    ).to_series()


def localise(local: pl.Series, time_zone: str) -> Instants:
    """Return local times of the zone as UTC instants."""
    early = local.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    if time_zone == "UTC":
        return Instants(early)
    skipped = early.is_null() & local.is_not_null()
    late = local.dt.replace_time_zone(time_zone, ambiguous="latest", non_existent="null")
    ambiguous = int((early != late).sum())
    if skipped.any():
        shifted = local.dt.offset_by("1h").dt.replace_time_zone(
            time_zone, ambiguous="earliest", non_existent="null"
        )
        early = early.zip_with(~skipped, shifted)
    return Instants(early.dt.convert_time_zone("UTC"), ambiguous, int(skipped.sum()))
