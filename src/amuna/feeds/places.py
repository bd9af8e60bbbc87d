"""Places: where weather is of interest, as the sections [places.NAME] of amuna.toml say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from amuna.domain.errors import UnknownSetting

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
            "No place is named, so there is no weather to ask for.",
            remedy="Add to amuna.toml: [places.NAME], and below it latitude = -12.05 and longitude = -77.04.",
            setting="places",
        )
    return [_place(name, section) for name, section in sections.items()]


def _place(name: str, section: Mapping[str, object]) -> Place:
    if set(section) != set(_LIMITS):
        raise UnknownSetting(
            f"[places.{name}] has {', '.join(section) or 'no keys'}; expected latitude and longitude.",
            remedy=f"Write latitude = -12.05 and longitude = -77.04 under [places.{name}] in amuna.toml.",
            setting=f"places.{name}",
        )
    for key, limit in _LIMITS.items():
        value = section[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= limit:
            raise UnknownSetting(
                f"[places.{name}] {key}: found {value!r}, expected degrees between -{limit:g} and {limit:g}.",
                remedy=f"Correct {key} under [places.{name}] in amuna.toml.",
                setting=f"places.{name}.{key}",
                found=value,
            )
    return Place(name, float(str(section["latitude"])), float(str(section["longitude"])))
