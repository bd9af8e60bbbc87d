"""`amuna demo`, then the doors on what it made: what `make demo` does, in small."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.conftest import Amuna

from amuna.domain.job_tables import JOBS
from amuna.domain.tables import UPDATES
from amuna.store.duckdb_store import open_store


@pytest.mark.slow
def test_the_demo_lives_through_its_last_days_and_every_door_answers(amuna: Amuna, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    made = amuna(
        "demo", folder, "--accounts", 60, "--days", 330, "--json", AMUNA_REGISTRY_ENABLED="off"
    ).json()
    assert Path(made["report"]).is_file()
    store = open_store(folder / "amuna.duckdb", read_only=True)
    runs = store.read(JOBS, where={"step": "", "job": "daily"})
    updates = store.read(UPDATES).sort("updated_at")
    store.close()
    assert runs["status"].to_list() == ["ok"] * 15
    assert updates["cutoff"].is_sorted()
    assert len(updates) >= 15

    answers = amuna(
        "-w", folder, "serve", "--check", "--json", AMUNA_SERVE_PORT="0", AMUNA_REGISTRY_ENABLED="off"
    ).json()["answered"]
    asked = {(answer["asked_as"], answer["path"]) for answer in answers}
    assert {("nobody", "/ready"), ("admin", "/app/today"), ("customer", "/app/my-water")} <= asked
    assert ("customer", "/app/today") not in asked


def test_a_check_of_doors_with_nothing_behind_them_ends_with_the_reason(amuna: Amuna, tmp_path: Path) -> None:
    amuna("init", tmp_path / "empty")
    refused = amuna("-w", tmp_path / "empty", "serve", "--check", "--json", code=69, AMUNA_SERVE_PORT="0")
    assert refused.json()["error"]["type"] == "NotEnoughData"
