"""Split-conformal ranges per zone and lead class.

Errors on days after the training of the members are divided by the usual deviation of their hour;
their quantiles, times the deviation of the hour ahead, bound the forecast. See Vovk, Gammerman
and Shafer, *Algorithmic Learning in a Random World* (2005), split conformal prediction.
"""

from __future__ import annotations

import numpy as np

from amuna.domain.panel import Floats


def error_quantiles(errors: Floats, levels: Floats, *, pool: float = 0.3) -> Floats:
    """Quantiles of the scaled errors of each zone, drawn towards those of all zones.

    Parameters
    ----------
    errors : Floats, shape (n_zones, n_values)
        (observed − forecast) / deviation of the hour, nan where unknown.
    levels : Floats, shape (n_levels,)
        For example 0.1 and 0.9.
    pool : float
        Share of the quantile over all zones: calms zones with few errors.

    Returns
    -------
    Floats, shape (n_zones, n_levels)
    """
    together = np.nanquantile(errors, levels)
    enough = np.isfinite(errors).sum(axis=1) >= 24 * 7
    own = np.tile(together, (errors.shape[0], 1))
    for zone in np.flatnonzero(enough):
        own[zone] = np.nanquantile(errors[zone], levels)
    return pool * together + (1.0 - pool) * own


def spread_by_hour(spread: Floats, scale: Floats) -> Floats:
    """Deviation to expect in each hour: the hour's own, calmed by the zone's, never nan.

    Parameters
    ----------
    spread : Floats, shape (n_zones, n_origins, 24)
        Decayed absolute deviation by hour.
    scale : Floats, shape (n_zones, n_origins)
        The same over all hours.
    """
    return 0.7 * np.where(np.isfinite(spread), spread, scale[..., None]) + 0.3 * scale[..., None]
