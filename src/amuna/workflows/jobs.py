"""Jobs: steps run one after the other, each on record, so that a killed run is seen and continued."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime

import polars as pl
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from amuna.domain.errors import AmunaError, NotEnoughData, TransientError
from amuna.domain.job_tables import JOBS
from amuna.domain.ports import Store
from amuna.domain.text import Text

log = logging.getLogger(__name__)

TRIES = 4
DONE = ("ok", "waiting", "error")
_WHOLE = ""
_NOTHING = Text.both("")


class Stopped(Exception):
    """Someone asked the process to stop; what was committed stays."""


@dataclass(frozen=True)
class Step:
    """A part of a run that commits by itself and may be run again.

    Parameters
    ----------
    name
        Its name.
    run
        Does it; its report is a frozen dataclass.
    shard
        Feed or range of accounts it works on; empty for all.
    needed
        Whether the steps after it make no sense where it failed.
    alone
        Whether it makes sense even there.
    """

    name: str
    run: Callable[[], object]
    shard: str = ""
    needed: bool = True
    alone: bool = False


@dataclass(frozen=True)
class Run:
    """One run of a job.

    Parameters
    ----------
    job
        daily, weekly, poll or cycle.
    run_at
        When it was due; with `job` its name on record.
    run_by
        Host and process number.
    """

    job: str
    run_at: datetime
    run_by: str


@dataclass(frozen=True)
class RunReport:
    """What a run did.

    Parameters
    ----------
    job, run_at
        The run.
    status
        ok, waiting (for data), error or stopped.
    steps
        Step, shard, status, seconds and message of every step, in order; steps done before a kill are not repeated.
    seconds
        Time taken [s].
    said
        Message of every step for people; that of an error is in both languages.
    """

    job: str
    run_at: datetime
    status: str
    steps: list[dict[str, object]]
    seconds: float
    said: list[Text]


def run_steps(
    steps: Sequence[Step],
    run: Run,
    *,
    store: Store,
    now: Callable[[], datetime],
    pause: Callable[[float], None] = time.sleep,
) -> RunReport:
    """Run the steps that this run has not done yet, in their order.

    A transient error is tried again, a little later each time. After any other in a step that is needed only those go on that
    stand alone; a store that lacks data is no error but waits. Everything is on record in JOBS.

    Parameters
    ----------
    now
        The present instant, with a zone.
    pause
        Waits so many seconds; may raise Stopped.
    """
    started = time.perf_counter()
    mark_killed(store, run.job, but=run)
    done = store.read(JOBS, where={"job": run.job, "run_at": run.run_at, "status": "ok"})
    skipped = set(done.select("step", "shard").iter_rows())
    whole = _Record(_WHOLE, "", store, run, now)
    whole.write("running")
    records, status, broken = [], "ok", False
    for step in steps:
        if (step.name, step.shard) in skipped or (broken and not step.alone):
            continue
        record = _Record(step.name, step.shard, store, run, now)
        records.append(_performed(step, record, pause))
        status = _worse(status, records[-1].status)
        if records[-1].status == "stopped":
            break
        broken |= step.needed and records[-1].status != "ok"
    whole.write(status, said=Text("{n} pasos", "{n} steps").fill(n=len(records)))
    seconds = time.perf_counter() - started
    log.info("ran %s steps=%d status=%s seconds=%.1f", run.job, len(records), status, seconds)
    told = [record.facts for record in records]
    return RunReport(run.job, run.run_at, status, told, seconds, [record.said for record in records])


def run_apart(steps: Sequence[Step]) -> list[dict[str, object]]:
    """Run steps for a scheduler that keeps its own record and tries again by itself; each whatever becomes of the others.

    Returns
    -------
    list of dict
        Shard and the short facts of each report.

    Raises
    ------
    AmunaError
        The worst failure, at the end: what only has to be tried again is the least.
    """
    told: list[dict[str, object]] = []
    failures: list[AmunaError] = []
    for step in steps:
        try:
            told.append({"shard": step.shard, **short_facts(step.run())})
        except AmunaError as error:
            failures.append(error)
    if failures:
        raise max(failures, key=lambda error: (not isinstance(error, TransientError), error.exit_code))
    return told


def queue(run: Run, *, store: Store, now: datetime) -> None:
    """Put on record that a run was asked for and waits for its turn."""
    _Record(_WHOLE, "", store, run, lambda: now).write("queued")


def mark_killed(store: Store, job: str, *, but: Run | None = None) -> int:
    """Put on record that steps of a job which are still called queued or running are not: their process is gone.

    A run that was queued and begins now, `but`, is left as it is.
    """
    rows = store.read(JOBS, where={"job": job, "status": ["queued", "running"]})
    if but is not None:
        begins = pl.col("run_at") == but.run_at.astimezone(UTC)
        rows = rows.filter(~(begins & (pl.col("status") == "queued")))
    store.upsert(JOBS, rows.with_columns(status=pl.lit("killed")))
    return len(rows)


def is_done(store: Store, job: str, run_at: datetime) -> bool:
    """Whether a run came to its end, whichever it was."""
    where = {"job": job, "run_at": run_at, "step": _WHOLE, "status": list(DONE)}
    return store.count(JOBS, where=where) > 0


def summary(report: object) -> str:
    """The short facts of a report: `rows 27,000, scored 26,970, seconds 1.2`."""
    return ", ".join(f"{name} {_short(value)}" for name, value in short_facts(report).items())


def short_facts(report: object) -> dict[str, int | float | str | date]:
    """Numbers, words and days of a report, but for the time it took; none of what is no report."""
    if not is_dataclass(report):
        return {}
    found = {each.name: getattr(report, each.name) for each in fields(report) if each.name != "seconds"}
    return {name: value for name, value in found.items() if isinstance(value, int | float | str | date)}


def _short(value: object) -> str:
    if isinstance(value, bool | str | date):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3g}"


def _performed(step: Step, record: _Record, pause: Callable[[float], None]) -> _Record:
    """The record of a step after it ran."""
    record.write("running")
    with record.kept():
        record.write("ok", said=Text.both(summary(_patiently(step.run, pause))))
    return record


def _patiently(run: Callable[[], object], pause: Callable[[float], None]) -> object:
    tries = Retrying(
        retry=retry_if_exception_type(TransientError),
        stop=stop_after_attempt(TRIES),
        wait=wait_exponential_jitter(initial=1, max=60),
        sleep=pause,
        reraise=True,
    )
    return tries(run)


def _said(error: AmunaError) -> Text:
    return Text(f"{error.problem.es} {error.remedy.es}".strip(), str(error))


def _worse(one: str, other: str) -> str:
    order = ("ok", "waiting", "error", "stopped")
    return max(one, other, key=order.index)


class _Record:
    """A row of JOBS that follows its step."""

    def __init__(self, step: str, shard: str, store: Store, run: Run, now: Callable[[], datetime]) -> None:
        self._store, self._run, self._step, self._shard = store, run, step, shard
        self._started_at, self._started = now(), time.perf_counter()
        self.status, self.said, self.seconds = "running", _NOTHING, 0.0

    @property
    def facts(self) -> dict[str, object]:
        """What a report says of the step."""
        facts = {"step": self._step, "shard": self._shard, "status": self.status}
        return {**facts, "seconds": self.seconds, "message": self.said.en}

    def write(self, status: str, *, said: Text = _NOTHING) -> None:
        """Put the step's state on record."""
        self.status, self.said, self.seconds = status, said, time.perf_counter() - self._started
        row = {
            "job": self._run.job,
            "run_at": self._run.run_at,
            "run_by": self._run.run_by,
            "started_at": self._started_at,
            **self.facts,
        }
        self._store.upsert(JOBS, JOBS.frame([row]))

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Whatever ends the step is on record; an error that Amuna knows goes no further."""
        try:
            yield
        except Stopped:
            self.write("stopped")
        except NotEnoughData as error:
            self.write("waiting", said=_said(error))
        except AmunaError as error:
            self.write("error", said=_said(error))
        except BaseException as error:
            self.write("error", said=Text.both(f"{type(error).__name__}: {error}"))
            raise
