"""Weather answers: the JSON of an API in Open-Meteo's shape as raw rows, one for each hour."""

from __future__ import annotations

import json
from collections.abc import Mapping

import polars as pl

from amuna.domain.errors import ColumnMismatch, SourceUnreadable, UnknownTimeZone
from amuna.domain.text import Text
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
    body = _object(answer.body, Text("la respuesta", "the answer"), source)
    hourly = _object(body.get("hourly"), Text.both("hourly"), source)
    units = _object(body.get("hourly_units"), Text.both("hourly_units"), source)
    _require_gmt(body, units, source)
    times = _values(hourly, "time", source)
    columns = {name: _values(hourly, name, source) for name in VARIABLES}
    for name, values in columns.items():
        if len(values) != len(times):
            raise ColumnMismatch(
                Text(
                    "{file}: {column} trae {values} valores para {hours} horas.",
                    "{file}: {column} has {values} values for {hours} hours.",
                ),
                remedy=Text(
                    "Pídala de nuevo; si sigue igual, avise a quienes hacen la API.",
                    "Ask again; if it stays so, report it to the makers of the API.",
                ),
                file=source,
                column=name,
                values=len(values),
                hours=len(times),
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


def _object(value: object, name: Text, source: str) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    raise SourceUnreadable(
        Text(
            "{file}: se esperaba que {part} fuera un objeto JSON, se encontró {found}.",
            "{file}: expected {part} to be a JSON object, found {found}.",
        ),
        remedy=Text(
            "Indique en weather.url una API con la forma de la de Open-Meteo.",
            "Set weather.url to an API in the shape of Open-Meteo's.",
        ),
        file=source,
        part=name,
        found=_shown(value),
    )


def _values(hourly: Mapping[str, object], name: str, source: str) -> list[object]:
    values = hourly.get(name)
    if isinstance(values, list):
        return values
    raise ColumnMismatch(
        Text(
            "{file}: se esperaba una lista de valores en hourly.{column}, se encontró {found}.",
            "{file}: expected a list of values for hourly.{column}, found {found}.",
        ),
        remedy=Text(
            "Amuna necesita {needed}: indique en weather.url una API que los tenga todos.",
            "Amuna needs {needed}: set weather.url to an API that has them all.",
        ),
        file=source,
        column=name,
        found=_shown(values),
        needed=["time", *VARIABLES],
    )


def _require_gmt(body: Mapping[str, object], units: Mapping[str, object], source: str) -> None:
    """Local hours repeat or are skipped when the clocks change, and the answer does not say which is which."""
    offset, written = body.get("utc_offset_seconds"), units.get("time")
    if offset != 0 or written != "iso8601":
        raise UnknownTimeZone(
            Text(
                "{file}: se esperaban horas ISO en GMT, se encontró {format!r} con un desfase de {found!r} s.",
                "{file}: expected ISO times in GMT, found {format!r} with an offset of {found!r} s.",
            ),
            remedy=Text(
                "Amuna pide timezone=GMT: indique en weather.url una API que lo respete.",
                "Amuna asks for timezone=GMT: set weather.url to an API that heeds it.",
            ),
            file=source,
            format=written,
            found=offset,
        )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) or value is None else json.dumps(value)


def _shown(value: object) -> Text:
    return Text("nada", "nothing") if value is None else Text.both(repr(value)[:80])
