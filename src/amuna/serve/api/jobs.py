"""Jobs: what runs and what ran, a training on demand, and its progress as it happens."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from amuna.access.roles import Permission
from amuna.domain.errors import PermanentError
from amuna.domain.text import Text
from amuna.serve.api.answers import Asked, answer, records
from amuna.serve.api.description import ROOT, answers, routes
from amuna.serve.api.events import Streams
from amuna.serve.api.paging import MOST, USUAL
from amuna.serve.auth.gate import require
from amuna.serve.auth.identify import actor
from amuna.serve.desk import Desk
from amuna.workflows.govern import ask_training
from amuna.workflows.views.jobs import JobRun, find_job, job_id, latest_jobs

_STATUS = "queued, running, ok, waiting (for data), error, stopped or killed"
_LOCATION = {"description": "Where its progress is.", "schema": {"type": "string"}}
_STREAM = {
    "description": "The job whenever it changes, as server-sent events named `job`; `end` says that it has ended. "
    "A stream lasts a minute at most: ask again, as browsers do by themselves.",
    "content": {
        "text/event-stream": {
            "schema": {
                "type": "object",
                "properties": {
                    "event": {"type": "string", "enum": ["job", "end"]},
                    "data": {"type": "string", "description": "The job as JSON."},
                },
            }
        }
    },
}


class Step(BaseModel):
    """A step of a run."""

    step: str
    shard: str = Field(description="Feed, or range of accounts, it works on; empty for all.")
    status: str = Field(description=_STATUS)
    started_at: datetime
    seconds: float = Field(description="Time taken [s].")
    message: str = Field(description="Counts of what was done, or what went wrong and what to do.")


class Job(BaseModel):
    """A run of a job."""

    job_id: str
    job: str = Field(
        description="train, daily, weekly, poll, refresh, cycle, or follow and the name of a feed"
    )
    status: str = Field(description=_STATUS)
    run_at: datetime = Field(description="When it was due.")
    run_by: str = Field(description="Host and process number.")
    started_at: datetime
    seconds: float = Field(description="Time taken [s].")
    message: str
    steps: list[Step]


class Jobs(BaseModel):
    """The latest runs, the newest first."""

    items: list[Job]


class JobPath(Asked):
    """Which run."""

    job_id: str = Field(min_length=1, max_length=200)


class JobsQuery(Asked):
    """Which runs."""

    job: str | None = Field(None, max_length=100, description="Only this job, such as train.")
    limit: int = Field(USUAL, ge=1, le=MOST, description="Most runs.")


class JobWanted(Asked):
    """What to start."""

    job: str = Field("train", pattern="^train$", description="train: the whole fleet anew.")


def register(desk: Desk) -> APIBlueprint:
    """The routes."""
    group = routes("jobs", "What runs and what ran.", needs=Permission.JOBS)
    streams = Streams()

    @group.get("/jobs", responses=answers(Jobs))
    def list_jobs(query: JobsQuery) -> Response:
        """The latest runs, the newest first"""
        require(Permission.JOBS)
        found = latest_jobs(store=desk.store, jobs=[query.job] if query.job else [], limit=query.limit)
        return answer({"items": [_shown(run) for run in found]})

    @group.post("/jobs", responses={HTTPStatus.ACCEPTED: {**_accepted(), "headers": {"Location": _LOCATION}}})
    def start_job(body: JobWanted) -> Response:
        """Train the whole fleet anew; what is under way is not started twice"""
        require(Permission.JOBS)
        if desk.start is None:
            raise PermanentError(
                Text("Este proceso solo responde.", "This process only answers."),
                remedy=Text(
                    "Pídalo a uno que se inició con: amuna serve.",
                    "Ask one that was started with: amuna serve.",
                ),
            )
        run_at = desk.start()
        ask_training(run_at, store=desk.store, actor=actor(), now=desk.now())
        name = job_id(body.job, run_at)
        shown = _shown(find_job(name, store=desk.store))
        return answer(shown, status=HTTPStatus.ACCEPTED, headers={"Location": f"{ROOT}/jobs/{name}"})

    @group.get("/jobs/<string:job_id>", responses=answers(Job))
    def get_job(path: JobPath) -> Response:
        """One run"""
        require(Permission.JOBS)
        return answer(_shown(find_job(path.job_id, store=desk.store)))

    @group.get("/jobs/<string:job_id>/events", responses={HTTPStatus.OK: _STREAM})
    def follow_job(path: JobPath) -> Response:
        """One run as it happens"""
        require(Permission.JOBS)
        find_job(path.job_id, store=desk.store)
        return streams.open(lambda: _shown(find_job(path.job_id, store=desk.store)))

    return group


def _accepted() -> dict[str, Any]:
    return {
        "description": "It will run as soon as nothing else does.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}},
    }


def _shown(run: JobRun) -> dict[str, Any]:
    names = ("job_id", "job", "status", "run_at", "run_by", "started_at", "seconds", "message")
    return {name: getattr(run, name) for name in names} | {"steps": records(run.steps, Step.model_fields)}
