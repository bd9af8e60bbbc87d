"""How large the network is and how it learns."""

from __future__ import annotations

from dataclasses import dataclass

QUANTILES = (0.1, 0.5, 0.9)
MEDIAN = QUANTILES.index(0.5)


@dataclass(frozen=True)
class NetworkSettings:
    """Size and training of the network.

    Parameters
    ----------
    units
        Of each LSTM.
    zone_width, hour_width, head_width
        Numbers that describe a zone, that the writer hands to each hour, and inside the head.
    dropout
        Share of inputs and states left out while learning.
    steps
        Batches learned.
    most_epochs
        Passes over the samples at most: a short history is learned in fewer steps.
    rate
        Step of Adam at the start, falling to nothing along a cosine.
    first_day
        Weight of the first day ahead in the loss, against one of each later day.
    most_samples
        Pairs of zone and origin to learn from: more take longer than they gain.
    """

    units: int = 48
    zone_width: int = 4
    hour_width: int = 8
    head_width: int = 32
    dropout: float = 0.3
    steps: int = 300
    most_epochs: int = 40
    rate: float = 2e-3
    first_day: float = 3.0
    batch: int = 128
    most_samples: int = 7_000
    seed: int = 1
