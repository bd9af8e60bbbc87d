"""Residuals: what the serving models missed by lately, as if each were standard normal."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import norm

from amuna.domain.ports import Store
from amuna.domain.tables import CALIBRATION, SCORES
from amuna.workflows.shards import Accounts, within_range

Floats = NDArray[np.float64]

# The newest forecast of every recent day.
_RESIDUALS = f"""
SELECT account_id, day, observed_m3 - forecast_m3 AS residual
FROM {SCORES.name} JOIN (
    SELECT day AS newest_day, MAX(cutoff) AS newest FROM {SCORES.name} WHERE run_id = ? AND day >= ? GROUP BY day
) AS n ON day = n.newest_day AND cutoff = n.newest
WHERE run_id = ? AND day >= ?
"""


def standardised_residuals(
    store: Store, run_id: str, models: pl.DataFrame, accounts: Accounts, *, end: date, days: int
) -> Floats:
    """Residuals of the newest forecast of each of the last days, shape (n_accounts, days); NaN where unknown.

    A residual over its account's scale is looked up in the calibrated quantiles of its group a day ahead: what was
    exceeded one time in ten becomes 1.28.

    Parameters
    ----------
    models
        Accounts in their order, with `scale` [m³], `group`, and `since`, the first day that counts.
    end
        First day not looked at.
    """
    first = end - timedelta(days=days)
    wanted, bounds = within_range(accounts)
    scores = store.query(_RESIDUALS + wanted, [run_id, first, run_id, first, *bounds])
    places = models.select("account_id").with_row_index("row")
    placed = scores.join(places, on="account_id").with_columns(
        column=(pl.col("day") - pl.lit(first)).dt.total_days()
    )
    residuals = np.full((len(models), days), np.nan)
    inside = placed.filter(pl.col("column") < days)
    residuals[inside["row"].to_numpy(), inside["column"].to_numpy()] = inside["residual"].to_numpy()
    since = models.select((pl.col("since") - pl.lit(first)).dt.total_days()).to_series().to_numpy()
    residuals[np.arange(days) < since[:, None]] = np.nan
    scale = models["scale"].to_numpy()
    return _as_normal(
        residuals / np.where(scale > 0, scale, np.nan)[:, None],
        models["group"].to_list(),
        _day_ahead_quantiles(store, run_id),
    )


def _day_ahead_quantiles(store: Store, run_id: str) -> dict[str, tuple[Floats, Floats]]:
    """Probabilities and quantiles of the scaled residual a day ahead, by calibration group."""
    rows = store.read(CALIBRATION, where={"run_id": run_id, "lead": 1}).sort("group", "quantile")
    return {
        str(group): (part["quantile"].to_numpy(), part["value"].to_numpy())
        for (group,), part in rows.group_by("group")
    }


def _as_normal(scaled: Floats, groups: list[str], quantiles: dict[str, tuple[Floats, Floats]]) -> Floats:
    """Each scaled residual as the standard normal value of the same probability; beyond the ends, in proportion.

    A residual that several quantiles share, such as zero where use is rare, stands in their middle.
    """
    out = np.full(scaled.shape, np.nan)
    of = np.array(groups)
    for group, (probability, value) in quantiles.items():
        mine = of == group
        rising = np.maximum.accumulate(value)
        ramp = 1e-9 * np.arange(len(value))
        z = norm.ppf(probability)
        ends = [np.interp(scaled[mine], rising + shift, z) for shift in (ramp, ramp - ramp[-1])]
        found = np.mean(ends, axis=0)
        low, high = rising[0], rising[-1]
        found = np.where(scaled[mine] < low, z[0] * _beyond(scaled[mine], low), found)
        found = np.where(scaled[mine] > high, z[-1] * _beyond(scaled[mine], high), found)
        out[mine] = np.where(np.isfinite(scaled[mine]), found, np.nan)
    return out


def _beyond(scaled: Floats, edge: float) -> Floats:
    return np.maximum(1.0, scaled / edge) if edge else np.ones_like(scaled)
