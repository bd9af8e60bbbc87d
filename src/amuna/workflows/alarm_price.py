"""What volumes cost by a tariff, as alarms ask: many accounts of different segments at once."""

from __future__ import annotations

import numpy as np
import polars as pl

from amuna.billing.bill import total_pen
from amuna.billing.tariff import Tariff
from amuna.domain.errors import NotEnoughData
from amuna.domain.panel import Floats
from amuna.workflows.alarms import Price
from amuna.workflows.unusual import MONTH


def alarm_price(tariff: Tariff) -> Price:
    """From volumes of 30 days [m³] and segments to bills [PEN]; NaN for a segment that no class of the tariff takes."""

    def price(volume_m3: Floats, segments: pl.Series) -> Floats:
        out = np.full(len(volume_m3), np.nan)
        names = segments.to_numpy()
        for name in segments.unique().to_list():
            mine = names == name
            try:
                rates = tariff.rates(None if name == "unknown" else name, days=MONTH)
            except NotEnoughData:
                continue
            out[mine] = total_pen(volume_m3[mine], rates)
        return out

    return price
