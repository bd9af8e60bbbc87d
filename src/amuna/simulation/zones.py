"""Zones: sources feed supply zones, supply zones feed district metered areas, on a map like Lima's.

The areas tile a rectangle from the coast (west) to the first hills of the Andes (east); elevation rises eastward.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from amuna.domain.panel import Floats, Ints
from amuna.simulation.randomness import stream
from amuna.simulation.settings import UtilitySettings
from amuna.simulation.weather import autoregressive

_AREAS_PER_SUPPLY_ZONE = 10
_SUPPLY_ZONES_PER_SOURCE = 4
CELL_DEGREES = 0.01  # about 1.1 km
_COAST_M, _SLOPE_M_PER_CELL = 25.0, 18.0
_PRESSURE_BAND_M = 50
_NO_SUPPLY, _TANK_DRAWS, _TANK_REFILLS, _TAPS_CATCH_UP = 0.25, 0.6, 1.3, 1.05


@dataclass(frozen=True)
class Areas:
    """The district metered areas as arrays, shape (n_areas,) each.

    Parameters
    ----------
    zone_ids
        Names.
    west, south
        Lower left corner [degrees].
    supply_hours
        Hours of supply per day [h].
    wealth
        Factor on the size of its accounts.
    """

    zone_ids: list[str]
    west: Floats
    south: Floats
    supply_hours: Floats
    wealth: Floats

    def __len__(self) -> int:
        return len(self.zone_ids)


def simulate_areas(settings: UtilitySettings, seed: int) -> Areas:
    """Lay out the district metered areas, row by row from the south-west."""
    rng = stream(seed, "areas")
    count = max(2, round(settings.accounts / settings.accounts_per_zone))
    columns = math.ceil(math.sqrt(count))
    place = np.arange(count)
    intermittent = rng.random(count) < settings.intermittent_zones
    return Areas(
        [f"DMA-{i + 1:04d}" for i in range(count)],
        np.asarray(settings.longitude + CELL_DEGREES * (place % columns - columns / 2)),
        np.asarray(settings.latitude + CELL_DEGREES * (place // columns - columns / 2)),
        np.where(intermittent, rng.integers(4, 19, count), 24).astype(np.float64),
        np.exp(rng.normal(0, 0.18, count)),
    )


def zone_table(areas: Areas, people: Floats, connections: Ints) -> pl.DataFrame:
    """Return every zone with its parent, inhabitants, height and outline.

    Columns: `zone_id`, `kind` (source, supply, dma), `parent_id` (null for a source), `population`, `connections`,
    `supply_hours` [h], `elevation_m` [m], `pressure_zone`, `longitude`, `latitude` [degrees], `polygon` (WKT).
    """
    columns = round((areas.west.max() - areas.west.min()) / CELL_DEGREES) + 1
    place = np.arange(len(areas))
    supply = place // _AREAS_PER_SUPPLY_ZONE
    dma = pl.DataFrame(
        {
            "zone_id": areas.zone_ids,
            "parent_id": [f"SUP-{i + 1:03d}" for i in supply],
            "population": people,
            "connections": connections,
            "supply_hours": areas.supply_hours,
            "elevation_m": _COAST_M + _SLOPE_M_PER_CELL * (place % columns),
            "west": areas.west,
            "south": areas.south,
            "east": areas.west + CELL_DEGREES,
            "north": areas.south + CELL_DEGREES,
        }
    )
    supplies = _merged(dma, (pl.col("zone_id").str.slice(4).cast(pl.Int64) - 1) // _SUPPLY_ZONES_PER_SOURCE)
    sources = _merged(supplies, pl.lit(None))
    kinds = ((sources, "source"), (supplies, "supply"), (dma, "dma"))
    return _described(pl.concat([frame.with_columns(kind=pl.lit(kind)) for frame, kind in kinds]))


def zone_days(areas: Areas, settings: UtilitySettings, seed: int) -> tuple[Floats, list[tuple[int, int]]]:
    """Return what supply does to use: factors of shape (n_areas, 2, n_days), and the (area, day) without supply.

    The second axis is 0 for accounts without a roof tank, 1 for those with one, which draw the tank down during an
    interruption and refill it the day after.
    """
    rng = stream(seed, "zone days")
    shock = np.exp(autoregressive(rng, (len(areas), settings.days), memory=0.5, sigma=0.025))
    factors = np.stack([shock, shock], axis=1)
    dry = np.argwhere(rng.random((len(areas), settings.days)) < settings.interruptions_per_year / 365.25)
    area, day = dry[:, 0], dry[:, 1]
    factors[area, 0, day] *= _NO_SUPPLY
    factors[area, 1, day] *= _TANK_DRAWS
    inside = day + 1 < settings.days
    factors[area[inside], 0, day[inside] + 1] *= _TAPS_CATCH_UP
    factors[area[inside], 1, day[inside] + 1] *= _TANK_REFILLS
    return factors, [(int(a), int(d)) for a, d in dry]


def _merged(children: pl.DataFrame, source: pl.Expr) -> pl.DataFrame:
    """Return the parents of these zones, each the union of its children."""
    parents = children.group_by(zone_id="parent_id", maintain_order=True).agg(
        pl.col("population", "connections").sum(),
        pl.col("supply_hours", "elevation_m").mean(),
        pl.col("west", "south").min(),
        pl.col("east", "north").max(),
    )
    number = source.cast(pl.Int64) + 1
    parent = pl.when(number.is_not_null()).then(pl.format("SRC-{}", number))
    return parents.with_columns(parent_id=parent.cast(pl.String)).select(children.columns)


def _described(zones: pl.DataFrame) -> pl.DataFrame:
    west, south, east, north = (pl.col(side).round(6) for side in ("west", "south", "east", "north"))
    corners = (west, south, east, south, east, north, west, north, west, south)
    band = (pl.col("elevation_m") // _PRESSURE_BAND_M * _PRESSURE_BAND_M).cast(pl.Int64)
    return zones.select(
        "zone_id",
        "kind",
        "parent_id",
        pl.col("population").round().cast(pl.Int64),
        pl.col("connections").cast(pl.Int64),
        pl.col("supply_hours", "elevation_m").round(1),
        pressure_zone=pl.format("P{}", band),
        longitude=(pl.col("west") + pl.col("east")) / 2,
        latitude=(pl.col("south") + pl.col("north")) / 2,
        polygon=pl.format("POLYGON (({} {}, {} {}, {} {}, {} {}, {} {}))", *corners),
    )
