"""Past: the daily sums of groups of accounts, and what forecasts of the accounts added up to at past cutoffs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amuna.domain.panel import Floats, Ints, Panel
from amuna.domain.time import Horizon
from amuna.forecasting.champion import blend
from amuna.forecasting.fleet import FittedFleet, FleetSettings
from amuna.forecasting.members import observed_after, roll

COMPLETE = 0.9  # share of the usual accounts that must be known for a day's sum to count
_USUAL_DAYS = 28


@dataclass(frozen=True)
class DaySums:
    """What the accounts of groups used on past days [m³], and how many of them are known, shape (n_groups, n_days)."""

    used: Floats
    known: Floats

    @property
    def usual(self) -> Floats:
        """Median of the accounts known in the four weeks up to each day, shape (n_groups, n_days)."""
        padded = np.pad(self.known, ((0, 0), (_USUAL_DAYS - 1, 0)), constant_values=np.nan)
        windows = np.lib.stride_tricks.sliding_window_view(padded, _USUAL_DAYS, axis=1)
        found: Floats = np.nanmedian(windows, axis=-1)
        return found

    @property
    def complete(self) -> Floats:
        """Sums of all accounts: a day on which some of the usual ones are missing is raised to as many.

        Shape (n_groups, n_days) [m³]; NaN where fewer than COMPLETE of them are known.
        """
        usual = self.usual
        raised = self.used * np.divide(usual, self.known, out=np.ones_like(usual), where=self.known > 0)
        enough = (self.known > 0) & (self.known >= COMPLETE * usual)
        return np.where(enough, np.where(self.known < usual, raised, self.used), np.nan)


@dataclass(frozen=True)
class PastSums:
    """Sums over the accounts whose use and forecast are both known, shape (n_groups, n_origins, n_days) [m³]."""

    forecast: Floats
    observed: Floats

    def __add__(self, other: PastSums) -> PastSums:
        return PastSums(self.forecast + other.forecast, self.observed + other.observed)

    def added(self, observed: Floats) -> Floats:
        """What the forecasts added up to, raised by the share of use that they left out; NaN where nothing was known.

        Parameters
        ----------
        observed
            What all accounts used on the same days, shape (n_groups, n_origins, n_days) [m³].
        """
        known = self.observed > 0
        share = np.divide(observed, self.observed, out=np.full_like(observed, np.nan), where=known)
        return self.forecast * share


def past_sums(
    fleet: FittedFleet, history: Panel, groups: Ints, n_groups: int, *, settings: FleetSettings
) -> PastSums:
    """Sums of the accounts of a panel by group, at the past cutoffs that `settings` names.

    Parameters
    ----------
    fleet
        Models of the same accounts, in the same order.
    history
        What is known of them up to the present cutoff, at which every account ends.
    groups
        Group of each account, shape (n_series,).
    """
    origins = settings.cutoffs(history.ends.max(), settings.origins)
    forecasts = roll(fleet.members, history, origins, Horizon(settings.horizon))
    observed = observed_after(history, origins, settings.horizon)
    known = np.isfinite(observed) & np.isfinite(forecasts[:, 0])
    points = blend(fleet.weights, np.nan_to_num(forecasts))
    sums = np.zeros((2, n_groups, *known.shape[::2]))
    for out, values in zip(sums, (points, observed), strict=True):
        np.add.at(out, groups, np.where(known, values, 0.0).transpose(1, 0, 2))
    return PastSums(sums[0], sums[1])
