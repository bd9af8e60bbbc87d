"""Zones: settings chosen on the past, weights trusted as far as they carry over, events moved where that paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.artefact import from_texts, to_texts
from amuna.forecasting.zones.calendar import Place, calendar
from amuna.forecasting.zones.combine import choose_trust
from amuna.forecasting.zones.events import EVENTS, OFF, SHARP, choose_sharp
from amuna.forecasting.zones.members.ridge import Ridge
from amuna.forecasting.zones.port import ZoneData, ZoneForecaster
from amuna.forecasting.zones.tune import USUAL, choose, set_by
from amuna.forecasting.zones.week import train_zone_model, week_ahead

ITALY = Place("IT", "", ZoneInfo("Europe/Rome"))
FIRST = date(2022, 3, 7)
SHAPE = 10 + 5 * np.sin(np.arange(24) * np.pi / 12)


def data(n_days: int, *, flow: Floats | None = None) -> ZoneData:
    """Two zones that follow one shape, with noise."""
    if flow is None:
        rng = np.random.default_rng(4)
        flow = np.array([1.0, 3.0])[:, None, None] * (SHAPE + rng.normal(0, 0.5, (2, n_days, 24)))
    weather = np.full((4, n_days + 9, 24), 15.0)
    return ZoneData(("a", "b"), flow, calendar(FIRST, n_days + 9, ITALY), weather)


@dataclass(frozen=True)
class Off:
    """Forecasts the shape, off by a share; remembers nothing."""

    share: float = 0.1
    others: tuple[tuple[str, float], ...] = ()
    name: str = "off"

    def fit(self, data: ZoneData, cutoff: int) -> Off:
        return self

    def forecast(self, data: ZoneData, origins: Ints, n_days: int) -> Floats:
        size = np.array([1.0, 3.0])[:, None, None, None]
        return (1 + self.share) * size * np.broadcast_to(SHAPE, (2, origins.size, n_days, 24))

    def to_texts(self) -> dict[str, str]:
        return {}

    def alternatives(self) -> dict[str, ZoneForecaster]:
        return {name: Off(share) for name, share in self.others}


def test_the_setting_that_misses_least_on_the_folds_is_chosen_and_its_trials_are_told() -> None:
    tuned = Off(0.1, (("worse", 0.2), ("better", 0.02)))
    choice = choose(data(220), [tuned], cutoff=220)
    assert choice.settings == {"off": "better"}
    assert [trial.setting for trial in choice.trials] == [USUAL, "worse", "better"]
    assert choice.trials[0].mae == pytest.approx(0.1 * 2 * SHAPE.mean(), rel=0.1)
    assert set_by(choice, [tuned])[0] == Off(0.02)


def test_a_gain_that_may_be_chance_changes_nothing() -> None:
    choice = choose(data(220), [Off(0.1, (("hardly", 0.0999),))], cutoff=220)
    assert choice.settings == {"off": USUAL}


def test_a_short_history_tries_nothing() -> None:
    choice = choose(data(140), [Off(0.1, (("better", 0.02),))], cutoff=140)
    assert choice.trials == ()
    assert choice.settings == {"off": USUAL}


def test_nothing_at_or_after_the_cutoff_has_a_say_in_the_choice() -> None:
    known = data(260)
    later = known.flow.copy()
    later[:, 230:] = np.random.default_rng(0).uniform(0, 1e4, later[:, 230:].shape)
    one, other = (choose(each, [Ridge()], cutoff=230) for each in (known, data(260, flow=later)))
    assert one == other
    assert len(one.trials) == 1 + len(Ridge().alternatives())


def test_a_training_searches_where_it_is_given_no_choice_and_keeps_what_it_found() -> None:
    known = data(240)
    searched = train_zone_model(known, [Ridge()])
    assert searched.choice is not None
    assert searched.choice.trials
    again = train_zone_model(known, [Ridge()], choice=searched.choice)
    assert again.choice == searched.choice
    back = from_texts(to_texts(again))
    assert back.choice == searched.choice
    made, loaded = week_ahead(searched, known), week_ahead(back, known)
    assert np.array_equal(made.mean, loaded.mean)
    assert np.array_equal(made.bounds, loaded.bounds)


def test_learned_weights_are_trusted_where_they_hold_on_other_days_and_not_where_they_are_chance() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(0, 1, (3, 56, 24))
    prior = np.array([0.5, 0.5])
    uneven = np.stack([truth + rng.normal(0, spread, truth.shape) for spread in (0.1, 0.9)])
    assert choose_trust(uneven, truth, prior) == 1.0
    turns = (np.arange(56) // 14 % 2 == 1)[None, :, None]
    noise = rng.normal(0, 1, truth.shape)
    swapped = np.stack([truth + np.where(turns, 0.1, 0.9) * noise, truth - np.where(turns, 0.9, 0.1) * noise])
    assert choose_trust(swapped, truth, prior) == 0.0


def eventful(n_days: int, *, follows_the_wall: bool) -> ZoneData:
    """Two zones, one with a flushing on Wednesdays at three; its clock is set late, or by itself."""
    base = data(n_days)
    flow = base.flow.copy()
    days = base.days
    for day in np.flatnonzero(days.weekday[:n_days] == 2):
        clock = 0 if follows_the_wall else int(days.clock[day])
        flow[0, day, 3 + clock] += 30
    return ZoneData(base.zones, flow, days, base.weather)


def test_events_are_moved_where_that_has_paid_and_left_where_it_has_cost() -> None:
    late, itself = (eventful(260, follows_the_wall=wall) for wall in (False, True))
    sharp = [choose_sharp(each.history(EVENTS).profiles, each.days, each.flow) for each in (late, itself)]
    assert 2 <= sharp[0] < OFF
    assert sharp[1] == OFF
    calm = data(260)
    assert choose_sharp(calm.history(EVENTS).profiles, calm.days, calm.flow) == SHARP
