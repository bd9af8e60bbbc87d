"""The preparation of rows of features for a linear model, as one scikit-learn pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.ensemble import ExtraTreesRegressor
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import Lasso
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from amuna.domain.errors import UnknownSetting
from amuna.domain.text import Text
from amuna.forecasting.zones.prepare.cap import MAD, QUANTILE, Capper
from amuna.forecasting.zones.prepare.impute import RidgeImputer, SeasonalImputer
from amuna.forecasting.zones.prepare.terms import KINDS, ROBUST, STANDARD, terms

SEASONAL, MODEL, NONE, LASSO, TREES = "seasonal", "model", "none", "lasso", "trees"
_GROUPS = ("zone", "hour", "day_type")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "imputation": (SEASONAL, MODEL),
    "capping": (QUANTILE, MAD, NONE),
    "scaling": (STANDARD, ROBUST),
    "selection": (LASSO, TREES, NONE),
}


@dataclass(frozen=True)
class PrepareSettings:
    """How rows are prepared.

    Parameters
    ----------
    imputation
        `seasonal`: the mean of the same zone, hour and type of day; `model`: ridge regression on the other columns.
    capping
        `quantile`, `mad` or `none`.
    scaling
        `standard` or `robust`.
    interactions
        Whether squares, products and slopes by group of hours are added.
    selection
        `lasso`: columns that a lasso keeps; `trees`: columns that randomised trees find at least half as important as the
        mean column; `none`: all.
    penalty
        Of the lasso that selects, per row, in squared units of the target.
    """

    imputation: str = SEASONAL
    capping: str = QUANTILE
    scaling: str = STANDARD
    interactions: bool = True
    selection: str = LASSO
    penalty: float = 0.005

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            found = getattr(self, name)
            if found not in allowed:
                raise UnknownSetting(
                    Text(
                        "Las variables no admiten {setting} {found!r}.",
                        "There is no {setting} {found!r} of features.",
                    ),
                    remedy=Text("Elija uno de: {known}.", "Choose one of: {known}."),
                    setting=name,
                    found=found,
                    known=list(allowed),
                )


def preparation(names: tuple[str, ...], settings: PrepareSettings | None = None) -> Pipeline:
    """Steps from rows of features to inputs of a linear model; everything they know they learn in `fit`.

    The rows are those of the fold: nothing else reaches a step. Fitted with the target, of which the selection alone
    makes use.

    Parameters
    ----------
    names
        Of the columns of the rows, `zone`, `hour`, `day_type`, `month` and `season_of_year` among them.
    settings
        The defaults without them.

    Returns
    -------
    Pipeline
        From (n_rows, n_features), nan where missing, to (n_rows, n_inputs), of mean zero and deviation one in the fold.
    """
    settings = settings or PrepareSettings()
    steps: list[tuple[str, Any]] = []
    if settings.capping != NONE:
        # Before the imputation: no mean is learned from an absurd value.
        numbers = tuple(i for i, name in enumerate(names) if name not in KINDS)
        steps.append(("cap", Capper(settings.capping, numbers)))
    steps.append(("impute", _imputer(names, settings)))
    steps.append(("terms", terms(names, scaling=settings.scaling, interactions=settings.interactions)))
    steps.append(("scale", StandardScaler()))
    if settings.selection != NONE:
        steps.append(("select", _selector(settings)))
    return Pipeline(steps)


def _imputer(names: tuple[str, ...], settings: PrepareSettings) -> SeasonalImputer | RidgeImputer:
    if settings.imputation == MODEL:
        return RidgeImputer()
    return SeasonalImputer(tuple(names.index(name) for name in _GROUPS))


def _selector(settings: PrepareSettings) -> SelectFromModel:
    if settings.selection == LASSO:
        return SelectFromModel(Lasso(settings.penalty, precompute=True, tol=1e-3), threshold=1e-6)
    trees = ExtraTreesRegressor(
        30, max_depth=7, max_features=0.3, min_samples_leaf=50, max_samples=0.3, bootstrap=True, random_state=0, n_jobs=1
    )  # fmt: skip
    return SelectFromModel(trees, threshold="0.5*mean")
