"""Accuracy measures by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from amuna.domain.panel import Panel
from amuna.forecasting.metrics import coverage, mae, mase, row_means, seasonal_scale, tail_matrix

nan = np.nan


def test_mae_leaves_unknown_days_out() -> None:
    observed = np.array([[1.0, 2.0, nan], [nan, nan, nan]])
    forecast = np.array([[2.0, 0.0, 9.0], [1.0, 1.0, 1.0]])
    np.testing.assert_array_equal(mae(observed, forecast), [1.5, nan])


def test_row_means_over_more_than_one_axis() -> None:
    values = np.array([[[1.0, nan], [3.0, 5.0]], [[nan, nan], [nan, 2.0]]])
    np.testing.assert_array_equal(row_means(values), [3.0, 2.0])
    assert row_means(np.empty((0, 3, 4))).shape == (0,)
    np.testing.assert_array_equal(row_means(np.empty((2, 0))), [nan, nan])


def test_row_means_do_not_depend_on_the_neighbours() -> None:
    values = np.random.default_rng(1).normal(size=(20, 5, 30)).transpose(1, 0, 2)
    alone = np.concatenate([row_means(values[i : i + 1]) for i in range(5)])
    assert alone.tobytes() == row_means(values).tobytes()


def test_the_scale_is_the_mean_absolute_weekly_difference(panel: Callable[..., Panel]) -> None:
    y = np.array([1.0] * 7 + [2.0] * 7 + [5.0] * 7)
    y[20] = nan
    history = panel(y, np.ones(7), [])
    np.testing.assert_allclose(seasonal_scale(history), [(7 * 1 + 6 * 3) / 13, nan, nan])
    assert seasonal_scale(history, window=14)[0] == 3
    assert seasonal_scale(history, period=14)[0] == 4


def test_mase_is_unknown_where_the_scale_is() -> None:
    observed, forecast = np.full((3, 2), 4.0), np.full((3, 2), 2.0)
    np.testing.assert_array_equal(mase(observed, forecast, np.array([4.0, 0.0, nan])), [0.5, nan, nan])


def test_coverage_counts_known_days_and_both_ends() -> None:
    observed = np.array([1.0, 2.0, 3.0, nan, 9.0])
    assert coverage(observed, np.full(5, 1.0), np.full(5, 3.0)) == pytest.approx(0.75)
    assert np.isnan(coverage(np.array([nan]), np.zeros(1), np.ones(1)))


def test_tails_are_aligned_at_the_end(panel: Callable[..., Panel]) -> None:
    history = panel([1, 2, 3, 4], [5], [])
    np.testing.assert_array_equal(tail_matrix(history, 3), [[2, 3, 4], [nan, nan, 5], [nan, nan, nan]])
