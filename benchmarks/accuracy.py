"""Accuracy on real meters, 14 days ahead, against statsforecast and the baselines on the same folds.

    python benchmarks/accuracy.py [--accounts FILE] [--sample 300] [--cutoffs 3] [--peers all|fast] [--json]

Each fold trains on the 365 days before its cutoff and is judged on the 14 days after it. An account counts where at
least 90 % of those 365 days and 10 of the 14 are known. MASE divides by the mean absolute weekly difference of the
training year. Peers that cannot take gaps get them filled by linear interpolation; Amuna takes them as they are.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from _common import DAY, cores, finish, parser, read_accounts, timed
from amuna.domain.panel import Floats, Panel
from amuna.domain.time import Horizon
from amuna.forecasting.arima.model import Arima
from amuna.forecasting.arima.orders import Order
from amuna.forecasting.baseline import BASELINES
from amuna.forecasting.fleet import FleetSettings, fit_fleet
from amuna.forecasting.intervals import QUANTILES
from amuna.forecasting.metrics import mase, seasonal_scale, tail_matrix

STEPS = 14
HISTORY = 365
BASELINE_NAMES = tuple(make().name for make in BASELINES)


@dataclass(frozen=True)
class Fold:
    """The accounts of one cutoff: training year, what followed, and the scale of MASE."""

    cutoff: np.datetime64
    panel: Panel
    observed: Floats
    scale: Floats


def main() -> None:
    """Print the table, and the figures as JSON."""
    arguments = parser(__doc__.splitlines()[0])
    arguments.add_argument(
        "--accounts", type=Path, help="ConsumptionDate, AccountOID, Consumption; default Barcelona"
    )
    arguments.add_argument("--sample", type=int, default=300, help="accounts per cutoff")
    arguments.add_argument(
        "--cutoffs", default="3", help="how many, 28 days apart from the end; or dates with commas"
    )
    arguments.add_argument(
        "--peers", choices=("all", "fast"), default="all", help="fast leaves the slow peers out"
    )
    options = arguments.parse_args()
    name, panel = read_accounts(options.accounts)
    folds = [make_fold(panel, cutoff, options.sample) for cutoff in pick_cutoffs(panel, options.cutoffs)]
    accounts = len(np.unique(np.concatenate([fold.panel.series_ids for fold in folds])))
    print(
        f"{name}: {accounts} accounts, {sum(len(fold.panel) for fold in folds)} account-folds, cutoffs",
        end=" ",
    )
    print(", ".join(f"{fold.cutoff} ({len(fold.panel)})" for fold in folds))
    timings: dict[str, float] = {}
    errors, intervals = ours(folds, timings)
    errors |= peers(folds, timings, slow=options.peers == "all")
    models = {
        model: {"mase_mean": float(np.mean(values)), "mase_median": float(np.median(values))}
        for model, values in errors.items()
    }
    figures: dict[str, Any] = {"accounts": accounts, "models": models, **intervals, "seconds": timings}
    champion = models["champion"]["mase_mean"]
    figures["vs_best_baseline"] = champion / min(models[b]["mase_mean"] for b in BASELINE_NAMES)
    if "autoarima" in models:
        figures["vs_autoarima"] = champion / models["autoarima"]["mase_mean"]
    show(figures, timings)
    finish(figures, as_json=options.json)


def pick_cutoffs(panel: Panel, wanted: str) -> list[np.datetime64]:
    """The cutoffs asked for; a number counts back from the last 14 days, 28 days apart."""
    if not wanted.isdigit():
        return [np.datetime64(text) for text in wanted.split(",")]
    end = np.quantile(panel.ends.astype("datetime64[D]").astype(np.int64), 0.9, method="lower")
    last = np.datetime64(int(end), "D") - STEPS * DAY
    return [last - 28 * DAY * k for k in range(int(wanted) - 1, -1, -1)]


def make_fold(panel: Panel, cutoff: np.datetime64, sample: int) -> Fold:
    """A fold of at most `sample` accounts that have a full year and something to be judged on."""
    history = panel.before(cutoff).since(cutoff - HISTORY * DAY).until(cutoff)
    after = panel.since(cutoff).before(cutoff + STEPS * DAY).until(cutoff + STEPS * DAY)
    year = tail_matrix(history, HISTORY)
    observed = tail_matrix(after, STEPS)
    scale = seasonal_scale(history)
    full = np.isfinite(year).mean(axis=1) >= 0.9
    rows = np.flatnonzero(full & (np.isfinite(observed).sum(axis=1) >= 10) & (scale > 0))
    if len(rows) > sample:
        rows = np.sort(
            np.random.default_rng(int(cutoff.astype(np.int64))).choice(rows, sample, replace=False)
        )
    return Fold(cutoff, history.take(rows), observed[rows], scale[rows])


def ours(folds: list[Fold], timings: dict[str, float]) -> tuple[dict[str, Floats], dict[str, float]]:
    """Champion, plain ARIMA and baselines on every fold; coverage and width of the champion's intervals."""
    errors: dict[str, list[Floats]] = {}
    inside: dict[str, list[Floats]] = {"80": [], "95": []}
    width: dict[str, list[Floats]] = {"80": [], "95": []}
    with timed(timings, "amuna"):
        for fold in folds:
            fleet = fit_fleet(fold.panel, fold.cutoff, FleetSettings())
            quantiles = fleet.forecasts(Horizon(STEPS)).quantiles
            errors.setdefault("champion", []).append(mase(fold.observed, quantiles[..., 3], fold.scale))
            known = np.isfinite(fold.observed)
            for level, low, high in (("80", 0.1, 0.9), ("95", 0.025, 0.975)):
                lower, upper = (quantiles[..., QUANTILES.index(q)] for q in (low, high))
                inside[level].append(((fold.observed >= lower) & (fold.observed <= upper))[known])
                width[level].append(((upper - lower) / fold.scale[:, None])[known])
    fixed = Arima(orders=(Order(1, 0, 1, 0, 1, 1),), transforms=("none",))
    for model in (Arima(), fixed, *(make() for make in BASELINES)):
        name = "arima_fixed" if model is fixed else model.name
        for fold in folds:
            forecast = model.fit(fold.panel).forecast(Horizon(STEPS))
            errors.setdefault(name, []).append(mase(fold.observed, forecast, fold.scale))
    figures = {f"coverage{level}": float(np.concatenate(part).mean()) for level, part in inside.items()}
    figures |= {f"width{level}": float(np.concatenate(part).mean()) for level, part in width.items()}
    return {name: np.concatenate(part) for name, part in errors.items()}, figures


