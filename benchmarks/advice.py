"""Advice about a lowest use that rose: how often it speaks, how often it is a leak, which leaks it finds.

    python benchmarks/advice.py [--accounts-n 4000] [--json]

A simulated utility whose leaks behind the meter are known (seed 21); its households are judged at the end of every second
fortnight of half a year. A home has a leak where at least 20 L ran away on each of the last 14 days.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from _common import finish, parser
from amuna.billing.advice import FLOOR_DAYS, FLOOR_KNOWN, PEER_DAYS, Peers, Use, floor_rose
from amuna.billing.tariff import Rates
from amuna.domain.panel import Floats
from amuna.simulation import UtilitySettings, simulate, true_consumption

DAYS = 520
LEAK_M3, LARGE_M3 = 0.02, 0.1
NO_RATES = Rates("", "", 30, np.zeros(1), np.zeros(1), np.zeros(1), 0.0, 0.0)


def main() -> None:
    """Print the figures."""
    arguments = parser(__doc__.splitlines()[0])
    arguments.add_argument("--accounts-n", type=int, default=4000)
    options = arguments.parse_args()
    used, leaks, zones = homes(options.accounts_n)
    rows = [
        judged
        for end in range(340, DAYS + 1, 2 * FLOOR_DAYS)
        for zone in np.unique(zones)
        for judged in judge(used[zones == zone, :end], leaks[zones == zone, :end])
    ]
    figures = summary(np.array(rows))
    for name, value in figures.items():
        print(f"{name:24} {value:.4g}")
    finish(figures, as_json=options.json)


def homes(accounts: int) -> tuple[Floats, Floats, Any]:
    """Volume and leak of each household and day [m³], and its zone."""
    utility = simulate(UtilitySettings(accounts=accounts, days=DAYS), seed=21)
    households = utility.accounts.filter(segment="household").with_row_index("row")
    truth = true_consumption(utility).join(households.select("account_id", "row"), on="account_id")
    day = (truth["day"] - truth["day"].min()).dt.total_days().to_numpy()
    used, leaks = np.full((len(households), DAYS), np.nan), np.zeros((len(households), DAYS))
    used[truth["row"], day] = truth["consumption_m3"]
    leaks[truth["row"], day] = truth["leak_m3"]
    return used, leaks, households["zone_id"].fill_null("").cast(pl.String).to_numpy()


def judge(used: Floats, leaks: Floats) -> list[tuple[float, float, float, float, float]]:
    """Of each home of a zone: its leak, whether advice is given, and the low, expected and high saving [m³/day]."""
    recent = used[:, -FLOOR_DAYS:]
    known = np.isfinite(recent).sum(axis=1) >= FLOOR_KNOWN
    used, leaks, recent = used[known], leaks[known], recent[known]
    means = np.nanmean(used[:, -PEER_DAYS:], axis=1)
    low, middle, high = np.quantile(means, [0.25, 0.5, 0.75])
    peers = Peers(len(used), (low, middle, high), float(np.median(np.nanmin(recent, axis=1))))
    out = []
    for days, leak in zip(used, leaks[:, -FLOOR_DAYS:].min(axis=1), strict=True):
        found = floor_rose(
            Use(days[-400:], 6, np.empty(0), 0.0, 30, np.zeros(7), np.zeros(1), NO_RATES, peers)
        )
        saving = (0.0, 0.0, 0.0) if found is None else tuple(volume / 30 for volume in found[1])
        out.append((float(leak), float(found is not None), *saving))
    return out


def summary(rows: Floats) -> dict[str, Any]:
    """Shares, and how the savings compare with the leaks."""
    leak, told = rows[:, 0], rows[:, 1] > 0
    leaking, hit = leak > LEAK_M3, told & (leak > LEAK_M3)
    return {
        "homes_judged": len(rows),
        "leaking": float(leaking.mean()),
        "told": float(told.mean()),
        "told_that_leak": float(leaking[told].mean()),
        "large_leaks_told": float(told[leak > LARGE_M3].mean()),
        "expected_over_leak": float(np.median(rows[hit, 3] / leak[hit])),
        "leak_within_range": float(((rows[hit, 2] <= leak[hit]) & (leak[hit] <= rows[hit, 4])).mean()),
    }


if __name__ == "__main__":
    main()
