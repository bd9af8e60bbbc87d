"""The LSTM of zones as files that others run: TensorFlow Serving's folder, LiteRT's file, and what they say of themselves."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from tests.integration.conftest import Amuna
from tests.zone_town import DAYS, PLACE, ZONES, town_hours, town_store

from amuna.domain.errors import NotEnoughData, PermanentError
from amuna.domain.ports import Store
from amuna.forecasting.zones.members.ridge import Ridge
from amuna.store.duckdb_store import open_store
from amuna.workflows import zone_export
from amuna.workflows.zone_export import export_lstm
from amuna.workflows.zone_forecast import forecast_zones
from amuna.workflows.zone_train import train_zones

pytest.importorskip("tensorflow", reason="the extra deep is not installed")
pytest.importorskip("ai_edge_litert", reason="the extra deep is not installed")

from ai_edge_litert.interpreter import Interpreter

from amuna.forecasting.zones.lstm.settings import NetworkSettings
from amuna.forecasting.zones.members.lstm import Lstm

NOW = datetime(2022, 6, 1, 4, tzinfo=UTC)
TOML = '[utility]\ntime_zone = "Europe/Rome"\ncountry = "IT"\n'
SMALL = Lstm(NetworkSettings(units=12, dropout=0.0, steps=60, batch=32, rate=5e-3))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose zones are forecast by the ridge and a small LSTM."""
    folder = tmp_path_factory.mktemp("utility")
    store = town_store(folder, town_hours(DAYS + 8))
    train_zones(store=store, place=PLACE, forecasters=(Ridge(), SMALL), now=NOW)
    store.close()
    (folder / "town.duckdb").rename(folder / "amuna.duckdb")
    (folder / "amuna.toml").write_text(TOML)
    return folder


@pytest.fixture
def store(workspace: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(workspace / "amuna.duckdb", tmp_path / "own.duckdb")
    opened = open_store(tmp_path / "own.duckdb")
    yield opened
    opened.close()


def test_the_command_line_exports_files_that_agree_with_their_digests(workspace: Path, amuna: Amuna) -> None:
    told = amuna("models", "export", "served", "--json", cwd=workspace)
    made, folder = told.json(), workspace / "served"
    assert told.err == ""
    assert (made["version"], made["samples"]) == (1, len(ZONES))
    assert made["saved_model_difference"] < 1e-5
    assert made["litert_difference"] < 1e-4
    assert {"lstm.keras", "lstm.tflite", "lstm/1/saved_model.pb"} <= set(made["files"])
    for name, digest in made["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    about = json.loads((folder / "lstm.json").read_text())
    assert (about["zones"], about["output"]["quantiles"]) == (list(ZONES), [0.1, 0.5, 0.9])
    assert about["sha256"] == made["files"]
    assert not list(folder.glob(".part-*"))
    runs_by_its_description(folder / "lstm.tflite", about)


def runs_by_its_description(file: Path, about: dict[str, dict[str, dict[str, object]]]) -> None:
    """LiteRT takes what `lstm.json` describes, and gives what it says."""
    run = Interpreter(str(file)).get_signature_runner()
    inputs = {}
    for name, one in about["inputs"].items():
        shape = [2, *one["shape"][1:]]  # type: ignore[index]
        inputs[name] = np.zeros(shape, dtype=str(one["dtype"]))
        assert len(one["columns"]) == shape[-1]  # type: ignore[arg-type]
    (made,) = run(**inputs).values()
    assert list(made.shape) == [2, *about["output"]["shape"][1:]]  # type: ignore[misc]


def test_a_refresh_forecasts_with_the_lstm_and_a_second_export_is_the_next_version(
    store: Store, tmp_path: Path
) -> None:
    assert forecast_zones(store=store, place=PLACE).rows["forecast_m3h"].is_finite().all()
    first, second = (export_lstm(store=store, place=PLACE, folder=tmp_path / "served") for _ in range(2))
    assert (first.version, second.version) == (1, 2)
    assert {each.name for each in (tmp_path / "served" / "lstm").iterdir()} == {"1", "2"}
    assert first.files["lstm.tflite"] == second.files["lstm.tflite"]


def test_files_that_disagree_are_not_exported(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zone_export, "LITERT_TOLERANCE", 1e-12)
    with pytest.raises(PermanentError, match="Nothing was exported"):
        export_lstm(store=store, place=PLACE, folder=tmp_path / "served")
    assert not list((tmp_path / "served").iterdir())


def test_where_no_lstm_serves_the_remedy_is_told(store: Store, tmp_path: Path, amuna: Amuna) -> None:
    train_zones(store=store, place=PLACE, forecasters=(Ridge(),), now=NOW)
    with pytest.raises(NotEnoughData, match="by ridge") as told:
        export_lstm(store=store, place=PLACE, folder=tmp_path / "served")
    assert "zones" in told.value.remedy.en
    assert not (tmp_path / "served").exists()
    (tmp_path / "amuna.toml").write_text(TOML)
    assert "amuna train zones" in amuna("models", "export", "served", cwd=tmp_path, code=69).err
