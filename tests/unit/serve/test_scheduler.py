"""The embedded scheduler, with APScheduler itself and short intervals."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from amuna.domain.errors import UnknownSetting
from amuna.serve.scheduler import Job, last_due, local_time, start_scheduler

LIMA = ZoneInfo("America/Lima")
SUNDAY = datetime(2025, 3, 2, 12, tzinfo=UTC)


def present() -> datetime:
    return datetime.now(UTC)


def wait_for(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def started(*jobs: Job, now: Callable[[], datetime] = present) -> BackgroundScheduler:
    return start_scheduler(jobs, zone=LIMA, now=now)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("03:30", datetime(2025, 3, 2, 8, 30, tzinfo=UTC)),
        ("12:00", datetime(2025, 3, 1, 17, tzinfo=UTC)),
        ("sun 04:30", datetime(2025, 3, 2, 9, 30, tzinfo=UTC)),
        ("Mon 23:59", datetime(2025, 2, 25, 4, 59, tzinfo=UTC)),
    ],
)
def test_a_local_time_was_due_last(text: str, expected: datetime) -> None:
    assert last_due(local_time(text, LIMA, setting="schedule.daily"), SUNDAY) == expected


def test_a_day_that_changes_the_clock_has_one_run() -> None:
    trigger = local_time("02:30", ZoneInfo("America/Santiago"), setting="schedule.daily")
    days = [SUNDAY + timedelta(days=day) for day in range(365)]
    found = [last_due(trigger, day) for day in days]
    assert len(set(found)) == 365
    assert None not in found


@pytest.mark.parametrize(
    "text", ["3h30", "25:00", "03:60", "someday 03:30", "sun", "03:30 sun", "-1:00", "a:b"]
)
def test_what_is_no_local_time_is_named(text: str) -> None:
    with pytest.raises(UnknownSetting, match=r"schedule\.daily"):
        local_time(text, LIMA, setting="schedule.daily")


def test_a_missed_run_is_made_up_for_once_and_for_the_instant_it_was_due() -> None:
    ran: list[datetime] = []
    daily = local_time("03:30", LIMA, setting="schedule.daily")
    three_days_late = SUNDAY + timedelta(days=3)
    scheduler = started(Job("daily", daily, ran.append, lambda _due: False), now=lambda: three_days_late)
    try:
        wait_for(lambda: bool(ran))
        time.sleep(0.3)
    finally:
        scheduler.shutdown()
    assert ran == [last_due(daily, three_days_late)]


def test_a_run_that_was_done_is_not_made_up_for() -> None:
    ran: list[datetime] = []
    asked: list[datetime] = []
    daily = local_time("03:30", LIMA, setting="schedule.daily")

    def is_done(due: datetime) -> bool:
        asked.append(due)
        return True

    scheduler = started(Job("daily", daily, ran.append, is_done), now=lambda: SUNDAY)
    time.sleep(0.3)
    scheduler.shutdown()
    assert (ran, asked) == ([], [last_due(daily, SUNDAY)])


def test_runs_are_never_two_at_a_time_and_what_came_due_meanwhile_runs_once() -> None:
    ran: list[str] = []
    at_work = threading.Lock()
    clashes: list[str] = []
    slow = threading.Event()

    def work(name: str) -> None:
        if not at_work.acquire(blocking=False):
            clashes.append(name)
            return
        if name == "slow" and not slow.is_set():
            slow.wait(1.0)
            slow.set()
        ran.append(name)
        at_work.release()

    def every(seconds: float, name: str) -> Job:
        return Job(name, IntervalTrigger(seconds=seconds), lambda _due: work(name), lambda _due: False)

    scheduler = started(every(60, "slow"), every(0.05, "quick"))
    try:
        wait_for(lambda: len(ran) >= 4)
    finally:
        scheduler.shutdown()
    assert clashes == []
    assert ran[0] == "slow"
    assert set(ran[1:]) == {"quick"}
    assert len(ran) < 12


def test_a_run_that_fails_does_not_end_the_schedule() -> None:
    ran: list[datetime] = []

    def fail_first(due: datetime) -> None:
        ran.append(due)
        if len(ran) == 1:
            raise ValueError

    scheduler = started(Job("poll", IntervalTrigger(seconds=0.05), fail_first, lambda _due: False))
    try:
        wait_for(lambda: len(ran) >= 3)
    finally:
        scheduler.shutdown()
    assert ran == sorted(ran)
    assert len(ran) >= 3


def test_a_trigger_that_was_never_due_is_not_missed() -> None:
    assert last_due(CronTrigger(year=2040), SUNDAY) is None
