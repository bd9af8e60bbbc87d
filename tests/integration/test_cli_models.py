"""`amuna models` as people type it, with the registry and without."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.conftest import NOW, SETTINGS, Amuna, train

from amuna.store.duckdb_store import open_store


@pytest.fixture
def workspace(trained_file: Path, tmp_path: Path) -> Path:
    """A workspace with two trainings, the second serving."""
    (tmp_path / "amuna.toml").write_text('[registry]\nenabled = "off"\n')
    store = open_store(shutil.copy(trained_file, tmp_path / "amuna.duckdb"))
    train(store, settings=replace(SETTINGS, margin=0.01), now=NOW + timedelta(days=1))
    store.close()
    return tmp_path


def test_without_registry_promote_and_roll_back(amuna: Amuna, workspace: Path) -> None:
    second, first = amuna("models", "--json", cwd=workspace).json()["versions"]
    assert (second["aliases"], first["aliases"], first["version"]) == ("champion", "", None)

    promoted = amuna(
        "models", "promote", first["run_id"], "--by", "Rosa", "--reason", "calmer", "--json", cwd=workspace
    ).json()
    assert (promoted["run_id"], promoted["before"]) == (first["run_id"], second["run_id"])
    back = amuna("models", "rollback", "--by", "Rosa", cwd=workspace)
    assert f"Run {second['run_id']} serves" in back.out

    compared = amuna("models", "compare", first["run_id"], "champion", cwd=workspace)
    assert "cutoffs that both backtests share" in compared.out
    refused = amuna("models", "sync", cwd=workspace, code=78)
    assert "registry.enabled is off" in refused.err
    assert not (workspace / "mlflow.db").exists()


def test_with_registry_sync_verify_and_restore_are_quiet(amuna: Amuna, workspace: Path) -> None:
    on = {"AMUNA_REGISTRY_ENABLED": "on"}
    synced = amuna("models", "sync", "--json", cwd=workspace, **on)
    assert (len(synced.json()["saved"]), synced.json()["champion"], synced.err) == (2, 2, "")

    listed = amuna("models", "list", cwd=workspace, **on)
    assert "champion" in listed.out
    assert re.search(r" [0-9a-f]{9} .* \d{4}-\d\d-\d\d ", listed.out)
    assert listed.err == ""
    checked = amuna("models", "verify", "--json", cwd=workspace, **on).json()
    assert (checked["verified"], checked["identical"]) == (True, True)

    (workspace / "amuna.duckdb").unlink()
    restored = amuna("models", "restore", 2, "--json", cwd=workspace, **on).json()
    assert restored["run_id"] == checked["run_id"]
    assert "accounts" in amuna("forecast", cwd=workspace, **on).out


def test_a_registry_away_warns_and_lists_the_store(amuna: Amuna, workspace: Path) -> None:
    away = {"AMUNA_REGISTRY_ENABLED": "on", "AMUNA_REGISTRY_URL": "postgresql://a:pass-word@127.0.0.1:9/b"}

    listed = amuna("models", "--json", cwd=workspace, **away)

    assert len(listed.json()["versions"]) == 2
    assert "amuna models sync" in listed.err
    assert "pass-word" not in listed.err
