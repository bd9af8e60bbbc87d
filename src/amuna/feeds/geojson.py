"""GeoJSON files: each feature a row, its properties the columns, its outline the column `geometry`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from amuna.domain.errors import ColumnMismatch, SourceUnreadable
from amuna.feeds.csv_blocks import Lines

GEOMETRY = "geometry"
# EPSG codes of degrees that differ by less than a metre: WGS 84, SIRGAS 2000 and Peru 96.
_DEGREES = ("CRS84", "4326", "4674", "5373")
_NO_LINES = pl.DataFrame(schema={"row": pl.Int64, "fields": pl.Int64, "original": pl.String})


class GeoJsonFile:
    """A FeatureCollection (RFC 7946), or one feature. The first feature is row 1.

    Raises
    ------
    SourceUnreadable
        If it is no such thing.
    ColumnMismatch
        If it says that its coordinates are not in degrees.
    """

    def __init__(self, path: Path) -> None:
        features = _features(path, _content(path))
        names = dict.fromkeys(name for one in features for name in _properties(one) if name != GEOMETRY)
        columns = [_column(name, [_properties(one).get(name) for one in features]) for name in names]
        outlines = [json.dumps(one["geometry"]) if one.get("geometry") else None for one in features]
        self._rows = pl.DataFrame([*columns, pl.Series(GEOMETRY, outlines, pl.String)]).with_columns(
            _row=pl.int_range(1, len(features) + 1, dtype=pl.Int64)
        )
        self.columns = (*names, GEOMETRY)

    def chunks(self, after_row: int) -> Iterator[Lines]:
        """The features after one of them, all at once."""
        rows = self._rows.filter(pl.col("_row") > after_row)
        if rows.height:
            yield Lines(rows, _NO_LINES, self._rows.height)


def _content(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"byte {error.start:,} is not UTF-8", "Save it as UTF-8.") from error
    except ValueError as error:
        raise _unreadable(
            path, f"it is no JSON: {error}", "Export it again; it may have been cut off."
        ) from error
    if not isinstance(found, dict):
        raise _unreadable(path, f"found {type(found).__name__}, expected a FeatureCollection", _EXPORT)
    return found


_EXPORT = "Export the layer of the zones as GeoJSON, in QGIS with Export > Save Features As."


def _features(path: Path, content: dict[str, Any]) -> list[dict[str, Any]]:
    features = [content] if content.get("type") == "Feature" else content.get("features")
    if content.get("type") not in ("Feature", "FeatureCollection") or not isinstance(features, list):
        raise _unreadable(path, f"found type {content.get('type')!r}, expected FeatureCollection", _EXPORT)
    if not features:
        raise _unreadable(path, "it has no feature", _EXPORT)
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise _unreadable(path, f"item {number} of its features is no Feature", _EXPORT)
    _require_degrees(path, content.get("crs"))
    return features


def _require_degrees(path: Path, crs: Any) -> None:
    """Refuse coordinates that say they are projected: older GeoJSON may name its reference system."""
    if crs is None:
        return
    name = str(crs.get("properties", {}).get("name", crs) if isinstance(crs, dict) else crs)
    if not name.endswith(_DEGREES):
        raise ColumnMismatch(
            f"{path}: its coordinates are in {name}, expected degrees of WGS 84.",
            remedy="Export it again with the reference system EPSG:4326, in QGIS with Export > Save Features As.",
            file=str(path),
            found=name,
        )


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    found = feature.get("properties")
    return found if isinstance(found, dict) else {}


def _column(name: str, values: list[Any]) -> pl.Series:
    """Numbers where all are; else text, so that nothing is lost."""
    if all(
        value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in values
    ):
        return pl.Series(name, values, pl.Float64, strict=False)
    texts = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    return pl.Series(name, texts, pl.String)


def _unreadable(path: Path, problem: str, remedy: str) -> SourceUnreadable:
    return SourceUnreadable(f"{path}: {problem}.", remedy=remedy, file=str(path))
