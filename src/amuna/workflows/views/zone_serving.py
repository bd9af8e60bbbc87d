"""What serves the zones: its models and their weights, how it did on weeks it had not seen, and how it has done since."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.zone_tables import ZONE_SCORES, ZONES_RUN
from amuna.workflows.zone_registered import zone_record, zone_trainings

FIRST, LATER = "first", "later"
_JUDGED = ("zone_days", "mae_m3h", "baseline_mae_m3h", "coverage80", "coverage95")


@dataclass(frozen=True)
class ZoneServing:
    """The training that serves the zones.

    Parameters
    ----------
    run_id, cutoff
        The training, and the first local day it has not seen.
    zones
        Zones it knows.
    weights
        model, first, later: its weight for the first day ahead and for the later ones; empty where profiles serve alone.
    held_out
        days (`first` or `later`), mae_m3h, baseline_mae_m3h: means over the zones, on the nine weeks before the cutoff, of
        models that had not seen them, and of the better of last week repeated and the mean of four weeks [m³/h].
    judged
        days, zone_days, mae_m3h, baseline_mae_m3h (last week repeated) [m³/h], coverage80, coverage95 (shares of hours):
        its stored forecasts against what has flowed since.
    """

    run_id: str
    cutoff: date
    zones: int
    weights: pl.DataFrame = field(repr=False)
    held_out: pl.DataFrame = field(repr=False)
    judged: pl.DataFrame = field(repr=False)


def zone_serving(store: Store) -> ZoneServing | None:
    """The training that serves the zones; None where none does."""
    runs = zone_trainings(store).filter("in_store", pl.col("alias") == ZONES_RUN)
    if runs.is_empty():
        return None
    run_id, cutoff = runs.select("run_id", "cutoff").row(0)
    record = zone_record(store, run_id)
    models = [name for name in record.facts["amuna.models"].split(", ") if name]
    weights = [
        (name, *(record.metrics.get(f"weight_{days}.{name}") for days in (FIRST, LATER))) for name in models
    ]
    return ZoneServing(
        run_id,
        cutoff,
        int(record.metrics["zones"]),
        pl.DataFrame(weights, {"model": pl.String, FIRST: pl.Float64, LATER: pl.Float64}, orient="row"),
        _by_days(record.tables["zone_errors"]),
        _judged(store, run_id),
    )


def _by_days(errors: pl.DataFrame) -> pl.DataFrame:
    return errors.group_by("days").agg(pl.col("mae_m3h", "baseline_mae_m3h").mean()).sort("days")


def _judged(store: Store, run_id: str) -> pl.DataFrame:
    rows = store.read(ZONE_SCORES, where={"run_id": run_id})
    days = pl.when(pl.col("lead") == 1).then(pl.lit(FIRST)).otherwise(pl.lit(LATER))
    hours = pl.col("hours").sum()
    return (
        rows.group_by(days=days)
        .agg(
            pl.col("mae_m3h", "baseline_mae_m3h").mean(),
            zone_days=pl.len().cast(pl.Int64),
            coverage80=pl.col("inside80").sum() / hours,
            coverage95=pl.col("inside95").sum() / hours,
        )
        .select("days", *_JUDGED)
        .sort("days")
    )
