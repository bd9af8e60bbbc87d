"""Watch: false alarms held, breaks found, and what happens to everyone blamed on nobody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm

from amuna.lifecycle import watch as module
from amuna.lifecycle.watch import LIMIT, MIN_DAYS, discoveries, watch

FLEET, DAYS, RATE = 27_000, 42, 0.05


def normal(n: int = FLEET, days: int = DAYS, *, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, days))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("days", [MIN_DAYS, 14, DAYS])
def test_a_fleet_that_does_not_change_raises_at_most_a_handful(seed: int, days: int) -> None:
    assert watch(normal(days=days, seed=seed), false_discovery_rate=RATE).broken.sum() <= 5


def test_p_values_are_uniform_or_cautious_where_nothing_changes() -> None:
    p = np.concatenate([watch(normal(seed=s), false_discovery_rate=RATE).p_value for s in range(4)])
    for level in (0.2, 0.1, 0.05, 0.01, 0.001):
        noise = 3 * np.sqrt(level / len(p))
        assert (p <= level).mean() <= 1.15 * level + noise, level
    assert (p <= 0.1).mean() > 0.06


def test_the_exponent_of_the_accuracy_chart_solves_its_equation() -> None:
    modulus = np.linspace(0, 8, 80_001)
    weight = norm.pdf(modulus) / norm.pdf(modulus).sum()
    mean, sd = np.sqrt(2 / np.pi), np.sqrt(1 - 2 / np.pi)
    step = (np.minimum(modulus, LIMIT) - mean) / sd - module.ALLOWANCE
    root = brentq(lambda exponent: (weight * np.exp(exponent * step)).sum() - 1, 0.1, 3)
    assert pytest.approx(root, abs=5e-4) == module._ACCURACY_EXPONENT


@pytest.mark.parametrize(("shift", "since", "power"), [(1.5, 21, 0.95), (2.0, 14, 0.95), (2.5, 10, 0.95)])
def test_shifts_are_found_at_the_false_discovery_rate(shift: float, since: int, power: float) -> None:
    changed = FLEET // 50
    found, false = [], []
    for seed in range(4):
        residuals = normal(seed=seed)
        sign = np.where(np.arange(changed) % 2, 1, -1)[:, None]
        residuals[:changed, -since:] += shift * sign
        result = watch(residuals, false_discovery_rate=RATE)
        found.append(result.broken[:changed].mean())
        false.append(result.broken[changed:].sum() / result.broken.sum())
        assert (np.sign(result.mean[:changed]) == sign[:, 0]).mean() > 0.99
    assert np.mean(found) >= power
    assert np.mean(false) <= RATE + 0.02


def test_forecasts_that_grew_wilder_are_found_by_accuracy() -> None:
    residuals = normal()
    residuals[:540, -21:] *= 3
    result = watch(residuals, false_discovery_rate=RATE)
    assert result.broken[:540].mean() > 0.9
    assert (result.accuracy > result.bias)[:540].mean() > 0.9


def test_one_wild_day_breaks_nobody() -> None:
    calm = watch(normal(), false_discovery_rate=RATE).broken.sum()
    residuals = normal()
    residuals[:500, 20] = 1e6
    result = watch(residuals, false_discovery_rate=RATE)
    assert result.broken.sum() <= calm + 3
    alone = np.zeros((1, DAYS))
    alone[0, -1] = -1e9
    assert not watch(alone, false_discovery_rate=RATE).broken[0]


@pytest.mark.parametrize("heat", [1.0, 2.0, 3.0])
def test_a_hot_week_for_all_breaks_nobody(heat: float) -> None:
    residuals = normal()
    residuals[:, -7:] += heat
    assert watch(residuals, false_discovery_rate=RATE).broken.sum() <= 5


def test_an_interval_too_narrow_everywhere_breaks_nobody() -> None:
    assert watch(1.3 * normal(), false_discovery_rate=RATE).broken.sum() <= 5


def test_unknown_days_change_nothing_but_the_certainty() -> None:
    rng = np.random.default_rng(5)
    residuals = normal(2_000)
    residuals[:40, -21:] += 2.5
    holes = rng.random(residuals.shape) < 0.3
    with_holes = np.where(holes, np.nan, residuals)
    result = watch(with_holes, false_discovery_rate=RATE)
    assert result.broken[:40].mean() > 0.85
    assert result.broken[40:].sum() <= 5
    squeezed = np.full_like(residuals, np.nan)
    for row, kept in enumerate(~holes):
        squeezed[row, : kept.sum()] = residuals[row, kept]
    np.testing.assert_array_equal(watch(squeezed, false_discovery_rate=RATE).p_value, result.p_value)


def test_few_known_days_are_not_judged() -> None:
    residuals = np.full((4, DAYS), np.nan)
    residuals[0, : MIN_DAYS - 1] = 3.0
    residuals[1, :MIN_DAYS] = 3.0
    residuals[3, :] = 0.0
    result = watch(residuals, false_discovery_rate=RATE)
    np.testing.assert_array_equal(np.isnan(result.bias), [True, False, True, False])
    np.testing.assert_array_equal(result.p_value[[0, 2]], 1.0)
    assert not result.broken[[0, 2, 3]].any()


@pytest.mark.parametrize("shape", [(0, DAYS), (3, 0), (3, 5)])
def test_fleets_without_accounts_or_days_are_no_error(shape: tuple[int, int]) -> None:
    result = watch(np.zeros(shape), false_discovery_rate=RATE)
    assert result.broken.shape == shape[:1]
    assert not result.broken.any()


@given(
    st.lists(
        st.tuples(st.floats(0, 1) | st.sampled_from([0.0, 1e-6, 0.01, 0.05]), st.booleans()), max_size=40
    ),
    st.sampled_from([0.01, 0.05, 0.2, 1.0]),
)
def test_discoveries_are_those_of_benjamini_and_hochberg(
    tests: list[tuple[float, bool]], rate: float
) -> None:
    p, tested = np.array([p for p, _ in tests]), np.array([kept for _, kept in tests], dtype=bool)
    among = sorted(p[tested])
    most = max((k for k, value in enumerate(among, 1) if value <= rate * k / len(among)), default=0)
    expected = tested & (p <= among[most - 1]) if most else np.zeros(len(p), dtype=bool)
    np.testing.assert_array_equal(discoveries(p, tested, rate=rate), expected)
