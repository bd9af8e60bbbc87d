"""`amuna models export`: the LSTM of zones as files for TensorFlow Serving and LiteRT."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amuna.serve.cli.app import AsJson, open_store, open_workspace
from amuna.serve.cli.output import facts, print_json, say
from amuna.wiring.zones import zone_place


def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write to; made where it is missing.")],
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
    facts(
        f"LSTM of run {report.run_id}, version {report.version}",
        {
            "Keras": folder / "lstm.keras",
            "TensorFlow Serving": folder / "lstm" / str(report.version),
            "LiteRT": folder / "lstm.tflite",
            "inputs, zones, digests": folder / "lstm.json",
            "compared on": f"the latest window of {report.samples} zones, before {report.cutoff:%Y-%m-%d %H:%M} UTC",
            "SavedModel from Keras": f"{report.saved_model_difference:.1e} at most (limit {SAVED_MODEL_TOLERANCE:g})",
            "LiteRT from Keras": f"{report.litert_difference:.1e} at most (limit {LITERT_TOLERANCE:g})",
        },
    )
    say("Differences are in usual deviations of a zone.")
