"""The members of the forecast: a ridge for each day ahead, and trees for the first and for the later days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.boosting import (
    Booster,
    BoostSettings,
    fit_boosting,
    predict_boosting,
)
from amuna.forecasting.zones.calendar import Calendar
from amuna.forecasting.zones.features import History, feature_names, features, history
from amuna.forecasting.zones.profile import ProfileSettings, profile_of, run_profiles
from amuna.forecasting.zones.ridge import fit_ridge, predict_ridge, ridge_inputs

# Memory of the profile and of the two it is compared with, for the ridge and for the trees [days].
MEMORIES = ((56.0, 5.0, 15.0), (28.0, 8.0, 60.0))
HORIZON = 7
FIRST, LATER = "first", "later"
_WARM_UP = 30
_WINDOW = 420
_Part = tuple[NDArray[np.float32], Floats]


@dataclass(frozen=True)
class Trained:
    """Members fitted on the days before `cutoff`, counted from the first day of their grid.

    Parameters
    ----------
    ridges
        Coefficients by days ahead, 0 to 6, shape (n_zones, 24, n_inputs) each.
    boosters
        Trees for the first day ahead and for the later ones.
    """

    cutoff: int
    ridges: dict[int, Floats]
    boosters: dict[str, Booster]


def lead_class(lead: int) -> str:
    """The first day and the later days have their own trees, weights and ranges."""
    return FIRST if lead == 0 else LATER


def histories(flow: Floats, days: Calendar) -> list[History]:
    """The history the ridge sees and the one the trees see; `flow`, (n_zones, n_days, 24), ends at the cutoff."""
    n_days = flow.shape[1]
    made = []
    for memories in MEMORIES:
        runs = [
            run_profiles(flow, days.day_type[:n_days], days.usual[:n_days], ProfileSettings(memory=memory))
            for memory in memories
        ]
        profiles, quick, steady = runs
        made.append(history(profiles, quick, steady, days))
    return made


def train_members(
    pasts: list[History],
    flow: Floats,
    *,
    days: Calendar,
    weather: Floats,
    cutoff: int,
    settings: BoostSettings,
) -> Trained:
    """Fit every member on targets before `cutoff`."""
    ridges: dict[int, Floats] = {}
    rows: dict[str, list[_Part]] = {FIRST: [], LATER: []}
    smooth, raw = pasts
    for lead in range(HORIZON):
        origins = np.arange(_WARM_UP, cutoff - lead)
        inputs = ridge_inputs(features(smooth, days, weather, origins, lead=lead), lead=lead)
        target = _scaled_target(smooth, flow, days, origins, lead=lead)
        ridges[lead] = fit_ridge(inputs, target, (cutoff - origins).astype(np.float64))
        used = origins[_boosted(origins, lead, cutoff)]
        seen = _scaled_target(raw, flow, days, used, lead=lead)
        rows[lead_class(lead)].append((features(raw, days, weather, used, lead=lead), seen))
    return Trained(cutoff, ridges, {name: _boost(parts, settings) for name, parts in rows.items()})


def predict_members(
    model: Trained, pasts: list[History], *, days: Calendar, weather: Floats, origins: Ints, lead: int
) -> Floats:
    """Forecast of every member, shape (n_members, n_zones, n_origins, 24), in the unit of the flow."""
    smooth, raw = pasts
    inputs = ridge_inputs(features(smooth, days, weather, origins, lead=lead), lead=lead)
    linear = predict_ridge(inputs, model.ridges[min(lead, HORIZON - 1)])
    rows = features(raw, days, weather, origins, lead=lead)
    trees = predict_boosting(model.boosters[lead_class(lead)], rows.reshape(-1, rows.shape[-1]))
    kind = days.day_type[origins + lead]
    return np.stack(
        [
            profile_of(past.profiles, origins, kind) + past.scale[:, origins, None] * scaled
            for past, scaled in ((smooth, linear), (raw, trees.reshape(linear.shape)))
        ]
    )


def _scaled_target(past: History, flow: Floats, days: Calendar, origins: Ints, *, lead: int) -> Floats:
    """(flow − profile as of the origin) / scale; nan beyond the end of `flow`."""
    n_days = flow.shape[1]
    target = origins + lead
    seen = np.where((target < n_days)[None, :, None], flow[:, np.minimum(target, n_days - 1)], np.nan)
    level = profile_of(past.profiles, origins, days.day_type[target])
    return (seen - level) / past.scale[:, origins, None]


def _boosted(origins: Ints, lead: int, cutoff: int) -> NDArray[np.bool_]:
    """Origins the trees learn from: recent ones, and each of them with two of the six later leads."""
    recent = origins >= cutoff - _WINDOW
    return recent if lead == 0 else recent & ((origins + lead) % 3 == 0)


def _boost(parts: list[_Part], settings: BoostSettings) -> Booster:
    inputs = np.concatenate([x.reshape(-1, x.shape[-1]) for x, _ in parts])
    target = np.concatenate([y.ravel() for _, y in parts])
    return fit_boosting(inputs, target, feature_names(), settings)
