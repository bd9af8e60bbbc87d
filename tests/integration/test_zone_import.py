"""Zones from the utility's own files: GeoJSON of any GIS, dirty or not, and tables without outlines."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.integration.conftest import Amuna

from amuna.domain.errors import AmunaError, ColumnMismatch, SourceUnreadable
from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, QUARANTINE
from amuna.domain.zone_tables import ZONES
from amuna.feeds.feed_map import FeedMap, feed_map_from_settings, recognise
from amuna.feeds.files import FileFeed, columns_of
from amuna.feeds.rules import Rules
from amuna.store.duckdb_store import open_store
from amuna.workflows.ingest import IngestReport, ingest

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SQUARE = [[-77.1, -12.1], [-77.0, -12.1], [-77.0, -12.0], [-77.1, -12.0], [-77.1, -12.1]]
METRES = [[279000.0, 8663000.0], [280000.0, 8663000.0], [280000.0, 8664000.0], [279000.0, 8663000.0]]


def feature(ring: Any = SQUARE, **properties: object) -> dict[str, Any]:
    geometry = None if ring is None else {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(folder: Path, *features: object, **more: object) -> Path:
    file = folder / "sectores.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", **more, "features": features}), encoding="utf-8")
    return file


def take_in(store: Store, file: Path, feed_map: FeedMap | None = None) -> IngestReport:
    found = feed_map or recognise(columns_of(file))
    assert found is not None
    return ingest(FileFeed(file, found), found, store=store, rules=Rules(), now=lambda: NOW)


def zones(store: Store) -> dict[str, dict[str, Any]]:
    return {row["zone_id"]: row for row in store.read(ZONES).iter_rows(named=True)}


def test_features_become_zones_with_what_they_tell(store: Store, tmp_path: Path) -> None:
    told = {"name": "Miraflores", "kind": "DMA", "parent_id": "P1", "population": 8123.5, "connections": 2100}
    report = take_in(store, collection(tmp_path, feature(zone_id="S1", **told), feature(None, zone_id="P1")))
    assert (report.read, report.inserted, report.quarantined) == (2, 2, 0)
    first, other = zones(store)["S1"], zones(store)["P1"]
    assert (first["name"], first["kind"], first["parent_id"]) == ("Miraflores", "dma", "P1")
    assert (first["population"], first["connections"]) == (8123.5, 2100)
    assert first["area_km2"] == pytest.approx(121.0, rel=0.005)
    assert json.loads(first["geometry"]) == {"type": "Polygon", "coordinates": [SQUARE]}
    assert (other["name"], other["kind"], other["geometry"], other["area_km2"]) == ("P1", "dma", None, None)
    assert store.read(BATCHES)["kind"].to_list() == ["zones"]


def test_a_file_read_again_changes_nothing_and_a_newer_one_keeps_what_it_does_not_tell(
    store: Store, tmp_path: Path
) -> None:
    file = collection(tmp_path, feature(zone_id="S1", name="Uno", population=10))
    take_in(store, file)
    assert take_in(store, file).read == 0
    table = tmp_path / "sectores.csv"
    table.write_text("zone_id,name,connections\nS1,Sector uno,250\n", encoding="utf-8")
    take_in(store, table)
    row = zones(store)["S1"]
    assert (row["name"], row["connections"], row["population"]) == ("Sector uno", 250, 10)
    assert row["geometry"] is not None
    assert row["area_km2"] is not None


def test_properties_of_any_name_are_mapped_by_a_section(store: Store, tmp_path: Path) -> None:
    section = {
        "kind": "zones",
        "zone": "COD",
        "name": "NOMBRE",
        "zone_kind": "TIPO",
        "area": "HA",
        "decimal": ",",
    }
    rows = (
        feature(COD=7, NOMBRE="Sur", TIPO="supply", HA="1,5"),
        feature(COD=8, NOMBRE="", TIPO=None, HA=None),
    )
    take_in(store, collection(tmp_path, *rows), feed_map_from_settings(section))
    found = zones(store)
    assert (found["7"]["kind"], found["7"]["area_km2"], found["7"]["geometry"] is None) == (
        "supply",
        1.5,
        False,
    )
    assert (found["8"]["name"], found["8"]["kind"]) == ("8", "dma")


DIRTY = [
    (feature(name="none"), "zone_id", "missing_zone"),
    (feature(zone_id="twice"), "zone_id", "repeated_zone"),
    (feature(zone_id="twice"), "zone_id", "repeated_zone"),
    (feature(zone_id="K", kind="barrio"), "kind", "unknown_kind"),
    (feature(zone_id="P", parent_id="P"), "parent_id", "wrong_parent"),
    (feature(zone_id="N", population="mucha"), "population", "not_a_number"),
    (feature(zone_id="M", population="-4"), "population", "negative"),
    (feature(zone_id="C", connections=2.5), "connections", "not_a_number"),
    (feature(SQUARE[:-1], zone_id="O"), "geometry", "bad_outline"),
    (feature(METRES, zone_id="U"), "geometry", "impossible"),
    (
        {**feature(zone_id="L"), "geometry": {"type": "Point", "coordinates": [0, 0]}},
        "geometry",
        "bad_outline",
    ),
]


def test_bad_features_wait_in_quarantine_and_the_others_enter(store: Store, tmp_path: Path) -> None:
    good = [feature(zone_id="A"), feature(zone_id="B")]
    file = collection(tmp_path, good[0], *(one for one, _, _ in DIRTY), good[1])
    report = take_in(store, file)
    assert set(zones(store)) == {"A", "B"}
    assert (report.read, report.inserted, report.quarantined) == (len(DIRTY) + 2, 2, len(DIRTY))
    rows = store.read(QUARANTINE).sort("row")
    assert rows.select("row", "field", "reason").rows() == [
        (number, field, reason) for number, (_, field, reason) in enumerate(DIRTY, start=2)
    ]
    assert set(rows["source"]) == {str(file)}
    assert (rows["detail"].str.contains("expected")).all()
    assert json.loads(rows["original"][5])["population"] == "mucha"


UTM = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32718"}}
STOPPED: list[tuple[object, type[AmunaError], str]] = [
    ("{", SourceUnreadable, "no JSON"),
    ([1], SourceUnreadable, "found list"),
    ({"type": "Topology", "objects": {}}, SourceUnreadable, "found type 'Topology'"),
    ({"type": "FeatureCollection", "features": []}, SourceUnreadable, "no feature"),
    ({"type": "FeatureCollection", "features": [7]}, SourceUnreadable, "item 1"),
    ({"type": "FeatureCollection", "crs": UTM, "features": [feature()]}, ColumnMismatch, "EPSG::32718"),
    ({"type": "FeatureCollection", "features": [feature(METRES, zone_id="U")]}, ColumnMismatch, "metres"),
    ({"type": "FeatureCollection", "features": [feature(COD="U")]}, ColumnMismatch, "no column 'zone_id'"),
]


@pytest.mark.parametrize(("content", "error", "told"), STOPPED)
def test_a_file_that_cannot_be_read_stops_with_what_to_do(
    store: Store, tmp_path: Path, content: object, error: type[AmunaError], told: str
) -> None:
    file = tmp_path / "sectores.geojson"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    with pytest.raises(error, match=told) as caught:
        take_in(store, file, FeedMap(kind="zones", zone="zone_id"))
    assert caught.value.remedy
    assert store.count(ZONES) == 0


def test_degrees_of_a_named_system_one_feature_and_a_mark_of_byte_order_are_taken(
    store: Store, tmp_path: Path
) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    take_in(store, collection(tmp_path, feature(zone_id="A"), crs=crs))
    lone = tmp_path / "uno.json"
    lone.write_text("\ufeff" + json.dumps(feature(zone_id="B")), encoding="utf-8")
    take_in(store, lone)
    assert set(zones(store)) == {"A", "B"}


def test_the_command_line_takes_the_file_as_it_is(amuna: Amuna, tmp_path: Path) -> None:
    amuna("init", tmp_path / "utility")
    file = collection(tmp_path, feature(zone_id="S1"), feature(zone_id="S2", kind="?"))
    amuna("-w", tmp_path / "utility", "ingest", file)
    store = open_store(tmp_path / "utility" / "amuna.duckdb", read_only=True)
    assert set(zones(store)) == {"S1"}
    assert store.read(QUARANTINE).select(pl.col("reason")).to_series().to_list() == ["unknown_kind"]
    store.close()
