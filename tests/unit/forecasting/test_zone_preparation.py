"""Steps of the preparation of features, each by itself, and the pipeline against its formula."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from tests.zone_town import DAYS, town_data, town_flow, town_hours

from amuna.domain.errors import UnknownSetting
from amuna.domain.panel import Floats
from amuna.forecasting.zones.members.linear import (
    FIRST,
    MEMORIES,
    Linear,
    LinearSettings,
    fitted_pipeline,
    restore,
    training_rows,
)
from amuna.forecasting.zones.prepare.cap import MAD, QUANTILE, Capper
from amuna.forecasting.zones.prepare.decompose import decompose
from amuna.forecasting.zones.prepare.formula import formula, from_text
from amuna.forecasting.zones.prepare.impute import RidgeImputer, SeasonalImputer
from amuna.forecasting.zones.prepare.pipeline import PrepareSettings, preparation
from amuna.forecasting.zones.prepare.rows import PLAIN, row_names
from amuna.forecasting.zones.prepare.terms import by_group

NAMES = ("zone", "hour", "day_type", "month", "season_of_year", "temp_anomaly", "rain_hour", "rain_day",
         "dry_days", "humidity_anomaly", "apparent", "cooling_days", "noise")  # fmt: skip

HOURS = town_hours(DAYS + 8)


def fold(n_rows: int = 4000, *, seed: int = 4) -> tuple[Floats, Floats]:
    """Rows whose target follows temperature, rain on warm days and the hour, some of them with gaps."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(0, 1, (n_rows, len(NAMES)))
    for column, n_kinds in enumerate((3, 24, 7, 12, 4)):
        rows[:, column] = rng.integers(0, n_kinds, n_rows)
    temperature, rain, evening = rows[:, 5], rows[:, 6], rows[:, 1] >= 18
    target = (
        temperature - 0.5 * temperature * rain + 0.6 * evening * temperature + 0.1 * rng.normal(size=n_rows)
    )
    rows[rng.random(n_rows) < 0.05, 5] = np.nan
    rows[rng.random(n_rows) < 0.02, -1] = np.nan
    return rows, target


def test_a_gap_becomes_the_mean_of_the_same_zone_hour_and_type_of_day() -> None:
    rows = np.array([[0, 5, 1, 10.0], [0, 5, 1, 14.0], [0, 5, 1, np.nan], [1, 5, 1, 30.0], [1, 6, 1, np.nan]])
    filled = SeasonalImputer((0, 1, 2)).fit(rows).transform(rows)
    assert filled[2, 3] == 12
    assert filled[4, 3] == pytest.approx(18)  # its group has nothing: the mean of the column
    assert np.isnan(rows[2, 3])
    unseen = SeasonalImputer((0, 1, 2)).fit(rows).transform(np.array([[7.0, 7.0, 7.0, np.nan]]))
    assert unseen[0, 3] == 18


def test_a_column_that_nothing_is_known_of_becomes_zero() -> None:
    rows = np.array([[0.0, np.nan], [1.0, np.nan]])
    for imputer in (SeasonalImputer((0,)), RidgeImputer()):
        assert imputer.fit(rows).transform(rows)[:, 1].tolist() == [0, 0]


def test_the_model_fills_a_gap_with_what_ridge_regression_on_the_other_columns_says() -> None:
    rng = np.random.default_rng(1)
    known = rng.normal(0, 1, (500, 3)) * [1, 4, 9] + [5, 0, -3]
    known[:, 2] += 2 * known[:, 0]
    shrink = 0.1
    imputer = RidgeImputer(shrink).fit(known)
    row = np.array([[6.0, 2.0, np.nan]])
    mean, deviation = known.mean(axis=0), known.std(axis=0)
    scaled = (known - mean) / deviation
    inputs, wanted = scaled[:, :2], scaled[:, 2]
    coefficients = np.linalg.solve(inputs.T @ inputs / 500 + shrink * np.eye(2), inputs.T @ wanted / 500)
    expected = mean[2] + deviation[2] * ((row[0, :2] - mean[:2]) / deviation[:2]) @ coefficients
    assert imputer.transform(row)[0, 2] == pytest.approx(expected)
    assert imputer.transform(np.full((1, 3), np.nan))[0] == pytest.approx(mean)


