"""Jobs: what runs, what ran, and how far a run has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from amuna.domain.errors import NotFound
from amuna.domain.job_tables import JOBS
from amuna.domain.ports import Store

UNDER_WAY = ("queued", "running")
LATEST = 100
_TIME = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True)
class JobRun:
    """One run of a job.

    Parameters
    ----------
    job_id
        Its name: the job and when the run was due.
    job, run_at, run_by
        As in JOBS.
    status
        queued, running, ok, waiting, error, stopped or killed.
    started_at, seconds, message
        When it began, how long it took [s], and what it did or what went wrong.
    steps
        JOBS rows of its steps in the order they began.
    """

    job_id: str
    job: str
    run_at: datetime
    run_by: str
    status: str
    started_at: datetime
    seconds: float
    message: str
    steps: pl.DataFrame

    @property
    def under_way(self) -> bool:
        """Whether more is to come."""
        return self.status in UNDER_WAY


def job_id(job: str, run_at: datetime) -> str:
    """The name of a run."""
    return f"{job}-{run_at.astimezone(UTC):{_TIME}}"


def find_job(name: str, *, store: Store) -> JobRun:
    """The run of this name.

    Raises
    ------
    NotFound
        If there is none.
    """
    job, _, text = name.rpartition("-")
    try:
        run_at = datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise NotFound("job", name) from None
    found = _runs(store.read(JOBS, where={"job": job, "run_at": run_at}))
    if not found:
        raise NotFound("job", name)
    return found[0]


def latest_jobs(*, store: Store, jobs: Sequence[str] = (), limit: int = LATEST) -> list[JobRun]:
    """The latest runs, the newest first.

    Parameters
    ----------
    jobs
        Only these jobs; all if empty.
    limit
        Most runs.
    """
    where: dict[str, object] = {"step": ""}
    if jobs:
        where["job"] = list(jobs)
    whole = store.read(JOBS, where=where, columns=["job", "run_at", "started_at"])
    latest = whole.sort("started_at", "job", descending=True).head(limit)
    rows = store.read(JOBS, where={"run_at": latest["run_at"].unique().to_list()})
    return _runs(rows.join(latest.select("job", "run_at"), on=["job", "run_at"], how="semi"))


def _runs(rows: pl.DataFrame) -> list[JobRun]:
    whole = rows.filter(step="").sort("started_at", "job", descending=True)
    return [
        JobRun(
            job_id=job_id(row["job"], row["run_at"]),
            **{
                name: row[name]
                for name in ("job", "run_at", "run_by", "status", "started_at", "seconds", "message")
            },
            steps=rows.filter(pl.col("step") != "", job=row["job"], run_at=row["run_at"]).sort(
                "started_at", "step", "shard"
            ),
        )
        for row in whole.iter_rows(named=True)
    ]
