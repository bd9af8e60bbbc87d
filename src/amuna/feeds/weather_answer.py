"""Weather answers: the JSON of an API in Open-Meteo's shape as raw rows, one for each hour."""

from __future__ import annotations

import json
from collections.abc import Mapping

import polars as pl

from amuna.domain.errors import ColumnMismatch, SourceUnreadable, UnknownTimeZone
from amuna.feeds.answer_cache import Answer

VARIABLES = (
    "temperature_2m",
    "apparent_temperature",
    "relative_humidity_2m",
    "precipitation",
    "wind_speed_10m",
)


def weather_rows(answer: Answer, *, place: str, source: str) -> pl.DataFrame:
    """Hours of an answer as they came: texts, and null where the API has no value.

    Returns
    -------
    pl.DataFrame
        Columns `_row`, `place`, `time`, the `VARIABLES`, `units` (a struct of the same names) and `fetched_at`,
        shape (n_hours, 10).

    Raises
    ------
    SourceUnreadable
        If the answer is not of Open-Meteo's shape.
    ColumnMismatch
        If a variable is missing, or has more or fewer values than there are hours.
    UnknownTimeZone
        If the hours are not in GMT.
    """
    body = _object(answer.body, "the answer", source)
    hourly = _object(body.get("hourly"), "hourly", source)
    units = _object(body.get("hourly_units"), "hourly_units", source)
    _require_gmt(body, units, source)
    times = _values(hourly, "time", source)
    columns = {name: _values(hourly, name, source) for name in VARIABLES}
    for name, values in columns.items():
        if len(values) != len(times):
            raise ColumnMismatch(
                f"{source}: {name} has {len(values)} values for {len(times)} hours.",
                remedy="Ask again; if it stays so, report it to the makers of the API.",
                file=source,
                column=name,
            )
    texts = {name: pl.Series(name, [_text(v) for v in values], pl.String) for name, values in columns.items()}
    unit_texts = {name: str(units.get(name, "")) for name in VARIABLES}
    return pl.DataFrame({"time": pl.Series([_text(t) for t in times], dtype=pl.String), **texts}).select(
        _row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        place=pl.lit(place),
        **{name: pl.col(name) for name in ("time", *VARIABLES)},
        units=pl.struct([pl.lit(unit).alias(name) for name, unit in unit_texts.items()]),
        fetched_at=pl.lit(answer.fetched_at.isoformat()),
    )


def _object(value: object, name: str, source: str) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    raise SourceUnreadable(
        f"{source}: expected {name} to be a JSON object, found {_shown(value)}.",
        remedy="Set weather.url to an API in the shape of Open-Meteo's.",
        file=source,
    )


def _values(hourly: Mapping[str, object], name: str, source: str) -> list[object]:
    values = hourly.get(name)
    if isinstance(values, list):
        return values
    raise ColumnMismatch(
        f"{source}: expected a list of values for hourly.{name}, found {_shown(values)}.",
        remedy=f"Amuna needs time, {', '.join(VARIABLES)}: set weather.url to an API that has them all.",
        file=source,
        column=name,
    )


def _require_gmt(body: Mapping[str, object], units: Mapping[str, object], source: str) -> None:
    """Local hours repeat or are skipped when the clocks change, and the answer does not say which is which."""
    offset, written = body.get("utc_offset_seconds"), units.get("time")
    if offset != 0 or written != "iso8601":
        raise UnknownTimeZone(
            f"{source}: expected ISO times in GMT, found {written!r} with an offset of {offset!r} s.",
            remedy="Amuna asks for timezone=GMT: set weather.url to an API that heeds it.",
            file=source,
            found=offset,
        )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) or value is None else json.dumps(value)


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(value)[:80]
