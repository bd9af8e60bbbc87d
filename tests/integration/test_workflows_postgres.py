"""The whole path over PostgreSQL, through the command, says what it says over the embedded store."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from amuna.config.reading import filled
from amuna.domain.errors import UnknownSetting
from amuna.serve.cli.app import app
from amuna.serve.cli.main import main as _registered  # noqa: F401 (it adds the commands)

SMALL = {
    "AMUNA_TRAIN_FOLDS": "1",
    "AMUNA_TRAIN_ORIGINS": "5",
    "AMUNA_FORECAST_HORIZON": "7",
    "AMUNA_FORECAST_BILLING_DAYS": "14",
    "AMUNA_REGISTRY_ENABLED": "off",
}
COMMANDS = (
    "train",
    "forecast",
    "reconcile",
    "update",
    "evaluate",
    "status",
    "check",
    "quarantine",
    "monitor",
    "report",
)
CHANGES = {
    "judging_seconds",
    "seconds",
    "store",
    "file",
    "started_at",
    "finished_at",
    "last",
    "page",
    "html",
    "recorded_at",
    "batch_id",
    "checked_at",
}


def said_by(words: tuple[object, ...], home: Path, environment: dict[str, str]) -> Any:
    """What a command of the program answers, without the start of a process."""
    done = CliRunner().invoke(app, ["-w", str(home), *map(str, words)], env=SMALL | environment)
    assert done.exit_code == 0, (words, done.output, done.exception)
    return json.loads(done.stdout) if words[-1] == "--json" else done.stdout


def journey(home: Path, feed: Path, **environment: str) -> dict[str, Any]:
    """What each command said, of a workspace of its own."""
    said_by(("init",), home, environment)
    said = {"ingest": said_by(("ingest", feed / "consumption.csv", "--json"), home, environment)}
    for command in COMMANDS:
        if command == "update":
            said["ingest new"] = said_by(("ingest", feed / "new_day.csv", "--json"), home, environment)
        options = ("--out", home / "report.html") if command == "report" else ()
        said[command] = said_by((command, *options, "--json"), home, environment)
    return said


def alike(found: object, expected: object, *, place: str = "") -> None:
    """Assert that two answers agree, but for times and places."""
    if isinstance(expected, dict):
        assert isinstance(found, dict)
        assert found.keys() == expected.keys(), place
        for name in expected.keys() - CHANGES:
            alike(found[name], expected[name], place=f"{place}.{name}")
    elif isinstance(expected, list):
        assert isinstance(found, list)
        assert len(found) == len(expected), place
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            alike(one, other, place=f"{place}[{number}]")
    elif isinstance(expected, float):
        assert isinstance(found, float), place
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-9), place
    else:
        assert found == expected, place


def test_every_step_says_the_same_over_either_database(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    feed = tmp_path / "feed"
    said_by(("simulate", feed, "--accounts", 25, "--days", 120, "--format", "csv"), tmp_path, {})
    address = new_database()
    password = address.split("@")[0].rsplit(":", 1)[1]
    served = {"AMUNA_STORE_URL": address.replace(password, "${PG_PASSWORD}"), "PG_PASSWORD": password}
    over_postgres = journey(tmp_path / "postgres", feed, **served)
    alike(over_postgres, journey(tmp_path / "embedded", feed))
    assert not (tmp_path / "postgres" / "amuna.duckdb").exists()
    assert "amuna_reader" in said_by(("store", "roles"), tmp_path / "postgres", served)


def test_an_address_whose_password_is_not_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownSetting, match="PG_PASSWORD, which is not set"):
        filled("postgresql://x:${PG_PASSWORD}@h/d", setting="store.url", environment={})
    environment = {"PG_PASSWORD": "a@b/c", "PG_URL": "postgresql://x:y@h/d"}
    assert filled("${PG_URL}", setting="store.url", environment=environment) == "postgresql://x:y@h/d"
    assert filled("//x:${PG_PASSWORD}@h", setting="store.url", environment=environment) == "//x:a%40b%2Fc@h"
