"""Jobs: what ran, a training on demand, and a stream of its progress that takes no server's threads for long."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from tests.integration.api.world import ok, refused
from tests.integration.conftest import NOW

from amuna.access.roles import Role
from amuna.domain.errors import TransientError
from amuna.domain.ports import Store
from amuna.serve.api.events import Streams
from amuna.serve.desk import Desk
from amuna.workflows.jobs import Run, Step, queue, run_steps
from amuna.workflows.views.jobs import job_id
from amuna.workflows.views.users import list_audit

HERE = "here:1"


@pytest.fixture
def desk(desk: Desk, trained: Store) -> Desk:
    """A desk that starts trainings: here they are only put on record."""

    def start() -> datetime:
        asked = NOW + timedelta(minutes=5)
        queue(Run("train", asked, HERE), store=trained, now=asked)
        return asked

    return replace(desk, start=start)


def test_what_ran_is_listed_with_its_steps(admin: FlaskClient, trained: Store) -> None:
    found = ok(admin.get("/api/v1/jobs"))["items"]
    assert [(job["job"], job["status"]) for job in found] == [("daily", "ok")]
    assert [step["step"] for step in found[0]["steps"]] == ["look"]
    assert found[0]["run_at"] == "2025-03-01T12:00:00Z"
    assert ok(admin.get("/api/v1/jobs?job=train"))["items"] == []
    assert ok(admin.get(f"/api/v1/jobs/{found[0]['job_id']}")) == found[0]


def test_a_training_is_started_and_told_where_to_follow(admin: FlaskClient, trained: Store) -> None:
    response = admin.post("/api/v1/jobs", json={"job": "train"})
    assert response.status_code == 202
    started = response.get_json()
    assert (started["job"], started["status"]) == ("train", "queued")
    assert response.headers["Location"] == f"/api/v1/jobs/{started['job_id']}"
    assert ok(admin.get(response.headers["Location"])) == started
    refused(admin.post("/api/v1/jobs", json={"job": "wipe"}), 422, "unprocessable-entity")
    log = list_audit(trained, action="training_asked")
    assert log.select("user_id", "subject").rows() == [
        ("admin@example.org", f"train {(NOW + timedelta(minutes=5)).isoformat()}")
    ]


def test_only_those_who_may_start_work(client_as: Callable[[Role | None], FlaskClient]) -> None:
    for role in (Role.CUSTOMER, Role.CREW, Role.ANALYST):
        refused(client_as(role).post("/api/v1/jobs", json={}), 403, "not-allowed")


def test_a_process_that_only_answers_starts_nothing(admin: FlaskClient, desk: Desk) -> None:
    object.__setattr__(desk, "start", None)
    found = refused(
        admin.post("/api/v1/jobs", json={"job": "train"}, headers={"Accept-Language": "en"}), 409, "refused"
    )
    assert "amuna serve" in found["remedy"]


def test_a_stream_tells_an_ended_job_and_ends(admin: FlaskClient) -> None:
    name = ok(admin.get("/api/v1/jobs"))["items"][0]["job_id"]
    response = admin.get(f"/api/v1/jobs/{name}/events")
    assert response.mimetype == "text/event-stream"
    events = _events(response.get_data().split(b"\n\n"))
    assert [event for event, _ in events] == ["job", "end"]
    assert events[0][1]["status"] == "ok"
    refused(admin.get("/api/v1/jobs/none/events"), 404, "not-found")


def test_a_stream_follows_a_job_to_its_end(admin: FlaskClient, trained: Store) -> None:
    going = threading.Event()
    asked = NOW + timedelta(hours=1)
    queue(Run("train", asked, HERE), store=trained, now=asked)

    def work() -> None:
        steps = [Step("fit", lambda: going.wait(20))]
        run_steps(steps, Run("train", asked, HERE), store=trained, now=lambda: asked)

    worker = threading.Thread(target=work)
    response = admin.get(f"/api/v1/jobs/{job_id('train', asked)}/events")
    parts: Iterator[bytes] = iter(response.response)  # type: ignore[arg-type]
    assert next(parts).startswith(b"retry: ")
    seen = _events([next(parts)])
    worker.start()
    for part in parts:
        seen += _events([part])
        going.set()
    worker.join()
    response.close()
    statuses = [found["status"] for event, found in seen if event == "job"]
    assert statuses[0] == "queued"
    assert statuses[-1] == "ok"
    assert seen[-1][0] == "end"
    assert [step["step"] for step in seen[-2][1]["steps"]] == ["fit"]


def test_few_streams_are_open_at_a_time() -> None:
    streams = Streams(2, longest_s=0.05, look_s=0.01, beat_s=0.01)
    opened = [streams.open(lambda: {"status": "running"}) for _ in range(2)]
    with pytest.raises(TransientError) as caught:
        streams.open(lambda: {"status": "running"})
    assert caught.value.facts["retry_after_s"] > 0
    assert b": still here\n\n" in b"".join(opened[0].response)  # type: ignore[arg-type]
    opened[0].close()
    streams.open(lambda: {"status": "running"}).close()


def test_a_full_house_is_told_with_when_to_come_again(
    admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = ok(admin.get("/api/v1/jobs"))["items"][0]["job_id"]
    unread = [admin.get(f"/api/v1/jobs/{name}/events") for _ in range(4)]
    response = admin.get(f"/api/v1/jobs/{name}/events")
    refused(response, 503, "try-again")
    assert int(response.headers["Retry-After"]) >= 1
    for stream in unread:
        stream.close()
    admin.get(f"/api/v1/jobs/{name}/events").close()


def _events(parts: list[bytes]) -> list[tuple[str, dict[str, object]]]:
    found = []
    for part in parts:
        told = [line for line in part.decode().splitlines() if line and not line.startswith(":")]
        lines = dict(line.split(": ", 1) for line in told)
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found
