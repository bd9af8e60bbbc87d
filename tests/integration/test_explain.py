"""Explain: what a forecast rested on, as it was known then, and what has come since."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.integration.conftest import CUTOFF, NOW, SETTINGS, Amuna, take_in

from amuna import __version__
from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, CONSUMPTION, DECISIONS, FORECASTS, MODELS, QUANTILE_COLUMNS, SCORES
from amuna.store.duckdb_store import open_store
from amuna.workflows.explain import explain
from amuna.workflows.forecast import forecast
from amuna.workflows.serving import serving
from amuna.workflows.update import update

CORRECTED = CUTOFF - timedelta(days=3)
LATER = NOW + timedelta(days=1)
SECOND = CUTOFF + timedelta(days=1)


@pytest.fixture(scope="module")
def told(trained_file: Path, rows: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forecast at CUTOFF; then a day comes, and a correction and a late file of rows recorded long ago."""
    folder = tmp_path_factory.mktemp("told")
    store = open_store(shutil.copy(trained_file, folder / "amuna.duckdb"))
    account = str(rows["AccountOID"][0])
    store.delete(CONSUMPTION, where={"account_id": account, "day": CUTOFF - timedelta(days=5)})
    forecast(store=store, horizon=SETTINGS.horizon, billing_days=SETTINGS.billing_days)
    mine = rows.filter(pl.col("AccountOID") == account)
    recorded = rows.schema["RecordedAt"]
    late = mine.filter(pl.col("ConsumptionDate") == CUTOFF - timedelta(days=5)).with_columns(
        RecordedAt=pl.lit(datetime(2024, 2, 1, tzinfo=UTC)).cast(recorded)
    )
    corrected = mine.filter(pl.col("ConsumptionDate") == CORRECTED).with_columns(
        pl.col("Consumption") + 2_000, RecordedAt=pl.lit(LATER).cast(recorded)
    )
    day = rows.filter(pl.col("ConsumptionDate") == CUTOFF)
    take_in(store, pl.concat([day, late, corrected]), folder, now=LATER, name="later")
    update(store=store, settings=SETTINGS, now=LATER)
    store.close()
    return folder


