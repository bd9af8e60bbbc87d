"""How much worse a model forecasts when it is told the inputs of other days: importance in the unit of the flow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.explain.port import GROUPS, ExplainedForecaster, group_of
from amuna.forecasting.zones.features import feature_names, features
from amuna.forecasting.zones.members.target import unscaled
from amuna.forecasting.zones.nans import nan_mean
from amuna.forecasting.zones.port import FIRST, LATER, FittedZoneForecaster, ZoneData

REASON, INPUT = "reason", "input"
_LEADS = {FIRST: 0, LATER: 3}


def importance(
    fitted: Mapping[str, FittedZoneForecaster], data: ZoneData, since: int, rng: np.random.Generator
) -> pl.DataFrame:
    """Permutation importance (Breiman 2001, doi:10.1023/A:1010933404324) of reasons and of single inputs.

    Whole days change places, alike for all zones and hours. What stands in for another is not missed: of inputs that say
    the same, each alone looks unimportant, and the reason they belong to does not.

    Parameters
    ----------
    fitted
        Models by name; those that cannot tell their inputs are left out.
    data
        With at least two weeks of days that the models were not fitted on.
    since
        First of these days.

    Returns
    -------
    polars.DataFrame
        model, days (first or later), kind (reason or input), name, zone_id, mae (mean absolute error, in the unit of the flow)
        and mae_more (how much larger it becomes).
    """
    rows = [
        row
        for model, each in fitted.items()
        if isinstance(each, ExplainedForecaster)
        for days, lead in _LEADS.items()
        for row in _of_model(model, each, data, np.arange(since, data.n_days - lead), days, lead, rng)
    ]
    schema = ("model", "days", "kind", "name", "zone_id", "mae", "mae_more")
    return pl.DataFrame(rows, schema=schema, orient="row")


def _of_model(
    name: str,
    model: ExplainedForecaster,
    data: ZoneData,
    origins: Ints,
    days: str,
    lead: int,
    rng: np.random.Generator,
) -> list[tuple[object, ...]]:
    rows = features(data.history(model.memories), data.days, data.weather, origins, lead=lead)
    usual = _mae(model, data, origins, rows, lead)
    order = rng.permutation(origins.size)
    names = feature_names()
    shuffled = {
        (REASON, group): [i for i, each in enumerate(names) if group_of(each) == group] for group in GROUPS
    }
    shuffled |= {(INPUT, each): [i] for i, each in enumerate(names)}
    out = []
    for (kind, what), columns in shuffled.items():
        other = rows.copy()
        other[..., columns] = rows[:, order][..., columns]
        more = _mae(model, data, origins, other, lead) - usual
        out += [
            (name, days, kind, what, zone, *pair)
            for zone, *pair in zip(data.zones, usual.tolist(), more.tolist(), strict=True)
        ]
    return out


def _mae(
    model: ExplainedForecaster, data: ZoneData, origins: Ints, rows: NDArray[np.float32], lead: int
) -> Floats:
    """Mean absolute error by zone, shape (n_zones,)."""
    past = data.history(model.memories)
    made = unscaled(past, data.days, origins, model.scaled(rows, lead=lead), lead=lead)
    miss = np.abs(made - data.flow[:, origins + lead])
    return nan_mean(miss.reshape(len(data.zones), -1), axis=1)
