"""The doors of monitor and metrics: the command, its page in a real browser, and what Prometheus reads."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.integration.conftest import CUTOFF, NOW, SETTINGS, Amuna, take_in
from tests.integration.drifting import START, commit, noon, the_day, utility

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, DECISIONS, SCORES
from amuna.serve.metrics import metrics_text
from amuna.serve.report.drift_page import write_drift_page
from amuna.store.duckdb_store import open_store
from amuna.workflows.forecast import forecast
from amuna.workflows.monitor import monitor
from amuna.workflows.update import update

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(text: str) -> Samples:
    """Prometheus' own reading of the text."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Ten weeks of a utility, the last three days of which have lost a third of their rows."""
    accounts, days = utility(accounts=120, days=70)
    last = START + timedelta(days=67)
    store = open_store(tmp_path / "amuna.duckdb")
    store.upsert(ACCOUNTS, accounts)
    commit(store, days.filter((the_day < last) | (pl.int_range(pl.len()) % 3 != 0)), now=noon(last))
    store.close()
    (tmp_path / "amuna.toml").write_text('[utility]\nname = "Aguas <de> Prueba"\n', encoding="utf-8")
    return tmp_path


def test_the_command_prints_writes_a_page_and_answers_in_json(workspace: Path, amuna: Amuna) -> None:
    page = workspace / "pages" / "drift.html"
    printed = amuna("-w", workspace, "monitor", "--html", page).out
    assert re.search(r"rows\s+all\s+0\.6\d\d\s+1\.000\s+0\.850\s+drifted", printed)
    text = page.read_text(encoding="utf-8")
    assert "Aguas &lt;de&gt; Prueba" in text
    assert "Filas por día" in text
    assert "Rows per day" in text
    assert not re.search(r'(src|href)="(?!#|data:)', text)
    found = amuna("-w", workspace, "monitor", "--json").json()
    assert ("rows", True) in {(row["measure"], row["drifted"]) for row in found["findings"]}
    assert found["drifted"] >= 1


