"""The LSTM of zones by itself: its sequences, what it learns, and its three files; its port is in tests/contract."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from amuna.domain.panel import Floats
from amuna.forecasting.zones.calendar import Place, calendar
from amuna.forecasting.zones.port import ZoneData
from amuna.forecasting.zones.profile import profile_of
from amuna.forecasting.zones.weather import HUMIDITY, TEMPERATURE

pytest.importorskip("tensorflow", reason="the extra deep is not installed")
pytest.importorskip("ai_edge_litert", reason="the extra deep is not installed")

from amuna.forecasting.zones.lstm.runtime import run_litert
from amuna.forecasting.zones.lstm.sequences import AHEAD, INPUT_NAMES, scaled, scales_of, sequences, targets
from amuna.forecasting.zones.lstm.settings import NetworkSettings
from amuna.forecasting.zones.members.lstm import (
    MEMORIES,
    FittedLstm,
    Lstm,
    learning_origins,
    restore,
)

DAYS, CUTOFF = 200, 170
FIRST = date(2022, 1, 3)
PERU = Place("PE", "", ZoneInfo("America/Lima"))
SMALL = Lstm(NetworkSettings(units=12, dropout=0.0, steps=120, batch=64, rate=5e-3))
HELD_OUT = np.arange(CUTOFF, DAYS - AHEAD)


def town() -> ZoneData:
    """Three zones that need 3 % more for each degree above 20 °C, on days as warm as chance has it."""
    rng = np.random.default_rng(5)
    warm = 20 + 4 * rng.normal(size=DAYS + AHEAD)
    shape = 10 + 4 * np.sin(np.arange(24) * np.pi / 12)
    effect = 1 + 0.03 * (warm[:DAYS] - 20)
    size = np.array([1.0, 3.0, 8.0])[:, None, None]
    flow = size * shape * effect[:, None] * rng.normal(1, 0.02, (3, DAYS, 24))
    weather = np.zeros((4, DAYS + AHEAD, 24))
    weather[TEMPERATURE], weather[HUMIDITY] = warm[:, None], 70.0
    return ZoneData(("a", "b", "c"), flow, calendar(FIRST, DAYS + AHEAD, PERU), weather)


def tampered(data: ZoneData, since: int) -> ZoneData:
    """The same town, whose inflows are nonsense from a day on."""
    flow = data.flow.copy()
    flow[:, since:] = np.random.default_rng(1).uniform(0, 1e5, flow[:, since:].shape)
    flow[1, since + 1] = np.nan
    return replace(data, flow=flow, _histories={})


def error(made: Floats, data: ZoneData) -> float:
    seen = data.flow[:, HELD_OUT[:, None] + np.arange(7)]
    return float(np.abs(made[:, :, :7] - seen).mean())


@pytest.fixture(scope="module")
def data() -> ZoneData:
    return town()


@pytest.fixture(scope="module")
def fitted(data: ZoneData) -> FittedLstm:
    return SMALL.fit(data, CUTOFF)


def test_sequences_of_an_origin_see_no_flow_of_its_day_or_later(data: ZoneData) -> None:
    other = tampered(data, 100)
    origins = np.array([100, 101])
    known, drawn = (sequences(each.history(MEMORIES), each, origins).by_name() for each in (data, other))
    for name in INPUT_NAMES:
        assert np.array_equal(known[name][::2], drawn[name][::2], equal_nan=True)
    assert not np.array_equal(known["past"][1::2], drawn["past"][1::2], equal_nan=True)


def test_the_first_origins_never_reach_round_to_the_end_of_the_history(data: ZoneData) -> None:
    known, drawn = (
        sequences(each.history(MEMORIES), each, np.array([9])).past for each in (data, tampered(data, 100))
    )
    assert np.array_equal(known, drawn, equal_nan=True)


def test_targets_end_before_the_cutoff(data: ZoneData) -> None:
    wanted = targets(data.history(MEMORIES), data, np.array([CUTOFF - 3, CUTOFF - 30]), cutoff=CUTOFF)
    assert np.isfinite(wanted[0]).all(axis=1).tolist() == [True] * 3 + [False] * 5
    assert np.isfinite(wanted[1]).all()


def test_what_is_unknown_becomes_the_mean_and_says_so(data: ZoneData) -> None:
    flow = data.flow.copy()
    flow[0, 95] = np.nan
    other = replace(data, flow=flow, weather=np.full_like(data.weather, np.nan), _histories={})
    raw = sequences(other.history(MEMORIES), other, np.array([100]))
    known = INPUT_NAMES["past"].index("known")
    assert raw.past[0, -5, known] == 0
    assert raw.past[0, -4, known] == 1
    made = scaled(raw, scales_of(raw))
    assert all(np.isfinite(getattr(made, name)).all() for name in INPUT_NAMES)


@pytest.mark.parametrize("n_zones", [1, 10, 60, 120])
def test_origins_are_thinned_out_so_that_every_weekday_has_its_turn(n_zones: int) -> None:
    origins = learning_origins(800, n_zones, most_samples=7_000)
    assert origins[-1] == 799
    assert set(origins % 7) == set(range(7))
    assert n_zones * origins.size <= 7_000


def test_it_learns_a_planted_effect_of_weather_that_the_profile_alone_misses(
    data: ZoneData, fitted: FittedLstm
) -> None:
    past = data.history(MEMORIES)
    profile = np.stack(
        [profile_of(past.profiles, HELD_OUT, data.days.day_type[HELD_OUT + lead]) for lead in range(7)],
        axis=2,
    )
    own = error(fitted.forecast(data, HELD_OUT, 7), data)
    assert own < 0.6 * error(profile, data)


def test_its_quantiles_are_in_order_and_hold_what_they_say(data: ZoneData, fitted: FittedLstm) -> None:
    made = run_litert(fitted.litert_file, fitted.inputs(data, HELD_OUT))
    assert (np.diff(made, axis=-1) >= 0).all()
    wanted = targets(data.history(MEMORIES), data, HELD_OUT, cutoff=DAYS)
    inside = (wanted >= made[..., 0]) & (wanted <= made[..., 2])
    assert 0.6 < inside[np.isfinite(wanted)].mean() < 0.95


def test_another_fit_gives_the_same_bits_whatever_happened_after_the_cutoff(
    data: ZoneData, fitted: FittedLstm
) -> None:
    again = SMALL.fit(tampered(data, CUTOFF), CUTOFF)
    assert np.array_equal(again.forecast(data, HELD_OUT, 8), fitted.forecast(data, HELD_OUT, 8))


def test_restored_it_gives_the_same_bits_and_a_day_less_is_the_start_of_a_day_more(
    data: ZoneData, fitted: FittedLstm
) -> None:
    eight = fitted.forecast(data, HELD_OUT, 8)
    again = restore(fitted.to_texts())
    assert np.array_equal(again.forecast(data, HELD_OUT, 8), eight)
    assert np.array_equal(again.forecast(data, HELD_OUT[:1], 7), eight[:, :1, :7])
    assert again == fitted


def test_saved_model_and_litert_say_what_keras_says(
    data: ZoneData, fitted: FittedLstm, tmp_path: Path
) -> None:
    from amuna.forecasting.zones.lstm.export import run_keras, run_saved_model, write_saved_model

    inputs = fitted.inputs(data, HELD_OUT)
    expected = run_keras(fitted.keras_file, inputs)
    assert expected.std() > 0.1
    write_saved_model(fitted.keras_file, tmp_path / "1")
    assert np.abs(run_saved_model(tmp_path / "1", inputs) - expected).max() < 1e-5
    assert np.abs(run_litert(fitted.litert_file, inputs) - expected).max() < 1e-4


def test_importing_and_restoring_need_no_tensorflow_and_without_the_extra_it_is_named() -> None:
    code = (
        "import sys\n"
        "from amuna.forecasting.zones.members import installed, make\n"
        "assert installed(('lstm',)) == ('lstm',)\n"
        "assert 'tensorflow' not in sys.modules\n"
        "from amuna.domain.errors import MissingExtra\n"
        "for missing in ('tensorflow', 'ai_edge_litert'):\n"
        "    for name in [each for each in sys.modules if 'zones' in each or missing in each]:\n"
        "        del sys.modules[name]\n"
        "    sys.modules[missing] = sys.modules[missing + '.interpreter'] = None\n"
        "    from amuna.forecasting.zones.members import installed, make\n"
        "    assert installed(('ridge', 'lstm')) == ('ridge',)\n"
        "    try:\n        make(('lstm',))\n"
        "    except MissingExtra as error:\n        print(error)\n"
        "    del sys.modules[missing]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("amuna[deep]") == 2
