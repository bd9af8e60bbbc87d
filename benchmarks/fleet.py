"""The whole fleet: simulate, ingest, fetch, train with search and backtest, take in a new day.

    python benchmarks/fleet.py [--accounts-n 27000[/3000/270000]] [--days 730] [--accounts FILE] [--json]

Every size runs in a process of its own, whose memory is the figure. Compiled kernels are cached before the clock
starts; what compiling costs once is printed as compile_s.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _common import finish, parser, peak_rss_mb, timed
from amuna import wiring
from amuna.config.settings import Settings
from amuna.domain.ports import Store
from amuna.wiring import Workspace
from amuna.workflows.forecast import forecast
from amuna.workflows.ingest import ingest
from amuna.workflows.train import histories, train_fleet
from amuna.workflows.update import update

SETTINGS = Settings()
BARS = {"fetch_s": 3, "train_s": 120, "update_s": 3, "peak_rss_mb": 3 * 1024}


def main() -> None:
    """Run every size in a process of its own and print the table."""
    arguments = parser(__doc__.splitlines()[0])
    arguments.add_argument("--accounts-n", default="27000", help="sizes, with / between them")
    arguments.add_argument("--days", type=int, default=730)
    arguments.add_argument(
        "--accounts", type=Path, help="a file instead of the simulator; its last day is the new one"
    )
    arguments.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    arguments.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.inside:
        finish(measure(options.folder), as_json=True)
        return
    sizes = [0] if options.accounts else [int(size) for size in options.accounts_n.split("/")]
    results = []
    for size in sizes:
        with tempfile.TemporaryDirectory(dir=options.folder) as name:
            folder = Path(name)
            write_feed(folder, size, options.days, options.accounts)
            command = [sys.executable, __file__, "--inside", "--folder", name]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            results.append(json.loads(done.stdout.splitlines()[-1]))
        show(results[-1])
    figures = next((row for row in results if row["accounts"] >= 20_000), results[-1]) | {"sizes": results}
    finish(figures, as_json=options.json)


def write_feed(folder: Path, accounts: int, days: int, file: Path | None) -> None:
    """History and new day as Parquet, from the simulator or from a file, in a process that then ends."""
    if file is not None:
        import polars as pl

        rows = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, try_parse_dates=True)
        last = rows["ConsumptionDate"].max()
        rows.filter(pl.col("ConsumptionDate") < last).write_parquet(folder / "consumption.parquet")
        rows.filter(pl.col("ConsumptionDate") == last).write_parquet(folder / "new_day.parquet")
        return
    command = [
        sys.executable,
        "-m",
        "amuna.serve.cli.main",
        "simulate",
        str(folder),
        "--accounts",
        str(accounts),
    ]
    subprocess.run([*command, "--days", str(days), "--json"], check=True, capture_output=True)


def measure(folder: Path) -> dict[str, Any]:
    """Everything after the feed, in this process."""
    timings: dict[str, float] = {}
    with timed(timings, "compile_s"):
        warm(folder / "warm")
    workspace = Workspace(folder, SETTINGS)
    store = wiring.store(workspace)
    with timed(timings, "ingest_s"):
        rows = read_in(store, workspace, folder / "consumption.parquet")
    store.close()
    with timed(timings, "fetch_s"):
        store = wiring.store(workspace)
        accounts = fetch(store)
    with timed(timings, "train_s"):
        trained = train(store)
    with timed(timings, "forecast_s"):
        forecast(store=store, horizon=14, billing_days=30)
    with timed(timings, "update_s"):
        read_in(store, workspace, folder / "new_day.parquet")
        updated = update(store=store, settings=wiring.fleet_settings(SETTINGS), now=datetime.now(UTC))
    return {
        "accounts": accounts,
        "rows": rows,
        **timings,
        "peak_rss_mb": peak_rss_mb(),
        "mase": trained.mase,
        "baseline_mase": trained.baseline_mase,
        "new_day_mae_m3": updated.mae,
        "new_day_baseline_mae_m3": updated.baseline_mae,
        "new_day_coverage80": updated.coverage80,
        "store_mb": (folder / SETTINGS.store_path).stat().st_size / 1e6,
    }


def fetch(store: Store) -> int:
    """Everything as panels, in slabs where there are more accounts than are held in memory at a time."""
    return sum(len(panel) for panel in histories(store))


def warm(folder: Path) -> None:
    """Compile every kernel on a small utility."""
    from amuna.simulation import UtilitySettings, simulate, write_feed

    folder.mkdir()
    workspace = Workspace(folder, SETTINGS)
    files = write_feed(simulate(UtilitySettings(accounts=60, days=200), seed=1), folder, with_truth=False)
    store = wiring.store(workspace)
    read_in(store, workspace, files.consumption)
    train(store)
    read_in(store, workspace, files.new_day)
    update(store=store, settings=wiring.fleet_settings(SETTINGS), now=datetime.now(UTC))
    store.close()


def read_in(store: Store, workspace: Workspace, path: Path) -> int:
    """Ingest a file."""
    (source,) = wiring.feeds(workspace, [str(path)], feed=None, query=None)
    report = ingest(
        source.feed,
        source.feed_map,
        store=store,
        rules=wiring.rules(SETTINGS),
        now=lambda: datetime.now(UTC),
    )
    return report.read


def train(store: Store) -> Any:
    """Search, three-fold backtest, champions, calibration, all stored."""
    return train_fleet(
        store=store,
        engine=wiring.engine(SETTINGS),
        settings=wiring.fleet_settings(SETTINGS),
        now=datetime.now(UTC),
    )


def show(figures: dict[str, Any]) -> None:
    """Print one size."""
    print(f"{figures['accounts']:,} accounts, {figures['rows']:,} rows, store {figures['store_mb']:.0f} MB")
    for name in ("compile_s", "ingest_s", "fetch_s", "train_s", "forecast_s", "update_s", "peak_rss_mb"):
        bar = f"   (must be at most {BARS[name]})" if name in BARS else ""
        print(f"  {name:12} {figures[name]:10.2f}{bar}")
    if figures["mase"] is not None:
        print(
            f"  backtest mean MASE {figures['mase']:.3f}, last week repeated {figures['baseline_mase']:.3f}"
        )


if __name__ == "__main__":
    main()
