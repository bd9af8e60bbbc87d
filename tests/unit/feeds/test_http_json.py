"""JSON over HTTP: what is tried again, how long it waits, and what is an error at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from amuna.domain.errors import SourceUnreadable, TransientError
from amuna.feeds.http_json import HttpJson
from services.weather import WeatherServer, broken, html, refusing, slow, truncated, weather_server

NOW = datetime(2026, 3, 10, 14, 20, tzinfo=UTC)
ASKED = {"past_days": "0", "forecast_days": "1"}


@pytest.fixture
def server() -> Iterator[WeatherServer]:
    with weather_server(NOW) as running:
        yield running


def insisting(waits: list[float], *, attempts: int = 5, timeout_s: float = 5.0, seed: int = 1) -> HttpJson:
    return HttpJson(
        timeout_s, attempts, random=np.random.default_rng(seed), sleep=waits.append, now=lambda: NOW
    )


@pytest.mark.parametrize("fault", [broken(500), broken(503), broken(429), truncated])
def test_a_passing_fault_is_tried_again(server: WeatherServer, fault: object) -> None:
    server.faults.extend([fault, fault])  # type: ignore[list-item]
    waits: list[float] = []
    body = insisting(waits).get(f"{server.url}/v1/forecast", ASKED)
    assert isinstance(body, dict)
    assert len(body["hourly"]["time"]) == 24
    assert (len(server.requests), len(waits)) == (3, 2)


def test_a_server_that_does_not_answer_in_time_is_away(server: WeatherServer) -> None:
    server.always = slow(0.6)
    with pytest.raises(TransientError, match=r"no answer that can be used"):
        insisting([], attempts=2, timeout_s=0.1).get(f"{server.url}/v1/forecast", ASKED)
    assert len(server.requests) == 2


def test_nobody_listens() -> None:
    with pytest.raises(TransientError):
        insisting([], attempts=2).get("http://127.0.0.1:9/v1/forecast", ASKED)


def test_waits_double_with_jitter_between_half_and_all(server: WeatherServer) -> None:
    server.always = broken(500)
    seen = []
    for seed in range(20):
        waits: list[float] = []
        with pytest.raises(TransientError, match="500"):
            insisting(waits, seed=seed).get(f"{server.url}/x", {})
        seen.append(waits)
    drawn = np.array(seen)
    longest = np.array([1.0, 2.0, 4.0, 8.0])
    assert drawn.shape == (20, 4)
    assert (drawn >= longest / 2).all()
    assert (drawn <= longest).all()
    assert (drawn.std(axis=0) > longest * 0.05).all()


def test_no_wait_is_longer_than_the_longest(server: WeatherServer) -> None:
    server.always = broken(500)
    waits: list[float] = []
    http = HttpJson(5.0, 9, longest_wait_s=3.0, sleep=waits.append, now=lambda: NOW)
    with pytest.raises(TransientError):
        http.get(f"{server.url}/x", {})
    assert len(waits) == 8
    assert max(waits) <= 3.0


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("7", 7.0), ("Tue, 10 Mar 2026 14:20:30 GMT", 30.0), ("Tue, 10 Mar 2026 14:00:00 GMT", 0.0)],
)
def test_retry_after_is_heeded(server: WeatherServer, written: str, seconds: float) -> None:
    server.faults.append(broken(429, Retry_After=written))
    waits: list[float] = []
    insisting(waits).get(f"{server.url}/v1/forecast", ASKED)
    assert waits == [seconds]


def test_an_unreadable_retry_after_is_as_none(server: WeatherServer) -> None:
    server.faults.append(broken(429, Retry_After="soon"))
    waits: list[float] = []
    insisting(waits).get(f"{server.url}/v1/forecast", ASKED)
    assert 0.5 <= waits[0] <= 1.0


def test_a_server_that_asks_for_an_hour_is_given_up(server: WeatherServer) -> None:
    server.always = broken(429, Retry_After="3600")
    waits: list[float] = []
    with pytest.raises(TransientError) as away:
        insisting(waits).get(f"{server.url}/x", {})
    assert (len(server.requests), waits) == (1, [])
    assert away.value.facts["retry_after_s"] == timedelta(hours=1).total_seconds()


def test_a_refusal_gives_the_servers_own_reason_at_once(server: WeatherServer) -> None:
    server.always = refusing("Latitude must be in range of -90 to 90.")
    with pytest.raises(SourceUnreadable, match="400: Latitude must be in range of -90 to 90"):
        insisting([]).get(f"{server.url}/x", {})
    assert len(server.requests) == 1


def test_html_is_no_weather_and_is_not_tried_again(server: WeatherServer) -> None:
    server.always = html
    with pytest.raises(SourceUnreadable, match="Please log in"):
        insisting([]).get(f"{server.url}/x", {})
    assert len(server.requests) == 1
