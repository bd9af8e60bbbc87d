"""Runs of steps: on record, tried again where that helps, seen and continued after a kill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from amuna.domain.errors import NotEnoughData, SourceUnreadable, TransientError
from amuna.domain.job_tables import JOBS
from amuna.domain.ports import Store
from amuna.domain.text import Text
from amuna.workflows.jobs import (
    TRIES,
    Run,
    RunReport,
    Step,
    Stopped,
    is_done,
    mark_killed,
    queue,
    run_apart,
    run_steps,
)

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
DAILY = Run("daily", NOW, "here:1")


@dataclass(frozen=True)
class Counted:
    rows: int
    share: float
    seconds: float = 9.0


class Work:
    """Steps that note that they ran."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def step(self, name: str, *failures: Exception, shard: str = "", needed: bool = True) -> Step:
        left = list(failures)

        def run() -> Counted:
            self.ran.append(name + shard)
            if left:
                raise left.pop(0)
            return Counted(27_000, 0.25)

        return Step(name, run, shard=shard, needed=needed)


def perform(store: Store, *steps: Step, run: Run = DAILY, waits: list[float] | None = None) -> RunReport:
    noted = [] if waits is None else waits
    return run_steps(steps, run, store=store, now=lambda: NOW, pause=noted.append)


def recorded(store: Store, run: Run = DAILY) -> dict[str, str]:
    rows = store.read(JOBS, where={"job": run.job, "run_at": run.run_at}).iter_rows(named=True)
    return {row["step"] + row["shard"]: row["status"] for row in rows}


def test_every_step_is_on_record_with_its_counts(store: Store) -> None:
    work = Work()
    report = perform(store, work.step("ingest", shard="billing"), work.step("update"))
    assert (report.status, work.ran) == ("ok", ["ingestbilling", "update"])
    assert recorded(store) == {"": "ok", "ingestbilling": "ok", "update": "ok"}
    row = store.read(JOBS, where={"step": "update"}).row(0, named=True)
    assert (row["message"], row["run_by"], row["started_at"]) == ("rows 27,000, share 0.25", "here:1", NOW)
    assert is_done(store, "daily", NOW)
    assert not is_done(store, "weekly", NOW)
    assert not is_done(store, "daily", NOW + timedelta(days=1))


def test_a_transient_failure_is_tried_again_later_each_time(store: Store) -> None:
    work, waits = Work(), []
    away = TransientError(Text.both("The database does not answer."))
    report = perform(store, work.step("ingest", away, away), work.step("update"), waits=waits)
    assert (report.status, work.ran) == ("ok", ["ingest", "ingest", "ingest", "update"])
    assert len(waits) == 2
    assert waits[0] < waits[1]


def test_a_failure_that_does_not_pass_ends_the_run_with_what_to_do(store: Store) -> None:
    work = Work()
    away = TransientError(
        Text("La base de datos no responde.", "The database does not answer."),
        remedy=Text("Revise el host.", "Check the host."),
    )
    report = perform(store, work.step("update", *[away] * TRIES), work.step("refit"))
    assert (report.status, len(work.ran)) == ("error", TRIES)
    assert report.steps[0]["message"] == "The database does not answer. Check the host."
    assert report.said[0].es == "La base de datos no responde. Revise el host."
    assert recorded(store) == {"": "error", "update": "error"}
    assert is_done(store, "daily", NOW)


def test_a_permanent_failure_is_not_tried_again(store: Store) -> None:
    work = Work()
    report = perform(
        store, work.step("update", SourceUnreadable(Text.both("No such file."))), work.step("refit")
    )
    assert (report.status, work.ran) == ("error", ["update"])


def test_a_step_that_others_do_not_need_keeps_them_waiting_for_nothing(store: Store) -> None:
    work = Work()
    feed = work.step("ingest", SourceUnreadable(Text.both("No such file.")), shard="north", needed=False)
    report = perform(store, feed, work.step("ingest", shard="south", needed=False), work.step("update"))
    assert (report.status, work.ran) == ("error", ["ingestnorth", "ingestsouth", "update"])
    assert recorded(store)["ingestnorth"] == "error"


def test_a_store_without_data_waits_and_is_no_error(store: Store) -> None:
    work = Work()
    report = perform(store, work.step("train", NotEnoughData(Text.both("The store holds no consumption."))))
    assert report.status == "waiting"
    assert recorded(store) == {"": "waiting", "train": "waiting"}


