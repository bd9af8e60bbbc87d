"""Forecasts for MLflow's users: `mlflow.pyfunc.load_model("models:/amuna-fleet@champion").predict(accounts)`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.domain.text import Text
from amuna.domain.time import Horizon
from amuna.forecasting.fleet import FittedFleet
from amuna.forecasting.records import forecasts_frame, read_fleet

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class FleetModel:
    """A version of the fleet, from the states it was saved with.

    Parameters
    ----------
    run_id
        The training.
    horizon
        Days ahead [days].
    fleet
        Every account's model.
    """

    run_id: str
    horizon: int
    fleet: FittedFleet

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:  # noqa: ARG002 (MLflow's interface)
        """FORECASTS rows [m³] of the days ahead, for the accounts in the column `account_id`.

        Raises
        ------
        NotEnoughData
            If an account has no model.
        """
        wanted = np.unique(np.asarray(model_input["account_id"], dtype=object))
        unknown = np.setdiff1d(wanted, self.fleet.series_ids)
        if len(unknown):
            raise NotEnoughData(
                Text(
                    "El entrenamiento {run_id} no tiene modelo para {accounts}.",
                    "Run {run_id} has no model for {accounts}.",
                ),
                remedy=Text(
                    "amuna update da un modelo a las cuentas nuevas; amuna train las incluye en la siguiente versión.",
                    "amuna update gives new accounts a model; amuna train takes them into the next version.",
                ),
                run_id=self.run_id,
                accounts=", ".join(map(str, unknown[:5])),
            )
        rows = np.searchsorted(self.fleet.series_ids.astype(object), wanted)
        forecasts = self.fleet.take(rows).forecasts(Horizon(self.horizon))
        return forecasts_frame(forecasts, self.run_id).to_pandas()


def _load_pyfunc(path: str) -> FleetModel:
    """What MLflow calls with the folder of a version's parameters."""
    names = ("models", "states", "calibration", "run")
    models, states, calibration, run = (pl.read_parquet(Path(path) / f"{name}.parquet") for name in names)
    settings = json.loads(run["settings"][0])
    fleet = read_fleet(models, states, calibration, billing_days=settings["billing_days"])
    return FleetModel(str(run["run_id"][0]), settings["horizon"], fleet)
