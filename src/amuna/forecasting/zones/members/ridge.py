"""A ridge for each zone, hour and day ahead: see `zones.ridge`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.features import feature_names, features
from amuna.forecasting.zones.members.target import WARM_UP, scaled_target, unscaled
from amuna.forecasting.zones.port import HORIZON, Memories, ZoneData
from amuna.forecasting.zones.ridge import RidgeSettings, fit_ridge, input_names, predict_ridge, ridge_inputs

# Other ways to set it, by the name that a choice of them is kept under.
_ALTERNATIVES = {
    "stiffer": RidgeSettings(penalty=0.1),
    "younger": RidgeSettings(memory=200.0),
    "squares": RidgeSettings(reweightings=0, limit=3.0),
}


@dataclass(frozen=True)
class FittedRidge:
    """Coefficients by days ahead, 0 to 6, shape (n_zones, 24, n_inputs) each, and the profiles they depart from."""

    coefficients: dict[int, Floats]
    memories: Memories

    def forecast(self, data: ZoneData, origins: Ints, n_days: int) -> Floats:
        """See `FittedZoneForecaster`; the eighth day ahead is forecast as the seventh."""
        past = data.history(self.memories)
        made = []
        for lead in range(n_days):
            rows = features(past, data.days, data.weather, origins, lead=lead)
            made.append(unscaled(past, data.days, origins, self.scaled(rows, lead=lead), lead=lead))
        return np.stack(made, axis=2)

    def scaled(self, rows: NDArray[np.float32], *, lead: int) -> Floats:
        """See `ExplainedForecaster`."""
        return predict_ridge(ridge_inputs(rows, lead=lead), self.coefficients[min(lead, HORIZON - 1)])

    def contributions(self, rows: NDArray[np.float32], *, lead: int) -> Floats:
        """Coefficient times input, exactly; see `ExplainedForecaster`."""
        parts = ridge_inputs(rows, lead=lead) * self.coefficients[min(lead, HORIZON - 1)][:, None]
        names = feature_names()
        out = np.zeros((*rows.shape[:-1], len(names) + 1))
        out[..., [names.index(name) for name in input_names(lead=lead)]] = parts[..., :-1]
        out[..., -1] = parts[..., -1]
        return out

    def importance(self) -> dict[str, dict[str, float]]:
        """Mean size of the coefficients, over zones and hours; see `WeighingForecaster`."""
        first, *later = (np.abs(each).mean(axis=(0, 1)) for _, each in sorted(self.coefficients.items()))
        sizes = {
            "first": (input_names(lead=0), first),
            "later": (input_names(lead=1), np.mean(later, axis=0)),
        }
        return {
            kind: dict(zip(names, mean[:-1].tolist(), strict=True)) for kind, (names, mean) in sizes.items()
        }

    def to_texts(self) -> dict[str, str]:
        """The coefficients and the memories as JSON."""
        by_lead = {lead: each.tolist() for lead, each in self.coefficients.items()}
        return {"coefficients": json.dumps({"memories": self.memories, "by_lead": by_lead})}


@dataclass(frozen=True)
class Ridge:
    """Ridge regression on a few strong features; needs numpy alone."""

    settings: RidgeSettings = field(default_factory=RidgeSettings)
    name: str = "ridge"

    def alternatives(self) -> dict[str, Ridge]:
        """See `TunableForecaster`."""
        return {label: Ridge(settings) for label, settings in _ALTERNATIVES.items()}

    def fit(self, data: ZoneData, cutoff: int) -> FittedRidge:
        """See `ZoneForecaster`."""
        past = data.history(self.settings.memories)
        coefficients = {}
        for lead in range(HORIZON):
            origins = np.arange(WARM_UP, cutoff - lead)
            inputs = ridge_inputs(features(past, data.days, data.weather, origins, lead=lead), lead=lead)
            target = scaled_target(past, data, origins, lead=lead)
            age = (cutoff - origins).astype(np.float64)
            coefficients[lead] = fit_ridge(inputs, target, age, self.settings)
        return FittedRidge(coefficients, self.settings.memories)


def restore(texts: Mapping[str, str]) -> FittedRidge:
    """The model that `to_texts` took apart."""
    found = json.loads(texts["coefficients"])
    base, quick, steady = found["memories"]
    by_lead = {int(lead): np.array(each) for lead, each in found["by_lead"].items()}
    return FittedRidge(by_lead, (base, quick, steady))
