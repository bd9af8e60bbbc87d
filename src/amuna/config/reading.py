"""Reading settings: amuna.toml and the environment fill the table; an unknown key is an error."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from urllib.parse import quote

from amuna.config.settings import FILE_NAME, SECTIONS, Settings, environment_name, setting_rows, toml_name
from amuna.domain.errors import SourceUnreadable, UnknownSetting
from amuna.domain.text import Text

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_OF_THE_COMMAND = {"AMUNA_WORKSPACE", "AMUNA_LANGUAGE"}
_ENVIRONMENT = Text("Variables de entorno", "the environment")


def load_settings(workspace: Path, *, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings of a workspace: defaults, then amuna.toml, then the environment.

    Raises
    ------
    SourceUnreadable
        If amuna.toml is not TOML.
    UnknownSetting
        If a key does not exist or a value has the wrong type.
    """
    path = workspace / FILE_NAME
    values: dict[str, object] = {}
    secrets: set[str] = set()
    if path.is_file():
        values.update(_from_toml(path))
        secrets.update(_VARIABLE.findall(path.read_text(encoding="utf-8")))
    values.update(_from_environment(os.environ if environment is None else environment, secrets))
    return Settings(**values)  # type: ignore[arg-type]


def filled(text: str, *, setting: str, environment: Mapping[str, str] | None = None) -> str:
    """An address with each `${NAME}` replaced by the environment variable, so that no password stands in a file.

    A variable that is only a part of the address may hold any character: it is written as addresses write it.

    Raises
    ------
    UnknownSetting
        If a variable is not set.
    """
    values = os.environ if environment is None else environment

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise UnknownSetting(
                Text(
                    "El ajuste {setting} necesita la variable de entorno {variable}, que no está definida.",
                    "Setting {setting} needs the environment variable {variable}, which is not set.",
                ),
                remedy=Text(
                    "Defínala antes del comando: export {variable}=…",
                    "Set it before the command: export {variable}=…",
                ),
                setting=setting,
                variable=found[1],
            )
        return values[found[1]] if found[0] == text else quote(values[found[1]], safe="")

    return _VARIABLE.sub(value, text)


def _from_toml(path: Path) -> dict[str, object]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceUnreadable(
            Text("{file} no es TOML válido: {said}.", "{file} is not valid TOML: {said}."),
            remedy=Text(
                "Corrija esa línea, o ejecute amuna init en una carpeta vacía.",
                "Correct that line, or run amuna init in an empty folder.",
            ),
            file=str(path),
            said=str(error),
        ) from error
    values: dict[str, object] = {}
    named: dict[str, object] = {}
    for section, content in document.items():
        if section in SECTIONS:
            named[section] = _named_sections(section, content, place=str(path))
            continue
        if not isinstance(content, dict):
            raise _unknown(section, place=str(path))
        for key, value in content.items():
            values[_checked_name(f"{section}.{key}", place=str(path))] = value
    return {name: _typed(name, value, place=str(path)) for name, value in values.items()} | named


def _named_sections(name: str, content: object, *, place: str) -> Mapping[str, object]:
    if isinstance(content, dict) and all(isinstance(section, dict) for section in content.values()):
        return content
    raise UnknownSetting(
        Text(
            "{place}: {setting} vale {found}; debe tener una sección [{setting}.NOMBRE] por cada uno.",
            "{place}: {setting} is {found}, expected a section for each of the {setting}.",
        ),
        remedy=Text(
            "Escriba [{setting}.NOMBRE] en una línea propia, y debajo lo que lleva: vea {page}.",
            "Write [{setting}.NAME] on a line of its own, and its keys below: see {page}.",
        ),
        place=place,
        setting=name,
        found=repr(content),
        page=SECTIONS[name],
    )


def _from_environment(environment: Mapping[str, str], secrets: set[str]) -> dict[str, object]:
    """Settings in the environment; `secrets` are the variables that amuna.toml names as `${NAME}`."""
    names = {environment_name(f.name): f.name for f in fields(Settings) if f.name not in SECTIONS}
    values: dict[str, object] = {}
    for variable, text in environment.items():
        if not variable.startswith("AMUNA_") or variable in _OF_THE_COMMAND:
            continue
        if variable in names:
            values[names[variable]] = _typed(names[variable], _parsed(names[variable], text), place=variable)
        elif variable not in secrets:
            raise _unknown(variable, place=_ENVIRONMENT, known=list(names))
    return values


def _checked_name(written: str, *, place: str) -> str:
    names = {toml_name(f.name): f.name for f in fields(Settings)}
    if written not in names:
        raise _unknown(written, place=place)
    return names[written]


def _unknown(written: str, *, place: Text | str, known: list[str] | None = None) -> UnknownSetting:
    known = known or [name for name, _, _ in setting_rows()]
    near = difflib.get_close_matches(written, known, n=1, cutoff=0.0)
    return UnknownSetting(
        Text(
            "{place}: no existe el ajuste '{setting}'; el más parecido es '{nearest}'.",
            "{place}: there is no setting '{setting}'; the nearest is '{nearest}'.",
        ),
        remedy=Text("docs/settings.md los enumera todos.", "docs/settings.md lists them all."),
        place=place,
        setting=written,
        nearest=near[0],
    )


def _parsed(name: str, text: str) -> object:
    default = getattr(Settings(), name)
    if isinstance(default, str):
        return text
    try:
        return int(text) if isinstance(default, int) else float(text)
    except ValueError:
        return text


_KINDS = {
    str: Text("un texto", "a text"),
    int: Text("un número entero", "a whole number"),
    float: Text("un número", "a number"),
}


def _typed(name: str, value: object, *, place: str) -> object:
    default = getattr(Settings(), name)
    if isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if type(value) is type(default):
        return value
    expected = _KINDS[type(default)]
    if default != "":
        expected = Text("{kind}, como {example!r}", "{kind} such as {example!r}").fill(
            kind=expected, example=default
        )
    raise UnknownSetting(
        Text(
            "{place}: {setting} vale {found}; debe ser {expected}.",
            "{place}: {setting} is {found}, expected {expected}.",
        ),
        remedy=Text("Corrija el valor.", "Correct the value."),
        place=place,
        setting=toml_name(name),
        found=repr(value),
        expected=expected,
    )
