"""Scenario file: scenarios out of TOML, every key checked."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from amuna.domain.errors import UnknownSetting
from amuna.domain.text import Text
from amuna.forecasting.longterm.drivers import DRIVERS, Spread, certain
from amuna.forecasting.longterm.scenarios import BASE, Scenario

_REMEDY = Text(
    "docs/planning.md muestra los campos de un escenario.", "docs/planning.md lists the fields of a scenario."
)
_MISSING = Text("nada", "missing")
_START = "start"
_NUMBERS = {
    "growth_percent": (-10.0, 20.0),
    "growth_zone_percent": (0.0, 20.0),
    "price_percent": (-50.0, 200.0),
    "first_year_share": (0.01, 1.0),
    "efficiency_ceiling_percent": (1.0, 90.0),
}
_YEARS = {"price_years": (1, 50), "losses_years": (1, 50)}
_KEYS = tuple(f.name for f in fields(Scenario) if f.name != "name")


def parse_scenarios(
    content: Mapping[str, object], *, place: str, known: Sequence[Scenario]
) -> tuple[Scenario, ...]:
    """The scenarios of a TOML document, in its order.

    Parameters
    ----------
    place
        File, for messages.
    known
        Scenarios that one of the document may start from, besides those that stand before it there.

    Raises
    ------
    UnknownSetting
        If a key is unknown or a value impossible; the message names file and field.
    """
    sections = content.get("scenarios")
    for key in content:
        if key != "scenarios":
            raise _unknown(key, place, ["scenarios"])
    if not isinstance(sections, Mapping) or not sections:
        raise _wrong(
            place,
            "scenarios",
            sections,
            Text(
                "una sección [scenarios.NOMBRE] por escenario", "a section [scenarios.NAME] for each scenario"
            ),
        )
    by_name = {scenario.name: scenario for scenario in known}
    out = []
    for name, section in sections.items():
        scenario = _scenario(name, section, place=place, known=by_name)
        by_name[name] = scenario
        out.append(scenario)
    return tuple(out)


def _scenario(name: str, section: object, *, place: str, known: Mapping[str, Scenario]) -> Scenario:
    path = f"scenarios.{name}"
    if not isinstance(section, Mapping):
        raise _wrong(place, path, section, Text("una sección propia", "a section of its own"))
    for key in section:
        if key not in (*_KEYS, _START):
            raise _unknown(f"{path}.{key}", place, [f"{path}.{known_key}" for known_key in (*_KEYS, _START)])
    start = section.get(_START, BASE.name)
    if start not in known:
        names = Text("uno de {names}", "one of {names}").fill(names=", ".join(known))
        raise _wrong(place, f"{path}.{_START}", start, names)
    values = {
        key: _value(key, value, place=place, path=path) for key, value in section.items() if key != _START
    }
    return replace(known[str(start)], name=name, **values)  # type: ignore[arg-type]


def _value(key: str, value: object, *, place: str, path: str) -> float | int | Spread:
    field = f"{path}.{key}"
    if key in DRIVERS:
        return _spread(key, value, place=place, field=field)
    if key in _YEARS:
        low, high = _YEARS[key]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            whole = Text("un número entero entre {low} y {high}", "a whole number between {low} and {high}")
            raise _wrong(place, field, value, whole.fill(low=low, high=high))
        return value
    return _number(value, *_NUMBERS[key], place=place, field=field)


def _spread(key: str, value: object, *, place: str, field: str) -> Spread:
    least, most = DRIVERS[key].least, DRIVERS[key].most
    if not isinstance(value, Mapping):
        return certain(_number(value, least, most, place=place, field=field))
    parts = ("central", "low", "high")
    for part in value:
        if part not in parts:
            raise _unknown(f"{field}.{part}", place, [f"{field}.{known}" for known in parts])
    for part in parts:
        if part not in value:
            raise _wrong(
                place,
                field,
                dict(value),
                Text(
                    "{ central = …, low = …, high = … }, o un número",
                    "{ central = …, low = …, high = … }, or one number",
                ),
            )
    central, low, high = (
        _number(value[part], least, most, place=place, field=f"{field}.{part}") for part in parts
    )
    if not low <= central <= high:
        raise _wrong(place, field, f"{low:g}, {central:g}, {high:g}", Text.both("low ≤ central ≤ high"))
    return Spread(central, low, high)


def _number(value: object, low: float, high: float, *, place: str, field: str) -> float:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not fits or not low <= float(value) <= high:  # type: ignore[arg-type]
        number = Text("un número entre {low:g} y {high:g}", "a number between {low:g} and {high:g}")
        raise _wrong(place, field, value, number.fill(low=low, high=high))
    return float(value)  # type: ignore[arg-type]


def _wrong(place: str, field: str, found: object, expected: Text) -> UnknownSetting:
    return UnknownSetting(
        Text(
            "{file}: {setting} es {found}; se espera {expected}.",
            "{file}: {setting} is {found}; expected {expected}.",
        ),
        remedy=_REMEDY,
        file=place,
        setting=field,
        found=_MISSING if found is None else found,
        expected=expected,
    )


def _unknown(field: str, place: str, known: list[str]) -> UnknownSetting:
    near = difflib.get_close_matches(field, known, n=1, cutoff=0.0)[0]
    return UnknownSetting(
        Text(
            "{file}: no existe {setting}; lo más parecido es {near}.",
            "{file}: there is no {setting}; the nearest is {near}.",
        ),
        remedy=_REMEDY,
        file=place,
        setting=field,
        near=near,
    )
