"""Champions: the margin, the majority, and what does not count."""

from __future__ import annotations

import numpy as np
import pytest

from amuna.forecasting.champion import NAMES, WEIGHTS, blend, choose
from amuna.forecasting.members import NAMES as MEMBERS

OBSERVED = 10.0


def backtest(last_week_errors: list[float], others: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Three folds of one account and two days; every member is off by `others`, last week by its own."""
    folds = len(last_week_errors)
    forecasts = np.full((folds, len(MEMBERS), 1, 2), OBSERVED + others)
    forecasts[:, MEMBERS.index("last_week"), 0, :] = OBSERVED + np.array(last_week_errors)[:, None]
    return forecasts, np.full((folds, 1, 2), OBSERVED)


@pytest.mark.parametrize(
    ("errors", "champion"),
    [
        ([1.7, 1.7, 1.7], "combination"),  # 15 % better: less than the margin
        ([1.5, 1.5, 1.5], "last_week"),  # 25 % better
        ([0.0, 2.1, 2.1], "combination"),  # better on the whole, but in one fold of three
        ([0.0, 0.0, 2.1], "last_week"),  # in two of three
        ([2.0, 2.0, 2.0], "combination"),
    ],
)
def test_a_contender_wins_by_the_margin_and_in_most_folds(errors: list[float], champion: str) -> None:
    choice = choose(*backtest(errors), margin=0.2)
    assert choice.names[0] == champion
    np.testing.assert_array_equal(choice.weights[0], WEIGHTS[NAMES.index(champion)])
    np.testing.assert_allclose(choice.mae[NAMES.index("last_week"), :, 0], errors)


def test_half_of_the_folds_is_not_most() -> None:
    assert choose(*backtest([0.0, 2.1]), margin=0.2).names[0] == "combination"


def test_the_best_of_several_winners_is_champion() -> None:
    forecasts, observed = backtest([1.0, 1.0, 1.0])
    forecasts[:, MEMBERS.index("tsb")] = OBSERVED + 0.5
    assert choose(forecasts, observed, margin=0.2).names[0] == "tsb"


def test_unknown_days_and_folds_do_not_count() -> None:
    forecasts, observed = backtest([0.0, 5.0, 5.0])
    observed[1:] = np.nan
    choice = choose(forecasts, observed, margin=0.2)
    assert choice.names[0] == "last_week"
    assert np.isnan(choice.mae[:, 1:]).all()
    observed[0, 0, 0] = np.nan
    assert choose(forecasts, observed, margin=0.2).mae[0, 0, 0] == pytest.approx(2.0)


def test_nothing_to_judge_by_keeps_the_combination() -> None:
    forecasts, observed = backtest([0.0, 0.0, 0.0])
    assert choose(forecasts, np.full_like(observed, np.nan), margin=0.2).names[0] == "combination"


def test_a_fold_before_the_model_had_data_is_not_judged() -> None:
    forecasts, observed = backtest([0.0, 5.0, 5.0])
    forecasts[0, MEMBERS.index("arima")] = np.nan
    choice = choose(forecasts, observed, margin=0.2)
    assert choice.names[0] == "combination"


def test_accounts_are_judged_apart() -> None:
    one, observed = backtest([0.5, 0.5, 0.5])
    two, _ = backtest([3.0, 3.0, 3.0])
    both = np.concatenate([one, two, one], axis=2)
    names = choose(both, np.repeat(observed, 3, axis=1), margin=0.2).names
    np.testing.assert_array_equal(names, ["last_week", "combination", "last_week"])


def test_blend_weighs_each_account_by_its_own_weights() -> None:
    forecasts = np.array([[[1.0, 2.0], [3.0, 4.0]], [[10.0, 20.0], [30.0, 40.0]]])  # members, accounts, days
    weights = np.array([[0.8, 0.2], [0.0, 1.0]])
    np.testing.assert_allclose(blend(weights, forecasts), [[2.8, 5.6], [30.0, 40.0]])
    assert (WEIGHTS.sum(axis=1) == 1).all()
