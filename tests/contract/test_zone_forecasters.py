"""What every model of zones promises (forecasting/zones/port.py), held against each one that is registered."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from tests.zone_town import DAYS, QUICK, ZONES, town_data, town_flow, town_hours

from amuna.domain.panel import Floats
from amuna.forecasting.zones.grids import fill_short_gaps
from amuna.forecasting.zones.members import MEMBERS, installed, make, restore
from amuna.forecasting.zones.nans import nan_mean
from amuna.forecasting.zones.port import FittedZoneForecaster, ZoneData, ZoneForecaster

AHEAD = 8
CUTOFF = DAYS - 21
ORIGINS = np.array([CUTOFF, CUTOFF + 3, DAYS])
HOURS = town_hours(DAYS + AHEAD + 1)
TRUTH = fill_short_gaps(town_flow(HOURS))[:, : DAYS + AHEAD]
SLOW = ("lstm",)


@pytest.fixture(
    params=[pytest.param(each, marks=[pytest.mark.slow] if each in SLOW else []) for each in sorted(MEMBERS)]
)
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    if not installed((chosen,)):
        pytest.skip(f"the library of {chosen} is not installed")
    return chosen


def town(flow: Floats = TRUTH[:, :DAYS], *, zones: tuple[str, ...] = ZONES) -> ZoneData:
    return town_data(HOURS, flow.copy(), zones=zones)


def forecaster(name: str) -> ZoneForecaster:
    """A member as it is, or with settings for a small town where its own take long."""
    if name == "lstm":
        from amuna.forecasting.zones.lstm.settings import NetworkSettings
        from amuna.forecasting.zones.members.lstm import Lstm

        return Lstm(NetworkSettings(units=16, dropout=0.0, batch=16, steps=112, rate=4e-3, most_samples=300))
    return {each.name: each for each in QUICK}.get(name) or make((name,))[0]


@cache
def used(name: str) -> tuple[FittedZoneForecaster, Floats, ZoneData]:
    """A model fitted on the town, its forecasts, and the data both were given."""
    data = town()
    model = forecaster(name).fit(data, CUTOFF)
    return model, model.forecast(data, ORIGINS, AHEAD), data


def fitted(name: str) -> FittedZoneForecaster:
    return used(name)[0]


def made(name: str) -> Floats:
    return used(name)[1]


def bits(values: Floats) -> bytes:
    return np.ascontiguousarray(values).tobytes()


def later_changed(since: int) -> Floats:
    """Inflows that are nonsense from a day on."""
    flow = TRUTH[:, :DAYS].copy()
    rng = np.random.default_rng(8)
    flow[:, since:] = rng.uniform(0, 1e4, flow[:, since:].shape)
    flow[0, since + 1 :] = np.nan
    return flow


def test_it_is_found_by_the_name_it_gives_itself(name: str) -> None:
    assert forecaster(name).name == name


def test_eight_days_of_every_zone_are_forecast_from_every_origin_even_newer_ones(name: str) -> None:
    assert made(name).shape == (len(ZONES), ORIGINS.size, AHEAD, 24)
    assert np.isfinite(made(name)).all()


def test_its_inputs_stay_as_they_are(name: str) -> None:
    after, before = used(name)[2], town()
    assert all(map(np.array_equal, arrays(after), arrays(before)))
    assert ORIGINS.tolist() == [CUTOFF, CUTOFF + 3, DAYS]


def arrays(data: ZoneData) -> list[Floats]:
    return [data.flow, data.weather, *vars(data.days).values()]


def test_it_beats_the_better_of_two_baselines_on_the_weeks_held_out(name: str) -> None:
    origins = np.arange(CUTOFF, DAYS - 6)
    target = origins[:, None] + np.arange(7)
    seen = TRUTH[:, target]
    weeks = np.stack([TRUTH[:, target - 7 * back] for back in range(1, 5)])
    own = fitted(name).forecast(town(), origins, 7)
    error, *naive = (
        np.abs(each - seen).mean(axis=(1, 2, 3)) for each in (own, weeks[0], nan_mean(weeks, axis=0))
    )
    assert (error / np.minimum(*naive)).mean() < 0.95


def test_taken_apart_and_put_together_it_gives_the_same_bits(name: str) -> None:
    texts = fitted(name).to_texts()
    again = restore(name, texts)
    assert bits(again.forecast(town(), ORIGINS, AHEAD)) == bits(made(name))
    assert again.to_texts() == texts


def test_a_second_fit_gives_the_same_bits_whatever_lies_at_or_after_the_cutoff(name: str) -> None:
    other = forecaster(name).fit(town(later_changed(CUTOFF)), CUTOFF)
    assert bits(other.forecast(town(), ORIGINS, AHEAD)) == bits(made(name))


def test_nothing_at_or_after_an_origin_enters_its_forecast(name: str) -> None:
    origin = ORIGINS[1]
    other = fitted(name).forecast(town(later_changed(origin)), ORIGINS, AHEAD)
    assert bits(other[:, :2]) == bits(made(name)[:, :2])
    assert bits(other[1:, 2]) != bits(made(name)[1:, 2])


def test_a_history_that_ends_at_the_origin_is_enough(name: str) -> None:
    short = fitted(name).forecast(town(TRUTH[:, :CUTOFF]), ORIGINS[:1], AHEAD)
    assert np.allclose(short, made(name)[:, :1], rtol=1e-4)


BAD_ZONES = (*ZONES, "gone", "empty", "absurd", "constant", "new")


def bad_flow() -> Floats:
    """The town with zones added that no meter should report, in the order of `BAD_ZONES`."""
    gone, absurd, new = (TRUTH[1, :DAYS].copy() for _ in range(3))
    gone[60:91] = np.nan
    absurd[5::11, 7] = 1e15
    absurd[-2, 3] = -1e15
    new[: CUTOFF - 7] = np.nan
    empty, constant = np.full_like(gone, np.nan), np.full_like(gone, 4.0)
    return np.concatenate([TRUTH[:, :DAYS], [gone, empty, absurd, constant, new]])


@cache
def made_of_bad_town(name: str) -> Floats:
    data = town(bad_flow(), zones=BAD_ZONES)
    return forecaster(name).fit(data, CUTOFF).forecast(data, ORIGINS, AHEAD)


def test_bad_zones_leave_the_others_with_a_sensible_forecast(name: str) -> None:
    good = made_of_bad_town(name)[: len(ZONES)]
    assert np.isfinite(good).all()
    seen = TRUTH[:, CUTOFF : CUTOFF + AHEAD]
    assert (np.abs(good[:, 0] - seen).mean(axis=(1, 2)) < 0.15 * seen.mean(axis=(1, 2))).all()


def test_a_zone_with_a_month_missing_is_forecast(name: str) -> None:
    gone = made_of_bad_town(name)[BAD_ZONES.index("gone")]
    assert np.isfinite(gone).all()
    assert np.abs(gone[0] - TRUTH[1, CUTOFF : CUTOFF + AHEAD]).mean() < 0.15 * TRUTH[1].mean()


def test_a_zone_whose_last_days_are_missing_is_forecast(name: str) -> None:
    flow = TRUTH[:, :DAYS].copy()
    flow[0, CUTOFF - 9 : CUTOFF] = np.nan
    own = fitted(name).forecast(town(flow), ORIGINS[:1], AHEAD)[0, 0]
    assert np.isfinite(own).all()
    assert np.abs(own - TRUTH[0, CUTOFF : CUTOFF + AHEAD]).mean() < 0.15 * TRUTH[0].mean()


def test_without_any_weather_every_zone_is_forecast(name: str) -> None:
    data = replace(town(), weather=np.full_like(town().weather, np.nan))
    own = forecaster(name).fit(data, CUTOFF).forecast(data, ORIGINS, AHEAD)
    assert np.isfinite(own).all()
    assert np.abs(own[:, 0] - TRUTH[:, CUTOFF : CUTOFF + AHEAD]).mean() < 0.15 * TRUTH.mean()


def test_weather_that_stops_after_the_fit_leaves_a_forecast(name: str) -> None:
    dry = town().weather.copy()
    dry[:, CUTOFF - 1 :] = np.nan
    own = fitted(name).forecast(replace(town(), weather=dry), ORIGINS[:1], AHEAD)
    assert np.isfinite(own).all()
