"""How the figures of the notebooks look: quiet, with room for what is measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt

BLUE, ORANGE, GREEN, RED, GREY, LIGHT = "#1f6f8b", "#d1812a", "#5b8c5a", "#b5404a", "#8a8f94", "#d9dde0"
COLOURS = (BLUE, ORANGE, GREEN, RED, "#7a5c99", "#4c4f52", "#9c755f", "#59a5b8", "#c5a93a", "#a25d7b")


def use_style() -> None:
    """Set it for all figures that follow."""
    plt.rcParams.update(
        {
            "figure.dpi": 110,
            "figure.constrained_layout.use": True,
            "font.size": 9,
            "axes.titlesize": 10,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.labelcolor": "#4c4f52",
            "axes.edgecolor": GREY,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": LIGHT,
            "grid.linewidth": 0.6,
            "xtick.color": "#4c4f52",
            "ytick.color": "#4c4f52",
            "legend.frameon": False,
            "axes.prop_cycle": plt.cycler(color=list(COLOURS)),
            "lines.linewidth": 1.4,
        }
    )


def panels(
    n: int, *, columns: int = 3, width: float = 3.4, height: float = 2.1, **more: Any
) -> tuple[Any, list[Any]]:
    """A figure with `n` axes that share their scales where asked, and the axes in order."""
    rows = -(-n // columns)
    columns = min(n, columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(width * columns, height * rows), squeeze=False, **more
    )
    every = list(axes.ravel())
    for unused in every[n:]:
        unused.set_visible(False)
    return figure, every[:n]


def band(axis: Any, x: Sequence[Any], low: Any, high: Any, *, colour: str = BLUE, label: str = "") -> None:
    """A range behind a line."""
    axis.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0, label=label or None)
