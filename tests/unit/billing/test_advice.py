"""Advice is given where there is evidence, with a saving that the tariff bears out, and not otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from amuna.billing.advice import Advice, Peers, Use, advise
from amuna.billing.bill import total_pen
from amuna.billing.chance import PROBABILITIES, equal_draws
from amuna.billing.tariff import Rates
from amuna.domain.panel import Floats

RATES = Rates("t", "domestic", 30, np.array([0.0, 10, 20]), np.array([2.0, 3, 9]), np.zeros(3), 0.0, 0.0)
PEERS = Peers(50, (0.2, 0.3, 0.4), 0.05)


def expecting(middle_m3: float, *, spread: float = 0.5) -> tuple[Floats, Floats]:
    quantiles = np.maximum(middle_m3 + spread * np.array([-2, -1.3, -0.7, 0, 0.7, 1.3, 2]), 0)
    assert len(quantiles) == len(PROBABILITIES)
    return quantiles, equal_draws(quantiles)


def quiet(level_m3: float = 0.3) -> Use:
    """A home like its neighbours: noisy days, some of them close to nothing."""
    rng = np.random.default_rng(3)
    days = np.maximum(level_m3 + rng.normal(0, 0.08, 400), 0.0)
    days[::9] = 0.02
    quantiles, draws = expecting(30 * level_m3 - 3)
    return Use(days, 6, np.empty(0), 0.05, 30, quantiles, draws, RATES, PEERS)


def only(use: Use) -> Advice:
    found = advise(use)
    assert len(found) == 1, [advice.kind for advice in found]
    low, middle, high = found[0].saving_pen
    assert 0 <= low <= middle <= high
    assert found[0].saving_m3[0] <= found[0].saving_m3[1] <= found[0].saving_m3[2]
    return found[0]


def test_a_usual_home_hears_nothing() -> None:
    assert advise(quiet()) == ()


def test_nothing_known_is_nothing_said() -> None:
    nothing = replace(quiet(), days_m3=np.full(400, np.nan), peers=None)
    assert advise(nothing) == ()
    assert advise(replace(nothing, days_m3=np.empty(0))) == ()


def leaking(leak_m3: float) -> Use:
    use = quiet()
    days = use.days_m3[-300:].copy()
    days[-14:] += leak_m3
    return replace(use, days_m3=days, peers=replace(PEERS, mean_m3=(0.2, 0.3, 0.9)))


def test_a_floor_above_the_usual_day_may_be_a_leak() -> None:
    found = only(leaking(0.4))
    assert found.kind == "floor_rose"
    assert found.evidence["floor_m3"] == pytest.approx(0.42)
    assert found.evidence["usual_day_m3"] == pytest.approx(0.27, abs=0.03)
    assert found.saving_m3[2] == pytest.approx(30 * 0.4)
    assert found.saving_pen[1] > 2 * 0.9 * found.saving_m3[1] * 0.5


def test_a_small_rise_and_a_rise_without_similar_homes_say_nothing() -> None:
    assert advise(leaking(0.1)) == ()
    assert advise(replace(leaking(0.4), peers=None)) == ()
    short = leaking(0.4)
    assert advise(replace(short, days_m3=short.days_m3[-100:])) == ()


def test_unusual_days_must_be_two_and_much() -> None:
    use = quiet()
    assert advise(replace(use, unusual_m3=np.array([2.0]))) == ()
    assert advise(replace(use, unusual_m3=np.array([0.1, 0.1]))) == ()
    found = only(replace(use, unusual_m3=np.array([1.0, 0.8])))
    assert found.kind == "unusual_days"
    assert found.evidence == {"days": 2.0, "excess_m3": pytest.approx(1.8)}
    assert found.saving_pen[1] == pytest.approx(2 * 1.8)


def test_more_than_last_year() -> None:
    use = quiet()
    days = use.days_m3.copy()
    days[-30:] *= 1.5
    found = advise(replace(use, days_m3=days, peers=None))
    assert [advice.kind for advice in found] == ["more_than_last_year"]
    assert advise(replace(use, days_m3=days[-200:], peers=None)) == ()


@pytest.mark.parametrize(("last_weekday", "kinds"), [(6, ["weekends"]), (3, [])])
def test_weekends_are_found_by_their_weekday(last_weekday: int, kinds: list[str]) -> None:
    use = quiet()
    days = use.days_m3.copy()
    back = np.arange(len(days))[::-1]
    days[(6 - back) % 7 >= 5] += 0.25
    found = advise(replace(use, days_m3=days, last_weekday=last_weekday, peers=None))
    assert [advice.kind for advice in found] == kinds


def test_a_block_within_reach_is_named_and_one_far_away_is_not() -> None:
    use = quiet()
    quantiles, draws = expecting(20.0)
    found = only(replace(use, quantiles_m3=quantiles, draws_m3=draws))
    assert found.kind == "near_block"
    assert found.evidence["block_m3"] == 20
    assert found.evidence["next_price_pen_per_m3"] == 9
    over = np.maximum(draws - 20, 0)
    assert found.saving_m3[1] == pytest.approx(over.mean())
    quantiles, draws = expecting(15.0)
    assert advise(replace(use, quantiles_m3=quantiles, draws_m3=draws)) == ()


def test_more_than_three_in_four_similar_homes() -> None:
    use = replace(quiet(0.6), quantiles_m3=expecting(15.0)[0], draws_m3=expecting(15.0)[1])
    found = only(use)
    assert found.kind == "similar_homes"
    over = 30 * (found.evidence["mean_m3"] - 0.4)
    assert found.saving_m3 == pytest.approx((over / 4, over / 2, over))
    assert found.saving_pen[1] < total_pen(15.0, RATES)
