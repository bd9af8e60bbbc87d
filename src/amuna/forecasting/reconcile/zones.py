"""Zones: their own forecasts and the sums of their accounts made one, and from it draws of every level that add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from amuna.domain.panel import Floats
from amuna.forecasting.intervals import QUANTILES
from amuna.forecasting.reconcile.departures import HISTORY_DAYS, departures_of
from amuna.forecasting.reconcile.draws import drawn, moved_to, ranks_of
from amuna.forecasting.reconcile.own import OwnForecasts
from amuna.forecasting.reconcile.weights import settled

_SEED = 1


@dataclass(frozen=True)
class SettledZones:
    """What zones are settled at.

    Parameters
    ----------
    centre
        Expected volume, shape (n_zones, n_days) [m³].
    quantiles
        Around it, shape (n_zones, n_days, n_quantiles), for `intervals.QUANTILES` [m³].
    departures
        How far each was from its usual value on past days, shape (n_zones, n_draws) [m³].
    """

    centre: Floats = field(repr=False)
    quantiles: Floats = field(repr=False)
    departures: Floats = field(repr=False)

    def draws(self) -> Iterator[Floats]:
        """Draws of each day that belong together, shape (n_zones, n_draws) [m³]; never negative.

        Their mean is the centre: a point forecast comes near to an expected value, and of sums only those add up. Left
        around their median, skewed draws of sixty zones would put the utility's expected value well beside it.
        """
        ranks = ranks_of(self.departures, rng=np.random.default_rng(_SEED))
        for day in range(self.quantiles.shape[1]):
            draws = drawn(self.quantiles[:, day], QUANTILES, ranks)
            beside = self.centre[:, day] - draws.mean(axis=1)
            yield np.maximum(draws + beside[:, None], 0.0)


def settle_zones(own: OwnForecasts, days: Floats, added: Floats, *, weight: float) -> SettledZones:
    """Settle the next days of the zones.

    Parameters
    ----------
    own
        The zones' own forecasts; where a zone's past is too short for one, its accounts alone tell.
    days
        Sums of the zones on past days, shape (n_zones, n_past_days) [m³]; NaN where unknown.
    added
        What the accounts' forecasts of the next days add up to, shape (n_zones, n_days) [m³]; NaN where too many
        accounts have none.
    weight
        Of the own forecasts, as `learn_weight` tells.
    """
    left_out = own.short[:, None] & np.isfinite(added)
    centre = settled(np.where(left_out, np.nan, own.middle), added, weight)
    missing = max(HISTORY_DAYS - days.shape[1], 0)
    recent = np.pad(days, ((0, 0), (missing, 0)), constant_values=np.nan)[:, -HISTORY_DAYS:]
    return SettledZones(centre, moved_to(own.quantiles, own.middle, centre), departures_of(recent))
