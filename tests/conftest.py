"""Servers and the browser that the tests share: started when the first test asks, gone when the last is done."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from services.postgres import PostgresServer, ServerMissing, postgres_server

os.environ["AMUNA_LANGUAGE"] = "en"  # whatever the machine speaks; tests of Spanish ask for it


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that no test kills; each test makes a database of its own in it."""
    try:
        with postgres_server(settings={"fsync": "off"}) as server:
            yield server
    except ServerMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def new_database(postgres: PostgresServer) -> Callable[[], str]:
    """Makes an empty PostgreSQL database and returns its address."""
    numbers = count(1)
    return lambda: postgres.new_database(f"test_{next(numbers)}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium of this machine, or Playwright's own."""
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or playwright.chromium.executable_path
        if not Path(program).exists():
            pytest.skip("no Chromium: apt-get install chromium, or playwright install chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()
