"""Seasonal ARIMA of what weather and calendar leave unexplained, hour after hour without a break at midnight.

Of the two seasons of hourly demand (Taylor 2003, doi:10.1057/palgrave.jors.2601589) the week is in the profile and the
day in the model: regression with seasonal ARIMA errors (Box and Jenkins 1970) for each zone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.arima.orders import Order, parse_order
from amuna.forecasting.arima.rolling import fit_parameters, roll
from amuna.forecasting.zones.features import feature_names, features
from amuna.forecasting.zones.members.target import WARM_UP, unscaled
from amuna.forecasting.zones.port import Memories, ZoneData
from amuna.forecasting.zones.ridge import RidgeSettings, fit_ridge, predict_ridge

MEMORIES: Memories = (56.0, 5.0, 15.0)
# Chosen on the months before July 2022 of the zones of Ferrara: docs/zones.md.
ORDER = parse_order("(1,1,1)(0,1,1)24")
# What is known of a day ahead without its inflow, and the size of each that counts as one.
_INPUTS = {
    "holiday": 1.0, "bridge": 1.0, "holiday_before": 1.0, "festive": 1.0, "distance": 4.0,
    "school_shift": 1.0, "august_shift": 1.0, "christmas_shift": 1.0, "season_sin": 2.0, "season_cos": 2.0,
    "temp_anomaly": 5.0, "heat_23": 3.0, "heat_27": 3.0, "rain_day": 5.0, "rain_before": 5.0, "dry_days": 10.0,
    "humidity_anomaly": 15.0, "wind_anomaly": 10.0,
}  # fmt: skip
# Forecast deviations stay within this many usual deviations of the zone.
_FARTHEST = 8.0


@dataclass(frozen=True)
class FittedArima:
    """Coefficients and parameters of every zone.

    Parameters
    ----------
    order
        Of every zone.
    coefficients
        Of the inputs by hour, shape (n_zones, 24, n_inputs).
    parameters
        As `order.parameter_names`, shape (n_zones, n_parameters).
    """

    order: Order
    coefficients: Floats
    parameters: Floats

    def forecast(self, data: ZoneData, origins: Ints, n_days: int) -> Floats:
        """See `FittedZoneForecaster`."""
        past = data.history(MEMORIES)
        rest = _unexplained(data, int(origins.max()), self.coefficients)
        positions = (origins - WARM_UP) * 24
        ahead = roll(rest, self.order, self.parameters, positions=positions, steps=24 * n_days)
        ahead = ahead.reshape(len(data.zones), origins.size, n_days, 24)
        made = []
        for lead in range(n_days):
            scaled = ahead[:, :, lead] + predict_ridge(_inputs(data, origins, lead=lead), self.coefficients)
            scaled = np.clip(scaled, -_FARTHEST, _FARTHEST)
            made.append(unscaled(past, data.days, origins, scaled, lead=lead))
        return np.stack(made, axis=2)

    def to_texts(self) -> dict[str, str]:
        """Order, coefficients and parameters as JSON."""
        body = {
            "order": str(self.order),
            "coefficients": self.coefficients.tolist(),
            "parameters": self.parameters.tolist(),
        }
        return {"parameters": json.dumps(body)}


@dataclass(frozen=True)
class Arima:
    """Our own compiled ARIMA around the profile; needs nothing beyond the core."""

    order: Order = ORDER
    name: str = "arima"

    def fit(self, data: ZoneData, cutoff: int) -> FittedArima:
        """See `ZoneForecaster`."""
        known = np.arange(WARM_UP, cutoff)
        target = data.history(MEMORIES).deviation[:, known]
        age = (cutoff - known).astype(np.float64)
        coefficients = fit_ridge(_inputs(data, known, lead=0), target, age, RidgeSettings())
        rest = _unexplained(data, cutoff, coefficients)
        return FittedArima(self.order, coefficients, fit_parameters(rest, self.order))


def restore(texts: Mapping[str, str]) -> FittedArima:
    """The model that `to_texts` took apart."""
    body = json.loads(texts["parameters"])
    return FittedArima(
        parse_order(body["order"]), np.array(body["coefficients"]), np.array(body["parameters"])
    )


def _inputs(data: ZoneData, origins: Ints, *, lead: int) -> Floats:
    """Calendar and weather of the day ahead, within ±5, the last one constant; shape (n_zones, n_origins, 24, n_inputs)."""
    rows = features(data.history(MEMORIES), data.days, data.weather, origins, lead=lead)
    out = np.ones((*rows.shape[:3], len(_INPUTS) + 1))
    for i, (name, unit) in enumerate(_INPUTS.items()):
        out[..., i] = np.clip(np.nan_to_num(rows[..., feature_names().index(name)] / unit), -5.0, 5.0)
    return out


def _unexplained(data: ZoneData, until: int, coefficients: Floats) -> Floats:
    """Deviation of each known hour less what the inputs explain, nan where missing; shape (n_zones, n_hours)."""
    known = np.arange(WARM_UP, until)
    rest = data.history(MEMORIES).deviation[:, known] - predict_ridge(
        _inputs(data, known, lead=0), coefficients
    )
    return rest.reshape(len(data.zones), -1)
