"""The trained network run by LiteRT: a small library that starts at once, where TensorFlow takes seconds."""

from __future__ import annotations

import numpy as np

from amuna.domain.errors import MissingExtra
from amuna.domain.panel import Floats
from amuna.forecasting.zones.lstm.sequences import Sequences

try:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
except ImportError:
    raise MissingExtra("LiteRT", extra="deep") from None

_AT_ONCE = 256


def run_litert(model: bytes, inputs: Sequences) -> Floats:
    """Quantiles of the scaled deviations of the hours ahead, on one thread: the same bits each time.

    Parameters
    ----------
    model
        A `.tflite` file.
    inputs
        As `scaled` makes them.

    Returns
    -------
    Floats
        Shape (n_samples, AHEAD, 24, 3).
    """
    interpreter = Interpreter(
        model_content=model,
        num_threads=1,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    run = interpreter.get_signature_runner()
    n_samples = inputs.zone.shape[0]
    made = []
    for start in range(0, n_samples, _AT_ONCE):
        part = inputs.chosen(np.arange(start, min(start + _AT_ONCE, n_samples)))
        (found,) = run(**part.by_name()).values()
        made.append(found.astype(np.float64))
    return np.concatenate(made)
