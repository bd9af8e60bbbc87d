"""One model per account for a whole utility: fit, prove by backtest, choose champions, calibrate, carry forward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Panel
from amuna.domain.time import Horizon
from amuna.forecasting import intervals
from amuna.forecasting.arima.model import Arima
from amuna.forecasting.champion import Choice, blend, choose
from amuna.forecasting.intervals import Calibration, Traits, typical_residual
from amuna.forecasting.members import (
    NAMES,
    Members,
    fit_members,
    join_members,
    observed_after,
    put_members,
    refit_members,
    roll,
    take_members,
)
from amuna.forecasting.metrics import row_means, seasonal_scale, tail_matrix
from amuna.forecasting.periods import spread_total

PERIOD_COVERED = 0.8  # share of a billing period's days that must be known for its total to count
CALIBRATION_ACCOUNTS = 6_000


@dataclass(frozen=True)
class FleetSettings:
    """How a fleet is trained.

    Parameters
    ----------
    horizon
        Days ahead that the backtest judges.
    billing_days
        Length of the billing period whose total is forecast [days].
    folds
        Cutoffs of the rolling-origin backtest, one horizon apart.
    origins
        Past cutoffs, one horizon apart, whose residuals calibrate the intervals.
    margin
        Share by which a contender must beat the combination to become champion.
    arima
        The ARIMA member.
    """

    horizon: int = 14
    billing_days: int = 30
    folds: int = 3
    origins: int = 20
    margin: float = 0.2
    arima: Arima = field(default_factory=Arima)

    @property
    def steps(self) -> int:
        """Leads calibrated: the horizon or the billing period, whichever is longer."""
        return max(self.horizon, self.billing_days)

    def cutoffs(self, end: np.datetime64, count: int) -> NDArray[np.datetime64]:
        """The last `count` cutoffs, one horizon apart, rising; the last lies one horizon before the end."""
        return end - np.timedelta64(self.horizon, "D") * np.arange(count, 0, -1)


@dataclass(frozen=True)
class Trained:
    """One slab of accounts after training, before the fleet's intervals are known.

    Parameters
    ----------
    members, choice, traits
        Fitted members, champions with their evidence, and what the intervals need.
    fold_cutoffs
        Cutoffs of the backtest, shape (n_folds,).
    fold_scale, fold_days
        MASE scale before each cutoff and days judged after it, shape (n_folds, n_series).
    leads
        Accuracy by lead of the champions and of the baseline.
    """

    members: Members
    choice: Choice
    traits: Traits
    fold_cutoffs: NDArray[np.datetime64]
    fold_scale: Floats
    fold_days: NDArray[np.int64]
    leads: LeadAccuracy


@dataclass(frozen=True)
class LeadAccuracy:
    """Sums over accounts and folds of |residual| / MASE scale at each lead, and the days behind them.

    Shapes (steps,); `champion` and `baseline` (last week) over the same days.
    """

    days: NDArray[np.int64]
    champion: Floats
    baseline: Floats


def train(panel: Panel, cutoff: np.datetime64, settings: FleetSettings) -> Trained:
    """Backtest, choose champions and fit the accounts of a panel with what lies before the cutoff.

    Orders are searched before the first cutoff of the backtest, which so judges the very models that serve; their
    parameters are then estimated anew on all the history.
    """
    history = panel.until(cutoff)
    folds = settings.cutoffs(cutoff, settings.folds)
    early = fit_members(history.before(folds[0]), settings.arima)
    judged = roll(early, history, folds, Horizon(settings.horizon))
    observed = observed_after(history, folds, settings.horizon)
    choice = choose(judged, observed, margin=settings.margin)
    members = refit_members(early, history, settings.arima)
    residual = past_residuals(history, cutoff, members, choice.weights, settings)
    scale = np.stack([seasonal_scale(history.before(fold)) for fold in folds])
    return Trained(
        members,
        choice,
        _traits(history, residual),
        folds,
        scale,
        np.isfinite(observed).sum(axis=-1),
        _accuracy_by_lead(judged, observed, choice, scale),
    )


def _accuracy_by_lead(judged: Floats, observed: Floats, choice: Choice, scale: Floats) -> LeadAccuracy:
    served = blend(choice.weights, np.nan_to_num(judged))
    divisor = np.where(scale > 0, scale, np.nan)[..., None]
    champion = np.abs(observed - served) / divisor
    baseline = np.abs(observed - judged[:, NAMES.index("last_week")]) / divisor
    known = np.isfinite(champion) & np.isfinite(baseline) & np.isfinite(judged[:, 0])
    sums = [np.where(known, scaled, 0.0).sum(axis=(0, 1)) for scaled in (champion, baseline)]
    return LeadAccuracy(known.sum(axis=(0, 1)), sums[0], sums[1])


def past_residuals(
    history: Panel, cutoff: np.datetime64, members: Members, weights: Floats, settings: FleetSettings
) -> Floats:
    """What the champions missed by at many past cutoffs, shape (n_series, n_origins, steps); NaN where unknown."""
    origins = settings.cutoffs(cutoff, settings.origins)
    forecasts = roll(members, history, origins, Horizon(settings.steps))
    observed = observed_after(history, origins, settings.steps)
    unknown = np.isnan(forecasts[:, 0])
    residual = observed - blend(weights, np.nan_to_num(forecasts))
    return np.where(unknown, np.nan, residual).transpose(1, 0, 2)


def _traits(history: Panel, residual: Floats) -> Traits:
    year = tail_matrix(history, 365)
    known = np.isfinite(year)
    days = known.sum(axis=1)
    quarter = row_means(year[:, -91:])
    return Traits(
        typical_residual(residual, seasonal_scale(history)),
        np.where(np.isnan(quarter), row_means(year), quarter),
        (year == 0).sum(axis=1) / np.maximum(days, 1),
        days,
    )


@dataclass(frozen=True)
class Forecasts:
    """Forecasts of a fleet.

    Parameters
    ----------
    series_ids
        Accounts, shape (n_series,).
    cutoff
        First day forecast.
    quantiles
        Volume per day [unit of the data], shape (n_series, steps, n_quantiles), for `intervals.QUANTILES`.
    totals
        Volume of the billing period, shape (n_series, n_quantiles).
    """

    series_ids: NDArray[Any]
    cutoff: np.datetime64
    quantiles: Floats
    totals: Floats


@dataclass(frozen=True)
class FittedFleet:
    """Every account's members, champion, and intervals.

    Parameters
    ----------
    members
        Fitted members with their states.
    champion, weights
        Name and member weights of each account's champion, shapes (n_series,) and (n_series, n_members).
    scale, group
        Typical residual [unit of the data] and calibration group (index into intervals.GROUPS), shape (n_series,).
    calibration
        Quantiles of scaled residuals.
    billing_days
        Length of the billing period [days].
    """

    members: Members
    champion: NDArray[Any]
    weights: Floats
    scale: Floats
    group: NDArray[np.int64]
    calibration: Calibration
    billing_days: int

    @property
    def series_ids(self) -> NDArray[Any]:
        """Accounts, shape (n_series,)."""
        return self.members.arima.series_ids

    @property
    def status(self) -> NDArray[Any]:
        """How each fit went, shape (n_series,)."""
        return self.members.arima.status

    @property
    def cutoff(self) -> np.datetime64:
        """First day the states have not seen."""
        return self.members.arima.ends.max()

    def forecast(self, horizon: Horizon) -> Floats:
        """Point forecasts of the champions, shape (n_series, steps)."""
        return self.members.blended(self.weights, horizon)

    def forecasts(self, horizon: Horizon, *, billing_days: int | None = None) -> Forecasts:
        """Quantiles per day and for the billing period that starts at the cutoff."""
        days = billing_days or self.billing_days
        point = self.forecast(Horizon(max(horizon.steps, days)))
        return Forecasts(
            self.series_ids,
            self.cutoff,
            intervals.spread(point[:, : horizon.steps], self.scale, self.group, self.calibration),
            spread_total(
                point[:, :days].sum(axis=1),
                self.scale,
                self.group,
                self.calibration,
                days=days,
                billing_days=self.billing_days,
            ),
        )

    def take(self, rows: NDArray[np.int64]) -> FittedFleet:
        """The fleet of some accounts."""
        return replace(
            self,
            members=take_members(self.members, rows),
            champion=self.champion[rows],
            weights=self.weights[rows],
            scale=self.scale[rows],
            group=self.group[rows],
        )

    def update(self, new: Panel) -> FittedFleet:
        """Carry every account over new values, without refitting."""
        return replace(self, members=self.members.update(new))


def replace_rows(fleet: FittedFleet, rows: NDArray[np.int64], members: Members) -> FittedFleet:
    """The fleet with the members of some accounts replaced, in the order of `rows`."""
    return replace(fleet, members=put_members(fleet.members, rows, members))


def assemble(parts: Sequence[Trained], settings: FleetSettings) -> FittedFleet:
    """One fleet of several slabs, with scales and groups but before calibration."""
    traits = Traits(
        *(np.concatenate([getattr(part.traits, f.name) for part in parts]) for f in fields(Traits))
    )
    scale = intervals.fill_scale(traits)
    return FittedFleet(
        join_members([part.members for part in parts]),
        np.concatenate([part.choice.names for part in parts]),
        np.concatenate([part.choice.weights for part in parts]),
        scale,
        intervals.group_of(scale, traits),
        intervals.uncalibrated(settings.steps),
        settings.billing_days,
    )


def calibrate(fleet: FittedFleet, panel: Panel, settings: FleetSettings) -> FittedFleet:
    """The fleet with intervals calibrated on its own past residuals in a panel of the same accounts."""
    history = panel.until(fleet.cutoff)
    residual = past_residuals(history, fleet.cutoff, fleet.members, fleet.weights, settings)
    period = residual[..., : settings.billing_days]
    known = np.isfinite(period)
    share = known.mean(axis=-1)
    total = np.where(known, period, 0.0).sum(axis=-1) / np.maximum(share, 1e-9)
    total = np.where(share >= PERIOD_COVERED, total, np.nan)
    divisor = np.where(fleet.scale > 0, fleet.scale, np.inf)[:, None]
    table = intervals.calibrate(residual / divisor[..., None], total / divisor, fleet.group)
    return replace(fleet, calibration=table)


def calibration_sample(n_series: int, *, of: int) -> NDArray[np.int64]:
    """Rows, of a slab of a fleet of `of` accounts, on whose residuals it is calibrated: all, or evenly spread ones."""
    wanted = -(-n_series * min(of, CALIBRATION_ACCOUNTS) // of)
    return np.unique(np.linspace(0, n_series - 1, wanted).astype(np.int64))


def fit_fleet(panel: Panel, cutoff: np.datetime64, settings: FleetSettings) -> FittedFleet:
    """Train and calibrate a panel at once, in this thread."""
    fleet = assemble([train(panel, cutoff, settings)], settings)
    sample = calibration_sample(len(panel), of=len(panel))
    table = calibrate(fleet.take(sample), panel.take(sample), settings).calibration
    return replace(fleet, calibration=table)
