"""Residuals as if they were standard normal: what is looked up, which forecast counts, and from which day on."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
from scipy.stats import norm

from amuna.domain.ports import Store
from amuna.domain.tables import CALIBRATION, SCORES
from amuna.forecasting.intervals import QUANTILES
from amuna.workflows.residuals import standardised_residuals
from amuna.workflows.shards import ALL, Accounts

END = date(2024, 5, 1)


def calibrate(store: Store, group: str, values: list[float]) -> None:
    rows = [
        {
            "run_id": "run",
            "group": group,
            "lead": lead,
            "quantile": q,
            "value": value * lead,
            "residuals": 900,
        }
        for q, value in zip(QUANTILES, values, strict=True)
        for lead in (1, 2)
    ]
    store.upsert(CALIBRATION, CALIBRATION.frame(rows).cast({"lead": pl.Int32}))


def miss(store: Store, account: str, residuals: dict[int, float], *, lead: int = 1) -> None:
    """Scores of forecasts made `lead` days ahead, that missed by these residuals so many days before the end."""
    rows = []
    for before, residual in residuals.items():
        day = END - timedelta(days=before)
        rows.append(
            {
                "run_id": "run",
                "account_id": account,
                "cutoff": day - timedelta(days=lead - 1),
                "day": day,
                "forecast_m3": 10.0,
                "observed_m3": 10.0 + residual,
                "baseline_m3": 10.0,
                "inside80": True,
                "inside95": True,
            }
        )
    store.upsert(SCORES, SCORES.frame(rows))


def models(*accounts: tuple[str, str, float], since: date = date(2024, 1, 1)) -> pl.DataFrame:
    return pl.DataFrame(
        accounts, schema={"account_id": pl.String, "group": pl.String, "scale": pl.Float64}, orient="row"
    ).with_columns(since=pl.lit(since))


def residuals(store: Store, of: pl.DataFrame, *, days: int = 3, accounts: Accounts = ALL) -> np.ndarray:
    return standardised_residuals(store, "run", of, accounts, end=END, days=days)


def test_quantiles_become_those_of_the_normal_and_the_tails_go_on(store: Store) -> None:
    calibrate(store, "usual", [-4, -2, -1, 0, 1, 2, 6])
    miss(store, "a", {3: -4 * 0.5, 2: 3.0, 1: 12 * 0.5})
    found = residuals(store, models(("a", "usual", 0.5)))
    np.testing.assert_allclose(found, [[norm.ppf(0.025), norm.ppf(0.975), 2 * norm.ppf(0.975)]], rtol=1e-6)


def test_the_newest_forecast_counts_and_unknown_or_earlier_days_do_not(store: Store) -> None:
    calibrate(store, "usual", [-4, -2, -1, 0, 1, 2, 4])
    miss(store, "a", {3: 2, 1: 2})
    miss(store, "a", {3: -9, 2: -9}, lead=7)
    miss(store, "b", {1: -2, 0: 5, 4: 5})
    found = residuals(store, models(("a", "usual", 1.0), ("b", "usual", 0.0)))
    z = norm.ppf(0.9)
    np.testing.assert_allclose(found, [[z, -9 / 4 * norm.ppf(0.975), z], [np.nan] * 3], rtol=1e-6)
    late = models(("a", "usual", 1.0), since=END - timedelta(days=1))
    np.testing.assert_allclose(residuals(store, late), [[np.nan, np.nan, z]], rtol=1e-6)
    only_b = residuals(store, models(("b", "usual", 1.0)), accounts=Accounts("b", ""))
    np.testing.assert_allclose(only_b, [[np.nan, np.nan, -z]], rtol=1e-6)


def test_rare_use_that_is_forecast_as_none_is_no_bias(store: Store) -> None:
    rng = np.random.default_rng(1)
    missed = np.where(rng.random(4_000) < 0.2, rng.exponential(3.0, 4_000), 0.0)
    calibrate(store, "intermittent", np.quantile(missed, QUANTILES).tolist())
    miss(store, "a", {day + 1: float(residual) for day, residual in enumerate(missed)})
    found = residuals(store, models(("a", "intermittent", 1.0), since=date(2000, 1, 1)), days=len(missed))
    assert np.isfinite(found).all()
    assert abs(found.mean()) < 0.3
