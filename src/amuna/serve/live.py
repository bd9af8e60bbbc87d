"""`amuna serve`: one process that holds the store and runs feeds, schedule and doors until it is asked to stop."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from apscheduler.triggers.interval import IntervalTrigger
from waitress import create_server
from waitress.server import BaseWSGIServer

from amuna import wiring
from amuna.domain.errors import PermanentError
from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, JOBS, RUNS
from amuna.domain.time import parse_time_zone
from amuna.serve.http import create_app
from amuna.serve.ports import live_feeds, open_ports, polled_feeds, this_process
from amuna.serve.scheduler import Job, local_time, start_scheduler
from amuna.workflows.cycle import Opened, cycle_steps, ingest_steps, refresh_steps, training_steps
from amuna.workflows.follow import Followed, Terms, follow
from amuna.workflows.jobs import Run, Step, Stopped, is_done, run_steps

log = logging.getLogger(__name__)

GRACE_S = 8.0
HTTP_THREADS = 4
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
        if self._feeds or self._live:
            looks = IntervalTrigger(seconds=settings.schedule_poll_s, timezone=zone)
            jobs.append(Job("poll", looks, self._poll, lambda _due: False))
        if settings.schedule_weekly:
            weekly = local_time(settings.schedule_weekly, zone, setting="schedule.weekly")
            jobs.append(Job("weekly", weekly, self._train, self._trained))
        if settings.schedule_daily:
            daily = local_time(settings.schedule_daily, zone, setting="schedule.daily")
            jobs.append(Job("daily", daily, self._cycle, lambda due: is_done(self._store, "daily", due)))
        return jobs

    def stop(self, followers: Sequence[threading.Thread]) -> bool:
        """Let what runs come to its next commit; whether it did so within GRACE_S."""
        self.stopping.set()
        until = time.monotonic() + GRACE_S
        for thread in followers:
            thread.join(max(until - time.monotonic(), 0.0))
        ended = not any(thread.is_alive() for thread in followers)
        return ended and self._busy.acquire(timeout=max(until - time.monotonic(), 0.0))

    def _cycle(self, due: datetime) -> None:
        self._perform(Run("daily", due, this_process()), lambda: cycle_steps(self._feeds, self._ports))

    def _train(self, due: datetime) -> None:
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
        """Look at the feeds; what came in goes into the models at once. A look that finds nothing leaves no record."""
        run = Run("poll", due, this_process())
        before = self._store.count(BATCHES)
        status = self._perform(run, lambda: ingest_steps(self._feeds, self._ports))
        after = self._store.count(BATCHES)
        if status == "ok" and after == before:
            self._store.delete(JOBS, where={"job": "poll", "run_at": due})
        if after != self._refreshed_at:
            refresh = Run("refresh", due, this_process())
            if self._perform(refresh, lambda: refresh_steps(self._ports)) != "stopped":
                self._refreshed_at = after

    def _perform(self, run: Run, steps: Callable[[], Sequence[Step]]) -> str:
        """Run the steps unless the process is stopping; returns how it ended."""
        with self._busy:
            if self.stopping.is_set():
                return "stopped"
            return run_steps(steps(), run, store=self._store, now=self._now, pause=self._pause).status

    def _pause(self, seconds: float) -> None:
        if self.stopping.wait(seconds):
            raise Stopped

    def _progress(self, _what: str, _done: int, _total: int | None) -> None:
        if self.stopping.is_set():
            raise Stopped


def serve(
    workspace: wiring.Workspace, store: Store, *, now: Callable[[], datetime], opened: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Parameters
    ----------
    workspace, store
        Folder with its settings, and its open store.
    now
        The present instant, with a zone.
    opened
        Told the address of the door once it is open.

    Raises
    ------
    PermanentError
        If the port is taken.
    UnknownSetting
        If a time of the schedule cannot be read.
    """
    zone = parse_time_zone(workspace.settings.utility_time_zone)
    live = Live(workspace, store, now=now)
    jobs = live.jobs()
    server = _listening(workspace, store, zone, now=now)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: live.stopping.set())
    threading.Thread(target=server.run, name="doors", daemon=True).start()
    scheduler = start_scheduler(jobs, zone=zone, now=now)
    followers = live.follow()
    opened(f"http://{server.effective_host}:{server.effective_port}")
    live.stopping.wait()
    scheduler.shutdown(wait=False)
    if not live.stop(followers):
        log.warning(
            "the running step did not come to a commit in %.0f s: its start counts for nothing", GRACE_S
        )
        wiring.release(workspace)
        os._exit(0)
    server.close()


def _listening(
    workspace: wiring.Workspace, store: Store, zone: ZoneInfo, *, now: Callable[[], datetime]
) -> BaseWSGIServer:
    settings = workspace.settings
    app = create_app(
        store, now=now, utility=settings.utility_name, zone=zone, store_file=workspace.store_file
    )
    try:
        return create_server(app, host=settings.serve_host, port=settings.serve_port, threads=HTTP_THREADS)
    except OSError as error:
        raise PermanentError(
            f"{settings.serve_host}:{settings.serve_port} cannot be listened on: {error.strerror}.",
            remedy="Stop what listens there, or set serve.host and serve.port in amuna.toml.",
            port=settings.serve_port,
        ) from error
