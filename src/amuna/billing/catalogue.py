"""Catalogue: the tariffs that Amuna ships and those of the workspace, read from TOML and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise
from typing import Any

from amuna.billing.tariff import Tariff
from amuna.billing.tariff_file import parse_tariff
from amuna.domain.errors import UnknownSetting
from amuna.domain.text import Text


@dataclass(frozen=True)
class Chosen:
    """A tariff for a day, and whether it is in force then; else it is the nearest in time."""

    tariff: Tariff
    in_force: bool


@dataclass(frozen=True)
class Catalogue:
    """Every version of every tariff, by name and date."""

    tariffs: tuple[Tariff, ...]

    def on(self, tariff: str, day: date) -> Chosen:
        """The version that holds on a day; the nearest where none does.

        Raises
        ------
        UnknownSetting
            If no version has this name.
        """
        versions = [found for found in self.tariffs if found.tariff == tariff]
        if not versions:
            known = ", ".join(sorted({found.tariff for found in self.tariffs}))
            raise UnknownSetting(
                Text(
                    "No hay ninguna tarifa {found!r}; se conocen: {known}.",
                    "There is no tariff {found!r}; known are: {known}.",
                ),
                remedy=Text(
                    "Corrija billing.tariff en amuna.toml; amuna tariffs las muestra.",
                    "Correct billing.tariff in amuna.toml; amuna tariffs lists them.",
                ),
                setting="billing.tariff",
                found=tariff,
                known=known,
            )
        for found in versions:
            if found.holds_on(day):
                return Chosen(found, True)
        return Chosen(min(versions, key=lambda found: _distance(found, day)), False)


def _distance(tariff: Tariff, day: date) -> int:
    last = tariff.valid_until or date.max
    return max((tariff.valid_from - day).days, (day - last).days)


def catalogue(sections: Mapping[str, Mapping[str, object]], *, place: str) -> Catalogue:
    """Shipped tariffs, and those of the sections: one of the same name replaces what is shipped.

    Parameters
    ----------
    sections
        Content of each `[tariffs.NAME]`.
    place
        File they come from, for messages.

    Raises
    ------
    UnknownSetting
        If a tariff is not whole and sound, or two versions of one hold on the same day.
    """
    found = {name: parse_tariff(name, content, place=file) for name, file, content in _shipped()}
    found |= {
        name: parse_tariff(name, content, place=f"{place} [tariffs.{name}]")
        for name, content in sections.items()
    }
    ordered = tuple(sorted(found.values(), key=lambda tariff: (tariff.tariff, tariff.valid_from)))
    return Catalogue(_without_overlap(ordered, place))


def _shipped() -> list[tuple[str, str, dict[str, Any]]]:
    folder = files("amuna.billing") / "tariffs"
    toml = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda f: f.name)
    return [
        (file.name.removesuffix(".toml"), file.name, tomllib.loads(file.read_text(encoding="utf-8")))
        for file in toml
    ]


def _without_overlap(ordered: tuple[Tariff, ...], place: str) -> tuple[Tariff, ...]:
    """A version without an end lasts until the next begins; two that say they hold on the same day are refused."""
    out = list(ordered)
    for i, (earlier, later) in enumerate(pairwise(ordered)):
        if earlier.tariff != later.tariff:
            continue
        if earlier.valid_from == later.valid_from or (
            earlier.valid_until is not None and earlier.valid_until >= later.valid_from
        ):
            raise UnknownSetting(
                Text(
                    "{file}: las tarifas {earlier} y {later} rigen ambas el {day}.",
                    "{file}: tariffs {earlier} and {later} are both valid on {day}.",
                ),
                remedy=Text(
                    "Corrija valid_from o valid_until de una de las dos.",
                    "Correct valid_from or valid_until of one of them.",
                ),
                setting=f"tariffs.{later.name}.valid_from",
                file=place,
                earlier=earlier.name,
                later=later.name,
                day=later.valid_from,
            )
        if earlier.valid_until is None:
            out[i] = replace(earlier, valid_until=later.valid_from - timedelta(days=1))
    return tuple(out)
