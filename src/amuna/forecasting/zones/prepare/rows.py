"""Rows of features that a preparation is fitted on: an hour of a zone each."""

from __future__ import annotations

import numpy as np

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.more_features import all_features, feature_names
from amuna.forecasting.zones.port import Memories, ZoneData
from amuna.forecasting.zones.prepare.parts import NAMES, Decomposition, decomposed_features

PLAIN, DECOMPOSED = "plain", "decomposed"


def row_names(kind: str) -> tuple[str, ...]:
    """Names of the columns of `rows`."""
    return (*feature_names(), *(NAMES if kind == DECOMPOSED else ()))


def parts_of(data: ZoneData, origins: Ints, *, kind: str, memories: Memories) -> Decomposition | None:
    """Decompositions as of the origins, of inflows without outliers; None for plain rows."""
    if kind != DECOMPOSED:
        return None
    from amuna.forecasting.zones.prepare.decompose import decompose

    return decompose(data.history(memories).profiles.capped, origins)


def rows(
    data: ZoneData, origins: Ints, *, lead: int, memories: Memories, parts: Decomposition | None = None
) -> Floats:
    """Features of the hours of the day `lead` days after each origin, and of decompositions where there are any.

    Returns
    -------
    Floats
        nan where unknown, shape (n_zones, n_origins, 24, n_features).
    """
    known = all_features(data, origins, lead=lead, memories=memories).astype(np.float64)
    if parts is None:
        return known
    more = decomposed_features(parts, data.history(memories), data.days, origins, lead=lead)
    made = [np.broadcast_to(each, known.shape[:3])[..., None] for each in more]
    return np.concatenate([known, *made], axis=3)
