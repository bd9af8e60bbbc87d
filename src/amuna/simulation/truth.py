"""What really happened: use before meter faults, and the balance of every area."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pyarrow as pa
from scipy.sparse import csr_array

from amuna.simulation.slabs import SLAB_ACCOUNTS, Slab, leak_rates, slabs
from amuna.simulation.utility import Utility


def true_consumption(utility: Utility) -> pl.DataFrame:
    """Return the use of every connected account and day; for small utilities.

    Columns: `account_id`, `day`, `consumption_m3` (leaks behind the meter included) and `leak_m3` [m³], to the litre.
    """
    tables = [truth_table(utility, slab) for slab in slabs(utility)]
    frame = pl.from_arrow(pa.concat_tables([table.unify_dictionaries() for table in tables]))
    assert isinstance(frame, pl.DataFrame)
    return frame.with_columns(pl.col("account_id").cast(pl.String))


def truth_table(utility: Utility, slab: Slab) -> pa.Table:
    """Return a slab's true use as `true_consumption` does."""
    connected = _connected(utility, slab)
    account, day = np.nonzero(connected)
    epoch = int(np.datetime64(utility.settings.start, "D").astype(np.int64))
    names = utility.accounts["account_id"].slice(slab.first, slab.last - slab.first).to_arrow()
    return pa.table(
        {
            "account_id": pa.DictionaryArray.from_arrays(account.astype(np.int32), names.cast(pa.string())),
            "day": pa.array((day + epoch).astype(np.int32)).cast(pa.date32()),
            "consumption_m3": np.rint(slab.true_m3[connected] * 1000) / 1000,
            "leak_m3": np.rint(slab.leak_m3[connected] * 1000) / 1000,
        }
    )


class ZoneBalance:
    """Daily sums of every area, gathered slab by slab in whole litres, so that their order does not matter."""

    def __init__(self, utility: Utility) -> None:
        self._utility = utility
        shape = (len(utility.areas), utility.settings.days)
        self._used, self._metered, self._connected = np.zeros(shape), np.zeros(shape), np.zeros(shape)

    def add(self, slab: Slab) -> None:
        """Count a slab."""
        area = self._utility.traits["area"][slab.first : slab.last]
        ones = np.ones(len(area))
        gather = csr_array((ones, (area, np.arange(len(area)))), shape=(len(self._used), len(area)))
        self._used += gather @ np.rint(slab.true_m3 * 1000)
        self._metered += gather @ slab.litres.astype(np.float64)
        self._connected += gather @ _connected(self._utility, slab).astype(np.float64)

    def frame(self) -> pl.DataFrame:
        """Return one row per area and day.

        Columns: `zone_id`, `day`, and in m³ `metered_m3`, `consumption_m3` (true), `zone_leak_m3` (planted),
        `background_m3` (unavoidable) and `system_input_m3`, the sum of the last three.
        """
        settings = self._utility.settings
        leak = leak_rates(self._utility.plan.spells["zone_leak"], self._used.shape)
        background = self._connected * settings.background_losses_m3
        used = self._used / 1000
        days = pl.date_range(settings.start, settings.start + timedelta(days=settings.days - 1), eager=True)
        return pl.DataFrame(
            {
                "zone_id": np.repeat(self._utility.areas.zone_ids, settings.days),
                "day": pl.concat([days] * len(self._used)),
                "metered_m3": (self._metered / 1000).ravel(),
                "consumption_m3": used.ravel(),
                "zone_leak_m3": leak.ravel(),
                "background_m3": background.ravel(),
                "system_input_m3": (used + leak + background).ravel(),
            }
        )


def zone_balance(utility: Utility, *, slab_accounts: int = SLAB_ACCOUNTS) -> pl.DataFrame:
    """Return the balance of every area and day; see `ZoneBalance.frame`."""
    balance = ZoneBalance(utility)
    for slab in slabs(utility, size=slab_accounts):
        balance.add(slab)
    return balance.frame()


def _connected(utility: Utility, slab: Slab) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    first_day = utility.traits["first_day"][slab.first : slab.last]
    return np.asarray(np.arange(utility.settings.days) >= first_day[:, None])
