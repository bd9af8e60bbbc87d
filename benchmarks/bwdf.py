"""Battle of the Water Demand Forecasting (WDSA-CCWI 2024, Ferrara): ten zones, a week ahead by hour, by its protocol.

    python benchmarks/bwdf.py [--weeks official|other|2022-05-02,…] [--models ridge,trees] [--folder DIR] [--save FILE.parquet]
        [--json]

PI1 is the mean absolute error of the first day, PI2 the largest error of it, PI3 the mean absolute error of the other six
days, each the mean over zones and weeks [L/s]. The model of a week is trained on the hours before it and knows, as the
contestants did, the weather of the week. The twelve other weeks are compared with the mean of the last four weeks and
with the last week repeated.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from _common import SHARED, finish, parser
from amuna.domain.panel import Floats
from amuna.forecasting.zones.calendar import Place, calendar
from amuna.forecasting.zones.grids import day_grid, fill_short_gaps
from amuna.forecasting.zones.members import DEFAULT, installed, make
from amuna.forecasting.zones.nans import nan_mean
from amuna.forecasting.zones.port import ZoneData
from amuna.forecasting.zones.weather import trusted_weather
from amuna.forecasting.zones.week import ZoneModel, train_zone_model, week_ahead

FOLDER = SHARED.parent / "zones" / "bwdf_ferrara"
FERRARA = Place("IT", "", ZoneInfo("Europe/Rome"))
FIRST = date(2021, 1, 1)
OFFICIAL = ("2022-07-25", "2022-10-31", "2023-01-16", "2023-03-06")
OTHER = (
    "2021-05-17",
    "2021-07-12",
    "2021-11-01",
    "2021-12-27",
    "2022-02-21",
    "2022-04-18",
    "2022-05-02",
    "2022-08-08",
    "2022-09-05",
    "2022-10-03",
    "2022-11-28",
    "2023-01-23",
)
MEASURES = ("pi1", "pi2", "pi3")


@dataclass(frozen=True)
class Week:
    """What a week came to: measures by zone [L/s], those of the baselines, coverage, seconds and settings chosen."""

    start: str
    scores: dict[str, Floats]
    baselines: list[dict[str, Floats]]
    coverage80: float
    train_s: float
    refresh_s: float
    chosen: dict[str, str]
    rows: pl.DataFrame


def main() -> None:
    """Forecast the weeks, print the measures by zone and week, and the rank among the teams."""
    arguments = parser(str(__doc__).split("\n", 1)[0])
    arguments.add_argument(
        "--weeks", default="official", help="official, other, or Mondays with commas between"
    )
    arguments.add_argument("--folder", type=Path, default=FOLDER, help="folder of the competition's files")
    arguments.add_argument("--save", type=Path, help="write the forecasts to this .parquet")
    arguments.add_argument(
        "--models", default=",".join(DEFAULT), help="models to combine, with commas between"
    )
    options = arguments.parse_args()
    if not (options.folder / "inflow_hourly.csv.gz").exists():
        Console().print(
            f"Skipped: {options.folder} has no inflow_hourly.csv.gz; name the folder with --folder."
        )
        finish({"skipped": "no data"}, as_json=options.json)
        return
    zones, flow = read_hours(options.folder / "inflow_hourly.csv.gz")
    _, weather = read_hours(options.folder / "weather_hourly.csv.gz")
    starts = {"official": OFFICIAL, "other": OTHER}.get(options.weeks, tuple(options.weeks.split(",")))
    members = tuple(options.models.split(","))
    weeks = [run_week(zones, flow, weather, start, members=members) for start in starts]
    if options.save:
        pl.concat([week.rows for week in weeks]).write_parquet(options.save)
    figures = summed_up(weeks, zones, options.folder)
    show(weeks, zones, figures)
    finish(figures, as_json=options.json)


def read_hours(path: Path) -> tuple[tuple[str, ...], Floats]:
    """Names of the columns of one of the files, and their values on a grid of local days."""
    rows = pl.read_csv(path, infer_schema=False, null_values=["NaN", "nan", ""])
    at = rows["datetime"].str.to_datetime()
    names = tuple(name for name in rows.columns if name != "datetime")
    day = (at.dt.date() - FIRST).dt.total_days().to_numpy()
    values = rows.select(pl.col(names).cast(pl.Float64, strict=False)).to_numpy()
    return names, day_grid(day, at.dt.hour().to_numpy().astype(np.int64), values, n_days=int(day.max()) + 1)


def run_week(
    zones: tuple[str, ...], flow: Floats, weather: Floats, start: str, *, members: tuple[str, ...] = DEFAULT
) -> Week:
    """Train on what lies before a Monday, settings chosen there too, and forecast the week as a daily refresh does."""
    origin = (date.fromisoformat(start) - FIRST).days
    began = time.perf_counter()
    days = calendar(FIRST, origin + 7, FERRARA)
    known = fill_short_gaps(flow[:, :origin])
    trusted = trusted_weather(weather[:, : origin + 7]).values
    data = ZoneData(zones, known, days, trusted)
    model = train_zone_model(data, make(installed(members)))
    trained = time.perf_counter()
    week = week_ahead(model, ZoneData(zones, known, days, trusted))
    ended = time.perf_counter()
    seen = flow[:, origin : origin + 7]
    inside = (seen >= week.bounds[1]) & (seen <= week.bounds[2])
    return Week(
        start,
        measures(week.mean, seen),
        [measures(made, seen) for made in baselines(flow, origin)],
        float(inside[np.isfinite(seen)].mean()),
        ended - began,
        ended - trained,
        _chosen(model),
        _rows(zones, start, week.mean),
    )


def _chosen(model: ZoneModel) -> dict[str, str]:
    """Settings by model, and how sharp events must be."""
    settings = {} if model.choice is None else model.choice.settings
    weights = {} if model.learned is None else model.learned.weights
    shares = {f"weights {days}": "/".join(f"{x:.2f}" for x in each) for days, each in weights.items()}
    return {**settings, "events": f"{model.sharp:g}", **shares}


def measures(made: Floats, seen: Floats) -> dict[str, Floats]:
    """PI1, PI2 and PI3 of each zone."""
    miss = np.abs(made - seen)
    return {
        "pi1": np.nanmean(miss[:, 0], axis=1),
        "pi2": np.nanmax(miss[:, 0], axis=1),
        "pi3": np.nanmean(miss[:, 1:], axis=(1, 2)),
    }


def baselines(flow: Floats, origin: int) -> list[Floats]:
    """The mean of the last four weeks, and the last week again."""
    before = np.stack([flow[:, origin - 7 * k : origin - 7 * k + 7] for k in range(1, 5)])
    return [nan_mean(before, axis=0), before[0]]


def summed_up(weeks: list[Week], zones: tuple[str, ...], folder: Path) -> dict[str, Any]:
    """The figures: means over zones and weeks, rank, coverage, seconds of the slowest week."""
    means = {name: float(np.mean([np.nanmean(week.scores[name]) for week in weeks])) for name in MEASURES}
    baseline = {
        name: min(
            float(np.mean([np.nanmean(week.baselines[which][name]) for week in weeks])) for which in (0, 1)
        )
        for name in MEASURES
    }
    figures: dict[str, Any] = dict(means)
    figures["rank"] = rank(means, folder) if tuple(week.start for week in weeks) == OFFICIAL else None
    figures["coverage80"] = float(np.mean([week.coverage80 for week in weeks]))
    figures |= {f"below_baseline_{name}": 1 - means[name] / baseline[name] for name in MEASURES}
    figures["train_s"] = max(week.train_s for week in weeks)
    figures["refresh_s"] = max(week.refresh_s for week in weeks)
    figures["chosen"] = {week.start: week.chosen for week in weeks}
    figures["weeks"] = {
        week.start: {
            zone: {name: round(float(week.scores[name][i]), 4) for name in MEASURES}
            for i, zone in enumerate(zones)
        }
        for week in weeks
    }
    return figures


def rank(means: dict[str, float], folder: Path) -> int | None:
    """The worst of our places in the three measures among the teams of the leaderboard."""
    path = folder / "leaderboard_recomputed.csv"
    if not path.exists():
        return None
    teams = pl.read_csv(path)
    return max(1 + int((teams[name.upper()] < means[name]).sum()) for name in MEASURES)


def _rows(zones: tuple[str, ...], start: str, made: Floats) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "week": start,
            "zone_id": np.repeat(zones, made[0].size),
            "hour": np.tile(np.arange(made[0].size), len(zones)),
            "forecast_ls": made.ravel(),
        }
    )


def show(weeks: list[Week], zones: tuple[str, ...], figures: dict[str, Any]) -> None:
    """Print a row for each week and measure."""
    table = Table("week", "measure", *zones, "mean", title="Battle of the Water Demand Forecasting [L/s]")
    for week in weeks:
        for name in MEASURES:
            scores = week.scores[name]
            table.add_row(
                week.start, name.upper(), *(f"{x:.2f}" for x in scores), f"{np.nanmean(scores):.3f}"
            )
    console = Console(width=max(Console().width, 120), file=sys.stdout)
    console.print(table)
    for week in weeks:
        console.print(
            f"{week.start} chosen on its past: {', '.join(f'{k} {v}' for k, v in week.chosen.items())}"
        )
    for name, value in figures.items():
        if name not in ("weeks", "chosen"):
            console.print(f"{name}: {value if value is None else round(value, 4)}")


if __name__ == "__main__":
    main()
