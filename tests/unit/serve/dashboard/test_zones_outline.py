"""Outlines of zones on a sheet: north up, inside it, true in shape, and words where there is room."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from amuna.serve.dashboard.zones_outline import WIDTH, sheet


def ring(west: float, south: float, wide: float = 1.0, high: float = 1.0) -> list[list[float]]:
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    return [[west + wide * x, south + high * y] for x, y in corners]


def polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?\d+) (-?\d+)", path)]


def test_north_is_up_and_everything_is_on_the_sheet() -> None:
    found = sheet({"north": polygon(ring(0, 1)), "south": polygon(ring(0, 0))})
    placed = {each.zone_id: each for each in found.outlines}
    assert placed["north"].y < placed["south"].y
    assert placed["north"].x == pytest.approx(WIDTH / 2, abs=1)
    for each in found.outlines:
        assert all(0 <= x <= WIDTH and 0 <= y <= found.height for x, y in points(each.path))


def test_a_square_far_from_the_equator_stays_a_square() -> None:
    narrow = 1 / math.cos(math.radians(60.5))
    (only,) = sheet({"oslo": polygon(ring(10, 60, wide=narrow))}).outlines
    across, down = zip(*points(only.path), strict=True)
    assert max(across) - min(across) == pytest.approx(max(down) - min(down), abs=2)


def test_words_stand_inside_and_beside_a_hole() -> None:
    hole = ring(1, 0.2, wide=2.8, high=2.6)
    (only,) = sheet({"ring": polygon(ring(0, 0, wide=4, high=3), hole)}).outlines
    assert only.x < WIDTH / 4
    assert only.x - only.room / 2 >= 0
    assert only.x + only.room / 2 <= 255


def test_several_polygons_are_one_outline() -> None:
    both = {"type": "MultiPolygon", "coordinates": [[ring(0, 0)], [ring(3, 0)]]}
    (only,) = sheet({"islands": both}).outlines
    assert only.path.count("M") == only.path.count("Z") == 2


def test_a_small_zone_inside_a_large_one_is_drawn_after_it() -> None:
    found = sheet({"inner": polygon(ring(1, 1)), "outer": polygon(ring(0, 0, wide=3, high=3))})
    assert [each.zone_id for each in found.outlines] == ["outer", "inner"]


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [1.0, 2.0]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[["a", "b"]]]},
        {"type": "Polygon", "coordinates": [ring(0, 400)]},
        {"type": "Polygon", "coordinates": None},
        {"type": "GeometryCollection", "geometries": []},
    ],
)
def test_what_is_no_polygon_is_left_out(geometry: dict[str, Any]) -> None:
    assert sheet({"strange": geometry}).outlines == ()
    assert [each.zone_id for each in sheet({"strange": geometry, "good": polygon(ring(0, 0))}).outlines] == [
        "good"
    ]


def test_a_coast_of_many_points_costs_no_more_than_can_be_seen() -> None:
    coast = [[math.cos(at / 5e3), math.sin(at / 5e3)] for at in range(31_416)]
    (only,) = sheet({"coast": polygon([*coast, coast[0]])}).outlines
    assert len(points(only.path)) < 4_000