@pytest.fixture
def known(told: Path, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(shutil.copy(told / "amuna.duckdb", tmp_path / "amuna.duckdb"))
    yield opened
    opened.close()


@pytest.fixture
def account(rows: pl.DataFrame) -> str:
    return str(rows["AccountOID"][0])


def test_readings_are_those_that_the_forecast_knew(known: Store, account: str) -> None:
    found = explain(account, store=known, day=CUTOFF)
    assert (found.cutoff, found.day, found.lead) == (CUTOFF, CUTOFF, 1)
    assert found.known_at is not None
    assert found.known_at < LATER
    assert CUTOFF - timedelta(days=5) not in found.readings["day"].to_list()
    assert found.readings["day"].max() == CUTOFF - timedelta(days=1)
    then = found.readings.filter(pl.col("day") == CORRECTED)["consumption_m3"].item()
    since = found.corrections.sort("day")
    assert since["day"].to_list() == [CUTOFF - timedelta(days=5), CORRECTED]
    assert since["was_m3"].to_list() == [None, then]
    assert since["consumption_m3"][1] == pytest.approx(then + 2)
    assert set(found.batches["batch_id"]) >= set(found.readings["batch_id"]) | set(since["batch_id"])
    assert found.batches.columns == list(BATCHES.names)


def test_the_later_forecast_knew_the_correction(known: Store, account: str) -> None:
    found = explain(account, store=known)
    assert (found.cutoff, found.day) == (SECOND, SECOND)
    assert found.made_at == LATER
    assert (
        found.readings.filter(pl.col("day") == CORRECTED)["batch_id"].item() != found.readings["batch_id"][0]
    )
    assert found.corrections.is_empty()
    assert found.outcome.is_empty()


def test_the_model_the_code_and_the_outcome_are_the_stored_ones(known: Store, account: str) -> None:
    found = explain(account, store=known, day=CUTOFF)
    run_id = serving(known).run_id
    model = known.read(MODELS, where={"run_id": run_id, "account_id": account}).row(0, named=True)
    assert found.run["code_version"] == __version__
    assert found.run["serves"] is True
    assert len(found.run["settings_hash"]) == 12
    assert found.model is not None
    assert [p["value"] for p in found.model["parameters"]] == model["parameters"]
    assert len({p["name"] for p in found.model["parameters"]}) == len(model["parameters"])
    assert list(found.model["weights"].values()) == model["weights"]
    assert found.evidence.equals(found.evidence.sort("cutoff", "mae", nulls_last=True))
    assert {"champion", "last_week"} <= set(found.evidence["model"])
    mine = {"run_id": run_id, "account_id": account, "cutoff": CUTOFF, "day": CUTOFF}
    stored = known.read(FORECASTS, where=mine).row(0, named=True)
    assert dict(found.quantiles.iter_rows()) == {q: stored[column] for q, column in QUANTILE_COLUMNS.items()}
    score = known.read(SCORES, where={"account_id": account, "day": CUTOFF})
    assert found.outcome["observed_m3"].to_list() == score["observed_m3"].to_list()


def test_the_interval_is_the_point_and_the_calibrated_quantiles(known: Store, account: str) -> None:
    found = explain(account, store=known, day=CUTOFF + timedelta(days=2), cutoff=CUTOFF)
    assert found.lead == 3
    assert found.interval is not None
    both = found.quantiles.join(found.interval["calibration"], on="quantile")
    point = both.filter(pl.col("quantile") == 0.5)["forecast_m3"].item()
    upper = both.filter(pl.col("quantile") > 0.5)
    made = point + found.interval["scale_m3"] * upper["value"].clip(0)
    assert upper["forecast_m3"].to_list() == pytest.approx(made.to_list())


def test_a_reference_names_the_same_forecast(known: Store, account: str) -> None:
    by_account = explain(account, store=known, day=CUTOFF, cutoff=CUTOFF)
    assert by_account.reference == f"{serving(known).run_id}/{account}/{CUTOFF}/{CUTOFF}"
    assert explain(by_account.reference, store=known).reference == by_account.reference


def test_a_promotion_since_is_told(known: Store, account: str) -> None:
    row = {"run_id": serving(known).run_id, "account_id": account, "day": SECOND, "decision": "promoted"}
    row |= {
        "rival_run": "refit-1",
        "reason": "evidence",
        "decided_by": "amuna",
        "decided_at": LATER,
        "evidence": "{}",
    }
    assert not explain(account, store=known, day=CUTOFF).replaced_since
    known.upsert(DECISIONS, DECISIONS.frame([row]))
    found = explain(account, store=known, day=CUTOFF)
    assert found.replaced_since
    assert found.decisions["decision"].to_list() == ["promoted"]


def test_what_is_not_there_is_said(known: Store, account: str) -> None:
    with pytest.raises(NotEnoughData, match="no account 'nobody'"):
        explain("nobody", store=known)
    with pytest.raises(NotEnoughData, match=f"Stored are the days {CUTOFF} to") as missing:
        explain(account, store=known, day=CUTOFF + timedelta(days=99))
    assert missing.value.facts["cutoffs"] == [CUTOFF, SECOND]
    assert missing.value.remedy.es.endswith(f"con 2 cortes entre el {CUTOFF} y el {SECOND}.")
    known.delete(FORECASTS, where={"account_id": account})
    with pytest.raises(NotEnoughData, match="Make one: amuna forecast"):
        explain(account, store=known)


def test_the_command_tells_it_calmly_and_in_json(told: Path, account: str, amuna: Amuna) -> None:
    (told / "amuna.toml").write_text("", encoding="utf-8")
    printed = amuna("-w", told, "explain", account, "--day", CUTOFF).out
    for words in (
        "Made by",
        f"Amuna {__version__}",
        "Evidence it won on",
        "Readings as they were known",
        "Came or changed since",
        "what happened",
    ):
        assert words in printed
    found = amuna("-w", told, "explain", account, "--day", CUTOFF, "--json").json()
    assert found["reference"] in printed
    assert amuna("-w", told, "explain", found["reference"], "--json").json() == found
    refused = amuna("-w", told, "explain", account, "--day", "2031-01-01", code=69)
    assert "Stored are the days" in refused.err
