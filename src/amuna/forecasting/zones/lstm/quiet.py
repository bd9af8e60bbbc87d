"""TensorFlow and Keras, imported once, on one thread of the processor, without the lines they write to the terminal."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from amuna.domain.errors import MissingExtra

# Lines that TensorFlow writes by itself whatever its level of logging is.
_CHATTER = (b"WARNING: All log messages before absl", b"I0000 ", b"W0000 ")


@contextmanager
def quiet() -> Iterator[None]:
    """Without warnings about the inside of the libraries, and without lines that say nothing to a user.

    The libraries write to the file behind standard error; what else is written there meanwhile is handed on.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as written, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kept = os.dup(2)
        os.dup2(written.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            written.seek(0)
            told = [line for line in written if not line.startswith(_CHATTER)]
            os.write(2, b"".join(told))


os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # its sums depend on the kind of processor

try:
    with quiet():
        import keras
        import tensorflow as tf
        from keras import layers
except ImportError:
    raise MissingExtra("TensorFlow", extra="deep") from None

tf.config.set_visible_devices([], "GPU")
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

__all__ = ["keras", "layers", "quiet", "tf"]
