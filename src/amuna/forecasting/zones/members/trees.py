"""Gradient-boosted trees over all zones, for the first day ahead and for the later ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.boosting import (
    Booster,
    BoostSettings,
    contributions,
    fit_boosting,
    from_text,
    gains,
    predict_boosting,
    to_text,
)
from amuna.forecasting.zones.features import feature_names, features
from amuna.forecasting.zones.members.target import WARM_UP, scaled_target, unscaled
from amuna.forecasting.zones.port import FIRST, HORIZON, LATER, Memories, ZoneData, lead_class

MEMORIES: Memories = (28.0, 8.0, 60.0)
# Another way to set it, by the name that a choice of it is kept under.
_ALTERNATIVES = {"smaller": BoostSettings(leaves=15, trees=200, rate=0.05)}
_WINDOW = 420
_FEWEST = 500  # rows to fit; with fewer the profile stands alone
_ZONES_BY_HOUR = 20  # above them contributions are found of every third hour


@dataclass(frozen=True)
class FittedTrees:
    """Trees for the first day ahead and for the later ones; where there are none the profile stands alone."""

    boosters: dict[str, Booster]

    @property
    def memories(self) -> Memories:
        """See `ExplainedForecaster`."""
        return MEMORIES

    def forecast(self, data: ZoneData, origins: Ints, n_days: int) -> Floats:
        """See `FittedZoneForecaster`."""
        past = data.history(MEMORIES)
        made = []
        for lead in range(n_days):
            rows = features(past, data.days, data.weather, origins, lead=lead)
            made.append(unscaled(past, data.days, origins, self.scaled(rows, lead=lead), lead=lead))
        return np.stack(made, axis=2)

    def scaled(self, rows: NDArray[np.float32], *, lead: int) -> Floats:
        """See `ExplainedForecaster`."""
        booster = self.boosters.get(lead_class(lead))
        if booster is None:
            return np.zeros(rows.shape[:-1])
        return predict_boosting(booster, rows.reshape(-1, rows.shape[-1])).reshape(rows.shape[:-1])

    def contributions(self, rows: NDArray[np.float32], *, lead: int) -> Floats:
        """By TreeSHAP; see `ExplainedForecaster`. Of many zones every third hour stands for its neighbours, to save time."""
        booster = self.boosters.get(lead_class(lead))
        if booster is None:
            return np.zeros((*rows.shape[:-1], rows.shape[-1] + 1))
        step = 1 if len(rows) <= _ZONES_BY_HOUR else 3
        asked = rows[:, :, step // 2 :: step]
        flat = contributions(booster, asked.reshape(-1, rows.shape[-1]))
        return np.repeat(flat.reshape((*asked.shape[:-1], rows.shape[-1] + 1)), step, axis=2)

    def importance(self) -> dict[str, dict[str, float]]:
        """What the loss fell by at splits on each input; see `WeighingForecaster`."""
        return {kind: gains(booster) for kind, booster in self.boosters.items()}

    def to_texts(self) -> dict[str, str]:
        """The trees as LightGBM writes them."""
        return {name: to_text(booster) for name, booster in self.boosters.items()}


@dataclass(frozen=True)
class Trees:
    """LightGBM, global over zones; needs the extra `zones`."""

    settings: BoostSettings = field(default_factory=BoostSettings)
    name: str = "trees"

    def alternatives(self) -> dict[str, Trees]:
        """See `TunableForecaster`."""
        return {label: Trees(settings) for label, settings in _ALTERNATIVES.items()}

    def fit(self, data: ZoneData, cutoff: int) -> FittedTrees:
        """See `ZoneForecaster`."""
        boosters = {}
        for kind, leads in ((FIRST, range(1)), (LATER, range(1, HORIZON))):
            inputs, target = _rows_to_learn(data, leads, cutoff)
            if len(target) >= _FEWEST:
                boosters[kind] = fit_boosting(inputs, target, feature_names(), self.settings)
        return FittedTrees(boosters)


def restore(texts: Mapping[str, str]) -> FittedTrees:
    """The model that `to_texts` took apart."""
    return FittedTrees({name: from_text(text) for name, text in texts.items()})


def _rows_to_learn(data: ZoneData, leads: range, cutoff: int) -> tuple[NDArray[np.float32], Floats]:
    """Features of the hours of these days ahead, and the scaled deviations that followed, where they are known."""
    past, inputs, targets = data.history(MEMORIES), [], []
    for lead in leads:
        origins = _learned_from(np.arange(WARM_UP, cutoff - lead), lead, cutoff)
        seen = scaled_target(past, data, origins, lead=lead)
        known = np.isfinite(seen)
        inputs.append(features(past, data.days, data.weather, origins, lead=lead)[known])
        targets.append(seen[known])
    return np.concatenate(inputs), np.concatenate(targets)


def _learned_from(origins: Ints, lead: int, cutoff: int) -> Ints:
    """Recent origins, and each of them with two of the six later leads."""
    recent = origins[origins >= cutoff - _WINDOW]
    return recent if lead == 0 else recent[(recent + lead) % 3 == 0]
