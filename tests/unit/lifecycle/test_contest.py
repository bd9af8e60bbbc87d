"""Contest: who wins, by how much, and when."""

from __future__ import annotations

import numpy as np
import pytest

from amuna.lifecycle.contest import CHANGE, KEEP, UNDECIDED, Verdict, judge
from amuna.lifecycle.policy import RefitPolicy

POLICY = RefitPolicy(early_days=7, trial_days=14, margin=0.02)
ORIGINS, STEPS = 14, 7


def contest(serving_mae: float, rival_mae: float, *, days: int) -> Verdict:
    """One account whose two models miss by these amounts, in turn above and below."""
    observed = np.full((ORIGINS, 1, STEPS), 10.0)
    sign = np.where(np.arange(STEPS) % 2, 1.0, -1.0)
    return judge(
        observed, observed + sign * serving_mae, observed - sign * rival_mae, days=days, policy=POLICY
    )


@pytest.mark.parametrize(
    ("rival_mae", "days", "expected"),
    [
        (0.95, 7, CHANGE),
        (0.97, 7, UNDECIDED),
        (0.97, 14, CHANGE),
        (0.97, 30, CHANGE),
        (0.985, 14, KEEP),
        (1.0, 14, KEEP),
        (5.0, 7, UNDECIDED),
        (5.0, 14, KEEP),
        (0.0, 7, CHANGE),
    ],
)
def test_a_rival_needs_the_margin_and_twice_as_much_early(rival_mae: float, days: int, expected: int) -> None:
    verdict = contest(1.0, rival_mae, days=days)
    assert verdict.decision.tolist() == [expected]
    assert verdict.serving_mae[0] == pytest.approx(1.0)
    assert verdict.rival_mae[0] == pytest.approx(rival_mae)
    assert verdict.judged[0] == ORIGINS * STEPS


def test_a_perfect_model_is_never_beaten() -> None:
    assert contest(0.0, 0.0, days=14).decision[0] == KEEP
    assert contest(0.0, 0.0, days=7).decision[0] == UNDECIDED


def test_only_forecasts_that_both_made_of_known_days_count() -> None:
    rng = np.random.default_rng(2)
    observed = rng.normal(10, 1, (ORIGINS, 3, STEPS))
    serving, rival = observed + 1.0, observed + 0.5
    rival[3, 0, :] = np.nan
    serving[4, 0, 2] = np.nan
    observed[:, 1, :4] = np.nan
    observed[:, 2] = np.nan
    serving[:, 1, :4] = 1e9
    verdict = judge(observed, serving, rival, days=14, policy=POLICY)
    np.testing.assert_array_equal(verdict.judged, [ORIGINS * STEPS - STEPS - 1, ORIGINS * 3, 0])
    np.testing.assert_allclose(verdict.serving_mae, [1, 1, np.nan])
    np.testing.assert_allclose(verdict.rival_mae, [0.5, 0.5, np.nan])
    np.testing.assert_array_equal(verdict.decision, [CHANGE, CHANGE, KEEP])
    early = judge(observed, serving, rival, days=7, policy=POLICY)
    assert early.decision[2] == UNDECIDED
