"""Outlines of zones as SVG paths, and where in each its words have the most room."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 1000
_TALLEST = 900
_LEAST = 260
_MARGIN = 8
_LINES = 15  # across an outline, on which its words may stand
_ROUND = 1.2  # how much longer words are than high, in lines: a flat place is as good as a high one
_DEGREE = 90.0

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Outline:
    """A zone as it is drawn.

    Parameters
    ----------
    zone_id
        The zone.
    path
        SVG path data.
    x, y
        Where its words stand: their middle.
    room
        Width that is free there.
    area
        Of its box; what is large is drawn first.
    """

    zone_id: str
    path: str
    x: float
    y: float
    room: float
    area: float


@dataclass(frozen=True)
class Sheet:
    """Outlines on a sheet of WIDTH by `height`."""

    height: int
    outlines: tuple[Outline, ...]


def sheet(geometries: Mapping[str, Mapping[str, Any]]) -> Sheet:
    """Lay GeoJSON geometries [degrees] out on one sheet, north up; what is no polygon is left out.

    Distances are true along the middle parallel, which is right for the extent of a city.
    """
    rings = {name: found for name, each in geometries.items() if (found := _rings(each))}
    points = [point for found in rings.values() for ring in found for point in ring]
    if not points:
        return Sheet(0, ())
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    narrow = math.cos(math.radians((south + north) / 2))
    wide, high = max((east - west) * narrow, 1e-9), max(north - south, 1e-9)
    scale = min((WIDTH - 2 * _MARGIN) / wide, (_TALLEST - 2 * _MARGIN) / high)
    height = max(round(high * scale) + 2 * _MARGIN, _LEAST)
    left, top = (WIDTH - wide * scale) / 2, (height - high * scale) / 2

    def laid(ring: Ring) -> Ring:
        return _short([(left + (x - west) * narrow * scale, top + (north - y) * scale) for x, y in ring])

    drawn = [_outline(name, [laid(ring) for ring in found]) for name, found in rings.items()]
    return Sheet(height, tuple(sorted(drawn, key=lambda each: -each.area)))


def _rings(geometry: Mapping[str, Any]) -> list[Ring]:
    """Rings of a polygon or several; none of anything else."""
    kind, found = geometry.get("type"), geometry.get("coordinates")
    polygons: Any = [found] if kind == "Polygon" else found if kind == "MultiPolygon" else []
    try:
        rings = [
            [(float(point[0]), float(point[1])) for point in ring]
            for polygon in polygons or ()
            for ring in polygon
        ]
    except (TypeError, ValueError, IndexError):
        return []
    if any(not (math.isfinite(x) and abs(y) < _DEGREE) for ring in rings for x, y in ring):
        return []
    return [ring for ring in rings if len(ring) > 3]


def _short(ring: Ring) -> Ring:
    """Whole numbers, and none twice in a row: an outline of thousands of points costs no more than can be seen."""
    out: Ring = []
    for x, y in ring:
        point = (float(round(x)), float(round(y)))
        if not out or out[-1] != point:
            out.append(point)
    return out


def _outline(name: str, rings: Sequence[Ring]) -> Outline:
    path = "".join(f"M{'L'.join(f'{x:.0f} {y:.0f}' for x, y in ring)}Z" for ring in rings)
    x, y, room = _place(rings)
    across = [point[0] for ring in rings for point in ring]
    down = [point[1] for ring in rings for point in ring]
    return Outline(name, path, x, y, room, (max(across) - min(across)) * (max(down) - min(down)))


def _place(rings: Sequence[Ring]) -> tuple[float, float, float]:
    """Middle and width of the widest stretch inside, weighed by how far it lies from the upper and the lower end."""
    down = [y for ring in rings for _, y in ring]
    top, bottom = min(down), max(down)
    best, most = (0.0, 0.0, 0.0), (-1.0, 0.0)
    for line in range(1, _LINES + 1):
        y = top + (bottom - top) * (line - 0.5) / _LINES
        for left, right in _inside(rings, y):
            within = min(y - top, bottom - y)
            worth = (min(right - left, _ROUND * 2 * within), within)
            if worth > most:
                best, most = ((left + right) / 2, y, right - left), worth
    return best


def _inside(rings: Sequence[Ring], y: float) -> list[tuple[float, float]]:
    """Stretches of a horizontal line that lie inside, by even and odd crossings."""
    crossings = sorted(
        ax + (y - ay) * (bx - ax) / (by - ay)
        for ring in rings
        for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True)
        if (ay <= y) != (by <= y)
    )
    return list(zip(crossings[::2], crossings[1::2], strict=False))