def test_a_killed_run_is_seen_and_goes_on_where_it_was(store: Store) -> None:
    work = Work()
    steps = [
        work.step("update", shard="..B"),
        work.step("update", KeyboardInterrupt(), shard="B.."),
        work.step("refit"),
    ]  # type: ignore[arg-type]
    row = {
        "job": "daily",
        "run_at": NOW,
        "run_by": "there:9",
        "started_at": NOW,
        "seconds": 0.0,
        "message": "",
    }
    killed = [
        {**row, "step": "", "shard": "", "status": "running"},
        {**row, "step": "update", "shard": "..B", "status": "ok"},
        {**row, "step": "update", "shard": "B..", "status": "running"},
    ]
    store.upsert(JOBS, JOBS.frame(killed))
    assert not is_done(store, "daily", NOW)
    assert mark_killed(store, "daily") == 2
    assert recorded(store) == {"": "killed", "update..B": "ok", "updateB..": "killed"}
    with pytest.raises(KeyboardInterrupt):
        perform(store, *steps)
    assert recorded(store)["updateB.."] == "error"
    report = perform(store, *steps)
    assert (report.status, work.ran) == ("ok", ["updateB..", "updateB..", "refit"])
    assert set(recorded(store).values()) == {"ok"}


def test_a_run_that_was_queued_is_never_called_killed_when_it_begins(store: Store) -> None:
    due = NOW.astimezone(ZoneInfo("America/Lima"))
    asked, earlier = Run("train", due, "here:1"), Run("train", NOW - timedelta(hours=1), "here:1")
    for run in (earlier, asked):
        queue(run, store=store, now=NOW)
    seen: list[str] = []

    def look() -> None:
        seen.append(recorded(store, asked)[""])

    seen.append(recorded(store, asked)[""])
    mark_killed(store, "train", but=asked)
    look()
    perform(store, Step("train", look), run=asked)
    assert seen == ["queued", "queued", "running"]
    assert recorded(store, earlier)[""] == "killed"


def test_another_run_of_a_killed_job_says_so_and_starts_from_the_beginning(store: Store) -> None:
    work = Work()
    row = {
        "job": "daily",
        "run_at": NOW,
        "run_by": "there:9",
        "started_at": NOW,
        "seconds": 0.0,
        "message": "",
    }
    store.upsert(JOBS, JOBS.frame([{**row, "step": "update", "shard": "", "status": "running"}]))
    tomorrow = Run("daily", NOW + timedelta(days=1), "here:1")
    perform(store, work.step("update"), run=tomorrow)
    assert recorded(store) == {"update": "killed"}
    assert (recorded(store, tomorrow), work.ran) == ({"": "ok", "update": "ok"}, ["update"])


def test_a_stop_between_two_tries_is_on_record_and_the_run_is_not_done(store: Store) -> None:
    work = Work()

    def stopping(_seconds: float) -> None:
        raise Stopped

    steps = [work.step("ingest", TransientError(Text.both("Away."))), work.step("update")]
    report = run_steps(steps, DAILY, store=store, now=lambda: NOW, pause=stopping)
    assert (report.status, work.ran) == ("stopped", ["ingest"])
    assert recorded(store) == {"": "stopped", "ingest": "stopped"}
    assert not is_done(store, "daily", NOW)
    perform(store, *steps)
    assert recorded(store) == {"": "ok", "ingest": "ok", "update": "ok"}


def test_an_error_that_amuna_does_not_know_is_on_record_and_goes_on(store: Store) -> None:
    work = Work()
    with pytest.raises(ZeroDivisionError):
        perform(store, work.step("update", ZeroDivisionError("by nothing")))
    assert store.read(JOBS, where={"step": "update"})["message"].to_list() == [
        "ZeroDivisionError: by nothing"
    ]


def test_a_step_that_stands_alone_runs_after_a_failure_that_ends_the_others(store: Store) -> None:
    work = Work()
    zones = Step("zones", work.step("zones").run, needed=False, alone=True)
    failed = work.step("update", NotEnoughData(Text.both("No model."), remedy=Text.both("Train.")))
    report = perform(store, failed, work.step("refit"), zones)
    assert (report.status, work.ran) == ("waiting", ["update", "zones"])
    assert recorded(store) == {"": "waiting", "update": "waiting", "zones": "ok"}


def test_steps_of_another_scheduler_run_once_each_and_leave_no_record(store: Store) -> None:
    work = Work()
    done = run_apart([work.step("ingest", shard="a"), work.step("ingest", shard="b")])
    assert done == [{"shard": shard, "rows": 27_000, "share": 0.25} for shard in "ab"]
    assert recorded(store) == {}


def test_of_several_failures_the_worst_is_told_after_all_have_run() -> None:
    work = Work()
    steps = [
        work.step("a", TransientError(Text.both("Busy."), remedy=Text.both("Wait."))),
        work.step("b", SourceUnreadable(Text.both("Gone."), remedy=Text.both("Look."))),
        work.step("c"),
    ]
    with pytest.raises(SourceUnreadable):
        run_apart(steps)
    assert work.ran == ["a", "b", "c"]
