"""Export the LSTM of zones that serves: `.keras`, TensorFlow Serving's folder and LiteRT's file, checked on the latest window."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from amuna.domain.errors import NotEnoughData, PermanentError
from amuna.domain.ports import Store
from amuna.domain.text import Text
from amuna.forecasting.zones.calendar import Place
from amuna.forecasting.zones.port import ZoneData
from amuna.workflows.zone_forecast import serving_zones
from amuna.workflows.zone_grid import ZoneGrid, zone_grid

if TYPE_CHECKING:
    from amuna.forecasting.zones.lstm.sequences import Sequences
    from amuna.forecasting.zones.members.lstm import FittedLstm

NAME = "lstm"
# How far a file may be from Keras, in usual deviations of a zone.
SAVED_MODEL_TOLERANCE, LITERT_TOLERANCE = 1e-5, 1e-4


@dataclass(frozen=True)
class ZoneExportReport:
    """What was exported.

    Parameters
    ----------
    run_id
        Training the network comes from.
    folder
        Where the files are.
    version
        Of the folder for TensorFlow Serving: one more than the last.
    files
        SHA-256 by name within the folder.
    cutoff
        First hour that the window they were compared on had not seen.
    samples
        Zones in that window.
    saved_model_difference, litert_difference
        Largest from Keras [usual deviations of a zone].
    """

    run_id: str
    folder: str
    version: int
    files: dict[str, str]
    cutoff: datetime
    samples: int
    saved_model_difference: float
    litert_difference: float


def export_lstm(*, store: Store, place: Place, folder: Path) -> ZoneExportReport:
    """Write `lstm.keras`, `lstm/VERSION/`, `lstm.tflite` and `lstm.json`, once they say the same.

    Raises
    ------
    NotEnoughData
        If zones were not trained, or without the LSTM.
    MissingExtra
        If TensorFlow or LiteRT is not installed.
    PermanentError
        If the files differ from one another.
    """
    run_id, model = serving_zones(store)
    if NAME not in model.fitted:
        raise NotEnoughData(
            Text(
                "Ninguna LSTM está en servicio: las zonas se pronostican con {found}.",
                "No LSTM serves: the zones are forecast by {found}.",
            ),
            remedy=Text(
                'Escriba models = "ridge, trees, lstm" bajo [zones] en amuna.toml, y luego: amuna train zones',
                'Write models = "ridge, trees, lstm" under [zones] in amuna.toml, then: amuna train zones',
            ),
            found=list(model.fitted) or Text("perfiles solamente", "profiles alone"),
        )
    fitted: FittedLstm = model.fitted[NAME]  # type: ignore[assignment]
    grid = zone_grid(store=store, place=place, zones=model.zones)
    inputs = _window(fitted, grid)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".part-") as name:
        part = Path(name)
        differences = _written(fitted, inputs, part)
        version = _moved(part, folder)
        written = (
            folder / f"{NAME}.keras",
            folder / f"{NAME}.tflite",
            *(folder / NAME / str(version)).rglob("*"),
        )
    files = {str(file.relative_to(folder)): _sha256(file) for file in sorted(written) if file.is_file()}
    report = ZoneExportReport(
        run_id, str(folder), version, files, grid.cutoff, len(inputs.zone), *differences
    )
    (folder / f"{NAME}.json").write_text(json.dumps(_about(report, fitted), indent=1) + "\n")
    return report


def _window(fitted: FittedLstm, grid: ZoneGrid) -> Sequences:
    """What the network is given today."""
    n_zones = len(fitted.zones)
    data = ZoneData(fitted.zones, grid.flow[:n_zones], grid.days, grid.weather.values)
    return fitted.inputs(data, np.array([data.n_days]))


def _written(fitted: FittedLstm, inputs: Sequences, part: Path) -> tuple[float, float]:
    """Write the files, run each on the window, and return how far SavedModel and LiteRT are from Keras."""
    from amuna.forecasting.zones.lstm.export import run_keras, run_saved_model, write_saved_model
    from amuna.forecasting.zones.lstm.runtime import run_litert

    keras_file, litert_file = part / f"{NAME}.keras", part / f"{NAME}.tflite"
    keras_file.write_bytes(fitted.keras_file)
    litert_file.write_bytes(fitted.litert_file)
    write_saved_model(fitted.keras_file, part / NAME)
    expected = run_keras(keras_file.read_bytes(), inputs)
    saved = float(np.abs(run_saved_model(part / NAME, inputs) - expected).max())
    litert = float(np.abs(run_litert(litert_file.read_bytes(), inputs) - expected).max())
    if not (saved <= SAVED_MODEL_TOLERANCE and litert <= LITERT_TOLERANCE):
        raise PermanentError(
            Text(
                "Los archivos difieren de Keras en {saved_model:.1g} (SavedModel) y {litert:.1g} (LiteRT) desviaciones usuales:"
                " se admiten {saved_model_most:g} y {litert_most:g} como máximo. No se exportó nada.",
                "The files differ from Keras by {saved_model:.1g} (SavedModel) and {litert:.1g} (LiteRT) usual deviations:"
                " at most {saved_model_most:g} and {litert_most:g} are allowed. Nothing was exported.",
            ),
            remedy=Text(
                "Entrene de nuevo con: amuna train zones. Si se repite, díganos las versiones de tensorflow y ai-edge-litert.",
                "Train anew with: amuna train zones. Where it stays, tell us the versions of tensorflow and ai-edge-litert.",
            ),
            saved_model=saved,
            litert=litert,
            saved_model_most=SAVED_MODEL_TOLERANCE,
            litert_most=LITERT_TOLERANCE,
        )
    return saved, litert


def _moved(part: Path, folder: Path) -> int:
    """Move the files to their places, the folder for TensorFlow Serving as the next version, and return that."""
    versions = folder / NAME
    versions.mkdir(exist_ok=True)
    version = 1 + max((int(each.name) for each in versions.iterdir() if each.name.isdecimal()), default=0)
    (part / NAME).rename(versions / str(version))
    for name in (f"{NAME}.keras", f"{NAME}.tflite"):
        (part / name).replace(folder / name)
    return version


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _about(report: ZoneExportReport, fitted: FittedLstm) -> dict[str, object]:
    """What a program needs to use the files."""
    from amuna.forecasting.zones.lstm.sequences import AHEAD, BACK, INPUT_NAMES, LARGEST_INPUT
    from amuna.forecasting.zones.lstm.settings import QUANTILES

    shapes = {"past": [BACK], "ahead": [AHEAD], "hours": [AHEAD, 24]}
    inputs: dict[str, object] = {
        name: {
            "dtype": "float32",
            "shape": [None, *shape, len(INPUT_NAMES[name])],
            "columns": INPUT_NAMES[name],
            "mean": fitted.scales[name][0].tolist(),
            "deviation": fitted.scales[name][1].tolist(),
        }
        for name, shape in shapes.items()
    }
    inputs["zone"] = {"dtype": "int32", "shape": [None, 1], "columns": ["place of the zone in zones"]}
    return {
        "name": NAME,
        "run_id": report.run_id,
        "version": report.version,
        "zones": fitted.zones,
        "inputs": inputs,
        "input_rule": f"(value - mean) / deviation, unknown as 0, at most {LARGEST_INPUT:g} either way",
        "output": {"dtype": "float32", "shape": [None, AHEAD, 24, len(QUANTILES)], "quantiles": QUANTILES},
        "output_rule": "inflow [m3/h] = profile of the hour + usual deviation of the zone * output",
        "compared": {
            "cutoff": report.cutoff.isoformat(),
            "samples": report.samples,
            "saved_model": report.saved_model_difference,
            "litert": report.litert_difference,
            "unit": "usual deviations of the zone",
        },
        "sha256": report.files,
    }
