"""Values for what is missing in rows of features, learned from the rows of the fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from amuna.domain.panel import Floats, Ints

_DECIMALS = 5  # of stored means: beyond them lies no information, only length
_SHRINK = 0.02


class SeasonalImputer(TransformerMixin, BaseEstimator):
    """A missing value becomes the mean of the rows of its group: the same zone, hour and type of day.

    Where the group has none it becomes the mean of the column, and zero where that has none either.

    Parameters
    ----------
    by
        Columns that make the groups; whole numbers, never missing.
    """

    def __init__(self, by: tuple[int, ...]) -> None:
        self.by = by

    def fit(self, rows: Floats, _target: Floats | None = None) -> Self:
        """Learn the means of columns, and by group those of the columns that have gaps here."""
        keys, group = np.unique(self._keys(rows), axis=0, return_inverse=True)
        self.groups_: Ints = keys
        known = np.isfinite(rows)
        total, count = (
            _sums(part, group, len(keys)) for part in (np.where(known, rows, 0.0), known.astype(np.float64))
        )
        self.column_: Floats = np.round(_ratio(total.sum(axis=0), count.sum(axis=0), 0.0), _DECIMALS)
        self.torn_: Ints = np.flatnonzero(~known.all(axis=0))
        means = _ratio(total, count, self.column_)[:, self.torn_]
        self.means_: Floats = np.round(means, _DECIMALS)
        return self

    def transform(self, rows: Floats) -> Floats:
        """Rows without gaps."""
        table = GroupMeans(self.groups_, self.means_, self.torn_, self.column_)
        return fill_by_group(rows, self._keys(rows), table)

    def _keys(self, rows: Floats) -> Ints:
        return np.asarray(rows[:, list(self.by)], dtype=np.int64)


class RidgeImputer(TransformerMixin, BaseEstimator):
    """A missing value becomes what ridge regression on the other columns of the row expects.

    The fold's correlation matrix, shrunk, is inverted once; the regression of any columns on all others follows from the
    inverse (Whittaker 1990, Graphical Models in Applied Multivariate Statistics), so that each pattern of gaps costs one
    small system.

    Parameters
    ----------
    shrink
        Added to the diagonal of the correlations.
    """

    def __init__(self, shrink: float = _SHRINK) -> None:
        self.shrink = shrink

    def fit(self, rows: Floats, _target: Floats | None = None) -> Self:
        """Learn means, deviations and the inverse of the correlations."""
        known = np.isfinite(rows)
        count = known.sum(axis=0).astype(np.float64)
        self.mean_: Floats = _ratio(np.where(known, rows, 0.0).sum(axis=0), count, 0.0)
        centred = np.where(known, rows - self.mean_, 0.0)
        variance = _ratio((centred**2).sum(axis=0), count, 0.0)
        deviation = np.sqrt(np.where(variance > 0.0, variance, 1.0))
        self.deviation_: Floats = np.asarray(deviation, dtype=np.float64)
        scaled = centred / self.deviation_
        correlation = scaled.T @ scaled / max(len(rows), 1)
        inverse = np.linalg.inv(correlation + self.shrink * np.eye(rows.shape[1]))
        self.inverse_: Floats = np.asarray(inverse, dtype=np.float64)
        return self

    def transform(self, rows: Floats) -> Floats:
        """Rows without gaps."""
        return fill_by_ridge(rows, mean=self.mean_, deviation=self.deviation_, inverse=self.inverse_)


@dataclass(frozen=True)
class GroupMeans:
    """What stands in for gaps.

    Parameters
    ----------
    groups
        Groups that are known, shape (n_groups, n_keys).
    means
        Shape (n_groups, n_torn).
    torn
        Columns of the means, shape (n_torn,).
    column
        For other columns and for rows of other groups, shape (n_features,).
    """

    groups: Ints
    means: Floats
    torn: Ints
    column: Floats


def fill_by_group(rows: Floats, keys: Ints, table: GroupMeans) -> Floats:
    """Rows with the mean of their group where they have gaps.

    Parameters
    ----------
    rows
        Shape (n_rows, n_features), nan where missing.
    keys
        Group of each row, shape (n_rows, n_keys).
    table
        The means.
    """
    gaps = ~np.isfinite(rows)
    torn = np.flatnonzero(gaps.any(axis=1))
    if not torn.size:
        return rows
    place = {tuple(group): i for i, group in enumerate(table.groups.tolist())}
    means = np.tile(table.column, (len(place) + 1, 1))
    means[:-1, table.torn] = table.means
    at = np.array([place.get(tuple(key), len(place)) for key in keys[torn].tolist()])
    filled = rows.copy()
    filled[torn] = np.where(gaps[torn], means[at], rows[torn])
    return filled


def fill_by_ridge(rows: Floats, *, mean: Floats, deviation: Floats, inverse: Floats) -> Floats:
    """Rows with what the other columns make likely where they have gaps.

    Parameters
    ----------
    rows
        Shape (n_rows, n_features), nan where missing.
    mean, deviation
        Of the columns, shape (n_features,).
    inverse
        Of their correlations, shape (n_features, n_features).
    """
    gaps = ~np.isfinite(rows)
    torn = np.flatnonzero(gaps.any(axis=1))
    filled = rows.copy()
    patterns, which = np.unique(gaps[torn], axis=0, return_inverse=True)
    for i, gap in enumerate(patterns):
        these = torn[which == i]
        scaled = (rows[np.ix_(these, ~gap)] - mean[~gap]) / deviation[~gap]
        likely = -np.linalg.solve(inverse[np.ix_(gap, gap)], inverse[np.ix_(gap, ~gap)] @ scaled.T).T
        filled[np.ix_(these, gap)] = mean[gap] + deviation[gap] * likely
    return filled


def _sums(part: Floats, group: Ints, n_groups: int) -> Floats:
    """Sum of each column by group, shape (n_groups, n_features)."""
    each = [np.bincount(group, weights=column, minlength=n_groups) for column in part.T]
    return np.stack(each, axis=1).astype(np.float64)


def _ratio(total: Floats, count: Floats, otherwise: Floats | float) -> Floats:
    some = np.broadcast_to(otherwise, total.shape).astype(np.float64)
    return np.divide(total, count, out=some.copy(), where=count > 0)
