"""Explain zones: what the models look at, measured on days they had not seen, and how demand depends on weather and days."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from amuna.domain.ports import Store
from amuna.forecasting.zones.calendar import Place
from amuna.forecasting.zones.explain.dependence import dependence
from amuna.forecasting.zones.explain.importance import importance
from amuna.forecasting.zones.explain.port import ExplainedForecaster
from amuna.forecasting.zones.port import ZoneForecaster
from amuna.forecasting.zones.tune import set_by
from amuna.forecasting.zones.week import HOLDOUT_DAYS, SHORTEST_DAYS
from amuna.workflows.zone_forecast import model_data, serving_zones
from amuna.workflows.zone_grid import zone_grid

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ZoneExplanation:
    """What the models of zones look at.

    Parameters
    ----------
    run_id
        Training that serves.
    cutoff
        First local day that was not used.
    importance
        model, days (first or later), kind (reason or input), name, zone_id, mae_m3h (mean absolute error on the last nine
        weeks) and mae_more_m3h (how much larger it becomes without knowing that) [m³/h]. Empty below 120 days.
    dependence
        what (temperature, rain, day_type), value ([°C], [mm], or 0–6 from Monday to Sunday and 7 for a holiday), zone_id (null:
        all together), effect_m3h [m³/h], share (of the zone's mean) and days (that the point rests on).
    seconds
        Time taken [s].
    """

    run_id: str
    cutoff: date
    importance: pl.DataFrame = field(repr=False)
    dependence: pl.DataFrame = field(repr=False)
    seconds: float


def explain_zones(
    *, store: Store, place: Place, forecasters: Sequence[ZoneForecaster], rng: np.random.Generator
) -> ZoneExplanation:
    """Measure importance with models fitted anew without the last nine weeks, and dependence with the one that serves.

    Takes as long as a training; nothing is stored.

    Parameters
    ----------
    place
        Holidays and time zone of the utility.
    forecasters
        Models to measure; those that do not serve, or cannot tell what their inputs add, are left out.
    rng
        Chooses which days change places.

    Raises
    ------
    NotEnoughData
        If zones were not trained, or no zone has an inflow.
    """
    started = time.perf_counter()
    run_id, model = serving_zones(store)
    grid = zone_grid(store=store, place=place, zones=model.zones)
    data = model_data(model, grid)
    since = data.n_days - HOLDOUT_DAYS
    enough = data.n_days >= SHORTEST_DAYS
    telling = {name for name, each in model.fitted.items() if isinstance(each, ExplainedForecaster)}
    asked = [each for each in forecasters if enough and each.name in telling]
    if model.choice is not None:
        asked = set_by(model.choice, asked)
    measured = importance({each.name: each.fit(data, since) for each in asked}, data, since, rng)
    found = dependence(model, data)
    seconds = time.perf_counter() - started
    log.info("explained zones run=%s models=%d seconds=%.1f", run_id, len(asked), seconds)
    return ZoneExplanation(
        run_id,
        grid.origin,
        measured.rename({"mae": "mae_m3h", "mae_more": "mae_more_m3h"}),
        found.rename({"effect": "effect_m3h"}),
        seconds,
    )
