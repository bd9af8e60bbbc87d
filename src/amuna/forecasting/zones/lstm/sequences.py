"""Sequences of days for the LSTM: what was seen before each origin, and what is known of the eight days from it on.

A step of the sequences is a local day with its 24 hours. Every value of an origin uses flow of earlier days alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.features import CALENDAR, WEATHER, History, feature_names, features
from amuna.forecasting.zones.members.target import scaled_target
from amuna.forecasting.zones.nans import nan_mean
from amuna.forecasting.zones.port import ZoneData
from amuna.forecasting.zones.profile import N_TYPES

# Days looked back on and ahead; the eighth serves a cutoff in the middle of a day.
BACK, AHEAD = 21, 8
HOUR_NAMES = (
    "profile", "shape", "spread", "quick", "steady", "temp",
    "yesterday", "yesterday_next", "week_before", "mean_3d", "mean_7d", "city_hour",
)  # fmt: skip
DAY_NAMES = (*CALENDAR, *(name for name in WEATHER if name not in ("temp", "rain_hour")))
LEVEL_NAMES = (
    "lead", "last_hour", "last_3h", "last_6h", "last_24h", "night", "evening",
    "level_1", "level_3", "level_10", "city_level", "trend",
)  # fmt: skip
_TYPE_NAMES = tuple(f"type_{kind}" for kind in range(N_TYPES))
INPUT_NAMES = {
    "past": (
        *(f"deviation_{hour}" for hour in range(24)),
        "known",
        *(f"city_{hour}" for hour in range(24)),
        *_TYPE_NAMES,
        *DAY_NAMES,
    ),
    "ahead": (*DAY_NAMES, *LEVEL_NAMES, *_TYPE_NAMES),
    "hours": HOUR_NAMES,
}
# A deviation this large says no more than "very large", in usual deviations.
_LARGEST_SEEN, _LARGEST_LEARNED = 4.0, 3.0
# Of a scaled input, in standard deviations.
LARGEST_INPUT = 5.0

Singles = NDArray[np.float32]


@dataclass(frozen=True)
class Sequences:
    """Inputs of the network, a sample for each zone and origin (origins of a zone together); float32.

    Parameters
    ----------
    past
        Days before the origin, the oldest first, shape (n_samples, `BACK`, len(INPUT_NAMES["past"])).
    ahead
        Days from the origin on, shape (n_samples, `AHEAD`, len(INPUT_NAMES["ahead"])).
    hours
        Their hours, shape (n_samples, `AHEAD`, 24, len(INPUT_NAMES["hours"])).
    zone
        Zones by number, int32, shape (n_samples, 1).
    """

    past: Singles
    ahead: Singles
    hours: Singles
    zone: NDArray[np.int32]

    def by_name(self) -> dict[str, NDArray[np.generic]]:
        """The arrays as the network names them."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def chosen(self, samples: Ints) -> Sequences:
        """Some of the samples, by number."""
        return Sequences(self.past[samples], self.ahead[samples], self.hours[samples], self.zone[samples])


# Mean and standard deviation of each input, shape (2, n_names) by name of the array.
Scales = dict[str, Floats]


def sequences(past: History, data: ZoneData, origins: Ints) -> Sequences:
    """Inputs as of some origins, not scaled yet: nan where unknown."""
    shape = (len(data.zones), origins.size)
    names = feature_names()
    hourly = [names.index(name) for name in HOUR_NAMES]
    daily = [names.index(name) for name in (*DAY_NAMES, *LEVEL_NAMES)]
    hours = np.empty((*shape, AHEAD, 24, len(HOUR_NAMES)), np.float32)
    ahead = np.empty((*shape, AHEAD, len(INPUT_NAMES["ahead"])), np.float32)
    last_day = data.days.day_type.size - 1
    for lead in range(AHEAD):
        # What lies beyond the calendar is of no day that is asked for, and no earlier day looks at it.
        inside = np.minimum(origins, last_day - lead)
        rows = features(past, data.days, data.weather, inside, lead=lead)
        hours[:, :, lead] = rows[..., hourly]
        ahead[:, :, lead] = np.concatenate(
            [rows[:, :, 0][..., daily], _like(_types(data, inside + lead), shape)], axis=-1
        )
    before = np.maximum(origins[:, None] - np.arange(BACK, 0, -1), 0)
    zone = np.repeat(np.arange(shape[0], dtype=np.int32), shape[1])
    return Sequences(_flat(_seen(past, data, before)), _flat(ahead), _flat(hours), zone[:, None])


