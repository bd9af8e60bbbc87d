"""A day fetches the weather of the places in amuna.toml by itself, and goes on where nobody answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from amuna import wiring
from amuna.domain.errors import TransientError
from amuna.domain.ports import Store
from amuna.domain.tables import WEATHER
from amuna.domain.zone_tables import FLOWS
from amuna.serve.ports import day_feeds, open_ports
from amuna.workflows.cycle import steps_of
from amuna.workflows.jobs import Run, run_apart, run_steps
from services.weather import WeatherServer, broken, weather_server

NOW = datetime(2026, 3, 10, 14, 20, tzinfo=UTC)
SETTINGS = """
[places.lima]
latitude = -12.05
longitude = -77.04

[weather]
url = "{url}"
archive_url = "{url}"
attempts = 1
"""


@pytest.fixture
def server() -> Iterator[WeatherServer]:
    with weather_server(NOW) as server:
        yield server


@pytest.fixture
def workspace(server: WeatherServer, tmp_path: Path) -> wiring.Workspace:
    (tmp_path / "amuna.toml").write_text(SETTINGS.format(url=server.url), encoding="utf-8")
    return wiring.open_workspace(tmp_path)


@pytest.fixture
def store(workspace: wiring.Workspace) -> Iterator[Store]:
    store = wiring.store(workspace)
    yield store
    store.close()


def take_in(workspace: wiring.Workspace, store: Store) -> list[dict[str, object]]:
    """What `amuna cycle --step ingest` does."""
    ports = open_ports(workspace, store, now=lambda: NOW)
    return run_apart(steps_of("ingest", ports, feeds=day_feeds(workspace, store, now=lambda: NOW)))


def first_hour(store: Store) -> datetime:
    found: datetime = store.read(WEATHER)["observed_at"].min()
    return found


def test_without_inflows_a_week_back_and_a_week_ahead_are_taken_in(
    workspace: wiring.Workspace, store: Store
) -> None:
    (told,) = take_in(workspace, store)
    assert (told["shard"], told["new"]) == ("[places]", 15 * 24)
    assert first_hour(store).date() == (NOW - timedelta(days=7)).date()
    kinds = store.read(WEATHER).group_by("kind").len().sort("kind")["kind"].to_list()
    assert kinds == ["forecast", "observed"]


def test_the_weather_reaches_back_to_the_first_inflow(workspace: wiring.Workspace, store: Store) -> None:
    first = NOW - timedelta(days=150)
    row = {"zone_id": "north", "observed_at": first, "flow_m3h": 3.0, "recorded_at": NOW, "batch_id": "b"}
    store.upsert(FLOWS, pl.DataFrame([row], schema_overrides={"observed_at": pl.Datetime("us", "UTC")}))
    take_in(workspace, store)
    assert first_hour(store) <= first


def test_a_service_that_is_away_is_told_and_keeps_no_other_step_waiting(
    workspace: wiring.Workspace, store: Store, server: WeatherServer
) -> None:
    server.always = broken(503)
    with pytest.raises(TransientError, match="503"):
        take_in(workspace, store)
    ports = open_ports(workspace, store, now=lambda: NOW)
    feeds = day_feeds(workspace, store, now=lambda: NOW)
    steps = [step for name in ("ingest", "zones") for step in steps_of(name, ports, feeds=feeds)]
    report = run_steps(steps, Run("cycle", NOW, "here:1"), store=store, now=lambda: NOW)
    assert [(step["step"], step["status"]) for step in report.steps] == [
        ("ingest", "error"),
        ("zones", "ok"),
    ]


def test_no_place_asks_nobody(tmp_path: Path) -> None:
    (tmp_path / "amuna.toml").write_text("", encoding="utf-8")
    workspace = wiring.open_workspace(tmp_path)
    store = wiring.store(workspace)
    try:
        assert day_feeds(workspace, store, now=lambda: NOW) == {}
    finally:
        store.close()
