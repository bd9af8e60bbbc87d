"""Totals of periods of any length: covered as promised where the truth is known, ordered, never negative."""

from __future__ import annotations

import numpy as np
import pytest

from amuna.domain.panel import Floats
from amuna.forecasting.intervals import QUANTILES, Calibration, calibrate
from amuna.forecasting.metrics import coverage
from amuna.forecasting.periods import spread_total

DAYS, BILLING = 60, 30
GROUP = np.zeros(4000, dtype=np.int64)
ONE = np.ones(4000)


def errors(rng: np.random.Generator, *, shared: float) -> Floats:
    """Residuals of 4,000 accounts: a day's own noise, and an error of level that every day shares."""
    return rng.normal(size=(4000, DAYS)) + shared * rng.normal(size=(4000, 1))


def calibration(residual: Floats) -> Calibration:
    past = residual[:, None, :BILLING]
    return calibrate(past, past.sum(axis=-1), GROUP)


@pytest.mark.parametrize("shared", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("days", [1, 7, 14, 30])
def test_totals_within_the_billing_period_are_covered(shared: float, days: int) -> None:
    rng = np.random.default_rng(5)
    table = calibration(errors(rng, shared=shared))
    total = errors(rng, shared=shared)[:, :days].sum(axis=1)
    quantiles = spread_total(np.full(4000, 1e3), ONE, GROUP, table, days=days, billing_days=BILLING)
    assert coverage(1e3 + total, quantiles[:, 1], quantiles[:, 5]) == pytest.approx(0.8, abs=0.07)


def test_longer_than_the_billing_period_errors_of_level_are_covered() -> None:
    rng = np.random.default_rng(6)
    table = calibration(errors(rng, shared=1.0))
    total = errors(rng, shared=1.0).sum(axis=1)
    quantiles = spread_total(np.full(4000, 1e3), ONE, GROUP, table, days=DAYS, billing_days=BILLING)
    assert coverage(1e3 + total, quantiles[:, 1], quantiles[:, 5]) == pytest.approx(0.82, abs=0.03)


def width(**how: object) -> float:
    table = calibration(errors(np.random.default_rng(7), shared=0.3))
    found = spread_total(np.full(4000, 1e3), ONE, GROUP, table, billing_days=BILLING, **how)  # type: ignore[arg-type]
    assert (np.diff(found, axis=1) >= 0).all()
    return float(found[0, QUANTILES.index(0.9)] - found[0, QUANTILES.index(0.1)])


def test_missing_days_waiting_and_length_widen() -> None:
    assert width(days=0) == 0 < width(days=0, missing=3)
    assert width(days=10) < width(days=10, missing=3) < width(days=13)
    assert width(days=10) < width(days=10, wait=20)
    widths = [width(days=days) for days in range(93)]
    assert (np.diff(widths) > 0).all()


def test_the_billing_period_is_what_was_calibrated() -> None:
    table = calibration(errors(np.random.default_rng(8), shared=0.3))
    found = spread_total(np.full(4000, 1e3), 2 * ONE, GROUP, table, days=BILLING, billing_days=BILLING)
    np.testing.assert_allclose(found[0], 1e3 + 2 * table.values[0, 0])