def peers(folds: list[Fold], timings: dict[str, float], *, slow: bool) -> dict[str, Floats]:
    """statsforecast's models on the same folds, in as many processes as there are cores."""
    import pandas as pd
    from statsforecast import StatsForecast
    from statsforecast.models import ARIMA, AutoARIMA, AutoETS, AutoTheta, SeasonalNaive

    models = {
        "statsforecast_arima_fixed": ARIMA(
            order=(1, 0, 1), seasonal_order=(0, 1, 1), season_length=7, alias="m"
        ),
        "autotheta": AutoTheta(season_length=7, alias="m"),
    }
    if slow:
        models |= {
            "autoets": AutoETS(season_length=7, alias="m"),
            "autoarima": AutoARIMA(season_length=7, alias="m"),
        }
    errors: dict[str, list[Floats]] = {name: [] for name in models}
    for name, model in models.items():
        with timed(timings, name), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for fold in folds:
                filled = pd.DataFrame(tail_matrix(fold.panel, HISTORY)).interpolate(
                    axis=1, limit_direction="both"
                )
                frame = pd.DataFrame(
                    {
                        "unique_id": np.repeat(np.arange(len(fold.panel)), HISTORY),
                        "ds": np.tile(
                            pd.date_range(fold.cutoff - HISTORY * DAY, periods=HISTORY), len(fold.panel)
                        ),
                        "y": filled.to_numpy().ravel(),
                    }
                )
                runner = StatsForecast(
                    models=[model], freq="D", n_jobs=cores(), fallback_model=SeasonalNaive(season_length=7)
                )
                forecast = runner.forecast(df=frame, h=STEPS)["m"].to_numpy().reshape(len(fold.panel), STEPS)
                errors[name].append(mase(fold.observed, forecast, fold.scale))
    return {name: np.concatenate(part) for name, part in errors.items()}


def show(figures: dict[str, Any], timings: dict[str, float]) -> None:
    """Print the table."""
    print(f"{'model':28}{'mean MASE':>10}{'median':>9}{'seconds':>9}")
    for name, row in sorted(figures["models"].items(), key=lambda item: item[1]["mase_mean"]):
        seconds = timings.get("amuna" if name == "champion" else name)
        took = "" if seconds is None else f"{seconds:9.1f}"
        print(f"{name:28}{row['mase_mean']:10.3f}{row['mase_median']:9.3f}{took}")
    for level, low, high in (("80", 77, 83), ("95", 93, 97)):
        share, wide = figures[f"coverage{level}"], figures[f"width{level}"]
        print(
            f"{level} % interval: {share:.1%} inside (must be {low}-{high} %), mean width {wide:.2f} weekly differences"
        )
    for name in ("vs_autoarima", "vs_best_baseline"):
        if name in figures:
            print(f"{name}: {figures[name]:.3f}")


if __name__ == "__main__":
    main()
