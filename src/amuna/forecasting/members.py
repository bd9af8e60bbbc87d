"""The forecasters that stand side by side for every account, fitted and carried forward together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Panel
from amuna.domain.ports import FittedForecaster
from amuna.domain.time import Horizon
from amuna.forecasting.arima.model import Arima, FittedArima
from amuna.forecasting.baseline import FittedProfile, last_week, weekday_mean, weekday_median
from amuna.forecasting.intermittent import FittedTsb, Tsb

NAMES = ("arima", "weekday_median", "weekday_mean", "last_week", "tsb")


Plain = tuple[FittedProfile, FittedProfile, FittedProfile, FittedTsb]


@dataclass(frozen=True)
class Members:
    """Every member forecaster fitted to the same panel."""

    arima: FittedArima
    weekday_median: FittedProfile
    weekday_mean: FittedProfile
    last_week: FittedProfile
    tsb: FittedTsb

    def forecast(self, horizon: Horizon) -> Floats:
        """Point forecasts of every member, shape (n_members, n_series, steps)."""
        return np.stack([getattr(self, name).forecast(horizon) for name in NAMES])

    def blended(self, weights: Floats, horizon: Horizon) -> Floats:
        """Weighted point forecasts, shape (n_series, steps); few ask a member that few give a weight to.

        `weights` has shape (n_series, n_members).
        """
        out = np.zeros((len(weights), horizon.steps))
        for m, name in enumerate(NAMES):
            rows = np.flatnonzero(weights[:, m])
            if len(rows):
                out[rows] += weights[rows, m, None] * _take(getattr(self, name), rows).forecast(horizon)
        return out

    def update(self, new: Panel) -> Members:
        """Carry every member over new values."""
        return Members(*(getattr(self, name).update(new) for name in NAMES))

    def restate(self, history: Panel) -> Members:
        """The same fitted models after another version of the history of the same series."""
        return Members(self.arima.restate(history), *_fit_plain(history))


def fit_members(history: Panel, arima: Arima) -> Members:
    """Fit every member to a panel."""
    return Members(arima.fit(history), *_fit_plain(history))


def _fit_plain(history: Panel) -> Plain:
    return (
        weekday_median().fit(history),
        weekday_mean().fit(history),
        last_week().fit(history),
        Tsb().fit(history),
    )


def refit_members(members: Members, history: Panel, arima: Arima) -> Members:
    """The members of a longer history of the same series, keeping the ARIMA orders that were chosen."""
    return Members(arima.refit(history, members.arima), *_fit_plain(history))


def take_members(members: Members, rows: NDArray[np.int64]) -> Members:
    """The members of some series."""
    return Members(*(_take(getattr(members, name), rows) for name in NAMES))


def join_members(parts: Sequence[Members]) -> Members:
    """The members of several slabs, one after another."""
    return Members(*(_rebuilt([getattr(part, name) for part in parts], np.concatenate) for name in NAMES))


def put_members(members: Members, rows: NDArray[np.int64], others: Members) -> Members:
    """The members with those of some series replaced, in the order of `rows`."""

    def put(arrays: list[NDArray[Any]]) -> NDArray[Any]:
        out = arrays[0].copy()
        out[rows] = arrays[1]
        return out

    return Members(*(_rebuilt([getattr(members, name), getattr(others, name)], put) for name in NAMES))


def _take(model: Any, rows: NDArray[np.int64]) -> Any:
    """A fitted member of some series; itself where all are wanted."""
    if len(rows) == len(model.series_ids) and (np.diff(rows) == 1).all():
        return model
    return _rebuilt([model], lambda arrays: arrays[0][rows])


def _rebuilt(models: Sequence[Any], build: Callable[[list[NDArray[Any]]], NDArray[Any]]) -> Any:
    """Fitted members of one kind made one: a function is applied to every array that runs over the series."""
    arrays = {
        f.name: build([getattr(model, f.name) for model in models])
        for f in fields(models[0])
        if isinstance(getattr(models[0], f.name), np.ndarray)
    }
    return replace(models[0], **arrays)


def roll(members: Members, history: Panel, cutoffs: NDArray[np.datetime64], horizon: Horizon) -> Floats:
    """Forecasts of every member at each of the rising cutoffs, each from what lies before it.

    The parameters are those of `members`; the states are built anew from the history. Shape
    (n_cutoffs, n_members, n_series, steps).
    """
    out = np.empty((len(cutoffs), len(NAMES), len(history), horizon.steps))
    out[:, 0] = members.arima.roll(history, cutoffs, horizon)
    plain: list[FittedForecaster] = list(_fit_plain(history.before(cutoffs[0])))
    for c, cutoff in enumerate(cutoffs):
        if c > 0:
            new = history.since(cutoffs[c - 1]).before(cutoff)
            plain = [member.update(new) for member in plain]
        for m, member in enumerate(plain, start=1):
            out[c, m] = member.forecast(horizon)
    return out


def observed_after(history: Panel, cutoffs: NDArray[np.datetime64], steps: int) -> Floats:
    """What happened after each cutoff, NaN where unknown, shape (n_cutoffs, n_series, steps)."""
    padded = np.append(history.values, np.nan)
    out = []
    for cutoff in cutoffs:
        first = ((cutoff - history.starts) // np.timedelta64(history.step)).astype(np.int64)
        position = first[:, None] + np.arange(steps)
        known = (position >= 0) & (position < history.lengths[:, None])
        out.append(padded[np.where(known, history.offsets[:-1, None] + position, len(history.values))])
    return np.stack(out)
