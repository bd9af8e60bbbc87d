from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from amuna.domain.panel import Panel

START = np.datetime64("2024-01-01")
Build = Callable[..., Panel]


@pytest.fixture
def panel() -> Build:
    """Build a daily panel of rows of any length that start on 2024-01-01."""

    def build(*rows: list[float] | NDArray[np.float64]) -> Panel:
        lengths = [len(row) for row in rows]
        return Panel(
            np.array([f"{i:03d}" for i in range(len(rows))]),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            np.full(len(rows), START),
            np.concatenate([np.asarray(row, dtype=np.float64) for row in rows]),
        )

    return build
