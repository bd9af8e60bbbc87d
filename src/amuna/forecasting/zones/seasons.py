"""Season of the year on both sides of the Equator."""

from __future__ import annotations

import numpy as np

from amuna.domain.panel import Ints

WINTER, SPRING, SUMMER, AUTUMN = range(4)
# ISO 3166 codes of countries most of whose people live south of the Equator.
_SOUTHERN = frozenset({
    "AO", "AR", "AU", "BI", "BO", "BR", "BW", "CD", "CG", "CL", "EC", "FJ", "ID",
    "KE", "KM", "LS", "MG", "MU", "MW", "MZ", "NA", "NR", "NZ", "PE", "PG", "PY",
    "RW", "SB", "SC", "SZ", "TL", "TO", "TZ", "UY", "VU", "WS", "ZA", "ZM", "ZW",
})  # fmt: skip


def season_of_year(month: Ints, country: str) -> Ints:
    """Meteorological season: 0 winter, 1 spring, 2 summer, 3 autumn.

    Three whole months each, winter from December in the north and from June in the south. Near the Equator rain, not
    these seasons, shapes the year.

    Parameters
    ----------
    month
        1 to 12, shape (n_days,).
    country
        ISO 3166 code.
    """
    northern = (np.asarray(month) % 12) // 3
    return (northern + 2) % 4 if country.upper() in _SOUTHERN else northern
