"""Files of a network for others to run: `.keras`, TensorFlow Serving's SavedModel, and LiteRT's `.tflite`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from amuna.domain.panel import Floats
from amuna.forecasting.zones.lstm.network import Network, from_bytes
from amuna.forecasting.zones.lstm.quiet import quiet, tf
from amuna.forecasting.zones.lstm.sequences import Sequences


def to_litert(keras_file: bytes) -> bytes:
    """The network as float32 `.tflite` of built-in operations alone: no delegate of TensorFlow is needed to run it."""
    with tempfile.TemporaryDirectory() as folder, quiet():
        write_saved_model(keras_file, Path(folder) / "1")
        content: bytes = tf.lite.TFLiteConverter.from_saved_model(str(Path(folder) / "1")).convert()
        return content


def write_saved_model(keras_file: bytes, folder: Path) -> None:
    """Write the network as a SavedModel; TensorFlow Serving wants it at `NAME/VERSION/saved_model.pb`."""
    with quiet():
        from_bytes(keras_file).export(str(folder), format="tf_saved_model", verbose=False)


def run_keras(keras_file: bytes, inputs: Sequences) -> Floats:
    """What Keras makes of inputs, shape (n_samples, AHEAD, 24, 3)."""
    with quiet():
        network: Network = from_bytes(keras_file)
        made = network(inputs.by_name(), training=False)
        return np.asarray(made.numpy(), dtype=np.float64)


def run_saved_model(folder: Path, inputs: Sequences) -> Floats:
    """What a SavedModel makes of inputs, by the signature that TensorFlow Serving calls."""
    with quiet():
        loaded = tf.saved_model.load(str(folder))
        named = {name: tf.constant(values) for name, values in inputs.by_name().items()}
        (made,) = loaded.signatures["serving_default"](**named).values()
        return np.asarray(made.numpy(), dtype=np.float64)
