"""How a zone's forecasts did: every day judged, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.zone_tables import ZONE_SCORES
from amuna.workflows.views.zones import require_zone
from amuna.workflows.zone_score import zone_accuracy


@dataclass(frozen=True)
class ZoneRecord:
    """Stored forecasts of a zone against what flowed.

    Parameters
    ----------
    zone_id
        The zone.
    days
        Zone-days judged, one for each local day and forecast of it; 0 where none is, and the figures are None then.
    first_day, last_day
        First and last local day judged.
    mae_m3h, worst_m3h
        Mean and largest absolute error of the first day ahead, means over the days [m³/h].
    later_mae_m3h
        Mean absolute error of later days [m³/h].
    first_baseline_mae_m3h, later_baseline_mae_m3h, baseline_mae_m3h
        Of the last known week repeated: on the same first days, on the same later days, and over all [m³/h].
    coverage80, coverage95
        Share of hours inside the intervals.
    daily
        ZONE_SCORES rows without the zone, by day and lead.
    """

    zone_id: str
    days: int
    first_day: date | None
    last_day: date | None
    mae_m3h: float | None
    worst_m3h: float | None
    later_mae_m3h: float | None
    first_baseline_mae_m3h: float | None
    later_baseline_mae_m3h: float | None
    baseline_mae_m3h: float | None
    coverage80: float | None
    coverage95: float | None
    daily: pl.DataFrame = field(repr=False)


_FIGURES = (
    "mae_m3h",
    "worst_m3h",
    "later_mae_m3h",
    "first_baseline_mae_m3h",
    "later_baseline_mae_m3h",
    "baseline_mae_m3h",
    "coverage80",
    "coverage95",
)


def zone_scores(store: Store, zone_id: str) -> ZoneRecord:
    """How the forecasts of a zone did.

    Raises
    ------
    NotFound
        If there is no such zone.
    """
    require_zone(store, zone_id)
    daily = store.read(ZONE_SCORES, where={"zone_id": zone_id}).sort("day", "lead", "cutoff", "run_id")
    found = zone_accuracy(store).filter(pl.col("zone_id") == zone_id)
    figures = found.row(0, named=True) if len(found) else dict.fromkeys(_FIGURES)
    first, last = (daily["day"][0], daily["day"][-1]) if len(daily) else (None, None)
    return ZoneRecord(
        zone_id=zone_id,
        days=len(daily),
        first_day=first,
        last_day=last,
        **{name: figures[name] for name in _FIGURES},
        daily=daily.drop("zone_id"),
    )
