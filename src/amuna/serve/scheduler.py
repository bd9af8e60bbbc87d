"""The embedded scheduler: jobs at their local time, one at a time, and what was missed made up for once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from amuna.domain.errors import UnknownSetting
from amuna.domain.text import Text

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOK_BACK = timedelta(days=8)  # longer than a week, so that every trigger was due within it


@dataclass(frozen=True)
class Job:
    """Work that is due again and again.

    Parameters
    ----------
    name
        Its name.
    trigger
        When it is due.
    run
        Does it, for the instant at which it was due.
    is_done
        Whether the run that was due at an instant came to its end.
    """

    name: str
    trigger: CronTrigger | IntervalTrigger
    run: Callable[[datetime], object]
    is_done: Callable[[datetime], bool]


def local_time(text: str, zone: ZoneInfo, *, setting: str) -> CronTrigger:
    """`03:30`, or `sun 04:30`, as a trigger in local time.

    Raises
    ------
    UnknownSetting
        If the text is neither.
    """
    day, _, clock = text.strip().lower().rpartition(" ")
    hour, colon, minute = clock.partition(":")
    known = not day or day in DAYS
    if known and colon and hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60:
        return CronTrigger(day_of_week=day or "*", hour=int(hour), minute=int(minute), timezone=zone)
    raise UnknownSetting(
        Text(
            "El ajuste {setting} vale {found!r}; debe ser una hora local, con día de la semana o sin él.",
            "Setting {setting} is {found!r}; it must be a local time, with a day of the week or without.",
        ),
        remedy=Text(
            'Escríbalo como "03:30" o "sun 04:30" en amuna.toml; vacío para nunca.',
            'Write it as "03:30" or "sun 04:30" in amuna.toml; empty for never.',
        ),
        setting=setting,
        found=text,
    )


def last_due(trigger: CronTrigger | IntervalTrigger, now: datetime) -> datetime | None:
    """The latest instant, not after `now`, at which the trigger was due."""
    found, due = None, trigger.get_next_fire_time(None, now - _LOOK_BACK)
    while due is not None and due <= now:
        found, due = due, trigger.get_next_fire_time(due, due)
    return found


def start_scheduler(
    jobs: Sequence[Job], *, zone: ZoneInfo, now: Callable[[], datetime]
) -> BackgroundScheduler:
    """Run the jobs when they are due, in one thread; those whose last run was missed or cut off start at once.

    A job that is due while another runs waits for it; due twice meanwhile, it runs once.
    """
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=zone,
    )
    for place, job in enumerate(jobs):
        options = {}
        if _missed(job, now()):
            options["next_run_time"] = now() + timedelta(milliseconds=place)
        scheduler.add_job(_run, job.trigger, args=[job, now], id=job.name, **options)
    scheduler.start()
    return scheduler


def _missed(job: Job, now: datetime) -> bool:
    due = _due(job, now)
    return due is not None and not job.is_done(due)


def _run(job: Job, now: Callable[[], datetime]) -> None:
    due = _due(job, now())
    if due is not None:
        job.run(due)


def _due(job: Job, now: datetime) -> datetime | None:
    """When the job was due last; every look of a poll is its own."""
    return now if isinstance(job.trigger, IntervalTrigger) else last_due(job.trigger, now)
