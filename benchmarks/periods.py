"""Totals of periods: how often 80 % and 95 % intervals hold, by length, and how long an answer takes.

    python benchmarks/periods.py [--accounts-n 800] [--accounts FILE] [--json]

Models are fitted with what lies before each of several cutoffs; periods of 1 to 92 days from there on are then judged
by what happened: a period counts where at least 90 % of its days are known, its known volume scaled to the whole. Also
judged: the next period of 30 days but one (it starts 30 days ahead), and periods of 30 days of which half is seen, with
one day in ten of the seen half taken out. The simulated utility (seed 11) and, where they are, the Barcelona meters and the
homes of Alicante; the law's two constants were chosen on another seed and on other cutoffs.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from _common import BARCELONA, DAY, SHARED, finish, median_seconds, panel_of, parser, read_accounts
from amuna import wiring
from amuna.config.settings import Settings
from amuna.domain.panel import Floats, Panel
from amuna.domain.time import Horizon
from amuna.forecasting.fleet import FleetSettings, fit_fleet
from amuna.forecasting.metrics import tail_matrix
from amuna.simulation import UtilitySettings, simulate, true_consumption
from amuna.wiring import Workspace
from amuna.workflows.period import FURTHEST_DAYS, Period, Seen, forecast_period, period_rows
from fleet import read_in, train, write_feed

LENGTHS = (1, 3, 7, 14, 30, 60, 92)
BARS = (7, 14, 30, 60)
HISTORY = 540
KNOWN = 0.9
ALICANTE = SHARED / "daiad_alicante" / "daily.csv"
Judged = dict[str, list[Floats]]


def main() -> None:
    """Print coverage by length and the seconds of one account and of many."""
    arguments = parser(__doc__.splitlines()[0])
    arguments.add_argument("--accounts-n", type=int, default=800, help="simulated accounts")
    arguments.add_argument("--accounts", type=Path, help="judge this file only")
    options = arguments.parse_args()
    figures: dict[str, Any] = {}
    for name, panel, year, back in data_sets(options.accounts, options.accounts_n):
        figures[name] = coverage(panel, year=year, back=back)
        show(name, figures[name])
    figures |= seconds(options.accounts_n)
    print(
        f"one account {figures['one_account_ms']:.0f} ms; {figures['accounts']} accounts {figures['all_accounts_s']:.2f} s"
    )
    finish(figures, as_json=options.json)


def data_sets(file: Path | None, accounts: int) -> list[tuple[str, Panel, int, tuple[int, ...]]]:
    """Name, panel, days of history an account must have, and the cutoffs as days before the end."""
    if file is not None:
        return [(file.stem, read_accounts(file)[1], 150, (122, 170, 230))]
    utility = simulate(UtilitySettings(accounts=accounts, days=1000), seed=11)
    rows = true_consumption(utility)
    found = [("simulated", panel_of(rows.with_columns(flag=pl.lit("ok"))), 365, (122, 160, 240, 310, 400))]
    if BARCELONA.exists():
        found.append(("barcelona", read_accounts(None)[1], 365, (140, 165, 235, 320)))
    if ALICANTE.exists():
        found.append(("alicante", read_accounts(ALICANTE)[1], 150, (100, 122, 150)))
    return found


def coverage(panel: Panel, *, year: int, back: tuple[int, ...]) -> dict[str, Any]:
    """Share of totals inside their intervals, by kind of period."""
    end = np.datetime64(int(np.quantile(panel.ends.astype("datetime64[D]").astype(np.int64), 0.9)), "D")
    judged: Judged = {}
    folds = 0
    for days in back:
        folds += judge(panel, end - days * DAY, year, judged)
    return {"account_folds": folds} | {
        kind: {
            "inside80": round(float(np.concatenate(parts)[:, 0].mean()), 3),
            "inside95": round(float(np.concatenate(parts)[:, 1].mean()), 3),
            "periods": len(np.concatenate(parts)),
        }
        for kind, parts in judged.items()
    }


def judge(panel: Panel, cutoff: np.datetime64, year: int, judged: Judged) -> int:
    """Add what happened after a cutoff to `judged`; returns the accounts that took part."""
    history = panel.before(cutoff).since(cutoff - HISTORY * DAY).until(cutoff)
    after = panel.since(cutoff).before(cutoff + FURTHEST_DAYS * DAY).until(cutoff + FURTHEST_DAYS * DAY)
    truth = tail_matrix(after, FURTHEST_DAYS)
    past = tail_matrix(history, year)
    rows = np.flatnonzero(
        (np.isfinite(past).mean(axis=1) >= 0.8) & (np.isfinite(truth[:, :30]).mean(axis=1) >= 0.8)
    )
    fleet = fit_fleet(history.take(rows), cutoff, FleetSettings())
    truth, first = truth[rows], cutoff.astype("datetime64[D]").item()
    point = fleet.forecast(Horizon(FURTHEST_DAYS))
    recent = past[rows][:, -60:]
    seen = Seen(fleet, first - timedelta(days=60), recent, point)
    for days in LENGTHS:
        add(judged, f"days_{days}", seen, first, days, truth[:, :days])
    add(judged, "wait_30_days_30", seen, first + timedelta(days=30), 30, truth[:, 30:60])
    holes = recent.copy()
    holes[:, 48:58:8] = np.nan
    whole = np.concatenate([recent[:, -15:], truth[:, :15]], axis=1)
    half = Seen(fleet, seen.start, holes, point)
    add(judged, "half_seen_days_30", half, first - timedelta(days=15), 30, whole)
    return len(rows)


def add(judged: Judged, kind: str, seen: Seen, first: date, days: int, truth: Floats) -> None:
    """Judge one period of every account."""
    known = np.isfinite(truth)
    share = known.mean(axis=1)
    total = np.where(known, truth, 0.0).sum(axis=1) / np.maximum(share, 1e-9)
    rows = period_rows(seen, Period(first, first + timedelta(days=days - 1)))
    inside = [
        (total >= rows[low].to_numpy() - 1e-9) & (total <= rows[high].to_numpy() + 1e-9)
        for low, high in (("low80_m3", "high80_m3"), ("low95_m3", "high95_m3"))
    ]
    judged.setdefault(kind, []).append(np.stack(inside, axis=1)[share >= KNOWN])


def seconds(accounts: int) -> dict[str, Any]:
    """Median time of one account's period, and time of all accounts', in a store of 730 days."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_feed(folder, accounts, 730, None)
        workspace = Workspace(folder, Settings())
        store = wiring.store(workspace)
        read_in(store, workspace, folder / "consumption.parquet")
        train(store)
        cutoff = store.query("SELECT MAX(cutoff) FROM states").item()
        ids = store.query("SELECT account_id FROM models ORDER BY 1")["account_id"].to_list()
        first, last = cutoff - timedelta(days=12), cutoff + timedelta(days=17)

        def one(account: str) -> float:
            return median_seconds(
                lambda: forecast_period(store=store, first_day=first, last_day=last, account=account), runs=3
            )

        single = float(np.median([one(account) for account in ids[:20]]))
        whole = median_seconds(lambda: forecast_period(store=store, first_day=first, last_day=last), runs=1)
        store.close()
    return {"accounts": len(ids), "one_account_ms": 1000 * single, "all_accounts_s": whole}


def show(name: str, figures: dict[str, Any]) -> None:
    """One line for each kind of period; lengths with a bar are judged."""
    print(f"{name}: {figures['account_folds']} account-folds")
    for kind, found in figures.items():
        if isinstance(found, dict):
            bar = kind in {f"days_{days}" for days in BARS}
            held = "" if not bar else "ok" if 0.75 <= found["inside80"] <= 0.85 else "outside 75-85 %"
            print(
                f"  {kind:20} {found['inside80']:.1%} {found['inside95']:.1%} of {found['periods']:,} {held}"
            )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
