"""Global gradient boosting over zones on the scaled deviation from the profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from amuna.domain.errors import MissingExtra
from amuna.domain.panel import Floats

try:
    import lightgbm as lgb
except ImportError:
    raise MissingExtra("LightGBM", extra="zones") from None

_OBJECTIVES = {"l1": "regression_l1", "l2": "regression", "huber": "huber", "quantile": "quantile"}
Booster: TypeAlias = Any  # LightGBM tells no types


@dataclass(frozen=True)
class BoostSettings:
    """How the trees are grown; the loss decides what they estimate.

    `loss` is `"l1"` (a median: lowest mean absolute error), `"l2"` (a mean: follows peaks), `"huber"`, or `"quantile"`:
    what is not exceeded with the probability `level`.
    """

    loss: str = "l1"
    trees: int = 120
    leaves: int = 31
    rate: float = 0.08
    smallest_leaf: int = 100
    columns: float = 0.5
    rows: float = 0.5
    shrink: float = 5.0
    seed: int = 1
    threads: int = 1
    clip: float = 6.0
    level: float = 0.5


def fit_boosting(
    features: NDArray[np.float32], target: Floats, names: list[str], settings: BoostSettings
) -> Booster:
    """Fit trees to scaled deviations.

    Parameters
    ----------
    features : Floats, shape (n_rows, n_features)
    target : Floats, shape (n_rows,)
        Scaled deviation; rows with nan are left out, values beyond `clip` are pulled in.
    names : list of str
    settings : BoostSettings

    Returns
    -------
    lightgbm.Booster
    """
    known = np.isfinite(target)
    if not known.all():
        features, target = features[known], target[known]
    data = lgb.Dataset(
        features,
        np.clip(target, -settings.clip, settings.clip),
        feature_name=names,
        categorical_feature=["zone"],
        params={"max_bin": 63, "verbosity": -1, "num_threads": settings.threads},
        free_raw_data=True,
    )
    return lgb.train(_parameters(settings), data, num_boost_round=settings.trees)


def predict_boosting(booster: Booster, features: NDArray[np.float32]) -> Floats:
    """Scaled deviations, shape (n_rows,), on one thread: the same bits wherever it runs."""
    return np.asarray(booster.predict(features, num_threads=1), dtype=np.float64)


def gains(booster: Booster) -> dict[str, float]:
    """What the loss fell by at the splits on each feature, by its name."""
    found = booster.feature_importance(importance_type="gain")
    return dict(zip(booster.feature_name(), map(float, found), strict=True))


def contributions(booster: Booster, features: NDArray[np.float32]) -> Floats:
    """What each feature adds to each prediction; the last column is the mean prediction. They sum to the prediction.

    TreeSHAP (Lundberg et al. 2018, arXiv:1802.03888), on all threads: a row's bits do not depend on them.

    Returns
    -------
    Floats, shape (n_rows, n_features + 1)
    """
    return np.asarray(booster.predict(features, pred_contrib=True), dtype=np.float64)


def to_text(booster: Booster) -> str:
    """The trees as LightGBM writes them."""
    return str(booster.model_to_string())


def from_text(text: str) -> Booster:
    """The trees that `to_text` wrote."""
    return lgb.Booster(model_str=text)


def _parameters(settings: BoostSettings) -> dict[str, object]:
    return {
        "objective": _OBJECTIVES[settings.loss],
        "alpha": settings.level if settings.loss == "quantile" else 0.9,
        "num_leaves": settings.leaves,
        "learning_rate": settings.rate,
        "min_data_in_leaf": settings.smallest_leaf,
        "feature_fraction": settings.columns,
        "bagging_fraction": settings.rows,
        "bagging_freq": 1,
        "lambda_l2": settings.shrink,
        "cat_smooth": 20.0,
        "max_bin": 63,
        "seed": settings.seed,
        "num_threads": settings.threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
