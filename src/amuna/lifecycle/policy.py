"""When a model is fitted anew, and when the new one may serve."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RefitPolicy:
    """The rules of the daily refit. How they were chosen: docs/benchmarks.md.

    Parameters
    ----------
    every_days
        Days between two looks at the residuals and contests; days between are for updates alone.
    false_discovery_rate
        Share of the refits asked for by broken residuals that may be false alarms.
    window_days
        Most recent days whose residuals are watched.
    max_age_days
        Age at which a model is fitted anew whatever its residuals say, give or take a quarter by account.
    growth
        A young model is fitted anew once its history has grown by this share.
    early_days, trial_days
        Days after which a challenger is judged: early, where it must win by twice the margin, and at last.
    margin
        Share by which the mean absolute residual must be lower to change models, either way.
    rest_days
        Days for which an account whose challenger lost is left alone.
    """

    every_days: int = 1
    false_discovery_rate: float = 0.05
    window_days: int = 42
    max_age_days: int = 91
    growth: float = 1.0
    early_days: int = 7
    trial_days: int = 14
    margin: float = 0.02
    rest_days: int = 14
