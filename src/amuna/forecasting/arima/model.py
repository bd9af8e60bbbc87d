"""Seasonal ARIMA on the Forecaster port: one model per series, fitted and carried forward in bulk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints, Panel
from amuna.domain.time import Horizon
from amuna.forecasting.arima.batch import (
    FitArrays,
    fit_many,
    forecast_many,
    restate_many,
    roll_many,
    update_many,
)
from amuna.forecasting.arima.filter import MAX_PARAMETERS
from amuna.forecasting.arima.orders import Order, order_matrix, parse_order
from amuna.forecasting.arima.transforms import NAMES

STATUS = np.array(["ok", "too_short", "constant", "not_converged", "fallback"])
# Chosen on folds of real meters (docs/benchmarks.md): a weekly profile that moves slowly, and short memory around it.
# Searching over more differencings or over seasonal autoregressions lowers AICc and raises the error.
CANDIDATES = (
    "(1,0,1)(0,1,1)",
    "(0,0,0)(0,1,1)",
    "(1,0,0)(0,1,1)",
    "(0,0,1)(0,1,1)",
    "(2,0,0)(0,1,1)",
    "(2,0,1)(0,1,1)",
    "(1,0,2)(0,1,1)",
    "(3,0,0)(0,1,1)",
    "(2,0,2)(0,1,1)",
    "(1,0,1)(0,1,2)",
    "(1,0,1)(1,1,1)",
    "(1,0,1)(1,1,2)",
)


def candidate_orders(period: int = 7) -> tuple[Order, ...]:
    """The orders searched by default, for a period."""
    return tuple(parse_order(f"{text}{period}") for text in CANDIDATES)


_WRITTEN = (
    "orders",
    "parameters",
    "standard_errors",
    "sigma2",
    "aicc",
    "transform",
    "size",
    "ceiling",
    "clip",
    "status_code",
    "levels",
    "surprises",
    "runs",
)


@dataclass(frozen=True)
class Arima:
    """Seasonal ARIMA with an order search.

    Parameters
    ----------
    orders
        Candidates; the first also judges the transformations. One candidate means a fixed order.
    transforms
        Transformations to choose from, by likelihood: none, log1p, boxcox.
    kappa
        Surprises beyond this many robust standard deviations do not enter the state, unless they persist.
    window
        Longest history used [steps].
    """

    orders: tuple[Order, ...] = candidate_orders()
    transforms: tuple[str, ...] = ("none", "boxcox", "log1p")
    kappa: float = 5.0
    window: int = 400
    name: str = "arima"

    def fit(self, history: Panel) -> FittedArima:
        """Fit every series of the panel; a series that cannot be fitted gets a status and a fallback."""
        n = len(history)
        past = max(o.p + o.d + (o.P + o.D) * o.period for o in self.orders)
        surprises = max(o.q + o.Q * o.period for o in self.orders)
        past = max(past, surprises, 2 * self.orders[0].period)
        fitted = FittedArima(
            series_ids=history.series_ids,
            ends=history.ends,
            orders=np.zeros((n, 8), dtype=np.int64),
            parameters=np.zeros((n, MAX_PARAMETERS)),
            standard_errors=np.full((n, MAX_PARAMETERS), np.nan),
            sigma2=np.zeros(n),
            aicc=np.zeros(n),
            transform=np.zeros(n, dtype=np.int64),
            size=np.ones(n),
            ceiling=np.zeros(n),
            clip=np.zeros(n),
            status_code=np.zeros(n, dtype=np.int64),
            levels=np.zeros((n, past)),
            surprises=np.zeros((n, max(surprises, self.orders[0].period))),
            runs=np.zeros(n, dtype=np.int64),
        )
        self._fit(history, np.zeros(n, dtype=np.bool_), fitted)
        return fitted

    def refit(self, history: Panel, known: FittedArima) -> FittedArima:
        """Estimate the parameters anew, keeping the order and transformation of each series that had one.

        The panel holds the same series as `known`; those that could not be fitted then are searched now.
        """
        fitted = replace(
            known,
            ends=history.ends,
            **{name: getattr(known, name).copy() for name in _WRITTEN},
        )
        self._fit(history, known.status == "ok", fitted)
        return fitted

    def _fit(self, history: Panel, chosen: NDArray[np.bool_], fitted: FittedArima) -> None:
        kinds = np.array([NAMES.index(name) for name in self.transforms], dtype=np.int64)
        fit_many(
            history.values,
            history.offsets,
            order_matrix(self.orders),
            kinds,
            self.kappa,
            self.window,
            chosen,
            fitted.arrays,
        )


@dataclass(frozen=True)
class FittedArima:
    """Fitted models of every series, with the state after the last value each has seen.

    Parameters
    ----------
    series_ids, ends
        Names and first unseen time, shape (n_series,).
    orders
        Rows p, d, q, P, D, Q, period, constant, shape (n_series, 8).
    parameters, standard_errors
        phi, theta, Phi, Theta, constant on the transformed scale, zero-padded, shape (n_series, 11).
    sigma2, aicc
        Residual variance on the transformed scale and criterion, shape (n_series,).
    transform, size, ceiling, clip
        Code of the transformation, typical size [unit of the panel], largest forecast, outlier limit.
    status_code
        Index into `STATUS`.
    levels, surprises, runs
        State: the last values and innovations as the model sees them, and the run of clipped surprises.
    """

    series_ids: NDArray[Any]
    ends: NDArray[np.datetime64]
    orders: Ints
    parameters: Floats
    standard_errors: Floats
    sigma2: Floats
    aicc: Floats
    transform: Ints
    size: Floats
    ceiling: Floats
    clip: Floats
    status_code: Ints
    levels: Floats
    surprises: Floats
    runs: Ints

    @property
    def arrays(self) -> FitArrays:
        """The arrays as the compiled code takes them."""
        return FitArrays(*(getattr(self, name) for name in _WRITTEN))

    @property
    def status(self) -> NDArray[Any]:
        """How each fit went, shape (n_series,)."""
        return STATUS[self.status_code]

    def order(self, i: int) -> Order:
        """Order of series i."""
        p, d, q, P, D, Q, period, constant = (int(part) for part in self.orders[i])
        return Order(p, d, q, P, D, Q, period, bool(constant))

    def forecast(self, horizon: Horizon) -> Floats:
        """Point forecasts from each series' end on, shape (n_series, steps), in the panel's unit."""
        out = np.empty((len(self.series_ids), horizon.steps))
        forecast_many(
            horizon.steps,
            self.orders,
            self.parameters,
            self.transform,
            self.size,
            self.ceiling,
            self.levels,
            self.surprises,
            out,
        )
        return out

    def update(self, new: Panel) -> FittedArima:
        """Carry the states over new values that begin where each series ended.

        Raises
        ------
        ValueError
            If the panel has other series, or starts elsewhere.
        """
        check_continues(self.series_ids, self.ends, new)
        levels, surprises, runs = self.levels.copy(), self.surprises.copy(), self.runs.copy()
        update_many(
            new.values,
            new.offsets,
            self.orders,
            self.parameters,
            self.transform,
            self.size,
            self.clip,
            levels,
            surprises,
            runs,
        )
        return replace(self, ends=new.ends, levels=levels, surprises=surprises, runs=runs)

    def restate(self, history: Panel) -> FittedArima:
        """The same models with their states built anew from another version of the history, not refitted."""
        levels, surprises = np.zeros_like(self.levels), np.zeros_like(self.surprises)
        runs = np.zeros_like(self.runs)
        restate_many(
            history.values,
            history.offsets,
            self.orders,
            self.parameters,
            self.transform,
            self.size,
            self.clip,
            levels,
            surprises,
            runs,
        )
        return replace(self, ends=history.ends, levels=levels, surprises=surprises, runs=runs)

    def roll(self, history: Panel, cutoffs: NDArray[np.datetime64], horizon: Horizon) -> Floats:
        """Forecasts at each of the rising cutoffs from what lies before it, with the parameters as they are.

        Shape (n_cutoffs, n_series, steps); NaN where a series has less than two seasons before the cutoff.
        """
        first = (cutoffs[None, :] - history.starts[:, None]) // np.timedelta64(history.step)
        out = np.full((len(cutoffs), len(self.series_ids), horizon.steps), np.nan)
        roll_many(
            history.values,
            history.offsets,
            first.astype(np.int64),
            horizon.steps,
            self.orders,
            self.parameters,
            self.transform,
            self.size,
            self.ceiling,
            self.clip,
            self.levels.shape[1],
            out,
        )
        return out


def check_continues(series_ids: NDArray[Any], ends: NDArray[np.datetime64], new: Panel) -> None:
    """Raise ValueError unless the panel holds the same series, each from its end on."""
    if not np.array_equal(series_ids, new.series_ids):
        raise ValueError("An update needs the same series in the same order; fit new series instead.")
    if not np.array_equal(ends, new.starts):
        i = int(np.flatnonzero(ends != new.starts)[0])
        raise ValueError(
            f"An update of {series_ids[i]} starts at {ends[i]}, where its history ended; got {new.starts[i]}. "
            "Fill a gap with NaN."
        )
