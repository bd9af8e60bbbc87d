"""Columns of a linear model out of features: scaled numbers, squares and products, products with groups, and yes or no."""

from __future__ import annotations

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, RobustScaler, StandardScaler

from amuna.domain.panel import Floats

STANDARD, ROBUST = "standard", "robust"
KINDS = ("zone", "hour", "day_type", "month", "season_of_year")
# Squares and products: temperature², temperature x rain, and those with what it felt like the day before.
WEATHER = ("temp_anomaly", "rain_hour", "rain_day", "dry_days", "humidity_anomaly")
HEAT = ("temp_anomaly", "apparent", "cooling_days", "rain_hour")
HOUR_GROUPS = ((0, 6), (6, 12), (12, 18), (18, 24))


class ByGroup(TransformerMixin, BaseEstimator):
    """Each value in the column of its group, zeros elsewhere: a slope of its own for each group.

    The last input column tells the group; the others are values.

    Parameters
    ----------
    groups
        First group number, and the first beyond, of each group.
    """

    def __init__(self, groups: tuple[tuple[int, int], ...]) -> None:
        self.groups = groups

    def fit(self, _rows: Floats, _target: Floats | None = None) -> Self:
        """Nothing to learn."""
        self.n_groups_ = len(self.groups)
        return self

    def transform(self, rows: Floats) -> Floats:
        """Shape (n_rows, n_groups * n_values), the values of the first group first."""
        return by_group(rows, self.groups)


def by_group(rows: Floats, groups: tuple[tuple[int, int], ...]) -> Floats:
    """See `ByGroup`."""
    values, which = rows[:, :-1], rows[:, -1]
    return np.hstack([values * ((which >= low) & (which < high))[:, None] for low, high in groups])


def terms(names: tuple[str, ...], *, scaling: str, interactions: bool) -> ColumnTransformer:
    """The step that makes the columns.

    Parameters
    ----------
    names
        Of the columns it is given.
    scaling
        `standard` (mean and standard deviation) or `robust` (median and quartiles).
    interactions
        Whether squares, products and slopes by group of hours are added.
    """
    kinds = [names.index(name) for name in KINDS]
    numbers = [i for i, name in enumerate(names) if name not in KINDS]
    parts = [
        ("numbers", _scaler(scaling), numbers),
        ("kinds", OneHotEncoder(handle_unknown="ignore", sparse_output=False), kinds),
    ]
    if interactions:
        products = PolynomialFeatures(degree=2, include_bias=False)
        weather = Pipeline([("scale", _scaler(scaling)), ("products", products)])
        parts.append(("weather", weather, [names.index(name) for name in WEATHER]))
        heat = [names.index(name) for name in (*HEAT, "hour")]
        parts.append(("heat", ByGroup(HOUR_GROUPS), heat))
    return ColumnTransformer(parts)


def _scaler(scaling: str) -> StandardScaler | RobustScaler:
    return StandardScaler() if scaling == STANDARD else RobustScaler()
