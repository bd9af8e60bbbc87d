"""Outlines: what can be used, its area on the sphere, and why others are refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from amuna.feeds.outlines import EARTH_RADIUS_KM, BadOutline, read_outline

SQUARE = [[-77.1, -12.1], [-77.0, -12.1], [-77.0, -12.0], [-77.1, -12.0], [-77.1, -12.1]]
HOLE = [[-77.08, -12.08], [-77.02, -12.08], [-77.02, -12.02], [-77.08, -12.02], [-77.08, -12.08]]


def polygon(*rings: Any) -> str:
    return json.dumps({"type": "Polygon", "coordinates": rings})


def between(south: float, north: float, degrees: float) -> float:
    """Area between two parallels over so many degrees of longitude [km²], in closed form."""
    sines = np.sin(np.radians([south, north]))
    return float(EARTH_RADIUS_KM**2 * np.radians(degrees) * (sines[1] - sines[0]))


def test_the_area_is_that_on_the_sphere() -> None:
    assert read_outline(polygon(SQUARE)).area_km2 == pytest.approx(between(-12.1, -12.0, 0.1), rel=1e-6)
    octant = [[0, 0], [90, 0], [90, 90], [0, 90], [0, 0]]
    assert read_outline(polygon(octant)).area_km2 == pytest.approx(np.pi / 2 * EARTH_RADIUS_KM**2)


def test_a_hole_is_no_area_and_parts_add_up() -> None:
    whole, hole = (read_outline(polygon(ring)).area_km2 for ring in (SQUARE, HOLE))
    assert read_outline(polygon(SQUARE, HOLE)).area_km2 == pytest.approx(whole - hole)
    assert read_outline(polygon(SQUARE[::-1])).area_km2 == pytest.approx(whole)
    both = {"type": "MultiPolygon", "coordinates": [[SQUARE], [HOLE]]}
    assert read_outline(json.dumps(both)).area_km2 == pytest.approx(whole + hole)


def test_an_outline_over_the_antimeridian_is_as_large_as_elsewhere() -> None:
    fiji = [[179.9, -17], [-179.9, -17], [-179.9, -16.8], [179.9, -16.8], [179.9, -17]]
    assert read_outline(polygon(fiji)).area_km2 == pytest.approx(between(-17, -16.8, 0.2), rel=1e-5)


def test_heights_are_left_out() -> None:
    high = [[*place, 150.0] for place in SQUARE]
    assert json.loads(read_outline(polygon(high)).geometry)["coordinates"] == [SQUARE]


@pytest.mark.parametrize(
    ("text", "reason", "told"),
    [
        (polygon(SQUARE[:-1]), "bad_outline", "starts at (-77.1, -12.1) and ends at (-77.1, -12)"),
        (polygon(SQUARE[:2] + SQUARE[:1]), "bad_outline", "ring of 3 positions"),
        (polygon([[1, 1]] * 5), "bad_outline", "without area"),
        (polygon([[279000, 8663000], *SQUARE]), "impossible", "(279000, 8663000)"),
        (polygon([[-12, 191], *SQUARE]), "impossible", "EPSG:4326"),
        (polygon([["a", 1], *SQUARE]), "bad_outline", "two numbers"),
        (polygon([[1], [2], [3], [1]]), "bad_outline", "two numbers"),
        (polygon([[float("nan"), 1], *SQUARE]), "bad_outline", "two numbers"),
        (polygon(), "bad_outline", "without rings"),
        (json.dumps({"type": "MultiPolygon", "coordinates": []}), "bad_outline", "no coordinates"),
        (json.dumps({"type": "Polygon", "coordinates": 7}), "bad_outline", "without rings"),
        (json.dumps({"type": "Polygon", "coordinates": [7]}), "bad_outline", "two numbers"),
        (json.dumps({"type": "MultiPolygon", "coordinates": [SQUARE]}), "bad_outline", "two numbers"),
        (json.dumps({"type": "LineString", "coordinates": SQUARE}), "bad_outline", "Found LineString"),
        (json.dumps([1, 2]), "bad_outline", "Found list"),
        ("POLYGON ((0 0, 1 0, 1 1, 0 0))", "bad_outline", "Found 'POLYGON ((0 0"),
    ],
)
def test_what_is_no_outline_is_told(text: str, reason: str, told: str) -> None:
    with pytest.raises(BadOutline) as caught:
        read_outline(text)
    assert caught.value.reason == reason
    assert told in caught.value.detail
