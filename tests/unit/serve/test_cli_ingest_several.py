"""Several feeds: each is tried, whatever becomes of the others, and the worst failure gives the exit code."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from tests.unit.serve.conftest import Cli

ROWS = "ConsumptionDate,AccountOID,Consumption\n2024-01-01,{0},100\n2024-01-02,{0},120\n"
COLUMNS = 'account = "AccountOID"\ntime = "ConsumptionDate"\nvalue = "Consumption"\n'


def away() -> str:
    """Address of a broker that is not there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"mqtt://127.0.0.1:{probe.getsockname()[1]}/sensors"


def feeds(here: Path, **sources: str) -> None:
    """Sections of amuna.toml in this order, and the files that are good."""
    sections = [f'[feeds.{name}]\nsource = "{source}"\n{COLUMNS}' for name, source in sources.items()]
    (here / "amuna.toml").write_text("\n".join(sections), encoding="utf-8")
    for name in ("a", "z"):
        (here / f"{name}.csv").write_text(ROWS.format(name), encoding="utf-8")


def rows_in_store(cli: Cli) -> int:
    found = cli("status", "--json").json()["rows"]
    assert isinstance(found, int)
    return found


def test_a_feed_that_fails_keeps_none_of_the_others_waiting(cli: Cli, here: Path) -> None:
    feeds(here, broker=away(), a="a.csv", gone="gone.csv", z="z.csv")
    said = cli("ingest", "--json", code=66).json()
    assert [Path(report["source"]).name for report in said["sources"]] == ["a.csv", "z.csv"]
    assert [error["type"] for error in said["errors"]] == ["TransientError", "SourceUnreadable"]
    assert "gone.csv" in said["errors"][1]["problem"]
    assert all(error["remedy"] for error in said["errors"])
    assert rows_in_store(cli) == 4


def test_failures_are_told_at_the_end_with_their_remedy(cli: Cli, here: Path) -> None:
    feeds(here, gone="gone.csv", a="a.csv", broker=away())
    said = cli("ingest", code=66)
    assert "Ingested" in said.out
    assert said.err.index("gone.csv") < said.err.index("does not answer")
    assert said.err.count("Do     ") == 2


@pytest.mark.parametrize(("others", "code"), [({}, 75), ({"wrong": "mqtt://nowhere"}, 66)])
def test_only_what_may_pass_by_itself_is_to_be_tried_again(
    cli: Cli, here: Path, others: dict[str, str], code: int
) -> None:
    feeds(here, broker=away(), a="a.csv", other=away(), **others)
    said = cli("ingest", "--json", code=code).json()
    assert len(said["errors"]) == 2 + len(others)
    assert rows_in_store(cli) == 2


def test_sources_named_on_the_command_line_are_each_tried(cli: Cli, here: Path) -> None:
    feeds(here)
    said = cli("ingest", "a.csv", "gone.csv", "z.csv", "--json", code=66).json()
    assert (len(said["sources"]), len(said["errors"])) == (2, 1)
    assert rows_in_store(cli) == 4


def test_one_failure_alone_is_told_as_ever(cli: Cli, here: Path) -> None:
    feeds(here, gone="gone.csv")
    assert cli("ingest", "--json", code=66).json()["error"]["type"] == "SourceUnreadable"
    feeds(here, a="a.csv")
    assert set(cli("ingest", "--json").json()) == {"sources"}
