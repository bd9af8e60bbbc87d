"""Units against their definitions."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from amuna.domain.errors import UnknownUnit
from amuna.domain.units import Unit, convert, parse_unit


@pytest.mark.parametrize(
    ("value", "unit", "cubic_metres"),
    [
        (1000.0, Unit.LITRE, 1.0),
        (1.0, Unit.MEGALITRE, 1000.0),
        (1.0, Unit.US_GALLON, 3.785411784e-3),  # NIST SP 811, appendix B.8
        (1.0, Unit.CUBIC_FOOT, 2.8316846592e-2),
        (1.0, Unit.HUNDRED_CUBIC_FEET, 2.8316846592),
        (1.0, Unit.CUBIC_METRE, 1.0),
    ],
)
def test_volumes_in_cubic_metres(value: float, unit: Unit, cubic_metres: float) -> None:
    assert convert(value, unit, to=Unit.CUBIC_METRE) == pytest.approx(cubic_metres, rel=1e-12)
    assert convert(cubic_metres, Unit.CUBIC_METRE, to=unit) == pytest.approx(value, rel=1e-12)


def test_flows() -> None:
    assert convert(1.0, Unit.LITRE_PER_SECOND, to=Unit.CUBIC_METRE_PER_HOUR) == pytest.approx(3.6)
    assert convert(24.0, Unit.CUBIC_METRE_PER_DAY, to=Unit.CUBIC_METRE_PER_HOUR) == pytest.approx(1.0)
    assert convert(1.0, Unit.LITRE_PER_SECOND, to=Unit.CUBIC_METRE_PER_DAY) == pytest.approx(86.4)


def test_arrays_and_columns_convert_like_numbers() -> None:
    np.testing.assert_allclose(convert(np.array([1.0, np.nan]), Unit.MEGALITRE, to=Unit.LITRE), [1e6, np.nan])
    frame = pl.DataFrame({"v": [500.0, None]}).select(convert(pl.col("v"), Unit.LITRE, to=Unit.CUBIC_METRE))
    assert frame["v"].to_list() == [0.5, None]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("m3", Unit.CUBIC_METRE),
        (" M³ ", Unit.CUBIC_METRE),
        ("l", Unit.LITRE),
        ("Litros", Unit.LITRE),
        ("ML", Unit.MEGALITRE),
        ("CCF", Unit.HUNDRED_CUBIC_FEET),
        ("hcf", Unit.HUNDRED_CUBIC_FEET),
        ("gallons", Unit.US_GALLON),
        ("l/s", Unit.LITRE_PER_SECOND),
        ("m³/h", Unit.CUBIC_METRE_PER_HOUR),
    ],
)
def test_units_are_read_as_users_spell_them(text: str, unit: Unit) -> None:
    assert parse_unit(text) is unit


@pytest.mark.parametrize("unit", list(Unit))
def test_every_unit_reads_its_own_spelling(unit: Unit) -> None:
    assert parse_unit(unit.value) is unit


def test_unknown_units_and_mixed_quantities_are_refused() -> None:
    with pytest.raises(UnknownUnit, match=r"Unknown unit 'barrel'.*m3") as refused:
        parse_unit("barrel")
    assert refused.value.facts == {"found": "barrel", "known": list(Unit)}
    assert refused.value.problem.es == "No se conoce la unidad 'barrel'."
    assert refused.value.remedy.es.startswith("Use una de: m3, L, ML,")
    with pytest.raises(UnknownUnit, match=r"Cannot convert L .volume. to L/s .flow.") as mixed:
        convert(1.0, Unit.LITRE, to=Unit.LITRE_PER_SECOND)
    assert mixed.value.remedy.es == "Indique una unidad de caudal."
