"""Predict: forecasts of some accounts by a version of the fleet, the serving one as it stands today or any other."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import polars as pl

from amuna.domain.errors import NotFound
from amuna.domain.ports import Registry, Store
from amuna.domain.tables import FORECASTS, STATES
from amuna.domain.time import Horizon
from amuna.forecasting.fleet import FittedFleet
from amuna.forecasting.records import forecasts_frame, read_fleet
from amuna.workflows.serving import load_fleet

LONGEST_DAYS = 92


def predict(accounts: Sequence[str], *, store: Store, run_id: str, days: int) -> pl.DataFrame:
    """FORECASTS rows [m³] of some accounts, by account and day, from the states that the store has of a run.

    Raises
    ------
    NotFound
        If an account has no model in it.
    """
    wanted = sorted(set(accounts))
    states = store.read(
        STATES, where={"run_id": run_id, "account_id": wanted}, columns=["account_id", "cutoff"]
    )
    _require_all(wanted, states["account_id"].to_list())
    parts = [FORECASTS.empty()]
    for mine in states.partition_by("cutoff"):
        fleet = load_fleet(store, run_id, accounts=mine["account_id"].to_list())
        parts.append(forecasts_frame(fleet.forecasts(Horizon(days)), run_id))
    return pl.concat(parts).sort("account_id", "day")


def predict_with(fleet: FittedFleet, accounts: Sequence[str], *, run_id: str, days: int) -> pl.DataFrame:
    """FORECASTS rows [m³] of some accounts, by account and day, from a fleet at hand.

    Raises
    ------
    NotFound
        If an account has no model in it.
    """
    wanted = sorted(set(accounts))
    known = fleet.series_ids.astype(np.str_)
    _require_all(wanted, known.tolist())
    rows = np.searchsorted(known, wanted)
    return forecasts_frame(fleet.take(rows).forecasts(Horizon(days)), run_id).sort("account_id", "day")


def registered_fleet(registry: Registry, number: int) -> FittedFleet:
    """The fleet of a version of the registry, as it was trained.

    Raises
    ------
    NotEnoughData
        If there is no such version.
    """
    tables = registry.load(number)
    settings = json.loads(tables["run"]["settings"][0])
    names = ("models", "states", "calibration")
    return read_fleet(*(tables[name] for name in names), billing_days=settings["billing_days"])


def _require_all(wanted: Sequence[str], known: Sequence[str]) -> None:
    for account in sorted(set(wanted) - set(known)):
        raise NotFound("account", account)
