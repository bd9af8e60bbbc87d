"""Ridge regression per zone and hour on a few strong features, neighbouring hours sharing strength."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats
from amuna.forecasting.zones.features import feature_names
from amuna.forecasting.zones.port import Memories

_NEIGHBOUR = 0.5
_NEAR = 0.3  # usual deviations; errors below it all weigh alike


@dataclass(frozen=True)
class RidgeSettings:
    """How the regression is fitted.

    Parameters
    ----------
    memories
        Of the profile that it departs from, and of the quicker and the steadier one [days].
    penalty
        On squared coefficients, for each unit of weight.
    memory
        Time constant by which older days count less [days].
    kinship
        Share of the mean of all zones in what a zone learns from.
    reweightings
        Passes that lead from squares towards absolute errors; 0 is least squares.
    limit
        Usual deviations beyond which targets are pulled in.
    """

    memories: Memories = (56.0, 5.0, 15.0)
    penalty: float = 0.03
    memory: float = 400.0
    kinship: float = 0.3
    reweightings: int = 2
    limit: float = 5.0


_COMMON = {
    "level_1": 0.5, "level_3": 0.5, "level_10": 0.5, "quick": 1.0, "steady": 1.0,
    "holiday": 1.0, "bridge": 1.0, "holiday_before": 1.0,
    "school_shift": 1.0, "august_shift": 1.0, "christmas_shift": 1.0, "season_sin": 2.0, "season_cos": 2.0,
    "temp_anomaly": 5.0, "temp_step": 5.0, "rain_day": 5.0, "rain_before": 5.0, "humidity_anomaly": 15.0,
}  # fmt: skip
_LATER = {"city_level": 1.0, "festive": 1.0, "distance": 4.0, "mean_3d": 1.0, "mean_7d": 1.0}
_FIRST_DAY = {
    "yesterday": 1.0, "mean_3d": 1.0, "mean_7d": 1.0, "week_before": 1.0,
    "city_level": 1.0, "last_3h": 1.0, "last_6h": 1.0, "night": 1.0,
}  # fmt: skip


def input_names(*, lead: int) -> tuple[str, ...]:
    """Features that the ridge looks at, in the order of its inputs; the constant comes after them."""
    return tuple(_chosen(lead))


def _chosen(lead: int) -> dict[str, float]:
    return _COMMON | (_FIRST_DAY if lead == 0 else _LATER)


def ridge_inputs(features: NDArray[np.float32], *, lead: int) -> Floats:
    """Pick and scale the inputs of the ridge.

    Parameters
    ----------
    features : Floats, shape (n_zones, n_origins, 24, n_features)
    lead : int
        The first day also looks at yesterday's hours; later days keep to levels.

    Returns
    -------
    Floats, shape (n_zones, n_origins, 24, n_inputs)
        Without nan, within ±5, the last column constant.
    """
    names = feature_names()
    chosen = _chosen(lead)
    out = np.ones((*features.shape[:3], len(chosen) + 1))
    for i, (name, unit) in enumerate(chosen.items()):
        out[..., i] = np.clip(np.nan_to_num(features[..., names.index(name)] / unit), -5.0, 5.0)
    return out


def fit_ridge(inputs: Floats, targets: Floats, age: Floats, settings: RidgeSettings) -> Floats:
    """Fit every zone and hour, older days counting less.

    Absolute errors are approached by weighted least squares, weights falling with the error of the pass before
    (Schlossmacher 1973, doi:10.1080/01621459.1973.10481336).

    Parameters
    ----------
    inputs : Floats, shape (n_zones, n_days, 24, n_inputs)
    targets : Floats, shape (n_zones, n_days, 24)
        Scaled deviations; a nan is left out.
    age : Floats, shape (n_days,)
        Days before the cutoff.
    settings : RidgeSettings

    Returns
    -------
    Floats, shape (n_zones, 24, n_inputs)
        Coefficients.
    """
    known = np.isfinite(targets)
    first = np.moveaxis(known * np.exp(-age / settings.memory)[None, :, None], 1, 2)
    wanted = np.clip(np.moveaxis(np.nan_to_num(targets), 1, 2), -settings.limit, settings.limit)
    found = _solve(inputs, wanted, first, settings)
    for _ in range(settings.reweightings):
        miss = np.abs(wanted - np.moveaxis(predict_ridge(inputs, found), 1, 2))
        weights = first / np.maximum(miss, _NEAR)
        found = _solve(inputs, wanted, weights * (first.sum() / max(weights.sum(), 1e-9)), settings)
    return found


def _solve(inputs: Floats, wanted: Floats, weights: Floats, settings: RidgeSettings) -> Floats:
    """Weighted ridge of every zone and hour; targets and weights shaped (n_zones, 24, n_days)."""
    sums = [_sums(*each) for each in zip(inputs, wanted, weights, strict=True)]
    gram, moment = (_blend(np.stack(each)) for each in zip(*sums, strict=True))
    size = _blend(weights.sum(axis=2))[..., None, None] + 1.0
    gram, moment = _kin(gram / size, settings.kinship), _kin(moment / size, settings.kinship)
    shrink = np.full(inputs.shape[-1], settings.penalty)
    shrink[-1] = 1e-3
    return np.asarray(np.linalg.solve(gram + np.diag(shrink), moment)[..., 0], dtype=np.float64)


def _sums(inputs: Floats, wanted: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Products of the inputs of a zone with each other and with the target, by hour: one zone at a time, to save memory."""
    rows = np.ascontiguousarray(np.moveaxis(inputs, 0, 1))
    weighted = np.swapaxes(rows * weights[..., None], 1, 2)
    return weighted @ rows, weighted @ wanted[..., None]


def _blend(per_hour: Floats) -> Floats:
    """Let each hour borrow from the hours before and after it (axis 1)."""
    return per_hour + _NEIGHBOUR * (np.roll(per_hour, 1, axis=1) + np.roll(per_hour, -1, axis=1))


def _kin(per_zone: Floats, kinship: float) -> Floats:
    """Let each zone borrow from the mean of all zones (axis 0): their deviations are scaled alike."""
    return (1.0 - kinship) * per_zone + kinship * per_zone.mean(axis=0)


def predict_ridge(inputs: Floats, coefficients: Floats) -> Floats:
    """Scaled deviations, `(n_zones, n_days, 24)`."""
    return np.einsum("zdhi,zhi->zdh", inputs, coefficients, optimize=True)
