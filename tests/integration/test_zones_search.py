"""Zones: a training searches settings on the past, and later trainings keep what it found for a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.zone_town import FIRST, PLACE, flow_rows, town_hours, town_store

from amuna.domain.ports import Store
from amuna.domain.zone_tables import FLOWS
from amuna.forecasting.zones.members.ridge import Ridge
from amuna.workflows.zone_day import zone_day
from amuna.workflows.zone_train import ZoneTrainReport, train_zones

NOW = datetime(2022, 9, 1, 4, tzinfo=UTC)
DAYS = 225
CUTOFF = FIRST + timedelta(days=DAYS, hours=-1)
HOURS = town_hours(DAYS + 22)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = town_store(tmp_path, HOURS, cutoff=CUTOFF)
    yield opened
    opened.close()


def train(store: Store, *, weeks: int | None = 4) -> ZoneTrainReport:
    every = None if weeks is None else timedelta(weeks=weeks)
    return train_zones(store=store, place=PLACE, now=NOW, forecasters=[Ridge()], search_every=every)


def live(store: Store, days: int) -> None:
    """Add the inflows of the days after the cutoff."""
    until = CUTOFF + timedelta(days=days)
    store.upsert(
        FLOWS, flow_rows(HOURS.filter(pl.col("observed_at").is_between(CUTOFF, until, closed="left")))
    )


def test_settings_are_searched_told_and_kept_until_they_are_old(store: Store) -> None:
    first = train(store)
    assert first.searched == first.cutoff
    assert {trial.setting for trial in first.trials} == {"usual", *Ridge().alternatives()}
    assert first.settings["ridge"] in {trial.setting for trial in first.trials}
    assert (again := train(store)).already_trained
    assert again.trials == first.trials
    live(store, 14)
    kept = train(store)
    assert kept.cutoff == first.cutoff + timedelta(days=14)
    assert (kept.searched, kept.trials, kept.settings) == (first.searched, first.trials, first.settings)
    live(store, 21)
    assert train(store, weeks=3).searched == first.cutoff + timedelta(days=21)


def test_without_a_search_the_usual_settings_serve(store: Store) -> None:
    made = train(store, weeks=None)
    assert (made.searched, made.trials, made.settings) == (None, (), {})
    assert 0 < made.mae_m3h["first"] < made.baseline_mae_m3h["first"]


def test_a_refresh_never_searches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    train(store)
    fits: list[int] = []
    fit = Ridge.fit
    monkeypatch.setattr(
        Ridge, "fit", lambda self, data, cutoff: fits.append(cutoff) or fit(self, data, cutoff)
    )
    live(store, 3)
    assert zone_day(store=store, place=PLACE, forecasters=[Ridge()], now=NOW).trained == 0
    assert fits == []
    live(store, 8)
    assert zone_day(store=store, place=PLACE, forecasters=[Ridge()], now=NOW).trained == 1
    assert len(fits) == 2
