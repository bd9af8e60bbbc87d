"""A zone model as named texts, so that a refresh loads it instead of training; every float comes back as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from amuna.domain.panel import Floats
from amuna.forecasting.zones.boosting import from_text, to_text
from amuna.forecasting.zones.members import Trained
from amuna.forecasting.zones.week import Calibrated, ZoneModel

_MODEL, _TREES = "model", "trees "
_LEARNED = ("weights", "quantiles", "mae", "baseline_mae")


def to_texts(model: ZoneModel) -> dict[str, str]:
    """The parts of a model by name."""
    body: dict[str, object] = {"zones": model.zones}
    texts = {}
    if model.trained is not None and model.learned is not None:
        body |= {
            "cutoff": model.trained.cutoff,
            "ridges": {str(lead): ridge.tolist() for lead, ridge in model.trained.ridges.items()},
            **{part: _lists(getattr(model.learned, part)) for part in _LEARNED},
        }
        texts = {f"{_TREES}{name}": to_text(booster) for name, booster in model.trained.boosters.items()}
    return {_MODEL: json.dumps(body), **texts}


def from_texts(texts: Mapping[str, str]) -> ZoneModel:
    """The model that `to_texts` took apart."""
    body = json.loads(texts[_MODEL])
    zones = tuple(body["zones"])
    if "cutoff" not in body:
        return ZoneModel(zones, None, None)
    boosters = {
        name.removeprefix(_TREES): from_text(text) for name, text in texts.items() if name.startswith(_TREES)
    }
    ridges = {int(lead): np.array(ridge) for lead, ridge in body["ridges"].items()}
    learned = {part: {name: np.array(values) for name, values in body[part].items()} for part in _LEARNED}
    return ZoneModel(zones, Trained(body["cutoff"], ridges, boosters), Calibrated(**learned))


def _lists(values: Mapping[str, Floats]) -> dict[str, object]:
    return {name: each.tolist() for name, each in values.items()}
