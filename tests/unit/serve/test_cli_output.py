"""What commands print on a small store, as tables and as JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console
from tests.unit.serve.conftest import Cli

from amuna.domain.text import Text
from amuna.serve.cli import output, overview
from amuna.serve.cli.main import app
from amuna.serve.cli.output import print_json, text_of
from amuna.workflows.status import _next_step

HOSTILE = "[bold]a[/red]"


@pytest.fixture
def filled(cli: Cli, here: Path) -> Path:
    """A workspace with a few days of an account whose name means something to rich."""
    lines = [f"2024-01-{day:02d},{HOSTILE},{100 * day}" for day in range(1, 29)]
    lines += [f"2024-02-01,{HOSTILE},-5", "2024-02-02,b,[/green] x", "2024-01-01,b,0"]
    file = here / "[red]feed[blue].csv"
    file.write_text("\n".join(["ConsumptionDate,AccountOID,Consumption", *lines]), encoding="utf-8")
    cli("ingest", file)
    return here


def test_ingest_reports_what_it_did(cli: Cli, here: Path) -> None:
    (here / "f.csv").write_text(
        "ConsumptionDate,AccountOID,Consumption\n2024-01-01,a,1\n2024-01-02,a,-1\n2024-01-01,a,1\n", "utf-8"
    )
    said = cli("ingest", "f.csv").out
    for text in ("rows read", "3", "quarantined", "negative 1", "rows/s"):
        assert text in said
    again = cli("ingest", "f.csv", "--json").json()["sources"][0]
    assert (again["read"], again["batches"], again["reasons"]) == (0, 0, {})


def test_brackets_in_names_and_data_are_shown_as_they_are(cli: Cli, filled: Path) -> None:
    assert HOSTILE in cli("check").out
    shown = cli("quarantine").out
    assert "[red]feed[blue].csv, row 30" in shown
    assert HOSTILE in shown
    assert "[/green] x" in shown
    assert "[feeds.NAME]" in shown
    assert "[red]feed[blue].csv" in cli("status").out
    assert "[x].csv" in cli("export", "consumption", "[x].csv").out


def test_quarantine_as_json_holds_the_original(cli: Cli, filled: Path) -> None:
    rows = cli("quarantine", "--json").json()["rows"]
    assert [row["reason"] for row in rows] == ["negative", "not_a_number"]
    assert HOSTILE in rows[0]["original"]
    assert cli("quarantine", "--reason", "negative", "--json").json()["rows"] == rows[:1]
    assert "Nothing is in quarantine" in cli("quarantine", "--reason", "future").out


def test_check_and_status_as_json(cli: Cli, filled: Path) -> None:
    check = cli("check", "--json").json()
    assert (check["accounts"], check["rows"], check["refused"]) == (2, 29, {"negative": 1, "not_a_number": 1})
    status = cli("status", "--json").json()
    assert (status["rows"], status["run_id"], status["next_step"]) == (29, None, "amuna train")
    assert datetime.fromisoformat(status["feeds"][0]["last"]).tzinfo is not None


def test_an_empty_workspace_reports_without_a_fault(cli: Cli, here: Path) -> None:
    assert cli("check", "--json").json()["accounts"] == 0
    assert cli("status", "--json").json()["next_step"] == "amuna ingest SOURCE"
    assert "amuna ingest" in cli("status").out
    assert "–" in cli("check").out
    assert cli("quarantine", "--json").json() == {"rows": []}
    assert cli("export", "forecasts", "f.csv", "--json").json()["rows"] == 0
    assert (here / "f.csv").read_text(encoding="utf-8").startswith("run_id,account_id,cutoff")


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_export_writes_what_is_in_the_store(cli: Cli, filled: Path, ending: str) -> None:
    file = filled / "out" / f"rows.{ending}"
    assert cli("export", "consumption", file, "--json").json() == {
        "table": "consumption",
        "file": str(file),
        "rows": 29,
    }
    read = {"csv": pl.read_csv, "parquet": pl.read_parquet, "json": pl.read_json}[ending]
    found = read(file)
    assert found["consumption_m3"].sum() == pytest.approx(0.1 * sum(range(1, 29)))
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_export_names_the_tables(cli: Cli, tmp_path: Path) -> None:
    tables = cli("export", "list", "--json").json()
    assert "account_id" in tables["consumption"]
    assert "consumption" in cli("export", "list").out


def test_init_makes_the_workspace_that_is_named(cli: Cli, tmp_path: Path) -> None:
    cli("-w", tmp_path / "one", "init")
    cli("init", tmp_path / "two")
    made = cli("init", "--json").json()
    assert made == {"settings": "amuna.toml", "store": "amuna.duckdb"}
    for folder in ("one", "two", "."):
        assert (tmp_path / folder / "amuna.toml").is_file()
        assert (tmp_path / folder / "amuna.duckdb").is_file()


def test_the_workspace_comes_from_the_environment(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMUNA_WORKSPACE", str(tmp_path / "there"))
    cli("init")
    assert (tmp_path / "there" / "amuna.toml").is_file()
    assert cli("status", "--json").json()["rows"] == 0


def test_every_command_has_help_with_its_options_explained(cli: Cli) -> None:
    for command in app.registered_commands:
        name = command.name or command.callback.__name__  # type: ignore[union-attr]
        said = cli(name, "--help").out
        assert "--json" in said, name
    assert "Exit codes" in cli("--help").out
    assert "[feeds.NAME]" in cli("ingest", "--help").out
    assert "[days]" in cli("forecast", "--help").out


def test_version(cli: Cli) -> None:
    from amuna import __version__

    assert cli("--version").out.strip() == __version__


def test_json_has_no_nan_or_infinity(capsys: pytest.CaptureFixture[str]) -> None:
    frame = pl.DataFrame({"a": [float("nan"), float("inf"), 1.0], "b": [date(2024, 1, 1)] * 3})
    print_json({"rows": frame, "x": -float("inf"), "at": datetime(2024, 1, 1, tzinfo=UTC), "p": Path("p")})
    said = capsys.readouterr().out
    assert said == (
        '{"rows": [{"a": null, "b": "2024-01-01"}, {"a": null, "b": "2024-01-01"}, {"a": 1.0, "b": "2024-01-01"}],'
        ' "x": null, "at": "2024-01-01T00:00:00+00:00", "p": "p"}\n'
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (True, "yes"),
        (1234567, "1,234,567"),
        (0.12345, "0.123"),
        (1234.5678, "1,235"),
        ({"a": 1, "b": 2000}, "a 1, b 2,000"),
        ({}, "none"),
        ([1, "x"], "1, x"),
        (date(2024, 1, 2), "2024-01-02"),
        (datetime(2024, 1, 2, 3, 4, tzinfo=UTC), "2024-01-02 03:04 UTC"),
    ],
)
def test_values_as_people_read_them(value: object, text: str) -> None:
    assert text_of(value) == text


def test_every_next_step_says_what_it_is_for() -> None:
    steps = {
        _next_step(rows, run, unseen, until)
        for rows in (0, 1)
        for run in (None, "run-1")
        for unseen in (0, 1)
        for until in (None, date(2024, 1, 2))
    }
    assert steps == set(overview._STEPS)


@pytest.mark.parametrize("width", [40, 80, 160])
def test_next_steps_keep_each_command_whole(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "console", Console(width=width, highlight=False))
    command = "/opt/amuna/.venv/bin/amuna -w demo forecast --account A0000001"
    output.next_steps(
        [(command, Text("mirar", "look at one client")), ("amuna check", Text("ver", "see what came"))]
    )
    beside = command + "  look at one client\namuna check" + " " * 53 + "see what came"
    below = command + "\n    look at one client\namuna check\n    see what came"
    assert capsys.readouterr().out == "Next\n" + (beside if width == 160 else below) + "\n"


def test_titles_are_not_broken(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(output, "console", Console(width=40, highlight=False))
    title = "Workspace /a/rather/long/path/to/some/folder"
    output.facts(Text.both(title), {Text("cuentas", "accounts"): 3})
    assert capsys.readouterr().out == f"{title}\naccounts  3\n"
