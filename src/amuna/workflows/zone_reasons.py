"""Reasons of a week ahead as rows: what each adds to the usual inflow of a zone and day."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from amuna.domain.time import DAY
from amuna.domain.zone_tables import ZONE_REASONS
from amuna.forecasting.zones.calendar import Calendar
from amuna.forecasting.zones.explain.port import HOLIDAY, OTHER
from amuna.forecasting.zones.explain.reasons import REASONS, WeekReasons
from amuna.forecasting.zones.rescue import SHORT_HISTORY, TOO_SHORT
from amuna.workflows.zone_grid import ZoneGrid

BRIDGE, NEAR_HOLIDAY, BORROWED = "bridge", "near_holiday", "borrowed"
_NEAR_DAYS = 1


def reason_rows(run_id: str, grid: ZoneGrid, found: WeekReasons, status: list[str]) -> pl.DataFrame:
    """ZONE_REASONS rows of the zones that the model knows; none of a zone and day that has no usual day to compare with.

    Parameters
    ----------
    run_id
        Training the forecast comes from.
    grid
        What the forecast was made from.
    found
        Its reasons.
    status
        Of each zone: a zone whose forecast leans on others has that as its one reason.
    """
    rows = [
        {
            "run_id": run_id,
            "zone_id": grid.zones[zone],
            "cutoff": grid.cutoff,
            "day": grid.origin + lead * DAY,
            **row,
            "forecast_m3h": found.forecast[zone, lead],
            "usual_m3h": found.usual[zone, lead],
        }
        for zone, lead in np.argwhere(np.isfinite(found.usual)).tolist()
        for row in _of_day(found, zone, lead, _codes(grid.days, grid.flow.shape[1] + lead), status[zone])
    ]
    return ZONE_REASONS.frame(rows)


def _of_day(
    found: WeekReasons, zone: int, lead: int, codes: list[str], status: str
) -> Iterator[dict[str, object]]:
    parts = found.parts[:, zone, lead]
    if status in (SHORT_HISTORY, TOO_SHORT):
        yield {"reason": BORROWED, "part_m3h": float(parts.sum()), "value": None, "usual_value": None}
        return
    values, usual = found.values[:, zone, lead], found.usual_values[:, zone, lead]
    for code in dict.fromkeys(codes):
        same = [i for i, each in enumerate(codes) if each == code]
        first = same[0]
        yield {
            "reason": code,
            "part_m3h": float(parts[same].sum()),
            "value": _known(values[first]),
            "usual_value": _known(usual[first]),
        }


def _codes(days: Calendar, target: int) -> list[str]:
    """`REASONS` as they are called on a day: a holiday, a bridge, a day beside a holiday, or none of these."""
    if days.holiday[target]:
        name = HOLIDAY
    elif days.bridge[target]:
        name = BRIDGE
    else:
        name = NEAR_HOLIDAY if days.distance[target] <= _NEAR_DAYS else OTHER
    return [name if code == HOLIDAY else code for code in REASONS]


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
