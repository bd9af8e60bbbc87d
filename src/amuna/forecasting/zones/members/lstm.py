"""A sequence-to-sequence LSTM over all zones: see `zones.lstm`. Learns with TensorFlow, forecasts with LiteRT."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec

import numpy as np

from amuna.domain.errors import MissingExtra
from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.lstm.runtime import run_litert
from amuna.forecasting.zones.lstm.sequences import (
    AHEAD,
    Scales,
    Sequences,
    scaled,
    scales_of,
    sequences,
    targets,
)
from amuna.forecasting.zones.lstm.settings import MEDIAN, NetworkSettings
from amuna.forecasting.zones.members.target import WARM_UP, unscaled
from amuna.forecasting.zones.port import Memories, ZoneData

if find_spec("tensorflow") is None:
    raise MissingExtra("TensorFlow", extra="deep")

MEMORIES: Memories = (28.0, 8.0, 60.0)


@dataclass(frozen=True)
class FittedLstm:
    """A trained network.

    Parameters
    ----------
    zones
        Names, in the order it knows them in.
    keras_file, litert_file
        The network as `.keras`, which training and serving go on from, and as `.tflite`, which forecasts.
    scales
        Of its inputs.
    """

    zones: tuple[str, ...]
    keras_file: bytes = field(repr=False)
    litert_file: bytes = field(repr=False)
    scales: Scales = field(repr=False, compare=False)

    def inputs(self, data: ZoneData, origins: Ints) -> Sequences:
        """What the network is given, origins of a zone together."""
        return scaled(sequences(data.history(MEMORIES), data, origins), self.scales)

    def forecast(self, data: ZoneData, origins: Ints, n_days: int) -> Floats:
        """See `FittedZoneForecaster`: the medians."""
        past = data.history(MEMORIES)
        made = run_litert(self.litert_file, self.inputs(data, origins))[..., MEDIAN]
        medians = made.reshape(len(data.zones), origins.size, AHEAD, 24)
        return np.stack(
            [unscaled(past, data.days, origins, medians[:, :, lead], lead=lead) for lead in range(n_days)],
            axis=2,
        )

    def to_texts(self) -> dict[str, str]:
        """Both files in base64, and what their inputs are as JSON."""
        scales = {name: each.tolist() for name, each in self.scales.items()}
        return {
            "keras": b64encode(self.keras_file).decode(),
            "litert": b64encode(self.litert_file).decode(),
            "inputs": json.dumps({"zones": self.zones, "scales": scales}),
        }


@dataclass(frozen=True)
class Lstm:
    """Sequence to sequence, with quantiles; needs the extra `deep`."""

    settings: NetworkSettings = field(default_factory=NetworkSettings)
    name: str = "lstm"

    def fit(self, data: ZoneData, cutoff: int) -> FittedLstm:
        """See `ZoneForecaster`."""
        from amuna.forecasting.zones.lstm.export import to_litert
        from amuna.forecasting.zones.lstm.network import train

        past = data.history(MEMORIES)
        origins = learning_origins(cutoff, len(data.zones), most_samples=self.settings.most_samples)
        raw = sequences(past, data, origins)
        wanted = targets(past, data, origins, cutoff=cutoff)
        scales = scales_of(raw)
        keras_file = train(scaled(raw, scales), wanted, self.settings, n_zones=len(data.zones))
        return FittedLstm(data.zones, keras_file, to_litert(keras_file), scales)


def restore(texts: Mapping[str, str]) -> FittedLstm:
    """The model that `to_texts` took apart."""
    about = json.loads(texts["inputs"])
    scales = {name: np.array(each) for name, each in about["scales"].items()}
    return FittedLstm(tuple(about["zones"]), b64decode(texts["keras"]), b64decode(texts["litert"]), scales)


def learning_origins(cutoff: int, n_zones: int, *, most_samples: int) -> Ints:
    """Days to learn from as origins: all, or every so many of them, so that each weekday has its turn."""
    step = -(-n_zones * (cutoff - WARM_UP) // most_samples)
    return np.arange(cutoff - 1, WARM_UP - 1, -(step + (step % 7 == 0)))[::-1]
