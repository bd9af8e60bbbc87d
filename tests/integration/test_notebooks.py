"""The notebooks run from top to bottom in a kernel of this environment, and are kept without what they showed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="needs the extra notebooks")
nbclient = pytest.importorskip("nbclient", reason="needs the extra notebooks")

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
FEWEST_FIGURES = 3
LONGEST_S = 300


def cells(path: Path, kind: str) -> list[Any]:
    """Cells of one kind."""
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def test_there_are_four_and_each_begins_with_its_lesson_in_spanish() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["01_explore", "02_features", "03_training", "04_evaluation"]
    for path in NOTEBOOKS:
        first = cells(path, "markdown")[0].source
        assert first.startswith("# ")
        assert "*En breve: " in first


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_output_is_kept(path: Path) -> None:
    for cell in cells(path, "code"):
        assert not cell.outputs
        assert cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_without_a_warning_and_shows_figures(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BWDF_FOLDER", raising=False)
    for name in [name for name in os.environ if name.startswith("AMUNA_")]:
        monkeypatch.delenv(name)
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=LONGEST_S, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    )
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = [output.text for output in outputs if output.get("name") == "stderr"]
    assert not said, said
    figures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(figures) >= FEWEST_FIGURES
