"""Period: what accounts will have used in any period, days already seen included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amuna.domain.errors import NotFound, WrongPeriod
from amuna.domain.panel import Floats
from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, CONSUMPTION, QUANTILE_COLUMNS
from amuna.domain.text import Text
from amuna.domain.time import Horizon, Interval
from amuna.forecasting.fleet import FittedFleet
from amuna.forecasting.intervals import QUANTILES
from amuna.forecasting.periods import spread_total
from amuna.workflows.histories import aligned
from amuna.workflows.serving import account_blocks, generations, load_fleet, serving_run

LONGEST_DAYS = 92
FURTHEST_DAYS = 122  # how far a period may reach past the first day unseen
_WITHIN = Text(
    "Elija un último día igual o posterior al primero, y a no más de tres meses de él.",
    "Choose a last day that follows the first within three months.",
)
_EARLIEST, _LATEST = date(1970, 1, 1), date(2200, 1, 1)
_NEAR_DAYS = 28  # days on either side whose same weekdays stand in for a missing one
_PERIOD_COLUMNS = ("observed_m3", "observed_days", "missing_days", "forecast_days")


@dataclass(frozen=True)
class Period:
    """Consecutive days, both ends included."""

    first_day: date
    last_day: date

    def __post_init__(self) -> None:
        if self.first_day < _EARLIEST or self.last_day > _LATEST:
            raise WrongPeriod(
                Text(
                    "Un periodo del {first_day} al {last_day} no es de nuestra época.",
                    "A period from {first_day} to {last_day} is not of our time.",
                ),
                remedy=Text(
                    "Elija días entre el {earliest} y el {latest}.",
                    "Choose days between {earliest} and {latest}.",
                ),
                first_day=self.first_day.isoformat(),
                last_day=self.last_day.isoformat(),
                earliest=_EARLIEST.isoformat(),
                latest=_LATEST.isoformat(),
            )
        if self.days < 1:
            raise WrongPeriod(
                Text(
                    "El periodo termina el {last_day}, antes de su primer día, el {first_day}.",
                    "The period ends on {last_day}, before its first day, {first_day}.",
                ),
                remedy=_WITHIN,
                first_day=self.first_day.isoformat(),
                last_day=self.last_day.isoformat(),
            )
        if self.days > LONGEST_DAYS:
            raise WrongPeriod(
                Text(
                    "Un periodo del {first_day} al {last_day} tiene {days} días; debe tener de 1 a {longest}.",
                    "A period from {first_day} to {last_day} has {days} days; it must have 1 to {longest}.",
                ),
                remedy=_WITHIN,
                first_day=self.first_day.isoformat(),
                last_day=self.last_day.isoformat(),
                days=self.days,
                longest=LONGEST_DAYS,
            )

    @property
    def days(self) -> int:
        """Its length [days]."""
        return (self.last_day - self.first_day).days + 1


@dataclass(frozen=True)
class Seen:
    """Accounts with their models and what they used.

    Parameters
    ----------
    fleet
        Their fitted models.
    start
        Day of the first column of `volumes`.
    volumes
        Volume of each day [m³], NaN where not known, shape (n_accounts, n_days).
    point
        Point forecasts from the cutoff on [m³/day], shape (n_accounts, FURTHEST_DAYS).
    """

    fleet: FittedFleet
    start: date
    volumes: Floats
    point: Floats

    @property
    def cutoff(self) -> date:
        """First day that the models have not seen."""
        found: date = self.fleet.cutoff.astype("datetime64[D]").item()
        return found

    def days(self, first: date, last: date) -> Floats:
        """Volumes of the days first ≤ day ≤ last, NaN where not known or outside."""
        wanted = (last - first).days + 1
        out = np.full((len(self.volumes), max(wanted, 0)), np.nan)
        low = (first - self.start).days
        source = np.arange(low, low + wanted)
        inside = (source >= 0) & (source < self.volumes.shape[1])
        out[:, inside] = self.volumes[:, source[inside]]
        return out


@dataclass(frozen=True)
class PeriodReport:
    """Volumes of a period.

    Parameters
    ----------
    period
        The period.
    cutoff
        First day that the models of some accounts have not seen.
    rows
        account_id; observed_m3, the volume of the days seen [m³]; observed_days, missing_days (past, estimated) and
        forecast_days; the quantile columns of PERIOD_FORECASTS for the whole period [m³].
    """

    period: Period
    cutoff: date
    rows: pl.DataFrame


def forecast_period(
    *, store: Store, first_day: date, last_day: date, account: str | None = None
) -> PeriodReport:
    """Volume of the days first_day ≤ day ≤ last_day, of one account or of all.

    Days seen are summed; past days that are missing are estimated from the same weekdays around them; the rest is
    forecast. Quantiles are of the total: see `forecasting.periods`.

    Raises
    ------
    WrongPeriod
        If the period is empty, longer than LONGEST_DAYS, or reaches further than FURTHEST_DAYS past what was seen.
    NotFound
        If there is no such account.
    NotEnoughData
        If nothing was trained, or the account has no model.
    """
    period = Period(first_day, last_day)
    near = timedelta(days=_NEAR_DAYS)
    if account is not None:
        seen = look(store, account, since=first_day - near)
        return PeriodReport(period, seen.cutoff, period_rows(seen, period))
    parts = []
    for run in generations(store):
        for block in account_blocks(store, run):
            fleet = load_fleet(store, run.run_id, accounts=block)
            window = Interval(first_day - near, last_day + near)
            parts.append(period_rows(_seen(store, fleet, window, (block[0], block[-1])), period))
    return PeriodReport(period, generations(store)[0].cutoff, pl.concat(parts).sort("account_id"))


def look(store: Store, account: str, *, since: date) -> Seen:
    """One account with its model and what it used since a day.

    Raises
    ------
    NotFound
        If there is no such account.
    NotEnoughData
        If nothing was trained, or the account has no model.
    """
    if not any(store.count(table, where={"account_id": account}) for table in (ACCOUNTS, CONSUMPTION)):
        raise NotFound("account", account)
    run_id = serving_run(store)
    fleet = load_fleet(store, run_id, accounts=[account])
    return _seen(store, fleet, Interval(since, _LATEST), (account, account))


def _seen(store: Store, fleet: FittedFleet, window: Interval, accounts: tuple[str, str]) -> Seen:
    panel = store.panel(window, accounts=accounts)
    first = np.datetime64(window.start, "D")
    end = max([first + 1, *panel.ends.astype("datetime64[D]")])
    ids = fleet.series_ids.astype(np.str_)
    volumes = aligned(panel, ids, first, end).values.reshape(len(ids), -1)
    return Seen(fleet, window.start, volumes, fleet.forecast(Horizon(FURTHEST_DAYS)))


def period_rows(seen: Seen, period: Period) -> pl.DataFrame:
    """The rows of PeriodReport for accounts at hand."""
    lead = (period.first_day - seen.cutoff).days
    if lead + period.days > FURTHEST_DAYS:
        last = seen.cutoff + timedelta(days=FURTHEST_DAYS - 1)
        raise WrongPeriod(
            Text(
                "El periodo termina el {last_day}; los pronósticos llegan hasta el {furthest}.",
                "The period ends on {last_day}; forecasts reach to {furthest}.",
            ),
            remedy=Text(
                "Elija un último día anterior, o ejecute amuna update si hay días nuevos por incorporar.",
                "Choose an earlier last day, or run amuna update where newer days wait.",
            ),
            last_day=period.last_day.isoformat(),
            furthest=last.isoformat(),
        )
    days = seen.days(period.first_day, period.last_day)
    known = np.isfinite(days)
    ahead = (lead + np.arange(period.days) >= 0) & ~known
    missing = ~known & ~ahead
    expected = np.where(known, days, 0.0)
    leads = np.clip(lead + np.arange(period.days), 0, FURTHEST_DAYS - 1)
    expected = np.where(ahead, seen.point[:, leads], expected)
    if missing.any():
        expected = np.where(missing, _stand_in(seen, period), expected)
    first_ahead = np.where(ahead.any(axis=1), leads[ahead.argmax(axis=1)], 0)
    quantiles = spread_total(
        expected.sum(axis=1),
        seen.fleet.scale,
        seen.fleet.group,
        seen.fleet.calibration,
        days=ahead.sum(axis=1),
        billing_days=seen.fleet.billing_days,
        wait=first_ahead if lead > 0 else 0,
        missing=missing.sum(axis=1),
    )
    observed = np.where(known, days, 0.0).sum(axis=1)
    quantiles = np.maximum(quantiles, observed[:, None])
    counts = (observed, known.sum(axis=1), missing.sum(axis=1), ahead.sum(axis=1))
    return _frame(seen.fleet.series_ids, counts, quantiles)


def _stand_in(seen: Seen, period: Period) -> Floats:
    """Estimate of each day of the period, shape (n_accounts, days): same weekdays near it, else all near it, else the forecast."""
    near = timedelta(days=_NEAR_DAYS)
    around = seen.days(period.first_day - near, period.last_day + near)
    offsets = np.arange(-_NEAR_DAYS, _NEAR_DAYS + 1)
    out = np.empty((len(around), period.days))
    fallback = seen.point[:, :7].mean(axis=1)
    for day in range(period.days):
        window = around[:, day + _NEAR_DAYS + offsets]
        out[:, day] = _mean(window[:, offsets % 7 == 0], _mean(window, fallback))
    return out


def _mean(values: Floats, otherwise: Floats) -> Floats:
    known = np.isfinite(values)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1), otherwise)


def _frame(accounts: NDArray[Any], counts: tuple[NDArray[Any], ...], quantiles: Floats) -> pl.DataFrame:
    columns = dict(zip(_PERIOD_COLUMNS, counts, strict=True))
    columns |= {QUANTILE_COLUMNS[q]: np.ascontiguousarray(quantiles[:, i]) for i, q in enumerate(QUANTILES)}
    return pl.DataFrame({"account_id": accounts, **columns})
