"""Tariffs in TOML: what is whole is read, what is not is refused by file and field."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from amuna.billing.catalogue import Catalogue, catalogue
from amuna.domain.errors import NotEnoughData, UnknownSetting

TEXT = """
tariff = "town"
utility = "EPS Town"
currency = "PEN"
source = "a resolution"
source_date = 2026-01-15
valid_from = 2026-02-01
igv_rate = 0.18
[classes.domestic]
segments = ["household"]
fixed_pen_per_month = 4.5
blocks = [
    { up_to_m3 = 20, water_pen_per_m3 = 1.1, sewerage_pen_per_m3 = 0.5 },
    { water_pen_per_m3 = 2.9, sewerage_pen_per_m3 = 1.3 },
]
"""


def town(change: Callable[[dict[str, Any]], object] | None = None) -> dict[str, Any]:
    content = tomllib.loads(TEXT)
    if change is not None:
        change(content)
    return content


def read(**sections: dict[str, Any]) -> Catalogue:
    return catalogue(sections, place="amuna.toml")


def test_a_tariff_of_the_workspace_is_read() -> None:
    chosen = read(**{"town-2026": town()}).on("town", date(2026, 3, 1))
    assert chosen.in_force
    rates = chosen.tariff.rates(None, days=60)
    assert (rates.starts_m3.tolist(), rates.fixed_pen) == ([0.0, 20.0], 4.5)


def blocks(content: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = content["classes"]["domestic"]["blocks"]
    return found


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        (lambda t: t.update(igv=0.18), "igv", "nearest is igv_rate"),
        (lambda t: t.pop("source"), "source", "missing"),
        (lambda t: t.update(currency="EUR"), "currency", "expected one of PEN"),
        (lambda t: t.update(valid_from="2026-02-01"), "valid_from", "without quotes"),
        (lambda t: t.update(valid_until=date(2025, 1, 1)), "valid_until", "from 2026-02-01 on"),
        (lambda t: t.update(igv_rate=18), "igv_rate", "between 0 and 1"),
        (lambda t: t.update(not_included=["tax"]), "not_included", "sewerage, fixed"),
        (lambda t: blocks(t)[0].pop("up_to_m3"), "classes.domestic.blocks[1].up_to_m3", "only the last"),
        (lambda t: blocks(t)[1].update(up_to_m3=30), "classes.domestic.blocks[2].up_to_m3", "no end"),
        (
            lambda t: blocks(t).insert(1, dict(blocks(t)[0], up_to_m3=10)),
            "classes.domestic.blocks[2].up_to_m3",
            "more than 20: blocks rise",
        ),
        (
            lambda t: blocks(t)[0].update(water_pen_per_m3=-1),
            "classes.domestic.blocks[1].water_pen_per_m3",
            "between 0",
        ),
        (
            lambda t: t["classes"].update(other=t["classes"]["domestic"]),
            "classes.other.segments",
            "not in domestic",
        ),
    ],
)
def test_what_is_wrong_is_named(change: Callable[[dict[str, Any]], object], field: str, says: str) -> None:
    with pytest.raises(UnknownSetting, match=r"amuna.toml \[tariffs.town-2026\]") as refused:
        read(**{"town-2026": town(change)})
    assert refused.value.facts["setting"] == field
    assert says in refused.value.problem.en
    assert "expected" not in refused.value.problem.es


def test_what_is_wrong_is_told_in_spanish_too() -> None:
    with pytest.raises(UnknownSetting) as refused:
        read(**{"town-2026": town(lambda t: blocks(t)[0].pop("up_to_m3"))})
    assert refused.value.problem.es == (
        "amuna.toml [tariffs.town-2026]: classes.domestic.blocks[1].up_to_m3 es nada; "
        "se esperaba dónde termina: solo el último tramo no tiene fin."
    )


def test_two_versions_on_one_day_are_refused() -> None:
    earlier = town(lambda t: t.update(valid_from=date(2025, 1, 1), valid_until=date(2026, 2, 1)))
    with pytest.raises(UnknownSetting, match="both valid on 2026-02-01"):
        read(old=earlier, new=town())


def test_a_version_lasts_until_the_next_and_the_nearest_stands_in() -> None:
    found = read(old=town(lambda t: t.update(valid_from=date(2025, 1, 1))), new=town())
    on = {day: found.on("town", day) for day in (date(2024, 1, 1), date(2026, 1, 31), date(2026, 2, 1))}
    assert [chosen.tariff.name for chosen in on.values()] == ["old", "old", "new"]
    assert [chosen.in_force for chosen in on.values()] == [False, True, True]


def test_a_section_of_the_same_name_replaces_what_is_shipped() -> None:
    found = read(**{"sedapal-lima-2025-12": town(lambda t: t.update(tariff="sedapal-lima"))})
    assert [tariff.utility for tariff in found.tariffs] == ["EPS Town"]


def test_an_unknown_tariff_and_a_segment_without_class_say_what_to_do() -> None:
    with pytest.raises(UnknownSetting, match="known are: sedapal-lima") as refused:
        read().on("sedapar", date(2026, 1, 1))
    assert refused.value.facts["setting"] == "billing.tariff"
    with pytest.raises(NotEnoughData, match="no class for the segment 'industrial'"):
        read(**{"town-2026": town()}).on("town", date(2026, 3, 1)).tariff.rates("industrial", days=30)
