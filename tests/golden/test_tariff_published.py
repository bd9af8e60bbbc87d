"""SEDAPAL's published prices (SUNASS, 23 December 2025), bills worked by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from amuna.billing.bill import bill, next_m3_pen
from amuna.billing.catalogue import catalogue

TARIFF = catalogue({}, place="amuna.toml").on("sedapal-lima", date(2026, 1, 31)).tariff


@pytest.mark.parametrize(
    ("segment", "volume_m3", "water_pen", "total_pen"),
    [
        ("household", 0, 0.0, 0.0),
        ("household", 10, 22.0, 25.96),  # 10 × 2.20
        ("household", 16, 36.16, 42.6688),  # 22.00 + 6 × 2.36
        ("household", 20, 45.6, 53.808),
        ("household", 35, 93.9, 110.802),  # 45.60 + 15 × 3.22
        ("household", 55, 178.8, 210.984),  # 142.20 + 5 × 7.32
        ("commercial", 1200, 10_712.0, 12_640.16),  # 1,000 × 8.82 + 200 × 9.46
        ("industrial", 100, 946.0, 1116.28),
        ("public", 100, 580.0, 684.4),
    ],
)
def test_bills_worked_by_hand(segment: str, volume_m3: float, water_pen: float, total_pen: float) -> None:
    found = bill(volume_m3, TARIFF.rates(segment, days=31))
    assert found.water_pen == pytest.approx(water_pen)
    assert found.igv_pen == pytest.approx(0.18 * water_pen)
    assert found.total_pen == pytest.approx(total_pen)


def test_every_part_stands_apart() -> None:
    found = bill([16.0, 55.0], TARIFF.rates("household", days=30))
    np.testing.assert_allclose(found.water_by_block_pen, [[22, 14.16, 0, 0], [22, 23.6, 96.6, 36.6]])
    np.testing.assert_allclose(
        found.total_pen, found.water_pen + found.sewerage_pen + found.fixed_pen + found.igv_pen
    )


def test_the_next_cubic_metre_costs_what_its_block_says() -> None:
    found = next_m3_pen([0, 9.99, 10, 50], TARIFF.rates(None, days=30))
    np.testing.assert_allclose(found, np.array([2.20, 2.20, 2.36, 7.32]) * 1.18)


def test_what_was_not_published_is_said() -> None:
    assert TARIFF.not_included == ("sewerage", "fixed")
    assert TARIFF.source_date == date(2025, 12, 23)


@pytest.mark.parametrize(("days", "months"), [(31, 1), (28, 1), (34, 1), (60, 2), (15, 0.5)])
def test_a_period_that_is_no_month_takes_its_share(days: int, months: float) -> None:
    assert TARIFF.months(days) == months
    np.testing.assert_allclose(
        TARIFF.rates("household", days=days).starts_m3, np.array([0, 10, 20, 50]) * months
    )