def targets(past: History, data: ZoneData, origins: Ints, *, cutoff: int) -> Singles:
    """What to learn: scaled deviations of the days ahead that lie before the cutoff, nan elsewhere.

    Shape (n_samples, `AHEAD`, 24), in the order of `sequences`.
    """
    leads = []
    for lead in range(AHEAD):
        inside = np.minimum(origins, data.n_days - 1 - lead)
        found = scaled_target(past, data, inside, lead=lead)
        leads.append(np.where((origins + lead < cutoff)[None, :, None], found, np.nan))
    limited = np.clip(np.stack(leads, axis=2), -_LARGEST_LEARNED, _LARGEST_LEARNED)
    return _flat(limited)


def scales_of(raw: Sequences) -> Scales:
    """Means and standard deviations of what a network is trained on."""
    return {name: _spread(getattr(raw, name)) for name in INPUT_NAMES}


def scaled(raw: Sequences, scales: Scales) -> Sequences:
    """Every input near zero; what is unknown becomes the mean, zero."""
    made = {}
    for name, (mean, deviation) in scales.items():
        near = (getattr(raw, name) - mean.astype(np.float32)) / deviation.astype(np.float32)
        made[name] = np.clip(np.nan_to_num(near), -LARGEST_INPUT, LARGEST_INPUT)
    return Sequences(zone=raw.zone, **made)


def _seen(past: History, data: ZoneData, before: Ints) -> Singles:
    """Deviations of days, whether they are known, those of all zones, and what those days were like."""
    deviation = past.deviation[:, before]
    shape = deviation.shape[:3]
    known = np.isfinite(deviation).mean(axis=3, keepdims=True)
    city = nan_mean(past.deviation, axis=0)[before]
    names = feature_names()
    # The first week has no week before it; features start at the eighth day.
    days = np.maximum(np.arange(before.min(), before.max() + 1), 8)
    rows = features(past, data.days, data.weather, days, lead=0)[0, :, 0]
    like = rows[before - before.min()][..., [names.index(name) for name in DAY_NAMES]]
    blocks = [_limited(deviation), known, _like(_limited(city), shape), _like(_types(data, before), shape)]
    return np.concatenate([*blocks, _like(like, shape)], axis=-1).astype(np.float32)


def _limited(deviation: Floats) -> Floats:
    return np.clip(np.nan_to_num(deviation), -_LARGEST_SEEN, _LARGEST_SEEN)


def _types(data: ZoneData, days: Ints) -> Floats:
    """Types of days, one column each."""
    return np.eye(N_TYPES)[data.days.day_type[days]]


def _like(values: NDArray[np.floating], shape: tuple[int, ...]) -> NDArray[np.floating]:
    """The same values for every zone."""
    return np.broadcast_to(values, (*shape, values.shape[-1]))


def _flat(values: NDArray[np.floating]) -> Singles:
    return np.ascontiguousarray(values.reshape(-1, *values.shape[2:]), dtype=np.float32)


def _spread(values: Singles) -> Floats:
    """Mean and standard deviation over all but the last axis; 0 and 1 where nothing is known or nothing changes."""
    rows = values.reshape(-1, values.shape[-1]).astype(np.float64)
    mean = np.nan_to_num(nan_mean(rows, axis=0))
    deviation = np.sqrt(np.nan_to_num(nan_mean((rows - mean) ** 2, axis=0)))
    return np.stack([mean, np.where(deviation > 1e-6, deviation, 1.0)])
