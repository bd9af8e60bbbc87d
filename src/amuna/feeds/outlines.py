"""Outlines of zones: GeoJSON polygons in degrees, checked, and their area on the sphere."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from amuna.domain.panel import Floats

EARTH_RADIUS_KM = (
    6371.0072  # of the sphere with the area of the GRS 80 ellipsoid (Moritz 2000, doi:10.1007/s001900050278)
)
OUT_OF_RANGE, BAD_OUTLINE = "impossible", "bad_outline"
_FEWEST = 4  # positions of a ring, the first and the last being the same (RFC 7946)


@dataclass(frozen=True)
class Outline:
    """An outline that can be used.

    Parameters
    ----------
    geometry
        Polygon or MultiPolygon as GeoJSON, without heights.
    area_km2
        Its area without holes [km²].
    """

    geometry: str = field(repr=False)
    area_km2: float


class BadOutline(Exception):
    """An outline that cannot be used: a reason code, what was found, what was expected and what to do."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def read_outline(text: str) -> Outline:
    """An outline from the text of a GeoJSON geometry.

    Raises
    ------
    BadOutline
        If it is no polygon, has a ring that is open or too short, or leaves the range of degrees.
    """
    try:
        found = json.loads(text)
    except ValueError:
        raise _bad(
            f"Found '{_short(text)}'; expected a GeoJSON geometry. Export the zones as GeoJSON."
        ) from None
    kind = found.get("type") if isinstance(found, dict) else type(found).__name__
    if kind not in ("Polygon", "MultiPolygon"):
        raise _bad(
            f"Found {kind}; expected Polygon or MultiPolygon. Export the areas of the zones, not their pipes or points."
        )
    parts = found.get("coordinates")
    polygons = [parts] if kind == "Polygon" else parts
    if not isinstance(polygons, list) or not polygons:
        raise _bad("Found no coordinates; expected those of the outline. Draw the zone anew.")
    rings = [_rings(polygon) for polygon in polygons]
    area = sum(_area_km2(outer) - sum(map(_area_km2, holes)) for outer, *holes in rings)
    if area <= 0:
        raise _bad("Found an outline without area; expected one that encloses the zone. Draw the zone anew.")
    coordinates = [[ring.tolist() for ring in polygon] for polygon in rings]
    whole = {"type": kind, "coordinates": coordinates[0] if kind == "Polygon" else coordinates}
    return Outline(json.dumps(whole, separators=(",", ":")), area)


def _rings(polygon: Any) -> list[Floats]:
    if not isinstance(polygon, list) or not polygon:
        raise _bad("Found a polygon without rings; expected its outline. Draw the zone anew.")
    return [_ring(ring) for ring in polygon]


def _ring(ring: Any) -> Floats:
    """Positions of a ring, longitude and latitude in degrees, shape (n_positions, 2)."""
    try:
        places = np.array([position[:2] for position in ring], dtype=np.float64)
    except (TypeError, ValueError):
        places = np.empty(0)
    if places.ndim != 2 or places.shape[1] != 2 or not np.isfinite(places).all():
        raise _bad(
            "Found a position that is not two numbers; expected longitude and latitude. Draw the zone anew."
        )
    outside = np.flatnonzero((np.abs(places) > (180, 90)).any(axis=1))
    if outside.size:
        raise BadOutline(
            OUT_OF_RANGE,
            f"Found {_shown(places[outside[0]])}; expected longitude (-180 to 180) and latitude (-90 to 90) in degrees. "
            "Export the zones in EPSG:4326 (WGS 84).",
        )
    if len(places) < _FEWEST:
        raise _bad(
            f"Found a ring of {len(places)} positions; expected {_FEWEST} at least. Draw the zone anew."
        )
    if (places[0] != places[-1]).any():
        raise _bad(
            f"Found a ring that starts at {_shown(places[0])} and ends at {_shown(places[-1])}; expected one that closes. "
            "End it with its first position."
        )
    return places


def _area_km2(ring: Floats) -> float:
    """Area within a ring [km²]; Chamberlain and Duquette 2007, JPL Publication 07-03, for areas smaller than a hemisphere."""
    longitude, sines = np.radians(ring[:, 0]), np.sin(np.radians(ring[:, 1]))
    steps = (np.diff(longitude) + np.pi) % (2 * np.pi) - np.pi
    return float(abs((steps * (2 + sines[1:] + sines[:-1])).sum()) * EARTH_RADIUS_KM**2 / 2)


def _bad(detail: str) -> BadOutline:
    return BadOutline(BAD_OUTLINE, detail)


def _shown(place: Floats) -> str:
    return f"({place[0]:.10g}, {place[1]:.10g})"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
