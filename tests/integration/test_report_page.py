"""The report page of a store that was really trained, forecast and updated, opened in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.integration.conftest import CUTOFF, NOW, SETTINGS, Amuna, take_in

from amuna.domain.ports import Store
from amuna.serve.report.page import write_report
from amuna.workflows.forecast import forecast
from amuna.workflows.report import report
from amuna.workflows.update import update

# Runs after the page's own script: what a reader does, and what they then see.
PROBE = """<script>
const seen = { opened: document.documentElement.lang };
const say = () => [...document.querySelectorAll("h1, h2")].map((heading) => heading.innerText);
document.querySelector("[data-language=es]").click();
seen.es = say();
const chart = document.querySelector(".card svg[data-readout]");
chart.focus();
seen.focused = document.activeElement === chart;
chart.dispatchEvent(new KeyboardEvent("keydown", { key: "End" }));
seen.read = document.querySelector(".card .readout").innerText;
document.querySelector("[data-language=en]").click();
seen.en = say();
seen.unnamed = [...document.querySelectorAll("svg[role=img]")].filter((svg) =>
  svg.getAttribute("aria-labelledby").split(" ").some((id) => !document.getElementById(id))).length;
seen.beyond = document.documentElement.scrollWidth - document.documentElement.clientWidth;
document.body.dataset.probe = JSON.stringify(seen);
</script></body>"""


@dataclass(frozen=True)
class Opened:
    """What the browser saw, and what it complained about."""

    seen: dict[str, Any]
    console: list[str]


@pytest.fixture
def updated(trained: Store, rows: pl.DataFrame, tmp_path: Path) -> Store:
    """Trained, forecast, and brought forward by two days."""
    days = SETTINGS.billing_days
    forecast(store=trained, horizon=SETTINGS.horizon, billing_days=days)
    until = CUTOFF + timedelta(days=2)
    new = rows.filter(pl.col("ConsumptionDate").is_between(CUTOFF, until, closed="left"))
    take_in(trained, new, tmp_path, now=NOW + timedelta(days=2), name="new")
    update(store=trained, settings=SETTINGS, now=NOW + timedelta(days=2))
    return trained


@pytest.fixture
def page(updated: Store, tmp_path: Path) -> Path:
    return write_report(updated, tmp_path / "report.html", title="Aguas de Prueba", timings={"train": 12.0})


def chromium() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    return found


def open_in_browser(page: Path, profile: Path, *, width: int, query: str = "") -> Opened:
    """Open a copy of the page that carries the probe, without a network."""
    probed = page.with_name("probed.html")
    probed.write_text(page.read_text(encoding="utf-8").replace("</body>", PROBE), encoding="utf-8")
    switches = (
        "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --lang=en-US"
        f" --host-resolver-rules=MAP*~NOTFOUND --enable-logging=stderr --v=0 --window-size={width},900 --dump-dom"
    )
    words = [word.replace("MAP*~", "MAP * ~") for word in switches.split()]
    done = subprocess.run(
        [chromium(), *words, f"--user-data-dir={profile}", probed.as_uri() + query],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    found = re.search(r'data-probe="([^"]*)"', done.stdout)
    assert found, done.stderr[-2000:]
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return Opened(json.loads(unescape(found.group(1))), console)


def test_page_works_in_a_browser(page: Path, tmp_path: Path) -> None:
    opened = open_in_browser(page, tmp_path / "profile", width=1280)
    assert opened.console == []
    seen = opened.seen
    assert seen["opened"] == "en", "the browser's language"
    assert "Calidad de los datos" in seen["es"]
    assert "Data quality" in seen["en"]
    assert seen["es"][0].startswith("Los pronósticos fallan")
    assert seen["en"][0].startswith("Forecasts miss by")
    assert seen["focused"]
    assert "mediana" in seen["read"]
    assert "m³" in seen["read"]
    assert seen["unnamed"] == 0, "every drawing is named by texts that exist"


def test_page_fits_a_narrow_window_and_can_be_asked_for_in_spanish(page: Path, tmp_path: Path) -> None:
    opened = open_in_browser(page, tmp_path / "profile", width=500, query="?lang=es")
    assert opened.console == []
    assert opened.seen["opened"] == "es"
    assert opened.seen["beyond"] == 0, "no sideways scrolling"


def test_a_broken_script_would_be_heard(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("</body>", "<script>unknown()</script></body>"), encoding="utf-8")
    opened = open_in_browser(page, tmp_path / "profile", width=900)
    assert any("unknown is not defined" in line for line in opened.console)


def test_total_is_forecast_with_an_interval_that_was_tested(updated: Store) -> None:
    data = report(store=updated)
    fleet = data.fleet
    assert fleet.origins >= 10
    assert fleet.tested_days >= 7
    assert fleet.held80 is not None
    assert 0.4 <= fleet.held80 <= 1
    assert fleet.horizon_m3[0.1] < fleet.horizon_m3[0.5] < fleet.horizon_m3[0.9]
    days = fleet.forecast.filter(pl.col("quantile") == 0.5)["total_m3"]
    assert fleet.horizon_m3[0.5] == pytest.approx(days.sum(), rel=0.1)
    recent = fleet.days["total_m3"].tail(14).mean()
    assert days.mean() == pytest.approx(recent, rel=0.3)
    assert fleet.forecast["day"].min() == data.cutoff == CUTOFF + timedelta(days=2)


def test_dozen_is_varied_and_judged_on_what_has_happened(updated: Store) -> None:
    clients = report(store=updated).clients
    assert len({client.account_id for client in clients}) == len(clients) == 12
    roles = [client.role for client in clients]
    assert (roles.count("best"), roles.count("worst")) == (3, 3)
    assert len({client.group for client in clients}) >= 3
    judged = [client for client in clients if len(client.judged)]
    assert judged
    for client in judged:
        days = client.forecast.filter(pl.col("day").is_in(client.judged["day"].implode()))
        assert (days["cutoff"] <= days["day"]).all(), "what was said before the day was known"


def test_command_writes_the_page(amuna: Amuna, trained_file: Path, tmp_path: Path) -> None:
    amuna("init", tmp_path / "work")
    shutil.copy(trained_file, tmp_path / "work" / "amuna.duckdb")
    out = tmp_path / "page.html"
    ran = amuna("-w", tmp_path / "work", "report", "--out", out, "--json")
    assert ran.json() == {"file": str(out)}
    assert "</html>" in out.read_text(encoding="utf-8")
