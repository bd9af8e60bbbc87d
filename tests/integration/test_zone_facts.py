"""What the table of zones says reaches the models."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from tests.zone_town import CUTOFF, DAYS, PLACE, town_hours, town_store

from amuna.domain.zone_tables import ZONES
from amuna.workflows.zone_grid import zone_grid


def test_people_connections_and_area_stand_beside_the_inflows(tmp_path: Path) -> None:
    store = town_store(tmp_path, town_hours(DAYS + 8))
    row = {
        "zone_id": "south",
        "name": "South",
        "kind": "dma",
        "population": 5200.0,
        "connections": 1300,
        "area_km2": 2.5,
    }
    frame = pl.DataFrame([row]).with_columns(
        pl.lit(None, pl.String).alias(name) for name in ("parent_id", "geometry")
    )
    store.upsert(ZONES, frame.select(ZONES.names))
    grid = zone_grid(store=store, place=PLACE, cutoff=CUTOFF)
    store.close()
    facts, at = grid.data.facts, grid.zones.index("south")
    assert facts is not None
    assert [each[at] for each in (facts.population, facts.connections, facts.area)] == [5200, 1300, 2.5]
    assert pl.Series(facts.population).is_nan().sum() == len(grid.zones) - 1
    assert facts.of_first(1).area.shape == (1,)
