"""Preparation of zones: whatever happens at or after the cutoff, rows, steps and forecasts are the same to the last bit."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator
from sklearn.pipeline import Pipeline
from tests.zone_town import DAYS, town_data, town_flow, town_hours

from amuna.domain.panel import Floats
from amuna.forecasting.zones.calendar import Calendar
from amuna.forecasting.zones.members.linear import (
    FIRST,
    LATER,
    MEMORIES,
    FittedLinear,
    LinearSettings,
    fitted_pipeline,
    training_rows,
)
from amuna.forecasting.zones.port import ZoneData, ZoneFacts
from amuna.forecasting.zones.prepare.formula import formula
from amuna.forecasting.zones.prepare.pipeline import PrepareSettings
from amuna.forecasting.zones.prepare.rows import DECOMPOSED, PLAIN, parts_of, row_names, rows

HOURS = town_hours(DAYS + 8)
FLOW = town_flow(HOURS)
CUTOFF = 62
N_DAYS = 72
FACTS = ZoneFacts(np.array([4e3, 9e3, np.nan]), np.array([900.0, 2e3, 700.0]), np.array([1.0, 3.0, 2.0]))
CHOICES = {
    "lasso": LinearSettings(),
    "trees": LinearSettings(PrepareSettings("model", "mad", "robust", selection="trees"), regression="ridge"),
    "decomposed": LinearSettings(PrepareSettings(selection="none"), DECOMPOSED, "lasso"),
}


def town(flow: Floats) -> ZoneData:
    known = flow[:, :N_DAYS].copy()
    known[0, 40, 3:9] = np.nan
    return replace(town_data(HOURS, known), facts=FACTS)


KNOWN = town(FLOW)


def drawn_flow(rng: Generator, size: float, since: int) -> Floats:
    """Inflows that are anything, or nothing, from a day on."""
    flow = FLOW.copy()
    after = flow[:, since:]
    flow[:, since:] = np.where(rng.random(after.shape) < 0.1, np.nan, rng.uniform(-size, size, after.shape))
    return flow


def drawn_days(days: Calendar, rng: Generator) -> Calendar:
    """A calendar that is another one from the cutoff on."""
    drawn = {}
    for each in fields(days):
        values = getattr(days, each.name).copy()
        rng.shuffle(values[..., CUTOFF:], axis=-1)
        drawn[each.name] = values
    return Calendar(**drawn)


def drawn_world(rng: Generator, size: float) -> ZoneData:
    """Every input other from the cutoff on: inflows, weather and calendar."""
    data = town(drawn_flow(rng, size, CUTOFF))
    weather = data.weather.copy()
    absurd = min(size, 200.0)  # felt temperature has no meaning near -238 °C; trusted_weather lets less pass
    weather[:, CUTOFF:] = rng.uniform(-absurd, absurd, weather[:, CUTOFF:].shape)
    return replace(data, weather=weather, days=drawn_days(data.days, rng), _histories={})


def prepared(data: ZoneData, chosen: LinearSettings, kind: str) -> tuple[Floats, Floats, Pipeline]:
    """Transformed rows of the fold, their targets, and the pipeline fitted to them."""
    inputs, target = training_rows(data, CUTOFF, kind=kind, features=chosen.features)
    fitted = fitted_pipeline(inputs, target, row_names(chosen.features), chosen)
    return fitted["prepare"].transform(inputs), target, fitted


@cache
def as_known(name: str, kind: str) -> tuple[Floats, Floats, Pipeline]:
    return prepared(KNOWN, CHOICES[name], kind)


@cache
def forecast_as_known(name: str) -> bytes:
    return forecast(name, {kind: as_known(name, kind)[2] for kind in (FIRST, LATER)}, KNOWN)


def forecast(name: str, pipelines: dict[str, Pipeline], data: ZoneData) -> bytes:
    names = row_names(CHOICES[name].features)
    formulas = {kind: formula(each, names) for kind, each in pipelines.items()}
    fitted = FittedLinear(CHOICES[name].features, formulas)
    return fitted.forecast(data, np.array([CUTOFF]), 8).tobytes()


def support(fitted: Pipeline) -> list[bool]:
    steps = fitted["prepare"].named_steps
    return steps["select"].get_support().tolist() if "select" in steps else []


@pytest.mark.parametrize("name", CHOICES)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.floats(0.0, 1e6))
def test_what_comes_after_the_cutoff_changes_no_row_no_choice_and_no_forecast(
    name: str, seed: int, size: float
) -> None:
    chosen = CHOICES[name]
    world = drawn_world(np.random.default_rng(seed), size)
    pipelines = {}
    for kind in (FIRST, LATER):
        made, target, fitted = prepared(world, chosen, kind)
        pipelines[kind] = fitted
        known, known_target, known_fitted = as_known(name, kind)
        assert made.tobytes() == known.tobytes()
        assert target.tobytes() == known_target.tobytes()
        assert support(fitted) == support(known_fitted)
        assert fitted["model"].coef_.tobytes() == known_fitted["model"].coef_.tobytes()
    # Weather and calendar of the week ahead are told beforehand; inflows are not.
    ahead = replace(KNOWN, flow=world.flow, _histories={})
    assert forecast(name, pipelines, ahead) == forecast_as_known(name)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), origin=st.integers(38, N_DAYS - 1), lead=st.integers(0, 7))
def test_no_feature_reads_an_inflow_at_or_after_its_origin(seed: int, origin: int, lead: int) -> None:
    rng = np.random.default_rng(seed)
    origins = np.array([origin - 8, origin])
    one, other = (
        rows(
            data,
            origins,
            lead=lead,
            memories=MEMORIES,
            parts=parts_of(data, origins, kind=DECOMPOSED, memories=MEMORIES),
        )
        for data in (KNOWN, town(drawn_flow(rng, 1e4, origin)))
    )
    differs = [
        name
        for i, name in enumerate(row_names(DECOMPOSED))
        if one[..., i].tobytes() != other[..., i].tobytes()
    ]
    assert differs == []


def test_features_and_rows_do_read_the_day_before_the_origin() -> None:
    origins = np.array([CUTOFF + 1])
    flow = FLOW.copy()
    flow[:, CUTOFF] *= 1.3
    one, other = (rows(data, origins, lead=0, memories=MEMORIES) for data in (KNOWN, town(flow)))
    changed = {
        name
        for i, name in enumerate(row_names(PLAIN))
        if not np.array_equal(one[..., i], other[..., i], equal_nan=True)
    }
    assert {"yesterday", "level_1", "lag_1_flow", "lag_1_mean_3d", "lag_1_max_28d", "profile"} <= changed
    assert not changed & {"hour", "day_type", "apparent", "population"}


def test_a_fold_one_day_longer_is_another_fold() -> None:
    inputs, target = training_rows(KNOWN, CUTOFF + 1, kind=FIRST, features=PLAIN)
    fitted = fitted_pipeline(inputs, target, row_names(PLAIN), LinearSettings())
    assert fitted["model"].coef_.tobytes() != as_known("lasso", FIRST)[2]["model"].coef_.tobytes()
