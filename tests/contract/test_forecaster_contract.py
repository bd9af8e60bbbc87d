"""What every forecaster promises (domain/ports.py), held against each of them and a fake of ten lines."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Panel, panel_from_matrix
from amuna.domain.ports import FittedForecaster, Forecaster
from amuna.domain.time import Horizon
from amuna.forecasting.arima.model import Arima
from amuna.forecasting.arima.orders import parse_order
from amuna.forecasting.baseline import last_week, weekday_mean, weekday_median
from amuna.forecasting.intermittent import Tsb

START = np.datetime64("2024-01-01")
STATUSES = {"ok", "too_short", "constant", "not_converged", "fallback"}
BAD = ("empty", "all_missing", "one_day", "zeros", "constant", "huge", "negative", "spike", "gappy")
nan = np.nan


@dataclass(frozen=True)
class LargestSoFar:
    """The smallest forecaster there is: it expects the largest value it has seen."""

    name: str = "largest"

    def fit(self, history: Panel) -> FittedLargest:
        nothing = FittedLargest(history.series_ids, history.starts, np.zeros(len(history)))
        return nothing.update(history)


@dataclass(frozen=True)
class FittedLargest:
    series_ids: NDArray[Any]
    ends: NDArray[np.datetime64]
    largest: Floats

    @property
    def status(self) -> NDArray[Any]:
        return np.where(self.largest > 0, "ok", "too_short")

    def forecast(self, horizon: Horizon) -> Floats:
        return np.repeat(self.largest[:, None], horizon.steps, axis=1)

    def update(self, new: Panel) -> FittedLargest:
        if not np.array_equal(self.series_ids, new.series_ids) or not np.array_equal(self.ends, new.starts):
            raise ValueError("An update continues the same series.")
        values = np.nan_to_num(np.maximum(new.values, 0))
        rows = np.repeat(np.arange(len(new)), new.lengths)
        largest = self.largest.copy()
        np.maximum.at(largest, rows, values)
        return replace(self, ends=new.ends, largest=largest)


FORECASTERS: list[Forecaster] = [
    Arima(orders=(parse_order("(1,0,1)(0,1,1)7"), parse_order("(0,0,0)(0,1,1)7"))),
    Arima(orders=(parse_order("(0,1,1)(0,1,1)7"),), transforms=("log1p",)),
    last_week(),
    weekday_mean(),
    weekday_median(),
    Tsb(),
    LargestSoFar(),
]


@pytest.fixture(params=FORECASTERS, ids=lambda forecaster: type(forecaster).__name__ + "-" + forecaster.name)
def forecaster(request: pytest.FixtureRequest) -> Forecaster:
    return request.param


def good(n: int = 4, days: int = 150, seed: int = 0) -> Panel:
    rng = np.random.default_rng(seed)
    use = np.tile(rng.uniform(0.5, 3, size=(n, 7)), days // 7 + 1)[:, :days]
    return panel_from_matrix(
        np.array([f"{i:03d}" for i in range(n)]), START, use + 0.1 * rng.random((n, days))
    )


def bad(kind: str) -> Panel:
    """A good series between two bad ones."""
    fine = good(1).values
    spike, gappy = np.zeros(150), fine.copy()
    spike[77] = 1e9
    gappy[np.arange(150) % 10 > 1] = nan
    series = {
        "empty": fine[:0],
        "all_missing": np.full(150, nan),
        "one_day": fine[:1],
        "zeros": np.zeros(150),
        "constant": np.full(150, 3.0),
        "huge": 1e12 * fine,
        "negative": -fine,
        "spike": spike,
        "gappy": gappy,
    }[kind]
    offsets = np.cumsum([0, len(series), len(fine), len(series)])
    return Panel(
        np.array(["a", "b", "c"]), offsets, np.full(3, START), np.concatenate([series, fine, series])
    )


def frozen(fitted: FittedForecaster) -> list[bytes]:
    """Everything a fitted forecaster holds, as bytes."""
    assert is_dataclass(fitted)
    return [np.asarray(getattr(fitted, f.name)).tobytes() for f in fields(fitted) if f.name != "model"]


def check_shape_and_values(fitted: FittedForecaster, n: int, steps: int) -> Floats:
    forecast = fitted.forecast(Horizon(steps))
    assert forecast.shape == (n, steps)
    assert forecast.dtype == np.float64
    assert np.isfinite(forecast).all()
    assert (forecast >= 0).all()
    return forecast


def test_a_fit_answers_for_every_series_in_order(forecaster: Forecaster) -> None:
    panel = good()
    fitted = forecaster.fit(panel)
    np.testing.assert_array_equal(fitted.series_ids, panel.series_ids)
    assert fitted.status.shape == (4,)
    assert set(fitted.status) == {"ok"}
    assert forecaster.name
    for steps in (1, 7, 40):
        check_shape_and_values(fitted, 4, steps)


def test_a_longer_horizon_continues_a_shorter_one(forecaster: Forecaster) -> None:
    fitted = forecaster.fit(good())
    np.testing.assert_array_equal(fitted.forecast(Horizon(30))[:, :9], fitted.forecast(Horizon(9)))


def test_forecasts_are_in_the_unit_of_the_panel(forecaster: Forecaster) -> None:
    panel = good()
    litres = replace(panel, values=1000 * panel.values)
    np.testing.assert_allclose(
        forecaster.fit(litres).forecast(Horizon(14)),
        1000 * forecaster.fit(panel).forecast(Horizon(14)),
        rtol=1e-6,
    )
    level = panel.values.reshape(4, -1).mean(axis=1)
    ratio = forecaster.fit(panel).forecast(Horizon(14)).mean(axis=1) / level
    assert ((ratio > 0.5) & (ratio < 3)).all()


@pytest.mark.parametrize("kind", BAD)
def test_one_bad_series_never_fails_the_panel(forecaster: Forecaster, kind: str) -> None:
    panel = bad(kind)
    fitted = forecaster.fit(panel)
    forecast = check_shape_and_values(fitted, 3, 21)
    assert set(fitted.status) <= STATUSES
    alone = forecaster.fit(panel.slab(1, 2))
    assert forecast[1].tobytes() == alone.forecast(Horizon(21))[0].tobytes()
    assert fitted.status[1] == alone.status[0] == "ok"
    if kind in ("empty", "all_missing"):
        assert (fitted.status[[0, 2]] == "too_short").all()
        assert (forecast[[0, 2]] == 0).all()


def test_a_panel_without_series_is_a_panel(forecaster: Forecaster) -> None:
    none = good().slab(0, 0)
    fitted = forecaster.fit(none)
    assert fitted.forecast(Horizon(5)).shape == (0, 5)
    assert fitted.update(none).status.shape == (0,)


def test_fitting_twice_is_the_same_and_leaves_the_panel_alone(forecaster: Forecaster) -> None:
    panel = good()
    before = panel.values.tobytes()
    first, second = forecaster.fit(panel), forecaster.fit(panel)
    assert frozen(first) == frozen(second)
    assert panel.values.tobytes() == before


def test_forecasting_changes_no_state(forecaster: Forecaster) -> None:
    fitted = forecaster.fit(good())
    before = frozen(fitted)
    first = fitted.forecast(Horizon(14))
    assert frozen(fitted) == before
    assert fitted.forecast(Horizon(14)).tobytes() == first.tobytes()


@pytest.mark.parametrize("kind", [*BAD, "good"])
def test_an_update_is_a_new_object_and_any_split_is_the_same(forecaster: Forecaster, kind: str) -> None:
    panel = good() if kind == "good" else bad(kind)
    cut = START + np.timedelta64(100, "D")
    panel = panel.until(START + np.timedelta64(150, "D"))
    fitted = forecaster.fit(panel.before(cut))
    before = frozen(fitted)
    at_once, stepwise = fitted.update(panel.since(cut)), fitted
    assert frozen(fitted) == before
    for first, last in ((100, 100), (100, 101), (101, 130), (130, 150)):
        start, end = (START + np.timedelta64(n, "D") for n in (first, last))
        stepwise = stepwise.update(panel.since(start).before(end))
    np.testing.assert_allclose(
        stepwise.forecast(Horizon(14)), at_once.forecast(Horizon(14)), rtol=1e-8, atol=1e-8
    )
    check_shape_and_values(at_once, len(panel), 14)
    np.testing.assert_array_equal(at_once.series_ids, panel.series_ids)


def test_an_update_takes_the_new_values_in(forecaster: Forecaster) -> None:
    """A week of five times the volume moves every forecast up."""
    panel = good(days=157)
    cut = START + np.timedelta64(150, "D")
    fitted = forecaster.fit(panel.before(cut))
    new = panel.since(cut)
    usual = fitted.update(new).forecast(Horizon(7)).mean(axis=1)
    raised = fitted.update(replace(new, values=5 * new.values)).forecast(Horizon(7)).mean(axis=1)
    assert (raised >= usual).all()
    assert raised.mean() > usual.mean()


def test_an_update_of_nothing_new_changes_nothing(forecaster: Forecaster) -> None:
    panel = good()
    fitted = forecaster.fit(panel)
    same = fitted.update(panel.since(panel.ends[0]))
    assert same.forecast(Horizon(14)).tobytes() == fitted.forecast(Horizon(14)).tobytes()


def test_missing_days_are_no_zeros(forecaster: Forecaster) -> None:
    panel = good()
    cut = START + np.timedelta64(143, "D")
    fitted = forecaster.fit(panel.before(cut))
    new = panel.since(cut)
    unknown, unused = (
        fitted.update(replace(new, values=np.full(len(new.values), v))).forecast(Horizon(7)).mean()
        for v in (nan, 0.0)
    )
    if isinstance(forecaster, LargestSoFar):
        assert unknown == unused
    else:
        assert unknown == pytest.approx(panel.values.mean(), rel=0.1)
        assert unused < unknown


@pytest.mark.parametrize("wrong", ["other_series", "other_order", "a_day_late", "a_day_early"])
def test_an_update_must_continue_the_same_series(forecaster: Forecaster, wrong: str) -> None:
    panel = good()
    fitted = forecaster.fit(panel.before(START + np.timedelta64(100, "D")))
    new = panel.since(START + np.timedelta64(100, "D"))
    update = {
        "other_series": replace(new, series_ids=np.array(["x", "001", "002", "003"])),
        "other_order": new.take(np.array([1, 0, 2, 3])),
        "a_day_late": panel.since(START + np.timedelta64(101, "D")),
        "a_day_early": panel.since(START + np.timedelta64(99, "D")),
    }[wrong]
    with pytest.raises(ValueError, match="update"):
        fitted.update(update)
