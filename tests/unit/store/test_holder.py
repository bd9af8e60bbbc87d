"""Who holds an embedded store, as those that wait for it are told."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from amuna.domain.errors import StoreBusy
from amuna.store.duckdb_errors import translate
from amuna.store.holder import Holder, described_holder, holder_file, remove_holder, write_holder

SERVING = Holder(41, "amuna serve", "2025-03-01 12:00 UTC", "http://127.0.0.1:8350")
COMPLAINT = "Could not set lock on file: Conflicting lock is held in python (PID 41)"


def test_the_message_says_command_number_time_and_door(tmp_path: Path) -> None:
    place = tmp_path / "water.duckdb"
    write_holder(place, SERVING)
    found = translate(duckdb.IOException(COMPLAINT), place=str(place))
    assert isinstance(found, StoreBusy)
    assert found.problem.en == (
        f"Store {place} is held by amuna serve (PID 41, since 2025-03-01 12:00 UTC,"
        " answering at http://127.0.0.1:8350)."
    )
    assert found.problem.es == (
        f"El almacén {place} lo tiene abierto amuna serve (PID 41, desde 2025-03-01 12:00 UTC,"
        " atiende en http://127.0.0.1:8350)."
    )
    assert "stop that process" in found.remedy.en


def test_a_command_without_a_door_has_none(tmp_path: Path) -> None:
    place = tmp_path / "water.duckdb"
    write_holder(place, Holder(41, "amuna train", "2025-03-01 12:00 UTC"))
    assert described_holder(place, COMPLAINT).en == "amuna train (PID 41, since 2025-03-01 12:00 UTC)"


def test_a_file_left_behind_by_a_kill_is_not_believed(tmp_path: Path) -> None:
    place = tmp_path / "water.duckdb"
    write_holder(place, SERVING)
    assert described_holder(place, COMPLAINT.replace("41", "42")).en == "process PID 42"


def test_a_file_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    place = tmp_path / "water.duckdb"
    for text in ("", "[]", '{"pid": 41}', '{"who": "me"}'):
        holder_file(place).write_text(text, encoding="utf-8")
        assert described_holder(place, COMPLAINT).en == "process PID 41"


def test_only_the_process_that_wrote_it_takes_it_back(tmp_path: Path) -> None:
    place = tmp_path / "water.duckdb"
    write_holder(place, SERVING)
    remove_holder(place)
    assert holder_file(place).is_file()
    write_holder(place, Holder(os.getpid(), "amuna train", ""))
    remove_holder(place)
    assert list(tmp_path.iterdir()) == []
