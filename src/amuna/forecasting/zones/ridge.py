"""Ridge regression per zone and hour on a few strong features, neighbouring hours sharing strength."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats
from amuna.forecasting.zones.features import feature_names

PENALTY = 0.03
MEMORY = 250.0
NEIGHBOUR = 0.5
KINSHIP = 0.3
LIMIT = 3.0

_COMMON = {
    "level_1": 0.5, "level_3": 0.5, "level_10": 0.5, "quick": 1.0, "steady": 1.0,
    "holiday": 1.0, "bridge": 1.0, "holiday_before": 1.0,
    "school_shift": 1.0, "august_shift": 1.0, "christmas_shift": 1.0, "season_sin": 2.0, "season_cos": 2.0,
    "temp_anomaly": 5.0, "temp_step": 5.0, "rain_day": 5.0, "rain_before": 5.0, "humidity_anomaly": 15.0,
}  # fmt: skip
_LATER = {"festive": 1.0, "distance": 4.0, "mean_3d": 1.0, "mean_7d": 1.0}
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


def fit_ridge(inputs: Floats, targets: Floats, age: Floats) -> Floats:
    """Fit every zone and hour, older days counting less.

    Parameters
    ----------
    inputs : Floats, shape (n_zones, n_days, 24, n_inputs)
    targets : Floats, shape (n_zones, n_days, 24)
        Scaled deviations; a nan is left out, values beyond ±3 are pulled in.
    age : Floats, shape (n_days,)
        Days before the cutoff.

    Returns
    -------
    Floats, shape (n_zones, 24, n_inputs)
        Coefficients.
    """
    known = np.isfinite(targets)
    weights = np.moveaxis(known * np.exp(-age / MEMORY)[None, :, None], 1, 2)
    rows = np.ascontiguousarray(np.moveaxis(inputs, 1, 2))
    wanted = np.clip(np.moveaxis(np.nan_to_num(targets), 1, 2), -LIMIT, LIMIT)
    weighted = np.swapaxes(rows * weights[..., None], 2, 3)
    gram, moment = _blend(weighted @ rows), _blend(weighted @ wanted[..., None])
    size = _blend(weights.sum(axis=2))[..., None, None] + 1.0
    gram, moment = _kin(gram / size), _kin(moment / size)
    shrink = np.full(inputs.shape[-1], PENALTY)
    shrink[-1] = 1e-3
    return np.asarray(np.linalg.solve(gram + np.diag(shrink), moment)[..., 0], dtype=np.float64)


def _blend(per_hour: Floats) -> Floats:
    """Let each hour borrow from the hours before and after it (axis 1)."""
    return per_hour + NEIGHBOUR * (np.roll(per_hour, 1, axis=1) + np.roll(per_hour, -1, axis=1))


def _kin(per_zone: Floats) -> Floats:
    """Let each zone borrow from the mean of all zones (axis 0): their deviations are scaled alike."""
    return (1.0 - KINSHIP) * per_zone + KINSHIP * per_zone.mean(axis=0)


def predict_ridge(inputs: Floats, coefficients: Floats) -> Floats:
    """Scaled deviations, `(n_zones, n_days, 24)`."""
    return np.einsum("zdhi,zhi->zdh", inputs, coefficients, optimize=True)
