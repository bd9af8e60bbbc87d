"""What My water shows a customer of one account: this period, the next, unusual days, similar homes, and advice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from amuna.billing.advice import PEER_DAYS, PEER_KNOWN, RECENT_DAYS, Advice, Peers, Use, advise
from amuna.billing.bill import total_pen
from amuna.billing.catalogue import Catalogue
from amuna.billing.tariff import Rates, Tariff
from amuna.domain.panel import Floats
from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, QUANTILE_COLUMNS
from amuna.domain.time import Horizon
from amuna.forecasting.intervals import QUANTILES
from amuna.workflows.bill import BillOutlook, outlook_of, rates_of
from amuna.workflows.billing_period import billing_period, newest_day, next_period, period_before
from amuna.workflows.period import FURTHEST_DAYS, Period, Seen, look
from amuna.workflows.views.similar import similar_accounts

PAST_PERIODS = 12
_SINCE_DAYS = 460
_WEEKS = 8  # same weekdays behind what was expected of a day
_WEEKS_KNOWN = 4
_SHOWN_DAYS = 60
_CHOICE_DAYS = 365
_FORECAST_DAYS = 31
_CLEARLY = 1.5  # times what was expected from which on a day can be unusual
_PERIOD_KNOWN = 0.9  # share of a past period's days that must be known for it to be shown


@dataclass(frozen=True)
class CustomerReport:
    """Everything that My water shows of an account.

    Parameters
    ----------
    account_id, segment, zone_id
        Who.
    seen_until
        Last day known of the account; None where none is known.
    this_period, following
        Outlook of the present billing period and of the next.
    days
        The last two months: day, volume_m3 (null where not known), expected_m3, unusual.
    forecast
        Days to come until the next period's end, at most a month: day and the quantile columns of FORECASTS [m³].
    periods
        Billing periods before, the oldest first: first_day, last_day, volume_m3 [m³], total_pen [PEN] at the tariff of the
        present period.
    mean_m3
        Mean day of the last four weeks [m³/day]; None where too little is known.
    peers
        Similar accounts; None where there are fewer than ten.
    advice
        The most worthwhile first.
    first_choice, last_choice
        First and last day that a period may have.
    """

    account_id: str
    segment: str | None
    zone_id: str | None
    seen_until: date | None
    this_period: BillOutlook
    following: BillOutlook
    days: pl.DataFrame
    forecast: pl.DataFrame
    periods: pl.DataFrame
    mean_m3: float | None
    peers: Peers | None
    advice: tuple[Advice, ...]
    first_choice: date
    last_choice: date

    @property
    def unusual(self) -> pl.DataFrame:
        """The unusual days of the last month, the newest first."""
        last = self.days["day"].max()
        recent = pl.col("day") > pl.lit(last) - pl.duration(days=RECENT_DAYS)
        return self.days.filter("unusual", recent).sort("day", descending=True)


def customer_report(
    account: str, *, store: Store, tariffs: Catalogue, tariff: str, first_day_of_month: int
) -> CustomerReport:
    """Everything about an account's water and its bills to come.

    The present period is the one that holds the first day not yet known, so that late data never make it empty.

    Parameters
    ----------
    tariffs, tariff
        Tariffs at hand, and the one that serves.
    first_day_of_month
        Day on which billing periods begin.

    Raises
    ------
    NotFound
        If there is no such account.
    NotEnoughData
        If nothing was trained, the account has no model, or the tariff has no class for it.
    """
    unseen = newest_day(store)
    seen = look(store, account, since=unseen - timedelta(days=_SINCE_DAYS))
    present = billing_period(max(unseen, seen.cutoff), first_day_of_month=first_day_of_month)
    after = next_period(present, first_day_of_month=first_day_of_month)
    segment, zone_id = _place(store, account)
    this_period, following = (
        outlook_of(seen, period, segment=segment, tariffs=tariffs, tariff=tariff)
        for period in (present, after)
    )
    days = _days(seen, unseen)
    volumes = days["volume_m3"].fill_null(np.nan).to_numpy()
    peers = similar_accounts(store, account, segment=segment, zone_id=zone_id, end=unseen)
    use = _use(seen, days, following, rates_of(tariffs, tariff, segment, after), peers)
    known = days.filter(pl.col("volume_m3").is_not_null())["day"]
    recent = volumes[-PEER_DAYS:]
    return CustomerReport(
        account_id=account,
        segment=segment,
        zone_id=zone_id,
        seen_until=known.max(),  # type: ignore[arg-type]
        this_period=this_period,
        following=following,
        days=days.tail(_SHOWN_DAYS),
        forecast=_forecast(seen, max(unseen, seen.cutoff), after.last_day),
        periods=_periods(
            seen, present, tariffs.on(tariff, present.last_day).tariff, segment, first_day_of_month
        ),
        mean_m3=float(np.nanmean(recent)) if np.isfinite(recent).sum() >= PEER_KNOWN else None,
        peers=peers,
        advice=advise(use),
        first_choice=unseen - timedelta(days=_CHOICE_DAYS),
        last_choice=seen.cutoff + timedelta(days=FURTHEST_DAYS - 1),
    )


def _place(store: Store, account: str) -> tuple[str | None, str | None]:
    found = store.read(ACCOUNTS, where={"account_id": account}, columns=["segment", "zone_id"])
    return (None, None) if found.is_empty() else found.select("segment", "zone_id").row(0)


def _days(seen: Seen, unseen: date) -> pl.DataFrame:
    """Every day at hand: day, volume_m3, expected_m3 (median of the same weekday of eight weeks before), unusual."""
    volumes = seen.days(seen.start, unseen - timedelta(days=1))[0]
    expected = _expected(volumes)
    fleet = seen.fleet
    limit = fleet.scale[0] * fleet.calibration.values[fleet.group[0], 1, -1]
    unusual = (volumes - expected > limit) & (volumes > _CLEARLY * expected)
    first = np.datetime64(seen.start, "D")
    return pl.DataFrame(
        {
            "day": first + np.arange(len(volumes)),
            "volume_m3": volumes,
            "expected_m3": expected,
            "unusual": unusual,
        }
    ).with_columns(pl.col("volume_m3", "expected_m3").fill_nan(None))


def _expected(volumes: Floats) -> Floats:
    padded = np.concatenate([np.full(7 * _WEEKS, np.nan), volumes])
    before = np.stack([padded[7 * (_WEEKS - k) :][: len(volumes)] for k in range(1, _WEEKS + 1)])
    enough = np.isfinite(before).sum(axis=0) >= _WEEKS_KNOWN
    out = np.full(len(volumes), np.nan)
    out[enough] = np.nanmedian(before[:, enough], axis=0)
    return out


def _use(seen: Seen, days: pl.DataFrame, following: BillOutlook, rates: Rates, peers: Peers | None) -> Use:
    recent = days.tail(RECENT_DAYS).filter("unusual")
    last: date = days["day"][-1]
    return Use(
        days_m3=days["volume_m3"].fill_null(np.nan).to_numpy(),
        last_weekday=last.weekday(),
        unusual_m3=(recent["volume_m3"] - recent["expected_m3"]).to_numpy(),
        unusual_noise_m3=float(seen.fleet.scale[0]),
        period_days=following.period.days,
        quantiles_m3=np.array(list(following.volume_m3.values())),
        draws_m3=following.draws_m3,
        rates=rates,
        peers=peers,
    )


def _forecast(seen: Seen, start: date, last: date) -> pl.DataFrame:
    steps = (min(last, start + timedelta(days=_FORECAST_DAYS - 1)) - seen.cutoff).days + 1
    quantiles = seen.fleet.forecasts(Horizon(max(steps, 1)), billing_days=1).quantiles[0]
    rows = {QUANTILE_COLUMNS[q]: np.ascontiguousarray(quantiles[:, i]) for i, q in enumerate(QUANTILES)}
    first = np.datetime64(seen.cutoff, "D")
    frame = pl.DataFrame({"day": first + np.arange(len(quantiles)), **rows})
    return frame.filter(pl.col("day") >= start)


def _periods(
    seen: Seen, present: Period, tariff: Tariff, segment: str | None, first_day_of_month: int
) -> pl.DataFrame:
    rows: list[dict[str, object]] = []
    period = present
    for _ in range(PAST_PERIODS):
        period = period_before(period, first_day_of_month=first_day_of_month)
        volumes = seen.days(period.first_day, period.last_day)[0]
        known = np.isfinite(volumes)
        if known.mean() >= _PERIOD_KNOWN:
            volume = float(volumes[known].sum() / known.mean())
            cost = float(total_pen(volume, tariff.rates(segment, days=period.days)))
            rows.append(
                {
                    "first_day": period.first_day,
                    "last_day": period.last_day,
                    "volume_m3": volume,
                    "total_pen": cost,
                }
            )
    schema = {
        "first_day": pl.Date,
        "last_day": pl.Date,
        "volume_m3": pl.Float64,
        "total_pen": pl.Float64,
    }
    return pl.DataFrame(rows[::-1], schema=schema)
