"""A zone model as named texts, so that a refresh loads it instead of training; every float comes back as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from amuna.domain.panel import Floats
from amuna.forecasting.zones.members import restore
from amuna.forecasting.zones.tune import Choice, Trial
from amuna.forecasting.zones.week import Calibrated, ZoneModel

_MODEL = "model"
_LEARNED = ("weights", "quantiles", "mae", "baseline_mae")


def to_texts(model: ZoneModel) -> dict[str, str]:
    """The parts of a model by name: `model`, and those of each member as `member/part`."""
    body: dict[str, object] = {"zones": model.zones, "members": list(model.fitted)}
    if model.learned is not None:
        body["learned"] = {part: _lists(getattr(model.learned, part)) for part in _LEARNED}
    if model.choice is not None:
        body["choice"] = asdict(model.choice)
    parts = {
        f"{name}/{part}": text
        for name, each in model.fitted.items()
        for part, text in each.to_texts().items()
    }
    return {_MODEL: json.dumps(body), **parts}


def from_texts(texts: Mapping[str, str]) -> ZoneModel:
    """The model that `to_texts` took apart.

    Raises
    ------
    MissingExtra
        If the library of a member is not installed here.
    """
    body = json.loads(texts[_MODEL])
    fitted = {name: restore(name, _parts(texts, name)) for name in body["members"]}
    learned = None
    if "learned" in body:
        found = {
            part: {name: np.array(values) for name, values in body["learned"][part].items()}
            for part in _LEARNED
        }
        learned = Calibrated(**found)
    return ZoneModel(tuple(body["zones"]), fitted, learned, choice_of(texts))


def choice_of(texts: Mapping[str, str]) -> Choice | None:
    """The settings that the model was trained with; None where none were chosen."""
    told = json.loads(texts[_MODEL]).get("choice")
    if told is None:
        return None
    return Choice(told["settings"], told["sharp"], tuple(Trial(**each) for each in told["trials"]))


def _parts(texts: Mapping[str, str], name: str) -> dict[str, str]:
    start = f"{name}/"
    return {part.removeprefix(start): text for part, text in texts.items() if part.startswith(start)}


def _lists(values: Mapping[str, Floats]) -> dict[str, object]:
    return {name: each.tolist() for name, each in values.items()}
