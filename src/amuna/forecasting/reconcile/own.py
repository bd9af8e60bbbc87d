"""Own: zones forecast from the past of their own daily sums, and what that said at past cutoffs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, panel_from_matrix
from amuna.domain.time import Horizon
from amuna.forecasting.champion import blend
from amuna.forecasting.fleet import FleetSettings, fit_fleet
from amuna.forecasting.intervals import QUANTILES
from amuna.forecasting.members import observed_after, roll


@dataclass(frozen=True)
class OwnForecasts:
    """Forecasts of sums as series of their own.

    Parameters
    ----------
    quantiles
        Shape (n_groups, n_days, n_quantiles), for `intervals.QUANTILES` [m³].
    past, observed
        What was forecast at past cutoffs and what came, shape (n_groups, n_origins, n_days) [m³]; NaN where unknown.
    status
        How the fit went, shape (n_groups,).
    """

    quantiles: Floats
    past: Floats
    observed: Floats
    status: NDArray[Any]

    @property
    def middle(self) -> Floats:
        """Medians, shape (n_groups, n_days) [m³]."""
        found: Floats = self.quantiles[..., QUANTILES.index(0.5)]
        return found

    @property
    def short(self) -> NDArray[np.bool_]:
        """Sums whose past is too short for a model of their own, shape (n_groups,)."""
        return np.isin(self.status, ["too_short", "fallback"])


def own_forecasts(days: Floats, cutoff: np.datetime64, settings: FleetSettings) -> OwnForecasts:
    """Fit and forecast daily sums.

    Parameters
    ----------
    days
        Sums on the days before the cutoff, shape (n_groups, n_past_days) [m³]; NaN where unknown.
    cutoff
        First day to forecast.
    settings
        Horizon, past cutoffs and orders to search.
    """
    start = cutoff - np.timedelta64(days.shape[1], "D")
    panel = panel_from_matrix(np.arange(len(days)).astype(np.str_), start, days)
    fleet = fit_fleet(panel, cutoff, settings)
    origins = settings.cutoffs(cutoff, settings.origins)
    past = roll(fleet.members, panel, origins, Horizon(settings.horizon))
    points = np.where(np.isnan(past[:, 0]), np.nan, blend(fleet.weights, np.nan_to_num(past)))
    return OwnForecasts(
        fleet.forecasts(Horizon(settings.horizon)).quantiles,
        points.transpose(1, 0, 2),
        observed_after(panel, origins, settings.horizon).transpose(1, 0, 2),
        fleet.status,
    )
