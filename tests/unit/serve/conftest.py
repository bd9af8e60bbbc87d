from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from amuna.serve.cli.main import main


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        """The one object on standard output; NaN and Infinity are no JSON."""
        assert self.out.count("\n") == 1, self.out

        def refuse(text: str) -> None:
            raise AssertionError(f"{text} in {self.out}")

        found = json.loads(self.out, parse_constant=refuse)
        assert isinstance(found, dict)
        return found


Cli = Callable[..., Ran]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """The command line in this process: an exception that leaves it fails the test."""
    for name in [name for name in os.environ if name.startswith("AMUNA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)

    def run(*words: object, code: int | None = 0) -> Ran:
        monkeypatch.setattr(sys, "argv", ["amuna", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        found = int(ended.value.code or 0)
        assert code is None or found == code, captured.out + captured.err
        return Ran(found, captured.out, captured.err)

    return run


@pytest.fixture
def here(cli: Cli, tmp_path: Path) -> Path:
    """A workspace, which is also the current folder."""
    cli("init")
    return tmp_path
