"""Lock-out and rate limits: what is refused, for how long, and that memory is bounded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from amuna.access import lockout, rates
from amuna.access.lockout import Lockout
from amuna.access.rates import RateLimit
from amuna.domain.errors import TooMany
from amuna.domain.text import Text

REQUESTS = Text("pedidos", "requests")
NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


def waits(limits: Lockout, name: str, now: datetime) -> int:
    """Seconds that a name still waits; 0 where it does not."""
    try:
        limits.check(name, now)
    except TooMany as refused:
        return int(str(refused.facts["retry_after_s"]))
    return 0


def test_the_wait_doubles_up_to_an_hour() -> None:
    limits, now, waited = Lockout(), NOW, []
    for _ in range(12):
        limits.failed("ana", now)
        waited.append(waits(limits, "ana", now))
        now += timedelta(seconds=waited[-1])
        assert waits(limits, "ana", now) == 0
    assert waited == [0, 0, 0, 0, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_success_and_a_day_without_failures_forgive() -> None:
    limits = Lockout()
    for _ in range(5):
        limits.failed("ana", NOW)
        limits.failed("eva", NOW)
    limits.succeeded("ana")
    assert waits(limits, "ana", NOW) == 0
    limits.failed("eva", NOW + timedelta(hours=25))
    assert waits(limits, "eva", NOW + timedelta(hours=25)) == 0


def test_names_are_forgotten_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockout, "REMEMBERED", 3)
    limits = Lockout()
    for name in "abcd":
        for _ in range(5):
            limits.failed(name, NOW)
    assert [waits(limits, name, NOW) > 0 for name in "abcd"] == [False, True, True, True]


def test_a_name_has_its_share_of_each_minute() -> None:
    limit = RateLimit(2, what=REQUESTS)
    for _ in range(2):
        limit.take("ana", 90.0)
    with pytest.raises(TooMany) as refused:
        limit.take("ana", 90.0)
    assert refused.value.facts["retry_after_s"] == 30
    assert str(refused.value) == "Too many requests. Try again in 30 seconds."
    assert refused.value.problem.es == "Demasiados pedidos."
    limit.take("eva", 90.0)
    limit.take("ana", 120.0)


def test_no_limit_is_none() -> None:
    limit = RateLimit(0, what=REQUESTS)
    for _ in range(1000):
        limit.take("ana", 0.0)


def test_counts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "REMEMBERED", 10)
    limit = RateLimit(1, what=REQUESTS)
    for number in range(100):
        limit.take(f"name {number}", 1.0)
    assert len(limit._counts) <= 12
