"""The registry: each training a version in genuine MLflow; aliases, digests, restoring, and a registry that is away."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.integration.conftest import CUTOFF, NOW, ROOT, SETTINGS, take_in, train

from amuna.domain.errors import MissingExtra, NotEnoughData, RegistryUnreachable, UnknownSetting
from amuna.domain.ports import Store
from amuna.domain.tables import DECISIONS, EVIDENCE, FORECASTS, MODELS, RUNS, STATES
from amuna.lifecycle.registry import MlflowRegistry
from amuna.store.duckdb_store import open_store
from amuna.workflows.forecast import forecast
from amuna.workflows.registered import keep, record, restore, sync, version_of
from amuna.workflows.serving import serving
from amuna.workflows.update import update
from amuna.workflows.verify import verify
from amuna.workflows.versions import compare, find_run, list_versions, promote, rollback
from services.machine import ServerMissing

LATER = NOW + timedelta(days=1)
OTHER = replace(SETTINGS, margin=0.01)
the_day = pl.col("ConsumptionDate")


def registry_in(folder: Path, url: str = "sqlite:///mlflow.db") -> MlflowRegistry:
    return MlflowRegistry(
        url, folder=folder, artefacts="mlruns", name="amuna-fleet", loader="amuna.serve.fleet_model"
    )


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's database without a training: making its tables takes seconds."""
    folder = tmp_path_factory.mktemp("mlflow")
    database = folder / "mlflow.db"
    url = f"sqlite:///{database}"
    MlflowRegistry(url, folder=folder, artefacts="mlruns", name="other", loader="none").versions()
    return database


@pytest.fixture
def registry(empty_database: Path, tmp_path: Path) -> MlflowRegistry:
    """A registry of this test's own."""
    (tmp_path / "mlflow.db").write_bytes(empty_database.read_bytes())
    return registry_in(tmp_path)


@pytest.fixture
def two(trained: Store) -> tuple[Store, str, str]:
    """A store with two trainings; the second serves."""
    first = serving(trained).run_id
    second = train(trained, settings=OTHER, now=LATER).run_id
    return trained, first, second


def aliases(registry: MlflowRegistry) -> dict[str, str]:
    return {alias: version.run_id for version in registry.versions() for alias in version.aliases}


def decide(store: Store, run_id: str) -> None:
    promote(store=store, run_id=run_id, by="Rosa", reason="fewer complaints", now=LATER)


def test_a_training_becomes_one_version_with_its_figures(trained: Store, registry: MlflowRegistry) -> None:
    run_id = serving(trained).run_id

    report = sync(store=trained, registry=registry)
    again = sync(store=trained, registry=registry)

    assert (report.saved, report.champion, report.challenger) == ([run_id], 1, None)
    assert again.saved == []
    (version,) = registry.versions()
    assert (version.number, version.run_id, version.aliases) == (1, run_id, ("champion",))
    assert version.facts["amuna.cutoff"] == str(CUTOFF)
    assert version.facts["amuna.accounts"] == str(trained.count(MODELS))
    champion = trained.read(EVIDENCE, where={"model": "champion"})["mase"].mean()
    assert float(version.facts["amuna.mase"]) == pytest.approx(champion)
    assert registry.save(record(trained, run_id)).number == 1


def test_one_mlflow_run_holds_settings_figures_and_two_artefacts(
    trained: Store, registry: MlflowRegistry, tmp_path: Path
) -> None:
    sync(store=trained, registry=registry)

    with sqlite3.connect(tmp_path / "mlflow.db") as database:
        runs = database.execute("SELECT run_uuid, name, status FROM runs").fetchall()
        settings = dict(database.execute("SELECT key, value FROM params"))
        figures = dict(database.execute("SELECT key, value FROM metrics"))
    database.close()
    ((identity, name, status),) = runs
    assert (name, status) == (serving(trained).run_id, "FINISHED")
    assert settings["horizon"] == str(SETTINGS.horizon)
    assert settings["arima.window"] == str(SETTINGS.arima.window)
    assert figures["accounts"] == trained.count(MODELS)
    assert figures["mase"] < figures["baseline_mase"]
    files = {
        str(p.relative_to(tmp_path / "mlruns" / identity / "artifacts")) for p in tmp_path.rglob("*.parquet")
    }
    assert files == {
        "fleet/models.parquet",
        "fleet/states.parquet",
        "fleet/calibration.parquet",
        "fleet/run.parquet",
        "evidence/evidence.parquet",
        "evidence/lead_evidence.parquet",
    }


