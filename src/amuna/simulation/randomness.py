"""Random streams for planning: one per purpose, so that one rate never changes what another draws."""

from __future__ import annotations

from zlib import crc32

import numpy as np


def stream(seed: int, purpose: str, *more: int) -> np.random.Generator:
    """Return the generator of one purpose, independent of every other purpose's."""
    return np.random.default_rng([seed, crc32(purpose.encode()), *more])
