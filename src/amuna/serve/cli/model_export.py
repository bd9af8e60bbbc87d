"""`amuna models export`: the LSTM of zones as files for TensorFlow Serving and LiteRT."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, open_store, open_workspace
from amuna.serve.cli.language import told
from amuna.serve.cli.output import facts, print_json, say
from amuna.serve.cli.shown import local_instant
from amuna.wiring.zones import zone_place

EXPORT = Text(
    """Escribe la LSTM de las zonas para TensorFlow Serving y LiteRT, y comprueba los archivos con la última semana.

    Cada exportación agrega una versión para TensorFlow Serving; los demás archivos se reemplazan.
    """,
    """Write the LSTM of zones for TensorFlow Serving and LiteRT, and check the files on the latest week.

    A version for TensorFlow Serving is added at each export; the other files are replaced.
    """,
)
_FOLDER = Text(
    "Carpeta en la que se escribe; se crea si no existe.", "Folder to write to; made where it is missing."
)
_TITLE = Text("LSTM de {run}, versión {version}", "LSTM of run {run}, version {version}")
_COMPARED = Text(
    "la última ventana de {zones} zonas, antes del {cutoff}",
    "the latest window of {zones} zones, before {cutoff}",
)
_AT_MOST = Text("{size:.1e} como máximo (límite {limit:g})", "{size:.1e} at most (limit {limit:g})")
_UNIT = Text(
    "Las diferencias están en desvíos usuales de una zona.", "Differences are in usual deviations of a zone."
)


def export(
    folder: Annotated[Path, typer.Argument(help=told(_FOLDER))],
    as_json: AsJson = False,
) -> None:
    """Write the LSTM of zones for TensorFlow Serving and LiteRT, and check the files on the latest week.

    A version for TensorFlow Serving is added at each export; the other files are replaced.
    """
    from amuna.workflows.zone_export import LITERT_TOLERANCE, SAVED_MODEL_TOLERANCE, export_lstm

    workspace = open_workspace()
    with open_store(workspace, read_only=True) as store:
        report = export_lstm(store=store, place=zone_place(workspace.settings), folder=folder)
    if as_json:
        print_json(report)
        return
    cutoff = local_instant(report.cutoff, workspace.settings.utility_time_zone)
    facts(
        _TITLE.fill(run=report.run_id, version=report.version),
        {
            Text.both("Keras"): folder / "lstm.keras",
            Text.both("TensorFlow Serving"): folder / "lstm" / str(report.version),
            Text.both("LiteRT"): folder / "lstm.tflite",
            Text("entradas, zonas, huellas", "inputs, zones, digests"): folder / "lstm.json",
            Text("comparados en", "compared on"): _COMPARED.fill(zones=report.samples, cutoff=cutoff),
            Text("SavedModel frente a Keras", "SavedModel from Keras"): _AT_MOST.fill(
                size=report.saved_model_difference, limit=SAVED_MODEL_TOLERANCE
            ),
            Text("LiteRT frente a Keras", "LiteRT from Keras"): _AT_MOST.fill(
                size=report.litert_difference, limit=LITERT_TOLERANCE
            ),
        },
    )
    say(_UNIT)
