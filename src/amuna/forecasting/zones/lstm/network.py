"""The network: an LSTM reads the days before an origin, another writes the days ahead, and a small head their hours.

Hochreiter and Schmidhuber 1997 (doi:10.1162/neco.1997.9.8.1735); sequence to sequence: Sutskever, Vinyals and Le 2014
(arXiv:1409.3215); quantiles of several horizons with known future inputs: Wen et al. 2017 (arXiv:1711.11053).
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from amuna.domain.panel import Ints
from amuna.forecasting.zones.lstm.quiet import keras, layers, quiet, tf
from amuna.forecasting.zones.lstm.sequences import AHEAD, BACK, INPUT_NAMES, Sequences, Singles
from amuna.forecasting.zones.lstm.settings import QUANTILES, NetworkSettings

Network: TypeAlias = Any  # Keras tells no types
_Tensor: TypeAlias = Any


def build(n_zones: int, settings: NetworkSettings) -> Network:
    """A network that knows nothing yet; the same for the same seed.

    The LSTMs are unrolled into their days: so the network has none but built-in operations of LiteRT.
    """
    seeds = itertools.count(settings.seed * 100)
    past = keras.Input((BACK, len(INPUT_NAMES["past"])), name="past")
    ahead = keras.Input((AHEAD, len(INPUT_NAMES["ahead"])), name="ahead")
    hours = keras.Input((AHEAD, 24, len(INPUT_NAMES["hours"])), name="hours")
    zone = keras.Input((1,), dtype="int32", name="zone")
    who = _zone_facts(zone, n_zones, settings.zone_width, seed=next(seeds))

    def dropped(values: _Tensor) -> _Tensor:
        return layers.Dropout(settings.dropout, seed=next(seeds))(values)

    read = dropped(layers.Concatenate()([past, layers.RepeatVector(BACK)(who)]))
    write = dropped(layers.Concatenate()([ahead, layers.RepeatVector(AHEAD)(who)]))
    _, *state = _lstm(settings.units, seeds, return_state=True)(read)
    days = dropped(_lstm(settings.units, seeds, return_sequences=True)(write, initial_state=state))
    told = _dense(24 * settings.hour_width, seeds)(days)
    each = layers.Concatenate()([layers.Reshape((AHEAD, 24, settings.hour_width))(told), hours])
    each = _dense(settings.head_width, seeds, activation="relu")(each)
    # Three heads, so that the tails do not pull at the median; and none on the wrong side of it.
    low, median, high = (_dense(1, seeds)(each) for _ in QUANTILES)
    ordered = [layers.Minimum()([low, median]), median, layers.Maximum()([median, high])]
    quantiles = layers.Concatenate(name="quantiles")(ordered)
    return keras.Model({"past": past, "ahead": ahead, "hours": hours, "zone": zone}, quantiles)


def _zone_facts(zone: _Tensor, n_zones: int, width: int, *, seed: int) -> _Tensor:
    """What the network learns of each zone by itself."""
    start = keras.initializers.RandomUniform(seed=seed)
    return layers.Flatten()(layers.Embedding(n_zones, width, embeddings_initializer=start)(zone))


def _lstm(
    units: int, seeds: Iterator[int], *, return_state: bool = False, return_sequences: bool = False
) -> Network:
    return layers.LSTM(
        units,
        return_state=return_state,
        return_sequences=return_sequences,
        unroll=True,
        kernel_initializer=keras.initializers.GlorotUniform(seed=next(seeds)),
        recurrent_initializer=keras.initializers.Orthogonal(seed=next(seeds)),
    )


def _dense(width: int, seeds: Iterator[int], *, activation: str | None = None) -> Network:
    start = keras.initializers.GlorotUniform(seed=next(seeds))
    return layers.Dense(width, activation=activation, kernel_initializer=start)


def train(inputs: Sequences, wanted: Singles, settings: NetworkSettings, *, n_zones: int) -> bytes:
    """Fit a network on one thread.

    Parameters
    ----------
    inputs
        As `scaled` makes them.
    wanted
        Scaled deviations, nan where unknown, shape (n_samples, AHEAD, 24).

    Returns
    -------
    bytes
        A `.keras` file.
    """
    some = np.flatnonzero(np.isfinite(wanted).any(axis=(1, 2)))
    inputs, wanted = inputs.chosen(some), wanted[some]
    order = _order(len(wanted), settings)
    with quiet():
        network = build(n_zones, settings)
        adam = keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(settings.rate, len(order)), clipnorm=1.0
        )
        learner = keras.Model(network.input, network.output)  # so that the network keeps no optimiser
        learner.compile(adam, loss=_pinball(settings.first_day), jit_compile=False)
        for batch in order:
            learner.train_on_batch(inputs.chosen(batch).by_name(), wanted[batch])
        return to_bytes(network)


def _order(n_samples: int, settings: NetworkSettings) -> Ints:
    """Samples of each step, passed over in ever new order, shape (n_steps, batch)."""
    rng = np.random.default_rng(settings.seed)
    passes = min(-(-settings.steps * settings.batch // n_samples), settings.most_epochs)
    shown = np.concatenate([rng.permutation(n_samples) for _ in range(passes)])
    # A history of fewer samples than a batch has is shown whole in every step.
    width = min(settings.batch, n_samples)
    return shown[: len(shown) // width * width].reshape(-1, width)[: settings.steps]


def to_bytes(network: Network) -> bytes:
    """The network as a `.keras` file."""
    with tempfile.TemporaryDirectory() as folder, quiet():
        file = Path(folder) / "lstm.keras"
        network.save(file)
        return file.read_bytes()


def from_bytes(content: bytes) -> Network:
    """The network of a `.keras` file."""
    with tempfile.TemporaryDirectory() as folder, quiet():
        file = Path(folder) / "lstm.keras"
        file.write_bytes(content)
        return keras.models.load_model(file, compile=False)


def _pinball(first_day: float) -> Any:
    """Pinball loss over the quantiles of what is known (Koenker and Bassett 1978, doi:10.2307/1913643)."""
    levels = tf.constant(QUANTILES)
    weights = tf.constant([first_day] + [1.0] * (AHEAD - 1))[None, :, None, None]

    def loss(wanted: _Tensor, made: _Tensor) -> _Tensor:
        known = tf.math.is_finite(wanted)[..., None]
        missed = tf.where(known, tf.where(known, wanted[..., None], 0.0) - made, 0.0)
        counted = weights * tf.cast(known, tf.float32)
        paid = tf.reduce_sum(weights * tf.maximum(levels * missed, (levels - 1.0) * missed))
        return paid / tf.maximum(tf.reduce_sum(counted), 1.0)

    return loss
