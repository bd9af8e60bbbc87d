"""Group places: which zone, which supply zone each account belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from amuna.domain.panel import Ints
from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, UNZONED
from amuna.domain.zone_tables import ZONES
from amuna.forecasting.reconcile.hierarchy import Hierarchy, hierarchy_of

ZONE, SUPPLY, UTILITY = LEVELS = ("zone", "supply", "utility")


@dataclass(frozen=True)
class GroupPlaces:
    """The groups of accounts.

    Parameters
    ----------
    hierarchy
        Of the zones: supply zones where any zone has one, and the utility.
    zones
        Names of the zones, in order; UNZONED among them where an account has none.
    """

    hierarchy: Hierarchy
    zones: list[str]
    _zone_of: dict[str, int] = field(repr=False)

    def of(self, accounts: NDArray[np.str_]) -> Ints:
        """Number of each account's zone, shape (n_accounts,)."""
        elsewhere = self.zones.index(UNZONED) if UNZONED in self.zones else 0
        return np.array([self._zone_of.get(account, elsewhere) for account in accounts.tolist()], np.int64)


def group_places(store: Store, accounts: list[str]) -> GroupPlaces:
    """The groups of these accounts."""
    rows = store.read(ACCOUNTS, columns=["account_id", "zone_id"]).iter_rows()
    known = {account: zone for account, zone in rows if zone is not None}
    zones = np.unique([known.get(account, UNZONED) for account in accounts])
    number = {str(zone): place for place, zone in enumerate(zones)}
    above = _feeding(store)
    supply = np.array([above.get(zone, UNZONED) for zone in number])
    levels = {ZONE: zones}
    if (supply != UNZONED).any():
        levels[SUPPLY] = supply
    levels[UTILITY] = np.full(len(zones), UTILITY)
    zone_of = {account: number[zone] for account, zone in known.items() if zone in number}
    return GroupPlaces(hierarchy_of(levels), list(number), zone_of)


def _feeding(store: Store) -> dict[str, str]:
    """What feeds each zone; a supply zone or source that accounts hang on directly feeds itself."""
    rows = store.read(ZONES, columns=["zone_id", "kind", "parent_id"]).iter_rows()
    found = {zone: parent if kind == "dma" else zone for zone, kind, parent in rows}
    return {zone: parent for zone, parent in found.items() if parent is not None}
