"""What a training of zones rests on, told beside its model: which data it saw, and how much it leans on each input."""

from __future__ import annotations

import hashlib
import json

import numpy as np

from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES
from amuna.domain.zone_tables import FLOWS
from amuna.forecasting.zones.port import WeighingForecaster
from amuna.forecasting.zones.week import ZoneModel
from amuna.workflows.zone_grid import ZoneGrid

PART = "facts"  # of ZONE_MODELS


def training_facts(model: ZoneModel, grid: ZoneGrid, store: Store) -> str:
    """Facts of a training as JSON.

    `data` has the first local day and the number of days, the first hour not seen, the newest batch committed, the hours
    known, and a SHA-256 of zones, inflows and weather as the models saw them; `importance` has for each model, `first` or
    `later` day ahead and input its share of all (of the gain of trees, of the mean size of the ridge's coefficients).
    """
    committed = store.query(f"SELECT MAX(committed_at) FROM {BATCHES.name}").item()
    data = {
        "first_day": str(grid.first),
        "days": grid.flow.shape[1],
        "cutoff": grid.cutoff.isoformat(),
        "last_commit": None if committed is None else committed.isoformat(),
        "rows": store.count(FLOWS),
        "hours": int(np.isfinite(grid.flow).sum()),
        "sha256": _digest(grid),
    }
    weighing = {name: each for name, each in model.fitted.items() if isinstance(each, WeighingForecaster)}
    importance = {
        name: {kind: _shares(dict(inputs)) for kind, inputs in each.importance().items()}
        for name, each in weighing.items()
    }
    return json.dumps({"data": data, "importance": importance})


def _shares(sizes: dict[str, float]) -> dict[str, float]:
    whole = sum(sizes.values())
    return {name: size / whole if whole > 0 else 0.0 for name, size in sizes.items()}


def _digest(grid: ZoneGrid) -> str:
    told = hashlib.sha256("\n".join(grid.zones).encode())
    for values in (grid.flow, grid.weather.values):
        told.update(np.ascontiguousarray(values).tobytes())
    return told.hexdigest()
