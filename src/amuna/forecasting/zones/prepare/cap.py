"""Outliers pulled to bounds that the rows of the fold teach."""

from __future__ import annotations

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from amuna.domain.panel import Floats

QUANTILE, MAD = "quantile", "mad"
_FAR = float(np.finfo(np.float64).max) / 2
_NORMAL = 1.4826  # of a normal distribution: standard deviation over median absolute deviation


class Capper(TransformerMixin, BaseEstimator):
    """Winsorised columns (Hastings et al. 1947, doi:10.1214/aoms/1177730388).

    Parameters
    ----------
    method
        `quantile`: bounds are the quantiles `share` and 1 - `share`. `mad`: the median and `limit` times the scaled median
        absolute deviation on either side of it (Hampel 1974, doi:10.1080/01621459.1974.10482962); a column more than half of
        whose values are equal stays as it is.
    columns
        Those that are capped; None for all.
    share
        Of the rows beyond each bound.
    limit
        [usual deviations].
    """

    def __init__(
        self,
        method: str = QUANTILE,
        columns: tuple[int, ...] | None = None,
        share: float = 0.002,
        limit: float = 8.0,
    ) -> None:
        self.method = method
        self.columns = columns
        self.share = share
        self.limit = limit

    def fit(self, rows: Floats, _target: Floats | None = None) -> Self:
        """Learn `low_` and `high_`, shape (n_features,)."""
        self.low_: Floats = np.full(rows.shape[1], -_FAR)
        self.high_: Floats = np.full(rows.shape[1], _FAR)
        bounds = self._quantiles if self.method == QUANTILE else self._deviations
        for column in range(rows.shape[1]) if self.columns is None else self.columns:
            known = rows[np.isfinite(rows[:, column]), column]
            if known.size:
                self.low_[column], self.high_[column] = bounds(known)
        return self

    def transform(self, rows: Floats) -> Floats:
        """Rows within the bounds; gaps stay gaps."""
        return np.clip(rows, self.low_, self.high_)

    def _quantiles(self, known: Floats) -> tuple[float, float]:
        low, high = np.quantile(known, [self.share, 1.0 - self.share])
        return float(low), float(high)

    def _deviations(self, known: Floats) -> tuple[float, float]:
        middle = float(np.median(known))
        usual = _NORMAL * float(np.median(np.abs(known - middle)))
        return (middle - self.limit * usual, middle + self.limit * usual) if usual > 0.0 else (-_FAR, _FAR)
