"""Settings of the models of zones, chosen on folds that lie before a cutoff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from amuna.domain.panel import Floats
from amuna.forecasting.zones.events import EVENTS, choose_sharp
from amuna.forecasting.zones.nans import nan_mean
from amuna.forecasting.zones.port import HORIZON, TunableForecaster, ZoneData, ZoneForecaster

USUAL = "usual"
_FOLDS, _FOLD_DAYS, _APART = 4, 28, 91
_FEWEST_DAYS = 120
# What another setting must gain to be preferred: less is chance.
_LEAST_GAIN = 0.003


@dataclass(frozen=True)
class Trial:
    """What a setting of a model came to on the folds.

    Parameters
    ----------
    model, setting
        Names; `usual` is the setting that the model has by itself.
    mae
        Mean absolute error over zones, of the first day ahead and of the later ones alike, in the unit of the flow.
    """

    model: str
    setting: str
    mae: float


@dataclass(frozen=True)
class Choice:
    """Settings for a training.

    Parameters
    ----------
    settings
        Of each model that has several, the name of the one chosen.
    sharp
        Of events on a device's clock, see `choose_sharp`.
    trials
        What was tried; empty where the history is too short to try anything.
    """

    settings: dict[str, str]
    sharp: float
    trials: tuple[Trial, ...] = ()


def choose(data: ZoneData, forecasters: Sequence[ZoneForecaster], *, cutoff: int) -> Choice:
    """Try the settings of each model on up to four months of the year before a cutoff, a quarter apart.

    On each fold a model is fitted on the days before it and forecasts a week from each of its days.

    Parameters
    ----------
    cutoff
        No inflow at or after this day is looked at; counted from the first of `data`.
    """
    folds = [
        start
        for start in range(cutoff - _FOLD_DAYS, cutoff - _FOLD_DAYS - _FOLDS * _APART, -_APART)
        if start >= _FEWEST_DAYS and _is_known(data, start)
    ]
    several = tunable(forecasters)
    trials = tuple(
        Trial(name, setting, _mean_error(data, forecaster, folds))
        for name, each in several.items()
        for setting, forecaster in {USUAL: each, **each.alternatives()}.items()
        if folds
    )
    settings = {name: _best([trial for trial in trials if trial.model == name]) for name in several}
    profiles = data.history(EVENTS).profiles
    return Choice(settings, choose_sharp(profiles, data.days, data.flow[:, :cutoff]), trials)


def tunable(forecasters: Sequence[ZoneForecaster]) -> dict[str, TunableForecaster]:
    """Those that have several settings, by name."""
    return {each.name: each for each in forecasters if isinstance(each, TunableForecaster)}


def set_by(choice: Choice, forecasters: Sequence[ZoneForecaster]) -> list[ZoneForecaster]:
    """The forecasters in the settings that were chosen."""
    return [_set(each, choice.settings.get(each.name, USUAL)) for each in forecasters]


def _set(forecaster: ZoneForecaster, name: str) -> ZoneForecaster:
    if isinstance(forecaster, TunableForecaster):
        return forecaster.alternatives().get(name, forecaster)
    return forecaster


def _best(trials: Sequence[Trial]) -> str:
    """The setting with the lowest error, the usual one where the gain may be chance."""
    if not trials:
        return USUAL
    usual = next(trial for trial in trials if trial.setting == USUAL)
    best = min(trials, key=lambda trial: trial.mae)
    return best.setting if best.mae < (1.0 - _LEAST_GAIN) * usual.mae else USUAL


def _is_known(data: ZoneData, start: int) -> bool:
    """Whether some zone is known on half of the days of a fold, and on as many in the months before it."""
    known = np.isfinite(data.flow[:, max(start - _FEWEST_DAYS, 0) : start + _FOLD_DAYS]).any(axis=2)
    days = [part.sum(axis=1).max() for part in np.split(known, [-_FOLD_DAYS], axis=1)]
    return bool(min(days) >= _FOLD_DAYS // 2)


def _mean_error(data: ZoneData, forecaster: ZoneForecaster, folds: Sequence[int]) -> float:
    """Mean over folds and zones, first day and later days half each."""
    return float(np.mean([_fold_error(data, forecaster, start) for start in folds]))


def _fold_error(data: ZoneData, forecaster: ZoneForecaster, start: int) -> float:
    end = start + _FOLD_DAYS
    origins = np.arange(start, end)
    made = forecaster.fit(data, start).forecast(data, origins, HORIZON)
    target = origins[:, None] + np.arange(HORIZON)
    seen = np.where((target < end)[None, :, :, None], data.flow[:, np.minimum(target, end - 1)], np.nan)
    miss = np.abs(seen - made)
    return 0.5 * (_over_zones(miss[:, :, :1]) + _over_zones(miss[:, :, 1:]))


def _over_zones(miss: Floats) -> float:
    return float(nan_mean(nan_mean(miss.reshape(miss.shape[0], -1), axis=1), axis=0))
