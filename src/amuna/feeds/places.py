"""Places: where weather is of interest, as the sections [places.NAME] of amuna.toml say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from amuna.domain.errors import UnknownSetting
from amuna.domain.text import Text

_LIMITS = {"latitude": 90.0, "longitude": 180.0}


@dataclass(frozen=True)
class Place:
    """A place, with its position in degrees north and east."""

    name: str
    latitude: float
    longitude: float


def places_from_settings(sections: Mapping[str, Mapping[str, object]]) -> list[Place]:
    """The places of a workspace, in the order of the file.

    Raises
    ------
    UnknownSetting
        If there is none, a key is missing or unknown, or a position is none.
    """
    if not sections:
        raise UnknownSetting(
            Text(
                "No se nombra ningún lugar, así que no hay clima que pedir.",
                "No place is named, so there is no weather to ask for.",
            ),
            remedy=Text(
                "Agregue a amuna.toml: [places.NOMBRE], y debajo latitude = -12.05 y longitude = -77.04.",
                "Add to amuna.toml: [places.NAME], and below it latitude = -12.05 and longitude = -77.04.",
            ),
            setting="places",
        )
    return [_place(name, section) for name, section in sections.items()]


def _place(name: str, section: Mapping[str, object]) -> Place:
    if set(section) != set(_LIMITS):
        raise UnknownSetting(
            Text(
                "[{setting}] tiene {found}; se esperaba latitude y longitude.",
                "[{setting}] has {found}; expected latitude and longitude.",
            ),
            remedy=Text(
                "Escriba latitude = -12.05 y longitude = -77.04 bajo [{setting}] en amuna.toml.",
                "Write latitude = -12.05 and longitude = -77.04 under [{setting}] in amuna.toml.",
            ),
            setting=f"places.{name}",
            found=list(section) or Text("ninguna clave", "no keys"),
        )
    for key, limit in _LIMITS.items():
        value = section[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= limit:
            raise UnknownSetting(
                Text(
                    "[places.{place}] {key}: se encontró {found!r}, se esperaban grados entre -{limit:g} y {limit:g}.",
                    "[places.{place}] {key}: found {found!r}, expected degrees between -{limit:g} and {limit:g}.",
                ),
                remedy=Text(
                    "Corrija {key} bajo [places.{place}] en amuna.toml.",
                    "Correct {key} under [places.{place}] in amuna.toml.",
                ),
                setting=f"places.{name}.{key}",
                place=name,
                key=key,
                found=value,
                limit=limit,
            )
    return Place(name, float(str(section["latitude"])), float(str(section["longitude"])))
