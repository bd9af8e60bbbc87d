"""Intermittent demand against a worked example."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from amuna.domain.panel import Panel
from amuna.domain.time import Horizon
from amuna.forecasting.intermittent import Tsb

nan = np.nan


def test_the_smoothing_by_hand(panel: Callable[..., Panel]) -> None:
    """Teunter, Syntetos, Babai 2011, equations 3 and 4, from the mean size 3 and the chance 2/3 on.

    0 lowers the chance to 0.6333; 2 makes size 2.9 and chance 0.65167; 4 makes size 3.01 and chance 0.66908.
    """
    fitted = Tsb(size_weight=0.1, chance_weight=0.05).fit(panel([0, 2, nan, 4]))
    assert fitted.size[0] == pytest.approx(3.01)
    assert fitted.chance[0] == pytest.approx(2 / 3 * 0.95**3 + 0.05 * 0.95 + 0.05)
    np.testing.assert_allclose(fitted.forecast(Horizon(3)), [[3.01 * 0.6690833] * 3], rtol=1e-6)


def test_the_chance_decays_where_nothing_is_used(panel: Callable[..., Panel]) -> None:
    """What Croston's method misses: an account that stopped goes to zero."""
    stopped = Tsb().fit(panel([5.0] * 30 + [0.0] * 100))
    assert stopped.size[0] == pytest.approx(5)
    assert stopped.forecast(Horizon(1))[0, 0] < 5 * 0.95**100


def test_the_mean_of_a_steady_chance_is_forecast(panel: Callable[..., Panel]) -> None:
    rng = np.random.default_rng(5)
    y = np.where(rng.random((300, 400)) < 0.2, 10.0, 0.0)
    forecast = Tsb().fit(panel(*y)).forecast(Horizon(1))
    assert forecast.mean() == pytest.approx(0.2 * 10, rel=0.05)


def test_empty_missing_and_negative_series(panel: Callable[..., Panel]) -> None:
    fitted = Tsb().fit(panel([], [nan, nan], [-3.0, -1.0], [0.0, 0.0]))
    np.testing.assert_array_equal(fitted.forecast(Horizon(2)), np.zeros((4, 2)))
    np.testing.assert_array_equal(fitted.status, ["too_short", "too_short", "ok", "ok"])


def test_the_first_use_of_an_account_sets_its_size(panel: Callable[..., Panel]) -> None:
    history = panel([0.0] * 200 + [8.0])
    middle = np.datetime64("2024-01-01") + np.timedelta64(200, "D")
    fitted = Tsb().fit(history.before(middle))
    assert fitted.update(history.since(middle)).size[0] == 8.0
    assert fitted.size[0] == 0.0
