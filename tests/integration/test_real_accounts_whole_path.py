"""Real meters, dirty as they are, through the real command: ingest, check, train, forecast, evaluate."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.integration.conftest import ROOT, Amuna

from amuna.domain.tables import QUANTILE_COLUMNS

ACCOUNTS = ROOT.parent / "shared" / "data" / "accounts"
ADD_UP = ("inserted", "replaced", "superseded", "unchanged", "duplicate", "quarantined")


def whole_path(amuna: Amuna, home: Path, source: Path, *, zone: str) -> dict[str, Any]:
    """What each command printed; the forecasts lie beside the workspace."""
    if not source.is_file():
        pytest.skip(f"{source.relative_to(ROOT.parent)} is absent")
    environment = {"AMUNA_UTILITY_TIME_ZONE": zone}
    words = {
        "init": ("init",),
        "ingest": ("ingest", source),
        "check": ("check",),
        "train": ("train",),
        "forecast": ("forecast", "--out", home.parent / "forecasts.parquet"),
        "evaluate": ("evaluate",),
        "status": ("status",),
        "quarantine": ("quarantine", "--limit", "5"),
    }
    return {name: amuna("-w", home, *said, "--json", **environment).json() for name, said in words.items()}


def assert_sound(said: dict[str, Any], home: Path) -> None:
    report = said["ingest"]["sources"][0]
    assert report["read"] == sum(report[part] for part in ADD_UP)
    assert sum(report["reasons"].values()) == report["quarantined"]
    assert sum(said["check"]["flags"].values()) == said["check"]["rows"]
    assert sum(said["train"]["status"].values()) == said["train"]["accounts"] == said["forecast"]["accounts"]
    assert said["train"]["median_mase"] < said["train"]["median_baseline_mase"]
    rows = pl.read_parquet(home.parent / "forecasts.parquet")
    assert rows.height == said["forecast"]["rows"] == said["train"]["accounts"] * 14
    quantiles = rows.select(QUANTILE_COLUMNS.values()).to_numpy()
    assert np.isfinite(quantiles).all()
    assert quantiles.min() >= 0
    assert np.diff(quantiles, axis=1).min() >= -1e-9
    assert len(said["evaluate"]["leads"]) == 14
    assert said["status"]["next_step"] == "amuna evaluate"


def test_barcelona(amuna: Amuna, tmp_path: Path) -> None:
    said = whole_path(
        amuna, tmp_path / "home", ACCOUNTS / "barcelona_meters" / "daily.parquet", zone="Europe/Madrid"
    )

    assert_sound(said, tmp_path / "home")
    report = said["ingest"]["sources"][0]
    assert report["read"] == 940_779
    assert set(report["reasons"]) <= {"negative", "impossible", "missing_value"}
    assert said["train"]["accounts"] > 2_700
    assert said["train"]["mase"] < 0.95 * said["train"]["baseline_mase"]
    assert len(said["quarantine"]["rows"]) == 5


def test_alicante_daily(amuna: Amuna, tmp_path: Path) -> None:
    said = whole_path(
        amuna, tmp_path / "home", ACCOUNTS / "daiad_alicante" / "daily.csv", zone="Europe/Madrid"
    )

    assert_sound(said, tmp_path / "home")
    assert said["ingest"]["sources"][0]["read"] == 19_516
    assert said["check"]["flags"] == {"ok": 16_047, "partial": 3_467}
    assert said["train"]["accounts"] == 48


def test_alicante_registers(amuna: Amuna, tmp_path: Path) -> None:
    said = whole_path(
        amuna, tmp_path / "home", ACCOUNTS / "daiad_alicante" / "hourly.parquet", zone="Europe/Madrid"
    )

    assert_sound(said, tmp_path / "home")
    report = said["ingest"]["sources"][0]
    assert (report["read"], report["quarantined"]) == (416_222, 0)
    assert report["register_decisions"] == said["check"]["registers"] == {"backflow": 52, "glitch": 5}
    assert said["train"]["accounts"] == 48
    assert set(said["check"]["flags"]) == {"ok", "partial", "estimated"}


def test_the_leftovers_of_the_last_registers_do_not_hold_up_the_next_step(
    amuna: Amuna, tmp_path: Path
) -> None:
    """The last day of registers is always partial: it is new once it is complete, and then needs no rebuilding."""
    source = ACCOUNTS / "daiad_alicante" / "hourly.parquet"
    if not source.is_file():
        pytest.skip(f"{source.relative_to(ROOT.parent)} is absent")
    rows = pl.read_parquet(source)
    last = pl.col("datetime") < rows["datetime"].max() - timedelta(hours=40)  # type: ignore[operator]
    rows.filter(last).write_parquet(tmp_path / "cut.parquet")
    home, zone = tmp_path / "home", {"AMUNA_UTILITY_TIME_ZONE": "Europe/Madrid"}
    amuna("-w", home, "init", **zone)
    amuna("-w", home, "ingest", tmp_path / "cut.parquet", **zone)
    amuna("-w", home, "train", **zone)
    status = amuna("-w", home, "status", "--json", **zone).json()

    assert (status["days_behind"], status["unseen_rows"]) == (0, 0)

    rest = pl.col("datetime") < rows["datetime"].max() - timedelta(hours=17)  # type: ignore[operator]
    rows.filter(rest & ~last).write_parquet(tmp_path / "rest.parquet")
    amuna("-w", home, "ingest", tmp_path / "rest.parquet", **zone)
    update = amuna("-w", home, "update", "--json", **zone).json()
    assert update["days"] == 1
    assert update["rows"] > 20
    assert update["restated"] < 5
