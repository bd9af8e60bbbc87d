"""Bill: what an account will pay for a period, how sure that is, and which thresholds it may cross."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from amuna.billing.bill import bill, next_m3_pen, total_pen
from amuna.billing.catalogue import Catalogue
from amuna.billing.chance import equal_draws, probability_above
from amuna.billing.tariff import Rates
from amuna.domain.panel import Floats
from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, QUANTILE_COLUMNS
from amuna.workflows.period import Period, Seen, look, period_rows

USUAL_DAYS = 182  # the regulation's six last monthly readings
USUAL_KNOWN_DAYS = 60  # of them two
HISTORY_DAYS = USUAL_DAYS + 123  # also before a period that is still to come
ATYPICAL = 2.0
_QUANTILES = list(QUANTILE_COLUMNS.values())


@dataclass(frozen=True)
class BillOutlook:
    """What a period will cost an account.

    Parameters
    ----------
    account_id, segment, period
        Who, of which segment, and when.
    tariff, tariff_class, tariff_source, tariff_source_date, tariff_in_force, not_included
        The rates used, where they come from, whether they hold on the period's last day, and the charges they lack.
    observed_m3, observed_days, missing_days, forecast_days
        Volume of the days seen [m³]; days seen, missing and to come.
    volume_m3, total_pen
        Volume [m³] and bill [PEN] by the quantile columns of PERIOD_FORECASTS. A larger volume never costs less, so
        quantiles of the bill are bills of the quantiles.
    expected_m3, expected_pen
        Means of both.
    water_pen, sewerage_pen, fixed_pen, igv_pen
        Parts of the bill of the median volume [PEN].
    next_m3_pen
        What one more cubic metre than the median costs [PEN/m³].
    blocks
        starts_m3 [m³], price_pen_per_m3 [PEN/m³, tax included], water_pen of the median volume [PEN], and probability
        that the period's volume goes beyond its start.
    usual_m3
        Average of the half year before for as many days [m³]; None where too little is known.
    atypical_probability
        Chance of more than twice the usual: "consumo atípico" (SUNASS, R.C.D. 011-2007-SUNASS-CD, art. 88); None
        where the usual is not known.
    """

    account_id: str
    segment: str | None
    period: Period
    tariff: str
    tariff_class: str
    tariff_source: str
    tariff_source_date: date
    tariff_in_force: bool
    not_included: tuple[str, ...]
    observed_m3: float
    observed_days: int
    missing_days: int
    forecast_days: int
    volume_m3: dict[str, float]
    total_pen: dict[str, float]
    expected_m3: float
    expected_pen: float
    water_pen: float
    sewerage_pen: float
    fixed_pen: float
    igv_pen: float
    next_m3_pen: float
    blocks: pl.DataFrame
    usual_m3: float | None
    atypical_probability: float | None

    @property
    def draws_m3(self) -> Floats:
        """Volumes of equal probability [m³]."""
        return equal_draws(np.array([self.volume_m3[name] for name in _QUANTILES]), least_m3=self.observed_m3)


def bill_outlook(
    account: str, *, store: Store, tariffs: Catalogue, tariff: str, first_day: date, last_day: date
) -> BillOutlook:
    """What the days first_day ≤ day ≤ last_day will cost an account.

    Parameters
    ----------
    tariffs, tariff
        Tariffs at hand, and the one that serves.

    Raises
    ------
    WrongPeriod
        As `forecast_period`.
    NotFound
        If there is no such account.
    NotEnoughData
        If nothing was trained, the account has no model, or the tariff has no class for it.
    UnknownSetting
        If there is no such tariff.
    """
    period = Period(first_day, last_day)
    seen = look(store, account, since=first_day - timedelta(days=HISTORY_DAYS))
    return outlook_of(seen, period, segment=segment_of(store, account), tariffs=tariffs, tariff=tariff)


def segment_of(store: Store, account: str) -> str | None:
    """Segment of an account; None where not known."""
    found = store.read(ACCOUNTS, where={"account_id": account}, columns=["segment"])
    return None if found.is_empty() else found["segment"][0]


def rates_of(tariffs: Catalogue, tariff: str, segment: str | None, period: Period) -> Rates:
    """What a segment pays in a period."""
    return tariffs.on(tariff, period.last_day).tariff.rates(segment, days=period.days)


def outlook_of(
    seen: Seen, period: Period, *, segment: str | None, tariffs: Catalogue, tariff: str
) -> BillOutlook:
    """What a period will cost an account at hand, whose volumes reach back half a year before it."""
    row = period_rows(seen, period).row(0, named=True)
    chosen = tariffs.on(tariff, period.last_day)
    rates = rates_of(tariffs, tariff, segment, period)
    quantiles = np.array([row[name] for name in _QUANTILES])
    draws = equal_draws(quantiles, least_m3=row["observed_m3"])
    median = bill(row["forecast_m3"], rates)
    usual = usual_m3(seen, period)
    return BillOutlook(
        account_id=row["account_id"],
        segment=segment,
        period=period,
        tariff=rates.tariff,
        tariff_class=rates.tariff_class,
        tariff_source=chosen.tariff.source,
        tariff_source_date=chosen.tariff.source_date,
        tariff_in_force=chosen.in_force,
        not_included=chosen.tariff.not_included,
        **{name: row[name] for name in ("observed_m3", "observed_days", "missing_days", "forecast_days")},
        volume_m3={name: row[name] for name in _QUANTILES},
        total_pen=dict(zip(_QUANTILES, total_pen(quantiles, rates).tolist(), strict=True)),
        expected_m3=float(draws.mean()),
        expected_pen=float(total_pen(draws, rates).mean()),
        water_pen=float(median.water_pen),
        sewerage_pen=float(median.sewerage_pen),
        fixed_pen=float(median.fixed_pen),
        igv_pen=float(median.igv_pen),
        next_m3_pen=float(next_m3_pen(row["forecast_m3"], rates)),
        blocks=_blocks(rates, median.water_by_block_pen, quantiles, row["observed_m3"]),
        usual_m3=usual,
        atypical_probability=None
        if not usual
        else float(probability_above(ATYPICAL * usual, quantiles, least_m3=row["observed_m3"])),
    )


def usual_m3(seen: Seen, period: Period) -> float | None:
    """Average of the half year before a period for as many days [m³]; None with less than USUAL_KNOWN_DAYS of it known."""
    end = min(period.first_day, seen.start + timedelta(days=seen.volumes.shape[1]))
    days = seen.days(end - timedelta(days=USUAL_DAYS), end - timedelta(days=1))[0]
    known = days[np.isfinite(days)]
    return None if len(known) < USUAL_KNOWN_DAYS else float(known.mean()) * period.days


def _blocks(rates: Rates, water_pen: Floats, quantiles: Floats, least_m3: float) -> pl.DataFrame:
    price = (rates.water_pen_per_m3 + rates.sewerage_pen_per_m3) * (1 + rates.igv_rate)
    return pl.DataFrame(
        {
            "starts_m3": rates.starts_m3,
            "price_pen_per_m3": price,
            "water_pen": water_pen,
            "probability": probability_above(rates.starts_m3, quantiles, least_m3=least_m3),
        }
    )