def test_outliers_are_pulled_to_learned_bounds() -> None:
    rows = np.column_stack([np.arange(101.0), np.arange(101.0)])
    rows[0, :] = 1e9
    by_quantile = Capper(QUANTILE, (0,), share=0.1).fit(rows).transform(rows)
    assert by_quantile[:, 0].max() == 90 + 1
    assert by_quantile[:, 1].max() == 1e9
    by_deviation = Capper(MAD, limit=2.0).fit(rows).transform(rows)
    assert by_deviation[0, 0] == pytest.approx(51 + 2 * 1.4826 * 25)


def test_no_mean_is_learned_from_an_absurd_value() -> None:
    rows, target = fold()
    place = NAMES.index("apparent")
    rows[7, place] = 1e15
    steps = preparation(NAMES).fit(rows, target).named_steps
    assert np.abs(steps["impute"].means_).max() < 30
    assert np.abs(steps["impute"].column_[place]) < 1


def test_a_column_mostly_of_zeros_is_left_alone_by_median_deviations() -> None:
    rain = np.zeros((50, 1))
    rain[3] = 40.0
    assert (Capper(MAD).fit(rain).transform(rain) == rain).all()


def test_each_group_of_hours_has_a_slope_of_its_own() -> None:
    made = by_group(np.array([[2.0, 3.0], [5.0, 13.0]]), ((0, 6), (6, 12), (12, 18), (18, 24)))
    assert made.tolist() == [[2, 0, 0, 0], [0, 0, 5, 0]]


@pytest.mark.parametrize("selection", ["lasso", "trees"])
def test_selection_keeps_what_matters_and_drops_noise(selection: str) -> None:
    rows, target = fold()
    settings = LinearSettings(PrepareSettings(selection=selection, penalty=0.02))
    fitted = fitted_pipeline(rows, target, NAMES, settings)
    made = formula(fitted, NAMES)
    kept = {name for name, weight in zip(made.names, made.weights, strict=True) if weight != 0}
    assert {"temp_anomaly x rain_hour", "temp_anomaly, hour 18-23"} <= kept
    assert "noise" not in kept
    assert len(kept) < len(made.names) / 2


def test_interactions_explain_what_plain_columns_cannot() -> None:
    rows, target = fold()
    errors = []
    for interactions in (True, False):
        settings = LinearSettings(PrepareSettings(interactions=interactions))
        pipeline = fitted_pipeline(rows[:3000], target[:3000], NAMES, settings)
        errors.append(np.abs(pipeline.predict(rows[3000:]) - target[3000:]).mean())
    assert errors[0] < 0.6 * errors[1]


@pytest.mark.parametrize(
    ("imputation", "capping", "scaling", "selection"),
    [
        *product(("seasonal", "model"), ("quantile", "none"), ("standard",), ("none",)),
        ("seasonal", "mad", "robust", "lasso"),
        ("model", "quantile", "robust", "trees"),
    ],
)
def test_the_formula_says_what_the_pipeline_says_and_survives_as_text(
    imputation: str, capping: str, scaling: str, selection: str
) -> None:
    rows, target = fold()
    settings = PrepareSettings(imputation, capping, scaling, selection=selection)
    fitted = fitted_pipeline(rows[:3000], target[:3000], NAMES, LinearSettings(settings))
    made = formula(fitted, NAMES)
    later = rows[3000:] * 1.5
    later[:, :5] = rows[3000:, :5]
    later[0, 5:] = np.nan
    later[1, 3] = 99.0  # a month of its own
    assert np.allclose(made.predict(later), fitted.predict(later), rtol=0, atol=1e-10)
    again = from_text(made.to_text())
    assert again.predict(later).tobytes() == made.predict(later).tobytes()
    assert again.to_text() == made.to_text()


