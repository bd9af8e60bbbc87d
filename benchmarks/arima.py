"""Speed of the ARIMA engine against statsforecast: order search, and one fixed seasonal order.

    python benchmarks/arima.py [--accounts FILE] [--series 60] [--json]

Same series of 365 days, same run, all cores for both. Compilation and imports are left out on both sides by a first
call that does not count.
"""

from __future__ import annotations

import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from _common import DAY, cores, finish, median_seconds, parser, read_accounts
from amuna.domain.panel import Panel, panel_from_matrix
from amuna.engines.threads import ThreadEngine
from amuna.forecasting.arima.model import Arima
from amuna.forecasting.arima.orders import Order
from amuna.forecasting.metrics import tail_matrix

DAYS = 365


def main() -> None:
    """Print milliseconds per series and the ratios."""
    arguments = parser(__doc__.splitlines()[0])
    arguments.add_argument(
        "--accounts", type=Path, help="ConsumptionDate, AccountOID, Consumption; default Barcelona"
    )
    arguments.add_argument("--series", type=int, default=60)
    options = arguments.parse_args()
    name, panel = full_years(options.accounts, options.series)
    fixed = Arima(orders=(Order(1, 0, 1, 0, 1, 1),), transforms=("none",))
    figures: dict[str, Any] = {
        "series": len(panel),
        "cores": cores(),
        "search_ms": ours(Arima(), panel),
        "fixed_ms": ours(fixed, panel),
        "autoarima_ms": theirs(panel, automatic=True),
        "statsforecast_fixed_ms": theirs(panel, automatic=False),
    }
    figures["ratio_auto"] = figures["autoarima_ms"] / figures["search_ms"]
    figures["ratio_fixed"] = figures["statsforecast_fixed_ms"] / figures["fixed_ms"]
    print(f"{name}: {len(panel)} series of {DAYS} days, {cores()} cores, wall milliseconds per series")
    print(
        f"order search: amuna {figures['search_ms']:.2f}, statsforecast AutoARIMA {figures['autoarima_ms']:.0f}",
        end="",
    )
    print(f": {figures['ratio_auto']:.0f} times faster (must be 300)")
    print(f"(1,0,1)(0,1,1)7: amuna {figures['fixed_ms']:.3f}, statsforecast ARIMA", end=" ")
    print(f"{figures['statsforecast_fixed_ms']:.1f}: {figures['ratio_fixed']:.0f} times faster (must be 10)")
    finish(figures, as_json=options.json)


def full_years(file: Path | None, series: int) -> tuple[str, Panel]:
    """The same number of days of accounts with a full year, gaps filled by interpolation for the peer's sake."""
    name, panel = read_accounts(file)
    end = panel.ends.max()
    year = tail_matrix(panel.since(end - DAYS * DAY).until(end), DAYS)
    rows = np.flatnonzero((np.isfinite(year).mean(axis=1) >= 0.95) & (np.nanstd(year, axis=1) > 0))
    rows = np.sort(np.random.default_rng(1).permutation(rows)[:series])
    days = np.arange(DAYS)
    filled = np.array([np.interp(days, days[np.isfinite(y)], y[np.isfinite(y)]) for y in year[rows]])
    return name, panel_from_matrix(panel.series_ids[rows], end - DAYS * DAY, filled)


def ours(model: Arima, panel: Panel) -> float:
    """Wall milliseconds per series over all cores, median of five runs."""
    engine = ThreadEngine(slab=max(1, len(panel) // (4 * cores())))
    model.fit(panel.slab(0, 1))
    seconds = median_seconds(lambda: list(engine.map(model.fit, panel)), runs=5)
    return 1e3 * seconds / len(panel)


def theirs(panel: Panel, *, automatic: bool) -> float:
    """Wall milliseconds per series of statsforecast over all cores, its processes started and compiled before."""
    rows = [panel.series(i) for i in range(len(panel))]
    with ProcessPoolExecutor(cores()) as pool:
        list(pool.map(partial(fit_one, automatic=automatic), rows[:1] * 2 * cores()))
        started = time.perf_counter()
        list(pool.map(partial(fit_one, automatic=automatic), rows))
        return 1e3 * (time.perf_counter() - started) / len(rows)


def fit_one(values: Any, *, automatic: bool) -> None:
    """Fit one series with statsforecast; on a series that it cannot fit, the time until it gave up counts."""
    from statsforecast.models import ARIMA, AutoARIMA

    with warnings.catch_warnings(), suppress(ValueError, IndexError, ZeroDivisionError):
        warnings.simplefilter("ignore")
        if automatic:
            AutoARIMA(season_length=7).fit(values)
        else:
            ARIMA(order=(1, 0, 1), season_length=7, seasonal_order=(0, 1, 1)).fit(values)


if __name__ == "__main__":
    main()
