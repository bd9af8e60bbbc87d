"""Values of the section of a feed: what each of its keys can take."""

from __future__ import annotations

from typing import Literal, get_args

from amuna.domain.errors import UnknownSetting, UnknownTimeZone, UnknownUnit
from amuna.domain.text import Text
from amuna.domain.time import parse_time_zone
from amuna.domain.units import Unit, convert, parse_unit

Kind = Literal["consumption", "register", "accounts", "flow", "weather", "zones"]


def checked(key: str, value: object, *, section: str, flow: bool) -> object:
    """The value of a key, as the feed map takes it.

    Raises
    ------
    UnknownSetting, UnknownUnit, UnknownTimeZone
        If it can take no such value.
    """
    if key == "min_readings":
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        raise _refused(
            key,
            value,
            expected=Text("un número entero de lecturas", "a whole number of readings"),
            section=section,
        )
    if not isinstance(value, str):
        raise _refused(
            key, value, expected=Text("un texto entre comillas", "a text in quotes"), section=section
        )
    choices = {"kind": get_args(Kind), "decimal": (".", ",")}.get(key)
    if choices and value not in choices:
        quoted = [f'"{choice}"' for choice in choices]
        raise _refused(key, value, expected=Text(" o ".join(quoted), " or ".join(quoted)), section=section)
    if key == "delimiter" and len(value.encode()) != 1:
        raise _refused(key, value, expected=Text("un solo carácter", "one character"), section=section)
    if key == "encoding":
        _require_encoding(value, section=section)
    if key == "unit":
        return unit_of(value, section=section, of=Unit.CUBIC_METRE_PER_HOUR if flow else Unit.CUBIC_METRE)
    if key == "time_zone":
        require_zone(value, section=section)
    return value


def _refused(key: str, value: object, *, expected: Text, section: str) -> UnknownSetting:
    return UnknownSetting(
        Text(
            "{section} {setting}: se encontró {found!r}, se esperaba {expected}.",
            "{section} {setting}: found {found!r}, expected {expected}.",
        ),
        remedy=Text(
            "Corrija {setting} bajo {section} en amuna.toml.",
            "Correct {setting} under {section} in amuna.toml.",
        ),
        section=section,
        setting=key,
        found=value,
        expected=expected,
    )


def _require_encoding(value: str, *, section: str) -> None:
    try:
        "".encode(value)
    except LookupError as error:
        expected = Text('"utf-8", "latin-1" u otra', '"utf-8", "latin-1" or another')
        raise _refused("encoding", value, expected=expected, section=section) from error


def unit_of(text: str, *, section: str, of: Unit = Unit.CUBIC_METRE) -> Unit:
    """The unit a user wrote, of the same quantity as `of`."""
    example = "L" if of is Unit.CUBIC_METRE else "L/s"
    try:
        unit = parse_unit(text)
        convert(1.0, unit, to=of)
    except UnknownUnit as error:
        raise UnknownUnit(
            Text.both("{section} unit: {cause}"),
            remedy=Text(
                '{advice} Por ejemplo, unit = "{example}" bajo {section} en amuna.toml.',
                '{advice} For example unit = "{example}" under {section} in amuna.toml.',
            ),
            section=section,
            setting="unit",
            found=text,
            cause=error.problem,
            advice=error.remedy,
            example=example,
        ) from error
    return unit


def require_zone(text: str, *, section: str) -> None:
    """Refuse a time zone that does not exist."""
    try:
        parse_time_zone(text)
    except UnknownTimeZone as error:
        raise UnknownTimeZone(
            Text.both("{section} time_zone: {cause}"),
            remedy=Text(
                '{advice} Por ejemplo, time_zone = "America/Lima" bajo {section} en amuna.toml.',
                '{advice} For example time_zone = "America/Lima" under {section} in amuna.toml.',
            ),
            section=section,
            setting="time_zone",
            found=text,
            cause=error.problem,
            advice=error.remedy,
        ) from error
