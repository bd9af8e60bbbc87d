"""Source settings: where a feed comes from, beside what its columns mean, in one section of amuna.toml."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar
from urllib.parse import quote

from amuna.domain.errors import UnknownSetting
from amuna.domain.text import Text
from amuna.feeds.feed_map import FeedMap

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_KINDS = {
    str: Text("un texto entre comillas", "a text in quotes"),
    int: Text("un número entero", "a whole number"),
    float: Text("un número", "a number"),
    bool: Text("true o false", "true or false"),
}
Settings = TypeVar("Settings")


@dataclass(frozen=True)
class Section:
    """The keys of `[feeds.NAME]`, parted: what the columns mean, and how the source is reached."""

    name: str
    columns: dict[str, object]
    source: dict[str, object]


@dataclass(frozen=True)
class FileSource:
    """Keys of a feed whose source is a file or folder, relative to the workspace."""

    source: str = ""


def split_section(section: Mapping[str, object], *, name: str) -> Section:
    """Part the section `[feeds.NAME]` into the keys of a FeedMap and all others.

    `columns` goes to `feed_map_from_settings`, the result to `source_settings`.
    """
    known = _feed_map_keys()
    return Section(
        name,
        {key: value for key, value in section.items() if key in known},
        {key: value for key, value in section.items() if key not in known},
    )


def scheme_of(url: object) -> str:
    """`mssql` of `mssql+pyodbc://host/db`, `kafka` of `kafka://host/topic`; empty where there is none."""
    scheme = re.match(r"([a-z]\w*)(\+\w+)?://", str(url or ""))
    return scheme[1] if scheme else ""


def source_of(section: Section, *, environment: Mapping[str, str] | None = None) -> str:
    """The section's `source` with its variables filled, as `source_settings` fills them; empty where it says none."""
    text = _typed("source", section.source.get("source", ""), section, default="")
    return _filled("source", text, section, os.environ if environment is None else environment)


def source_settings(
    section: Section, kind: type[Settings], *, environment: Mapping[str, str] | None = None
) -> Settings:
    """Settings of a source, as a dataclass of its kind.

    Every field of `kind` has a default, whose type its key must have; a field's metadata may hold `least`, the
    smallest number allowed. `${NAME}` in a text is filled from the environment, percent-encoded where it is the
    user, the password or an option of a URL.

    Parameters
    ----------
    section
        The parted section.
    kind
        A dataclass such as `SqlSource`; its fields are the keys.
    environment
        Instead of the process's own.

    Raises
    ------
    UnknownSetting
        If a key does not exist, a value has the wrong type, or a variable is not set.
    """
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, value in section.source.items():
        if key not in known:
            raise _unknown(key, section, known=[*known, *_feed_map_keys()])
        checked = _typed(key, value, section, default=known[key].default)
        least = known[key].metadata.get("least")
        if least is not None and checked < least:
            raise _refused(key, value, section, expected=Text(f"{least} o más", f"{least} or more"))
        if isinstance(checked, str):
            checked = _filled(key, checked, section, os.environ if environment is None else environment)
        values[key] = checked
    return kind(**values)


def from_environment(
    key: str, value: object, section: Section, *, environment: Mapping[str, str] | None = None
) -> object:
    """The value of a key; where it is a text, with its `${NAME}` filled from the environment."""
    known = os.environ if environment is None else environment
    return _filled(key, value, section, known) if isinstance(value, str) else value


def _feed_map_keys() -> list[str]:
    return [field.name for field in fields(FeedMap)]


def _typed(key: str, value: object, section: Section, *, default: object) -> Any:
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is type(default):
        return value
    raise _refused(key, value, section, expected=_KINDS[type(default)])


def _filled(key: str, text: str, section: Section, environment: Mapping[str, str]) -> str:
    """The text with its variables; what stands before the @ of a URL, or after its ?, is percent-encoded."""
    is_url = bool(scheme_of(text))
    at, options = (text.rfind("@"), text.find("?")) if is_url else (-1, -1)

    def fill(match: re.Match[str]) -> str:
        if match[1] not in environment:
            raise UnknownSetting(
                Text(
                    "[feeds.{feed}] {key} necesita la variable de entorno {variable}, que no está definida.",
                    "[feeds.{feed}] {key} needs the environment variable {variable}, which is not set.",
                ),
                remedy=Text(
                    "Defínala antes del comando: export {variable}=…",
                    "Set it before the command: export {variable}=…",
                ),
                setting=f"feeds.{section.name}.{key}",
                feed=section.name,
                key=key,
                variable=match[1],
            )
        value = environment[match[1]]
        encoded = match.start() < at or (options != -1 and match.start() > options)
        return quote(value, safe="") if encoded else value

    return _VARIABLE.sub(fill, text)


def _unknown(key: str, section: Section, *, known: list[str]) -> UnknownSetting:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]
    return UnknownSetting(
        Text(
            "[feeds.{feed}] no tiene un ajuste '{key}'; el más parecido es '{nearest}'.",
            "[feeds.{feed}] has no setting '{key}'; the nearest is '{nearest}'.",
        ),
        remedy=Text("Ajustes de un origen de datos: {known}.", "Settings of a feed: {known}."),
        setting=f"feeds.{section.name}.{key}",
        feed=section.name,
        key=key,
        nearest=near,
        known=known,
    )


def _refused(key: str, value: object, section: Section, *, expected: Text) -> UnknownSetting:
    return UnknownSetting(
        Text(
            "[feeds.{feed}] {key}: se encontró {found!r}, se esperaba {expected}.",
            "[feeds.{feed}] {key}: found {found!r}, expected {expected}.",
        ),
        remedy=Text(
            "Corrija {key} bajo [feeds.{feed}] en amuna.toml.",
            "Correct {key} under [feeds.{feed}] in amuna.toml.",
        ),
        setting=f"feeds.{section.name}.{key}",
        feed=section.name,
        key=key,
        found=value,
        expected=expected,
    )
