"""What holds of every forecaster and of a trained fleet whatever the panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from amuna.domain.panel import Panel
from amuna.domain.time import Horizon
from amuna.forecasting import intervals
from amuna.forecasting.arima.model import Arima
from amuna.forecasting.arima.orders import parse_order
from amuna.forecasting.baseline import last_week, weekday_mean, weekday_median
from amuna.forecasting.fleet import FleetSettings, assemble, calibrate, fit_fleet, train
from amuna.forecasting.intermittent import Tsb
from amuna.forecasting.members import fit_members, roll
from amuna.forecasting.periods import spread_total

Floats = NDArray[np.float64]
START = np.datetime64("2024-01-01")
CUTOFF = START + np.timedelta64(160, "D")
ARIMA = Arima(orders=(parse_order("(1,0,1)(0,1,1)7"), parse_order("(0,0,0)(0,1,1)7")))
SMALL = FleetSettings(horizon=7, billing_days=10, folds=3, origins=5, arima=ARIMA)
FEW = settings(max_examples=40, deadline=None)
Change = Callable[[Floats, np.random.Generator], Floats]


def household(y: Floats, rng: np.random.Generator) -> Floats:
    """A level shift, an outlier and gaps."""
    y[rng.integers(len(y)) :] *= 3
    y[rng.integers(len(y))] = 500
    y[rng.random(len(y)) < 0.1] = np.nan
    return y


def single_spike(y: Floats, rng: np.random.Generator) -> Floats:
    """Nothing but one day."""
    y[:] = 0
    y[rng.integers(len(y))] = 1e9
    return y


KINDS: dict[str, Change] = {
    "household": household,
    "business": lambda y, rng: np.where(np.arange(len(y)) % 7 >= 5, 0.0, y),
    "intermittent": lambda y, rng: y * (rng.random(len(y)) < 0.1),
    "empty": lambda y, rng: y[:0],
    "all_missing": lambda y, rng: np.full_like(y, np.nan),
    "constant": lambda y, rng: np.full_like(y, 1.7),
    "three_days_old": lambda y, rng: y[:3],
    "huge": lambda y, rng: 1e12 * y,
    "zeros": lambda y, rng: 0.0 * y,
    "single_spike": single_spike,
    "alternating": lambda y, rng: np.where(np.arange(len(y)) % 2 == 0, 0.0, 10.0),
    "negative": lambda y, rng: -1 - y,
    "vanishing": lambda y, rng: 1e-300 * y,
    "ended_long_ago": lambda y, rng: np.where(np.arange(len(y)) > len(y) // 3, np.nan, y),
}
LATER = {"starts_later": lambda y, rng: y[:30]}


def series(kind: str, days: int, rng: np.random.Generator) -> Floats:
    """One series of a kind, of at most `days` days."""
    profile = np.tile(rng.uniform(0.3, 2.0, size=7), days // 7 + 1)[:days]
    return (KINDS | LATER)[kind](np.maximum(profile + 0.2 * rng.normal(size=days), 0), rng)


def panel_of(kinds: list[str], rng: np.random.Generator, *, days: int = 200) -> Panel:
    """Daily series; the short ones end at the cutoff, but one kind starts after it."""
    rows = [series(kind, days, rng) for kind in kinds]
    lengths = np.array([len(row) for row in rows])
    first = np.where(lengths < days, 160 - lengths, 0)
    first[np.array(kinds) == "starts_later"] = 170
    return Panel(
        np.array([f"{i:03d}" for i in range(len(rows))]),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        START + first * np.timedelta64(1, "D"),
        np.concatenate([np.empty(0), *rows]),
    )


def arrays(thing: Any, name: str = "") -> Iterator[tuple[str, NDArray[Any]]]:
    """Every array within nested dataclasses, with its path."""
    if isinstance(thing, np.ndarray):
        yield name, thing
    elif is_dataclass(thing) and not isinstance(thing, type):
        for f in fields(thing):
            yield from arrays(getattr(thing, f.name), f"{name}.{f.name}")


def assert_identical(one: Any, other: Any) -> None:
    found, expected = dict(arrays(one)), dict(arrays(other))
    assert found.keys() == expected.keys()
    assert found
    for name, array in found.items():
        assert array.dtype == expected[name].dtype, name
        assert array.tobytes() == expected[name].tobytes(), name


kinds = st.lists(st.sampled_from([*KINDS]), min_size=1, max_size=6)
seeds = st.integers(0, 10_000)


@pytest.mark.parametrize("kind", KINDS)
def test_forecasts_are_finite_and_not_negative(kind: str) -> None:
    """Alone in its fleet, so that nothing is borrowed from a good neighbour."""
    panel = panel_of([kind, kind], np.random.default_rng(3))
    fleet = fit_fleet(panel, CUTOFF, SMALL)
    check_forecasts(fleet.forecasts(Horizon(40), billing_days=60))
    members = fleet.members.forecast(Horizon(40))
    assert np.isfinite(members).all()
    assert (members >= 0).all()


@FEW
@given(kinds=kinds, seed=seeds)
def test_any_panel_can_be_trained_forecast_and_updated(kinds: list[str], seed: int) -> None:
    panel = panel_of(kinds, np.random.default_rng(seed))
    fleet = fit_fleet(panel, CUTOFF, SMALL)
    check_forecasts(fleet.forecasts(Horizon(14)))
    after = panel.since(CUTOFF).until(CUTOFF + np.timedelta64(20, "D"))
    updated = fleet.update(replace(after, starts=np.full(len(after), CUTOFF)))
    check_forecasts(updated.forecasts(Horizon(14)))
    assert set(fleet.status) <= {"ok", "too_short", "constant", "not_converged", "fallback"}


def check_forecasts(forecasts: Any) -> None:
    for quantiles in (forecasts.quantiles, forecasts.totals):
        assert np.isfinite(quantiles).all()
        assert (quantiles >= 0).all()
        assert (np.diff(quantiles, axis=-1) >= 0).all()


@FEW
@given(kinds=kinds, seed=seeds, cuts=st.lists(st.integers(0, 40), max_size=5))
def test_updates_in_any_split_are_one_update(kinds: list[str], seed: int, cuts: list[int]) -> None:
    """On the baselines, Tsb, the members together and the whole fleet."""
    panel = panel_of(kinds, np.random.default_rng(seed)).until(START + np.timedelta64(200, "D"))
    history = panel.before(CUTOFF)
    fitted = [model.fit(history) for model in (last_week(), weekday_mean(), weekday_median(), Tsb())]
    fitted += [fit_members(history, ARIMA), fit_fleet(panel, CUTOFF, SMALL)]
    ends = [CUTOFF + np.timedelta64(cut, "D") for cut in sorted(cuts)] + [START + np.timedelta64(200, "D")]
    for model in fitted:
        at_once = model.update(panel.since(CUTOFF))
        stepwise, start = model, CUTOFF
        for end in ends:
            stepwise = stepwise.update(panel.since(start).before(end))
            start = end
        together = dict(arrays(at_once))
        for name, array in arrays(stepwise):
            if array.dtype.kind == "f":
                np.testing.assert_allclose(array, together[name], rtol=1e-8, atol=1e-8, err_msg=name)
            else:
                np.testing.assert_array_equal(array, together[name], err_msg=name)
        np.testing.assert_allclose(
            stepwise.forecast(Horizon(9)), at_once.forecast(Horizon(9)), rtol=1e-8, atol=1e-8
        )


@FEW
@given(kinds=st.lists(st.sampled_from([*KINDS, *LATER]), min_size=1, max_size=6), seed=seeds)
def test_nothing_after_the_cutoff_is_seen(kinds: list[str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    panel = panel_of(kinds, rng)
    day = np.concatenate(
        [np.arange(n) + (s - START).astype(int) for n, s in zip(panel.lengths, panel.starts, strict=True)]
    )
    other = panel.values.copy()
    future = day >= 160
    other[future] = rng.choice([np.nan, 0.0, 1e12, 7.0], size=future.sum())
    changed = replace(panel, values=other)
    assert_identical(train(panel, CUTOFF, SMALL), train(changed, CUTOFF, SMALL))
    fleets = [fit_fleet(p, CUTOFF, SMALL) for p in (panel, changed, panel.before(CUTOFF))]
    expected = fleets[0].forecasts(Horizon(14))
    for fleet in fleets[1:]:
        assert_identical(fleet, fleets[0])
        assert_identical(fleet.forecasts(Horizon(14)), expected)


@FEW
@given(kinds=kinds, seed=seeds, cut=st.integers(100, 150))
def test_the_backtest_sees_nothing_after_its_cutoffs(kinds: list[str], seed: int, cut: int) -> None:
    rng = np.random.default_rng(seed)
    panel = panel_of(kinds, rng).until(CUTOFF)
    members = fit_members(panel, ARIMA)
    cutoffs = START + np.array([90, 100, cut]) * np.timedelta64(1, "D")
    before = roll(members, panel, cutoffs, Horizon(7))
    day = np.concatenate(
        [np.arange(n) + (s - START).astype(int) for n, s in zip(panel.lengths, panel.starts, strict=True)]
    )
    values = panel.values.copy()
    values[day >= cut] = rng.uniform(0, 1e6, size=(day >= cut).sum())
    after = roll(members, replace(panel, values=values), cutoffs, Horizon(7))
    assert after.tobytes() == before.tobytes()


@FEW
@given(kinds=st.lists(st.sampled_from([*KINDS]), min_size=4, max_size=7), seed=seeds, size=st.integers(1, 7))
def test_neighbours_change_nothing(kinds: list[str], seed: int, size: int) -> None:
    """Slab size and series order are bit for bit without effect on a trained and calibrated fleet."""
    rng = np.random.default_rng(seed)
    panel = panel_of(kinds, rng)
    whole = fit_fleet(panel, CUTOFF, SMALL)
    parts = assemble([train(slab, CUTOFF, SMALL) for slab in panel.slabs(size)], SMALL)
    assert_identical(calibrate(parts, panel, SMALL), whole)
    shuffled = rng.permutation(len(panel))
    assert_identical(fit_fleet(panel.take(shuffled), CUTOFF, SMALL), whole.take(shuffled))


@FEW
@given(seed=seeds, steps=st.integers(1, 60), calibrated=st.integers(1, 30))
def test_quantiles_are_ordered_and_not_negative(seed: int, steps: int, calibrated: int) -> None:
    rng = np.random.default_rng(seed)
    n = 12
    group = rng.integers(len(intervals.GROUPS), size=n)
    skewed = rng.exponential(size=(n, 60, calibrated)) - rng.uniform(0, 3)
    table = intervals.calibrate(skewed, skewed.sum(axis=-1), group)
    scale = rng.choice([0.0, 0.1, 1e9], size=n)
    point = rng.choice([0.0, 1.0, 1e9], size=(n, steps))
    daily = intervals.spread(point, scale, group, table)
    total = spread_total(point.sum(axis=1), scale, group, table, days=steps, billing_days=calibrated)
    for quantiles in (daily, total):
        assert (quantiles >= 0).all()
        assert (np.diff(quantiles, axis=-1) >= 0).all()
    assert (daily[..., intervals.QUANTILES.index(0.5)] == point).all()
