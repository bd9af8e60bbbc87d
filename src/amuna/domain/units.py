"""Units of measurement, and the only function that converts between them."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

import numpy as np
import polars as pl

from amuna.domain.errors import UnknownUnit
from amuna.domain.text import Text

Values = TypeVar("Values", float, np.ndarray, pl.Series, pl.Expr)


class Unit(StrEnum):
    """A unit of volume or flow, spelled as users spell it."""

    CUBIC_METRE = "m3"
    LITRE = "L"
    MEGALITRE = "ML"
    US_GALLON = "gal"
    CUBIC_FOOT = "ft3"
    HUNDRED_CUBIC_FEET = "ccf"
    CUBIC_METRE_PER_HOUR = "m3/h"
    CUBIC_METRE_PER_DAY = "m3/d"
    LITRE_PER_SECOND = "L/s"


# Exact by definition: the US gallon is 231 cubic inches, the foot 0.3048 m (NIST SP 811, appendix B.8).
_CUBIC_FOOT_M3 = 0.3048**3
_FACTORS: dict[Unit, tuple[str, float]] = {
    Unit.CUBIC_METRE: ("volume", 1.0),
    Unit.LITRE: ("volume", 1e-3),
    Unit.MEGALITRE: ("volume", 1e3),
    Unit.US_GALLON: ("volume", 231 * 0.0254**3),
    Unit.CUBIC_FOOT: ("volume", _CUBIC_FOOT_M3),
    Unit.HUNDRED_CUBIC_FEET: ("volume", 100 * _CUBIC_FOOT_M3),
    Unit.CUBIC_METRE_PER_HOUR: ("flow", 1.0),
    Unit.CUBIC_METRE_PER_DAY: ("flow", 1 / 24),
    Unit.LITRE_PER_SECOND: ("flow", 3.6),
}
_QUANTITIES = {"volume": Text("volumen", "volume"), "flow": Text("caudal", "flow")}
_SPELLINGS = {
    "m³": "m3",
    "m^3": "m3",
    "kl": "m3",
    "l": "L",
    "litre": "L",
    "litres": "L",
    "liter": "L",
    "liters": "L",
    "litro": "L",
    "litros": "L",
    "ml": "ML",
    "gallon": "gal",
    "gallons": "gal",
    "cf": "ft3",
    "hcf": "ccf",
    "m³/h": "m3/h",
    "l/s": "L/s",
    "lps": "L/s",
}


def parse_unit(text: str) -> Unit:
    """Return the unit a user wrote.

    Raises
    ------
    UnknownUnit
        If no unit has that spelling.
    """
    spelled = _SPELLINGS.get(text.strip().lower(), text.strip())
    for unit in Unit:
        if unit.value.lower() == spelled.lower():
            return unit
    raise UnknownUnit(
        Text("No se conoce la unidad '{found}'.", "Unknown unit '{found}'."),
        remedy=Text("Use una de: {known}.", "Use one of: {known}."),
        found=text,
        known=list(Unit),
    )


def convert(values: Values, source: Unit, *, to: Unit) -> Values:
    """Convert values from one unit to another of the same quantity.

    Raises
    ------
    UnknownUnit
        If one measures a volume and the other a flow.
    """
    (source_kind, source_factor), (target_kind, target_factor) = _FACTORS[source], _FACTORS[to]
    if source_kind != target_kind:
        raise UnknownUnit(
            Text(
                "No se puede convertir {found} ({found_kind}) a {expected} ({expected_kind}).",
                "Cannot convert {found} ({found_kind}) to {expected} ({expected_kind}).",
            ),
            remedy=Text("Indique una unidad de {expected_kind}.", "Give a unit of {expected_kind}."),
            found=str(source),
            found_kind=_QUANTITIES[source_kind],
            expected=str(to),
            expected_kind=_QUANTITIES[target_kind],
        )
    if source == to:
        return values
    return values * (source_factor / target_factor)
