"""The hierarchy: which accounts make up a zone, which zones a city, which cities the utility."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from amuna.domain.panel import Floats, Ints


@dataclass(frozen=True)
class Hierarchy:
    """Nested groups of series: every group of a level lies in one group of the next.

    Parameters
    ----------
    names
        Groups as (level, name), the lowest level first, length n_groups.
    groups
        Place in `names` of each series' group at each level, shape (n_levels, n_series).
    """

    names: tuple[tuple[str, str], ...]
    groups: Ints
    membership: csr_array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n_levels, n_series = self.groups.shape
        for lower, upper in zip(self.groups[:-1], self.groups[1:], strict=True):
            pairs = np.unique(np.stack((lower, upper)), axis=1)
            if len(np.unique(pairs[0])) != pairs.shape[1]:
                raise ValueError("A group lies in two groups of the level above; the levels must be nested.")
        ones = np.ones(n_levels * n_series)
        columns = np.tile(np.arange(n_series), n_levels)
        shape = (len(self.names), n_series)
        object.__setattr__(self, "membership", csr_array((ones, (self.groups.ravel(), columns)), shape=shape))

    @property
    def n_series(self) -> int:
        """Number of series at the bottom."""
        return int(self.groups.shape[1])

    @property
    def lowest(self) -> Ints:
        """Group of each series at the lowest level, shape (n_series,), counted from 0."""
        return self.groups[0]

    @property
    def n_lowest(self) -> int:
        """Number of groups of the lowest level: the first of `names`."""
        return int(self.lowest.max()) + 1

    def sums(self, bottom: Floats) -> Floats:
        """What the series add up to in each group: (n_series, …) becomes (n_groups, …)."""
        found: Floats = self.membership @ bottom
        return found

    def above(self) -> Hierarchy:
        """The same groups with those of the lowest level as the series."""
        first = np.unique(self.lowest, return_index=True)[1]
        return Hierarchy(self.names, self.groups[:, first])


def hierarchy_of(levels: Mapping[str, NDArray[np.str_]]) -> Hierarchy:
    """The hierarchy of series by the name of their group at each level, the lowest level first.

    Parameters
    ----------
    levels
        Names of the groups by level, each of shape (n_series,).

    Raises
    ------
    ValueError
        If a group lies in two groups of the level above.
    """
    names: list[tuple[str, str]] = []
    groups = []
    for level, labels in levels.items():
        found, place = np.unique(labels, return_inverse=True)
        groups.append(place + len(names))
        names += [(level, str(name)) for name in found]
    return Hierarchy(tuple(names), np.stack(groups).astype(np.int64))