@pytest.mark.parametrize("name", ["imputation", "capping", "scaling", "selection"])
def test_a_step_that_does_not_exist_is_told_with_those_that_do(name: str) -> None:
    with pytest.raises(UnknownSetting, match="Choose one of"):
        PrepareSettings(**{name: "guess"})
    with pytest.raises(UnknownSetting, match="elastic_net"):
        LinearSettings(regression="guess")


def test_inputs_of_the_fold_are_scaled() -> None:
    rows, target = fold()
    made = preparation(NAMES).fit(rows, target).transform(rows)
    assert np.isfinite(made).all()
    assert np.allclose(made.mean(axis=0), 0, atol=1e-9)
    assert np.allclose(made.std(axis=0), 1)


def test_mstl_finds_a_level_a_day_and_a_week_that_were_put_in() -> None:
    hour, weekday = np.arange(24), np.arange(60) % 7
    day = 5 * np.sin(hour * np.pi / 12)
    flow = 100 + 0.1 * np.arange(60)[:, None] + day + 4.0 * (weekday == 6)[:, None]
    flow[50, 3:9] = np.nan
    made = decompose(flow[None], np.array([10, 56]))
    assert np.isnan(made.trend[0, 0])
    assert made.trend[0, 1] == pytest.approx(100 + 5.6 + 4 / 7, abs=0.6)
    assert made.slope[0, 1] == pytest.approx(0.7, abs=0.3)
    assert made.day[0, 1] == pytest.approx(day, abs=0.8)
    by_day = made.week[0, 1].mean(axis=1)
    assert by_day.argmax() == 6
    assert by_day.max() - np.median(by_day) == pytest.approx(4.0, abs=0.8)


def test_decomposed_features_reach_the_member_which_is_restored_to_the_bit() -> None:
    data = town_data(HOURS, town_flow(HOURS)[:, :70])
    one = replace(data, zones=data.zones[:1], flow=data.flow[:1], _histories={})
    origins = np.array([62, 70])
    fitted = Linear(LinearSettings(features="decomposed")).fit(one, 62)
    made = fitted.forecast(one, origins, 7)
    assert np.isfinite(made).all()
    again = restore(fitted.to_texts())
    assert again.forecast(one, origins, 7).tobytes() == made.tobytes()
    assert not np.array_equal(made, Linear().fit(one, 62).forecast(one, origins, 7))


def test_without_a_history_the_profile_stands_alone() -> None:
    data = town_data(HOURS, town_flow(HOURS)[:, :DAYS])
    fitted = Linear().fit(data, 31)
    assert fitted.formulas == {}
    past = data.history(MEMORIES)
    expected = past.profiles.level[DAYS, :, data.days.day_type[DAYS]]
    assert np.array_equal(fitted.forecast(data, np.array([DAYS]), 1)[:, 0, 0], expected)


def test_rows_of_a_fold_end_before_its_cutoff() -> None:
    data = town_data(HOURS, town_flow(HOURS)[:, :DAYS])
    inputs, target = training_rows(data, 60, kind=FIRST, features=PLAIN)
    assert inputs.shape == (target.size, len(row_names(PLAIN)))
    assert target.size == 3 * 15 * 24  # every second origin of days 30 to 59
    assert np.isfinite(target).all()


def test_without_scikit_learn_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from amuna.domain.errors import MissingExtra\n"
        "from amuna.forecasting.zones.members import installed, make\n"
        "print(installed(('ridge', 'linear')))\n"
        "try:\n    make(('linear',))\n"
        "except MissingExtra as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "scikit-learn is not installed. Install it with: pip install 'amuna[zones]'" in done.stdout
    assert "('ridge',)" in done.stdout
