"""Colours and signs of changes, and levers that an address sets."""

from __future__ import annotations

import pytest

from amuna.serve.dashboard.zones_plan import levers
from amuna.serve.dashboard.zones_words import CHANGES, TONES, classes, signed, tone
from amuna.workflows.plan_levers import LEVERS, Levers


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        (-40, "low3"),
        (-8.1, "low2"),
        (-8, "low1"),
        (-3, "mid"),
        (0, "mid"),
        (2.9, "mid"),
        (3, "up1"),
        (8, "up2"),
        (15, "up3"),
    ],
)
def test_a_change_has_the_colour_of_its_class(percent: float, expected: str) -> None:
    assert tone(percent) == expected


def test_what_is_not_known_has_no_colour() -> None:
    assert tone(None) == tone(float("nan")) == "none"
    assert signed(None) == "–"


def test_signs_are_told() -> None:
    assert signed(7.6) == "+8\u202f%"
    assert signed(-7.6) == "−8\u202f%"
    assert signed(0.2) == "≈\u202f0\u202f%"


def test_every_colour_is_explained() -> None:
    assert len(classes(CHANGES)) == len(TONES)


def test_an_address_sets_levers_and_nonsense_lets_them_rest() -> None:
    assert levers("growth:1.5,years:5,losses:30") == Levers(growth=1.5, years=5, losses=30.0)
    assert levers("") == levers("growth:99,rain:1,price:many,years") == Levers()


def test_levers_rest_where_the_base_scenario_stands() -> None:
    resting = {name: getattr(Levers(), name) for name in LEVERS}
    assert resting == {name: lever.rest for name, lever in LEVERS.items()}
    assert all(lever.rest is None or lever.least <= lever.rest <= lever.most for lever in LEVERS.values())
