"""What is unusual about an account lately: far more than was forecast before it began, or nothing for weeks.

A forecast made day by day gets used to a leak within days, so the newest one would soon call it usual. The forecast of
a week ago has seen none of the days it judges.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amuna.domain.panel import Floats, panel_from_matrix
from amuna.domain.ports import Store
from amuna.domain.tables import QUANTILE_COLUMNS
from amuna.domain.time import Horizon, Interval
from amuna.forecasting.fleet import FittedFleet
from amuna.workflows.histories import aligned

HIGH_USE, NO_USE = "high_use", "no_use"
DAYS = 7  # judged against the forecast made before them
HIGH_DAYS = 6  # of them beyond the 95 % interval: benchmarks/alarms.py measures what that finds
SILENT_DAYS = 21  # without use: less is a holiday
WORTH_M3 = 5.0  # per 30 days: a smaller difference is nobody's errand
MONTH = 30
_HISTORY_DAYS = 400
_USUAL_DAYS = 56
_LEAST_KNOWN = 28
_KNOWN_SHARE = 0.6  # of the silent days
_OFTEN_ZERO = 0.1  # share of the days before: where use is rare, silence says nothing
_NOTHING_M3 = 0.0005  # half a litre
_PLACE = {quantile: place for place, quantile in enumerate(QUANTILE_COLUMNS)}
_TYPES = {
    "account_id": pl.String,
    "kind": pl.String,
    "first_day": pl.Date,
    "last_day": pl.Date,
    "evidence": pl.String,
}


@dataclass(frozen=True)
class Lately:
    """The last days of some accounts, and what was expected of the last DAYS of them.

    Parameters
    ----------
    accounts
        Their ids, shape (n,).
    end
        First day not looked at.
    volumes
        Volume of each day before `end` [m³], shape (n, days); NaN where it is not known.
    quantiles
        Volume of the last DAYS days as forecast before them [m³], shape (n, DAYS, n_quantiles).
    """

    accounts: NDArray[np.str_]
    end: date
    volumes: Floats
    quantiles: Floats

    @property
    def observed(self) -> Floats:
        """Volume of the last DAYS days [m³], shape (n, DAYS)."""
        return self.volumes[:, -DAYS:]

    def at(self, quantile: float) -> Floats:
        """The volume not exceeded with a probability [m³], shape (n, DAYS)."""
        return self.quantiles[:, :, _PLACE[quantile]]


def lately(store: Store, fleet: FittedFleet, end: date) -> Lately:
    """The days before `end`; the states are built anew from what had happened before the last DAYS of them."""
    ids, length = fleet.series_ids, _HISTORY_DAYS + DAYS
    first = end - timedelta(days=length)
    panel = store.panel(Interval(first, end), accounts=(str(ids[0]), str(ids[-1])))
    volumes = aligned(panel, ids, np.datetime64(first), np.datetime64(end)).values.reshape(len(ids), length)
    history = np.ascontiguousarray(volumes[:, :_HISTORY_DAYS])
    past = fleet.members.restate(panel_from_matrix(ids, np.datetime64(first), history))
    found = replace(fleet, members=past).forecasts(Horizon(DAYS)).quantiles
    known = np.isfinite(history).sum(axis=1) >= _LEAST_KNOWN
    return Lately(ids, end, volumes, np.where(known[:, None, None], found, np.nan))


def unusual(seen: Lately) -> pl.DataFrame:
    """Accounts to look at: account_id, kind, first_day, last_day, observed_m3, expected_m3, evidence."""
    return pl.concat([_high(seen), _silent(seen)])


def _high(seen: Lately) -> pl.DataFrame:
    """Accounts above the 97.5 % quantile on HIGH_DAYS days: from the first of these to the last."""
    known = np.isfinite(seen.observed) & np.isfinite(seen.at(0.5))
    above = known & (seen.observed > seen.at(0.975))
    place = np.arange(DAYS)
    first = np.argmax(above, axis=1)
    last = DAYS - 1 - np.argmax(above[:, ::-1], axis=1)
    inside = known & (place >= first[:, None]) & (place <= last[:, None])
    days = np.maximum(inside.sum(axis=1), 1)
    observed, expected, limit = (
        np.where(inside, volume, 0.0).sum(axis=1) for volume in (seen.observed, seen.at(0.5), seen.at(0.975))
    )
    rows = np.flatnonzero(
        (above.sum(axis=1) >= HIGH_DAYS) & ((observed - expected) / days * MONTH >= WORTH_M3)
    )
    start = seen.end - timedelta(days=DAYS)
    evidence = [
        {
            "forecast_made": start.isoformat(),
            "unusual_days": int(above[row].sum()),
            "judged_days": int(known[row].sum()),
            "usual_m3_day": _figure(expected[row] / days[row]),
            "limit_m3_day": _figure(limit[row] / days[row]),
            "observed_m3_day": _figure(observed[row] / days[row]),
        }
        for row in rows
    ]
    began = np.datetime64(start)
    return _frame(
        seen,
        HIGH_USE,
        rows,
        began + first[rows],
        began + last[rows],
        observed[rows],
        expected[rows],
        evidence,
    )


def _silent(seen: Lately) -> pl.DataFrame:
    """Accounts that used nothing for SILENT_DAYS, though they hardly ever had a day without use."""
    known = np.isfinite(seen.volumes)
    used = known & (seen.volumes > _NOTHING_M3)
    before = slice(0, -SILENT_DAYS)
    days_before = known[:, before].sum(axis=1)
    zero_share = 1 - used[:, before].sum(axis=1) / np.maximum(days_before, 1)
    usual = _mean(seen.volumes[:, -SILENT_DAYS - _USUAL_DAYS : -SILENT_DAYS])
    rows = np.flatnonzero(
        ~used[:, -SILENT_DAYS:].any(axis=1)
        & (known[:, -SILENT_DAYS:].sum(axis=1) >= _KNOWN_SHARE * SILENT_DAYS)
        & (days_before >= _LEAST_KNOWN)
        & (zero_share < _OFTEN_ZERO)
        & (usual * MONTH >= WORTH_M3)
    )
    length = seen.volumes.shape[1]
    run = np.argmax(used[rows, ::-1], axis=1)
    last = np.argmax(known[rows, ::-1], axis=1)
    end = np.datetime64(seen.end)
    evidence = [
        {
            "silent_days": int(days),
            "judged_days": int(known[row, length - days :].sum()),
            "usual_m3_day": _figure(usual[row]),
            "observed_m3_day": 0.0,
            "zero_share_before": _figure(zero_share[row]),
        }
        for row, days in zip(rows, run, strict=True)
    ]
    expected = usual[rows] * (run - last)
    return _frame(seen, NO_USE, rows, end - run, end - 1 - last, np.zeros(len(rows)), expected, evidence)


def _frame(
    seen: Lately,
    kind: str,
    rows: NDArray[np.int64],
    first: NDArray[np.datetime64],
    last: NDArray[np.datetime64],
    observed: Floats,
    expected: Floats,
    evidence: Sequence[Mapping[str, object]],
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "account_id": seen.accounts[rows].astype(str),
            "kind": [kind] * len(rows),
            "first_day": first,
            "last_day": last,
            "observed_m3": observed,
            "expected_m3": expected,
            "evidence": [json.dumps(dict(figures)) for figures in evidence],
        },
        schema_overrides=_TYPES,
    )


def _mean(volumes: Floats) -> Floats:
    """Mean over the days that are known, 0 where none is."""
    known = np.isfinite(volumes)
    return np.where(known, volumes, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)


def _figure(value: float) -> float:
    return round(float(value), 4)