def test_a_browser_shows_the_page_without_complaint(workspace: Path, amuna: Amuna, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    page = workspace / "drift.html"
    amuna("-w", workspace, "monitor", "--html", page)
    probe = (
        "<script>document.body.dataset.beyond = document.documentElement.scrollWidth - document.documentElement.clientWidth;"
        "document.body.dataset.title = document.querySelector('h1').innerText</script></body>"
    )
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", probe), encoding="utf-8")
    words = (
        "--headless --no-sandbox --disable-gpu --enable-logging=stderr --v=0 --window-size=500,900 --dump-dom"
    )
    done = subprocess.run(
        [chromium, *words.split(), f"--user-data-dir={tmp_path / 'profile'}", page.as_uri() + "?lang=es"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert re.search(r'data-title="\d+ de \d+ medidas', done.stdout)
    assert 'data-beyond="0"' in done.stdout
    assert "CONSOLE" not in done.stderr


def test_a_page_needs_findings(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData, match="amuna monitor"):
        write_drift_page(store, tmp_path / "page.html", title="nobody")


def test_metrics_say_what_the_store_holds(trained: Store, rows: pl.DataFrame, tmp_path: Path) -> None:
    forecast(store=trained, horizon=SETTINGS.horizon, billing_days=SETTINGS.billing_days)
    until = CUTOFF + timedelta(days=3)
    new = rows.filter(pl.col("ConsumptionDate").is_between(CUTOFF, until, closed="left"))
    bad = new.head(5).with_columns(Consumption=pl.lit(-5).cast(new.schema["Consumption"]))
    now = NOW + timedelta(days=3)
    take_in(trained, pl.concat([new, bad]), tmp_path, now=now, name="new")
    report = update(store=trained, settings=SETTINGS, now=now)
    monitor(store=trained, now=now)
    decided = {
        "run_id": report.run_id,
        "account_id": "constant",
        "day": until,
        "decision": "refit",
        "rival_run": "",
    }
    decided |= {"reason": "bias", "decided_by": "amuna", "decided_at": now, "evidence": "{}"}
    trained.upsert(DECISIONS, DECISIONS.frame([decided]))

    found = samples(metrics_text(trained, now=now + timedelta(minutes=5), store_bytes=4096))

    batches = trained.query("SELECT SUM(rows_accepted), SUM(rows_quarantined) FROM batches").row(0)
    by_outcome = [
        sum(
            value
            for (name, labels), value in found.items()
            if name == "amuna_feed_rows_total" and ("outcome", outcome) in labels
        )
        for outcome in ("accepted", "quarantined")
    ]
    assert by_outcome == [float(number) for number in batches]
    assert found["amuna_quarantine_rows", (("reason", "negative"),)] == 5
    lags = [value for (name, _), value in found.items() if name == "amuna_feed_lag_seconds"]
    assert min(lags) == 300
    assert found["amuna_data_lag_seconds", ()] > 300
    models = trained.query("SELECT COUNT(*) FROM models").item()
    assert sum(value for (name, _), value in found.items() if name == "amuna_accounts") == models
    assert found["amuna_drifted_ratio", ()] == 1 / models
    assert found["amuna_decisions_total", (("decision", "refit"), ("reason", "bias"))] == 1
    assert found["amuna_forecasts_judged_total", ()] == report.scored
    assert found["amuna_store_size_bytes", ()] == 4096
    assert found["amuna_fits_total", (("kind", "training"),)] == 1


def test_metrics_judge_the_day_ahead(trained: Store, rows: pl.DataFrame, tmp_path: Path) -> None:
    forecast(store=trained, horizon=SETTINGS.horizon, billing_days=SETTINGS.billing_days)
    for number in range(8):
        day = CUTOFF + timedelta(days=number)
        take_in(
            trained,
            rows.filter(pl.col("ConsumptionDate") == day),
            tmp_path,
            now=NOW + timedelta(days=number + 1),
            name=f"day{number}",
        )
        update(store=trained, settings=SETTINGS, now=NOW + timedelta(days=number + 1))
    found = samples(metrics_text(trained, now=NOW))
    scores = trained.read(SCORES)
    ahead = scores.filter(pl.col("cutoff") == pl.col("day"))
    assert len(ahead) < len(scores)
    gap = (ahead["observed_m3"] - ahead["forecast_m3"]).abs()
    assert found["amuna_forecast_error_cubic_metres", ()] == pytest.approx(gap.mean())
    assert found["amuna_forecast_coverage_ratio", (("interval", "0.8"),)] == pytest.approx(
        ahead["inside80"].mean()
    )
    baseline = (ahead["observed_m3"] - ahead["baseline_m3"]).abs()
    compared = gap.filter(baseline.is_not_null())
    assert found["amuna_forecast_error_ratio", ()] == pytest.approx(compared.sum() / baseline.sum())


def test_metrics_of_an_empty_store_are_readable(store: Store) -> None:
    found = samples(metrics_text(store, now=NOW))
    assert found["amuna_updates_total", ()] == 0
    assert "amuna_data_lag_seconds" not in {name for name, _ in found}


def test_the_metrics_command_prints_or_writes(workspace: Path, amuna: Amuna) -> None:
    printed = samples(amuna("-w", workspace, "metrics").out)
    assert printed["amuna_store_size_bytes", ()] == (workspace / "amuna.duckdb").stat().st_size
    amuna("-w", workspace, "metrics", "--out", workspace / "amuna.prom")
    assert samples((workspace / "amuna.prom").read_text(encoding="utf-8")).keys() == printed.keys()
    assert sorted(path.name for path in workspace.glob("*.part")) == []
    told = amuna("-w", workspace, "metrics", "--json").json()
    assert {name for name, _ in printed} == told.keys()
    assert told["amuna_store_size_bytes"] == [{"labels": {}, "value": printed["amuna_store_size_bytes", ()]}]