def test_a_save_cut_off_before_its_version_goes_on_in_the_same_mlflow_run(
    trained: Store, registry: MlflowRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    def cut(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(MlflowClient, "create_model_version", cut)
        with pytest.raises(RegistryUnreachable, match="No space left"):
            sync(store=trained, registry=registry)

    assert registry.versions() == []
    assert sync(store=trained, registry=registry).champion == 1
    with sqlite3.connect(tmp_path / "mlflow.db") as database:
        assert database.execute("SELECT COUNT(*) FROM runs").fetchone() == (1,)
    database.close()


def test_aliases_follow_the_store(two: tuple[Store, str, str], registry: MlflowRegistry) -> None:
    store, first, second = two
    sync(store=store, registry=registry)
    assert aliases(registry) == {"champion": second}

    decide(store, first)
    sync(store=store, registry=registry)
    assert aliases(registry) == {"champion": first, "challenger": second}

    decide(store, second)
    rollback(store=store, by="Rosa", reason="worse", now=LATER + timedelta(hours=1))
    sync(store=store, registry=registry)
    assert aliases(registry) == {"champion": first}


def test_promotion_and_rollback_are_decisions_of_a_person(two: tuple[Store, str, str]) -> None:
    store, first, second = two

    decide(store, first)
    assert serving(store).run_id == first
    back = rollback(store=store, by="Luis", reason="worse", now=LATER + timedelta(hours=1))

    assert (back.run_id, back.before) == (second, first)
    assert serving(store).run_id == second
    rows = store.read(DECISIONS, where={"account_id": ""}).sort("decided_at")
    assert rows.select("run_id", "decision", "rival_run", "reason", "decided_by").rows() == [
        (first, "promoted", second, "person", "Rosa"),
        (second, "rolled_back", first, "person", "Luis"),
    ]
    assert "fewer complaints" in rows["evidence"][0]


def test_rollback_without_a_decision_goes_to_the_training_before(two: tuple[Store, str, str]) -> None:
    store, first, _ = two

    assert rollback(store=store, by="Luis", reason="", now=LATER).run_id == first
    with pytest.raises(NotEnoughData, match="No training served before"):
        rollback(store=store, by="Luis", reason="", now=LATER)
    assert serving(store).run_id == first


def test_promoting_the_run_that_serves_decides_nothing(trained: Store) -> None:
    run_id = serving(trained).run_id
    decide(trained, run_id)

    assert trained.count(DECISIONS) == 0
    assert serving(trained).run_id == run_id


def test_a_promoted_run_that_is_behind_catches_up_with_the_next_update(
    rows: pl.DataFrame, trained: Store, tmp_path: Path
) -> None:
    first = serving(trained).run_id
    take_in(
        trained,
        rows.filter(the_day >= CUTOFF, the_day < CUTOFF + timedelta(days=3)),
        tmp_path,
        name="three",
        now=LATER,
    )
    train(trained, settings=OTHER, now=LATER)
    rest = rows.filter(the_day >= CUTOFF + timedelta(days=3))
    take_in(trained, rest, tmp_path, name="rest", now=LATER + timedelta(hours=1))
    update(store=trained, settings=SETTINGS, now=LATER + timedelta(hours=2))

    done = promote(store=trained, run_id=first, by="Rosa", reason="", now=LATER + timedelta(hours=3))
    assert (done.cutoff, done.days_behind) == (CUTOFF, 10)
    report = update(store=trained, settings=SETTINGS, now=LATER + timedelta(hours=4))

    assert (report.run_id, report.days) == (first, 10)
    end = CUTOFF + timedelta(days=10)
    assert trained.read(STATES, where={"run_id": first})["cutoff"].unique().to_list() == [end]
    assert trained.count(FORECASTS, where={"run_id": first, "cutoff": end}) > 0

    straight = open_store(tmp_path / "straight.duckdb")
    take_in(straight, rows.filter(the_day < CUTOFF), tmp_path)
    train(straight)
    take_in(straight, rows.filter(the_day >= CUTOFF), tmp_path, now=LATER, name="at once")
    update(store=straight, settings=SETTINGS, now=LATER)
    columns = ["account_id", "state"]
    expected = straight.read(STATES, columns=columns).sort("account_id")
    straight.close()
    found = trained.read(STATES, where={"run_id": first}, columns=columns).sort("account_id")
    assert found["account_id"].equals(expected["account_id"])
    np.testing.assert_allclose(
        np.stack(found["state"].to_numpy()), np.stack(expected["state"].to_numpy()), rtol=1e-8, atol=1e-8
    )


def test_the_same_training_in_two_stores_has_the_same_bytes(
    rows: pl.DataFrame, trained: Store, registry: MlflowRegistry, empty_database: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mlflow.db").write_bytes(empty_database.read_bytes())
    other = open_store(elsewhere / "store.duckdb")
    take_in(other, rows.filter(the_day < CUTOFF), elsewhere, now=LATER)
    train(other, now=LATER + timedelta(hours=5), slab=7)

    sync(store=trained, registry=registry)
    sync(store=other, registry=registry_in(elsewhere))
    other.close()

    (one,), (two,) = registry.versions(), registry_in(elsewhere).versions()
    assert one.digests == two.digests
    assert set(one.digests) == {"models", "states", "calibration", "evidence", "all"}
    for part in ("models", "states", "calibration"):
        (a, b) = sorted(tmp_path.rglob(f"{part}.parquet"))
        assert a.read_bytes() == b.read_bytes()


def test_other_settings_have_another_digest(two: tuple[Store, str, str], registry: MlflowRegistry) -> None:
    store, _, _ = two
    sync(store=store, registry=registry)

    second, first = registry.versions()
    assert second.digests["all"] != first.digests["all"]


def test_verify_tells_new_days_from_tampering(
    rows: pl.DataFrame, trained: Store, registry: MlflowRegistry, tmp_path: Path
) -> None:
    run_id = serving(trained).run_id
    sync(store=trained, registry=registry)
    fresh = verify(store=trained, registry=registry, run_id=run_id)
    assert (fresh.verified, fresh.identical, fresh.moved_on) == (True, True, 0)

    newcomer = rows.filter(pl.col("AccountOID") == rows["AccountOID"][0]).with_columns(
        AccountOID=pl.lit("newcomer")
    )
    new = pl.concat([rows.filter(the_day >= CUTOFF), newcomer])
    take_in(trained, new, tmp_path, now=LATER, name="new")
    update(store=trained, settings=SETTINGS, now=LATER)
    moved = verify(store=trained, registry=registry, run_id=run_id)
    assert (moved.verified, moved.identical, moved.adopted) == (True, False, 1)
    assert moved.moved_on == len(registry.load(1)["models"])

    one = trained.read(MODELS, where={"run_id": run_id}).head(1)
    trained.upsert(MODELS, one.with_columns(scale=pl.col("scale") * 2 + 1))
    tampered = verify(store=trained, registry=registry, run_id=run_id)
    assert (tampered.verified, tampered.changed) == (False, ["models"])

    trained.upsert(MODELS, one.with_columns(fitted_run=pl.lit("run-refit"), scale=pl.col("scale") * 2 + 1))
    refitted = verify(store=trained, registry=registry, run_id=run_id)
    assert (refitted.verified, refitted.refitted) == (True, 1)


def test_verify_notices_a_changed_artefact(trained: Store, registry: MlflowRegistry, tmp_path: Path) -> None:
    sync(store=trained, registry=registry)
    (file,) = tmp_path.rglob("calibration.parquet")
    pl.read_parquet(file).with_columns(value=pl.col("value") * 1.1).write_parquet(file)

    found = verify(store=trained, registry=registry, run_id=serving(trained).run_id)

    assert (found.intact, found.verified) == (False, False)


def test_a_fresh_store_forecasts_the_same_after_restoring(
    trained: Store, registry: MlflowRegistry, tmp_path: Path
) -> None:
    sync(store=trained, registry=registry)
    forecast(store=trained, horizon=7, billing_days=14)
    before = trained.read(FORECASTS).sort(FORECASTS.key)
    fresh = open_store(tmp_path / "fresh.duckdb")

    run_id = restore(store=fresh, registry=registry, number=1)
    forecast(store=fresh, horizon=7, billing_days=14)

    assert serving(fresh).run_id == run_id == serving(trained).run_id
    assert_frame_equal(fresh.read(FORECASTS).sort(FORECASTS.key), before, check_exact=True)
    assert verify(store=fresh, registry=registry, run_id=run_id).identical
    fresh.close()


def test_restoring_into_a_store_that_moved_on_starts_from_the_saved_states(
    rows: pl.DataFrame, trained: Store, registry: MlflowRegistry, tmp_path: Path
) -> None:
    run_id = serving(trained).run_id
    sync(store=trained, registry=registry)
    take_in(trained, rows.filter(the_day >= CUTOFF), tmp_path, now=LATER, name="new")
    update(store=trained, settings=SETTINGS, now=LATER)
    expected = trained.read(STATES, where={"run_id": run_id}, columns=["account_id", "state"]).sort(
        "account_id"
    )

    restore(store=trained, registry=registry, number=1)
    assert serving(trained).cutoff == CUTOFF
    update(store=trained, settings=SETTINGS, now=LATER + timedelta(hours=1))

    found = trained.read(STATES, where={"run_id": run_id}, columns=["account_id", "state"]).sort("account_id")
    np.testing.assert_allclose(
        np.stack(found["state"].to_numpy()), np.stack(expected["state"].to_numpy()), rtol=1e-8, atol=1e-8
    )


def test_any_mlflow_user_can_forecast_with_the_champion(
    trained: Store, registry: MlflowRegistry, tmp_path: Path
) -> None:
    sync(store=trained, registry=registry)
    forecast(store=trained, horizon=SETTINGS.horizon, billing_days=14)
    account = str(trained.read(MODELS)["account_id"].sort()[3])
    program = (
        "import sys, mlflow.pyfunc, pandas\n"
        "model = mlflow.pyfunc.load_model('models:/amuna-fleet@champion')\n"
        "model.predict(pandas.DataFrame({'account_id': [sys.argv[1]]})).to_parquet('said.parquet')"
    )
    environment = os.environ | {
        "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'mlflow.db'}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PYTHONPATH": str(ROOT / "src"),
    }
    subprocess.run(
        [sys.executable, "-c", program, account], cwd=tmp_path, env=environment, check=True, timeout=120
    )
    found = pl.read_parquet(tmp_path / "said.parquet")

    expected = trained.read(FORECASTS, where={"account_id": account}).sort(FORECASTS.key)
    assert_frame_equal(found.cast(dict(expected.schema)).sort(FORECASTS.key), expected, check_exact=True)


def test_a_registry_that_is_away_loses_nothing(
    trained: Store, registry: MlflowRegistry, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    away = registry_in(tmp_path, "postgresql://amuna:secret-word@127.0.0.1:9/registry")

    with caplog.at_level(logging.WARNING):
        keep(store=trained, registry=away)

    assert "amuna models sync" in caplog.text
    assert "secret-word" not in caplog.text
    assert sync(store=trained, registry=registry).saved == [serving(trained).run_id]


def test_a_store_without_registry_lists_its_trainings(two: tuple[Store, str, str]) -> None:
    store, first, second = two

    found = list_versions(store)

    assert found.select("run_id", "aliases", "version").rows() == [
        (second, "champion", None),
        (first, "", None),
    ]
    assert (found["mase"] < found["baseline_mase"]).all()
    assert found["settings"].n_unique() == 2


def test_a_version_that_only_the_registry_has_is_listed(
    trained: Store, registry: MlflowRegistry, store: Store
) -> None:
    sync(store=trained, registry=registry)

    (here,) = list_versions(trained, registry.versions()).rows(named=True)
    (there,) = list_versions(store, registry.versions()).rows(named=True)

    assert (here["in_store"], there["in_store"]) == (True, False)
    assert {**there, "in_store": True} == pytest.approx(here)


def test_compare_by_segment_and_account(two: tuple[Store, str, str]) -> None:
    store, first, second = two
    same = compare(store=store, run_a=first, run_b=first)
    assert same.segments.select("segment", "better", "worse").rows()[0] == ("all", 0, 0)

    account = str(store.read(EVIDENCE, where={"run_id": second, "model": "champion"})["account_id"].sort()[0])
    rows = store.read(EVIDENCE, where={"run_id": second, "account_id": account})
    store.upsert(EVIDENCE, rows.with_columns(mase=pl.col("mase") * 10 + 1))
    found = compare(store=store, run_a=first, run_b=second)

    assert found.shared_cutoffs == SETTINGS.folds
    assert found.accounts["account_id"][0] == account
    assert found.accounts["change"][0] > 0
    assert found.segments["worse"][0] >= 1
    everyone = store.read(EVIDENCE, where={"run_id": first, "model": "champion"}).drop_nulls("mase")
    per_account = everyone.group_by("account_id").agg(pl.col("mase").mean())["mase"]
    assert found.segments["mase_a"][0] == pytest.approx(per_account.mean())


def test_a_run_is_found_by_the_beginning_of_its_name(two: tuple[Store, str, str]) -> None:
    store, first, second = two

    assert find_run(store, "champion") == second
    assert find_run(store, first.removeprefix("run-")[:8]) == first
    with pytest.raises(NotEnoughData, match="2 trainings"):
        find_run(store, "run-")
    with pytest.raises(NotEnoughData, match="no finished training"):
        find_run(store, "run-zzz")


def test_an_unfinished_training_and_a_refit_are_no_versions(trained: Store, registry: MlflowRegistry) -> None:
    run = trained.read(RUNS).with_columns(alias=pl.lit(""))
    none = pl.lit(None, pl.Datetime("us", "UTC"))
    trained.upsert(RUNS, run.with_columns(run_id=pl.lit("run-unfinished"), finished_at=none))
    trained.upsert(RUNS, run.with_columns(run_id=pl.lit("run-refit"), kind=pl.lit("refit")))

    assert sync(store=trained, registry=registry).saved == [serving(trained).run_id]
    with pytest.raises(NotEnoughData):
        find_run(trained, "run-refit")


def test_missing_versions_runs_addresses_and_variables_are_named(
    trained: Store, registry: MlflowRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotEnoughData, match="no version 7"):
        restore(store=trained, registry=registry, number=7)
    with pytest.raises(NotEnoughData, match="does not hold run"):
        version_of(registry, "run-elsewhere")
    with pytest.raises(UnknownSetting, match="no address"):
        registry_in(tmp_path, "oracle://host/db")
    with pytest.raises(UnknownSetting, match="NO_SUCH_PASSWORD"):
        registry_in(tmp_path, "postgresql://amuna:${NO_SUCH_PASSWORD}@host/db")
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(MissingExtra, match="MLflow is not installed"):
        registry_in(tmp_path).versions()


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """A genuine PostgreSQL, with a password that has to be encoded."""
    postgres = pytest.importorskip("services.postgres", reason="needs psycopg: pip install 'amuna[postgres]'")
    try:
        with postgres.postgres_server() as server:
            yield server.url
    except ServerMissing as missing:
        pytest.skip(str(missing))


def test_the_registry_on_postgresql(
    trained: Store, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlalchemy as sa

    address = sa.make_url(postgres_url)
    monkeypatch.setenv("MLFLOW_PASSWORD", str(address.password))
    registry = registry_in(
        tmp_path,
        f"postgresql://{address.username}:${{MLFLOW_PASSWORD}}@{address.host}:{address.port}/{address.database}",
    )

    assert sync(store=trained, registry=registry).champion == 1
    assert sync(store=trained, registry=registry).saved == []
    assert verify(store=trained, registry=registry, run_id=serving(trained).run_id).identical
