"""The work of a serving process: looks at the feeds, the day and the weekly training, one at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from apscheduler.triggers.interval import IntervalTrigger

from amuna import wiring
from amuna.domain.job_tables import JOBS
from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, RUNS
from amuna.domain.time import parse_time_zone
from amuna.serve.ports import live_feeds, open_ports, places_feed, polled_feeds, this_process
from amuna.serve.scheduler import Job, local_time
from amuna.workflows.cycle import Opened, cycle_steps, ingest_steps, refresh_steps, training_steps
from amuna.workflows.follow import Followed, Terms, follow
from amuna.workflows.jobs import Run, Step, Stopped, is_done, queue, run_steps

GRACE_S = 6.0
FOLLOW_AGAIN_S = 60.0


class Live:
    """The work of a serving process, one run at a time, and a way to stop it.

    Parameters
    ----------
    workspace
        Folder with its settings.
    store
        The store this process holds.
    now
        The present instant, with a zone.
    """

    def __init__(self, workspace: wiring.Workspace, store: Store, *, now: Callable[[], datetime]) -> None:
        self.stopping = threading.Event()
        self._busy = threading.Lock()
        self._asked: tuple[datetime, threading.Thread] | None = None
        self._workspace, self._store, self._now = workspace, store, now
        self._ports = open_ports(workspace, store, now=now, progress=self._progress)
        self._feeds, self._live = polled_feeds(workspace), live_feeds(workspace)
        self._refreshed_at: int | None = None

    def jobs(self) -> list[Job]:
        """What is due when: looks at the feeds, the weekly training, the daily cycle.

        Raises
        ------
        UnknownSetting
            If a time of the schedule cannot be read.
        """
        settings = self._workspace.settings
        zone = parse_time_zone(settings.utility_time_zone)
        jobs = []
        looks = IntervalTrigger(seconds=settings.schedule_poll_s, timezone=zone)
        jobs.append(Job("poll", looks, self._poll, lambda _due: False))
        if settings.schedule_weekly:
            weekly = local_time(settings.schedule_weekly, zone, setting="schedule.weekly")
            jobs.append(Job("weekly", weekly, self._train, self._trained))
        if settings.schedule_daily:
            daily = local_time(settings.schedule_daily, zone, setting="schedule.daily")
            jobs.append(Job("daily", daily, self._cycle, lambda due: is_done(self._store, "daily", due)))
        return jobs

    def start(self) -> datetime:
        """Train the whole fleet in the background, as soon as nothing else runs; what is under way is not started twice.

        Returns
        -------
        datetime
            When it was asked for: `run_at` of its rows in JOBS, where its job is `train`.
        """
        if self._asked is not None and self._asked[1].is_alive():
            return self._asked[0]
        asked = self._now()
        queue(Run("train", asked, this_process()), store=self._store, now=asked)
        thread = threading.Thread(target=self._asked_training, args=[asked], name="train", daemon=True)
        self._asked = (asked, thread)
        thread.start()
        return asked

    def refresh(self) -> None:
        """Bring the models up to date in the background: rows came in by a door. What has nothing new to do ends at once."""
        threading.Thread(target=self._refresh, name="refresh", daemon=True).start()

    def _asked_training(self, asked: datetime) -> None:
        with self._busy:
            self._perform(Run("train", asked, this_process()), lambda: training_steps(self._ports))

    def stop(self, followers: Sequence[threading.Thread]) -> bool:
        """Let what runs come to its next commit; whether it did so within GRACE_S."""
        self.stopping.set()
        until = time.monotonic() + GRACE_S
        for thread in followers:
            thread.join(max(until - time.monotonic(), 0.0))
        followed = not any(thread.is_alive() for thread in followers)
        if not self._busy.acquire(timeout=max(until - time.monotonic(), 0.0)):
            return False
        self._busy.release()
        return followed

    def _cycle(self, due: datetime) -> None:
        feeds = {**self._feeds, **places_feed(self._workspace, self._store, now=self._now)}
        with self._busy:
            self._perform(Run("daily", due, this_process()), lambda: cycle_steps(feeds, self._ports))

    def _train(self, due: datetime) -> None:
        with self._busy:
            self._perform(Run("weekly", due, this_process()), lambda: training_steps(self._ports))

    def _trained(self, due: datetime) -> bool:
        """Whether the fleet was trained since then, here or by a person."""
        query = f"SELECT MAX(finished_at) FROM {RUNS.name} WHERE kind = 'training'"
        finished: datetime | None = self._store.query(query).item()
        return is_done(self._store, "weekly", due) or (finished is not None and finished >= due)

    def follow(self) -> list[threading.Thread]:
        """Take in the live feeds as they come, each in a thread of its own."""
        threads = [
            threading.Thread(target=self._follow, args=[name, opened], name=f"follow {name}", daemon=True)
            for name, opened in self._live.items()
        ]
        for thread in threads:
            thread.start()
        return threads

    def _follow(self, name: str, opened: Opened) -> None:
        """Follow a feed until asked to stop; where it fails for good, that is on record, and it is tried again later."""
        ports = self._ports
        terms = Terms(ports.store, ports.rules, ports.now, ports.min_coverage)

        def run() -> object:
            feeds = [Followed(feed, feed_map) for feed, feed_map in opened()]
            return follow(feeds, terms, stop=self.stopping)

        while not self.stopping.is_set():
            steps = [Step("follow", run, shard=name)]
            record = Run(f"follow {name}", self._now(), this_process())
            run_steps(steps, record, store=self._store, now=self._now, pause=self._pause)
            self.stopping.wait(FOLLOW_AGAIN_S)

    def _poll(self, due: datetime) -> None:
        with self._busy:
            if not self.stopping.is_set():
                self._look(due)

    def _look(self, due: datetime) -> None:
        """Look at the feeds; what came in goes into the models at once. A look that finds nothing leaves no record."""
        before = self._store.count(BATCHES)
        status = self._perform(
            Run("poll", due, this_process()), lambda: ingest_steps(self._feeds, self._ports)
        )
        after = self._store.count(BATCHES)
        if status == "ok" and after == before:
            self._store.delete(JOBS, where={"job": "poll", "run_at": due})
        if after != self._refreshed_at:
            self._update(due, after)

    def _refresh(self) -> None:
        with self._busy:
            batches = self._store.count(BATCHES)
            if batches != self._refreshed_at and not self.stopping.is_set():
                self._update(self._now(), batches)

    def _update(self, due: datetime, batches: int) -> None:
        """Take what came in, so many batches by now, into the models."""
        refresh = Run("refresh", due, this_process())
        if self._perform(refresh, lambda: refresh_steps(self._ports)) != "stopped":
            self._refreshed_at = batches

    def _perform(self, run: Run, steps: Callable[[], Sequence[Step]]) -> str:
        """Run the steps unless the process is stopping; returns how it ended."""
        if self.stopping.is_set():
            return "stopped"
        return run_steps(steps(), run, store=self._store, now=self._now, pause=self._pause).status

    def _pause(self, seconds: float) -> None:
        if self.stopping.wait(seconds):
            raise Stopped

    def _progress(self, _what: str, _done: int, _total: int | None) -> None:
        if self.stopping.is_set():
            raise Stopped
