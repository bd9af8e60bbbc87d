"""GeoJSON files: each feature a row, its properties the columns, its outline the column `geometry`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from amuna.domain.errors import ColumnMismatch, SourceUnreadable
from amuna.domain.text import Text
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
        cause = Text(f"el byte {error.start:,} no es UTF-8", f"byte {error.start:,} is not UTF-8")
        raise _unreadable(path, cause, Text("Guárdelo como UTF-8.", "Save it as UTF-8.")) from error
    except ValueError as error:
        raise _unreadable(path, Text(f"no es JSON: {error}", f"it is no JSON: {error}"), _AGAIN) from error
    if not isinstance(found, dict):
        kind = type(found).__name__
        cause = Text(
            f"se encontró {kind}, se esperaba una FeatureCollection",
            f"found {kind}, expected a FeatureCollection",
        )
        raise _unreadable(path, cause, _EXPORT)
    return found


_AGAIN = Text(
    "Expórtelo de nuevo; puede que haya quedado incompleto.", "Export it again; it may have been cut off."
)
_EXPORT = Text(
    "Exporte la capa de las zonas como GeoJSON; en QGIS, con Exportar > Guardar objetos como.",
    "Export the layer of the zones as GeoJSON, in QGIS with Export > Save Features As.",
)


def _features(path: Path, content: dict[str, Any]) -> list[dict[str, Any]]:
    features = [content] if content.get("type") == "Feature" else content.get("features")
    if content.get("type") not in ("Feature", "FeatureCollection") or not isinstance(features, list):
        kind = content.get("type")
        cause = Text(
            f"se encontró el tipo {kind!r}, se esperaba FeatureCollection",
            f"found type {kind!r}, expected FeatureCollection",
        )
        raise _unreadable(path, cause, _EXPORT)
    if not features:
        raise _unreadable(path, Text("no tiene ningún elemento", "it has no feature"), _EXPORT)
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            cause = Text(
                f"el elemento {number} de features no es un Feature",
                f"item {number} of its features is no Feature",
            )
            raise _unreadable(path, cause, _EXPORT)
    _require_degrees(path, content.get("crs"))
    return features


def _require_degrees(path: Path, crs: Any) -> None:
    """Refuse coordinates that say they are projected: older GeoJSON may name its reference system."""
    if crs is None:
        return
    name = str(crs.get("properties", {}).get("name", crs) if isinstance(crs, dict) else crs)
    if not name.endswith(_DEGREES):
        raise ColumnMismatch(
            Text(
                "{file}: sus coordenadas están en {found}, se esperaban grados de WGS 84.",
                "{file}: its coordinates are in {found}, expected degrees of WGS 84.",
            ),
            remedy=Text(
                "Expórtelo de nuevo con el sistema de referencia EPSG:4326; en QGIS, con Exportar > Guardar objetos como.",
                "Export it again with the reference system EPSG:4326, in QGIS with Export > Save Features As.",
            ),
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


def _unreadable(path: Path, cause: Text, remedy: Text) -> SourceUnreadable:
    return SourceUnreadable(Text.both("{file}: {cause}."), remedy=remedy, file=str(path), cause=cause)
