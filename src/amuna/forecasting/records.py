"""A trained fleet as rows of the store's tables, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amuna.domain.panel import Floats
from amuna.domain.table import INSTANT
from amuna.domain.tables import (
    CALIBRATION,
    EVIDENCE,
    FORECASTS,
    LEAD_EVIDENCE,
    MODELS,
    PERIOD_FORECASTS,
    QUANTILE_COLUMNS,
    STATES,
)
from amuna.forecasting import champion as champions
from amuna.forecasting import intervals
from amuna.forecasting.arima.filter import MAX_PARAMETERS
from amuna.forecasting.arima.model import STATUS, FittedArima
from amuna.forecasting.arima.orders import parse_order
from amuna.forecasting.arima.transforms import NAMES as TRANSFORMS
from amuna.forecasting.baseline import FittedProfile, last_week, weekday_mean, weekday_median
from amuna.forecasting.fleet import FittedFleet, Forecasts, Trained
from amuna.forecasting.intermittent import FittedTsb, Tsb
from amuna.forecasting.intervals import GROUPS, QUANTILES, Calibration, Traits
from amuna.forecasting.members import Members

_HEADER = 6  # past, surprises, size, ceiling, clip, run


def models_frame(trained: Trained, run_id: str) -> pl.DataFrame:
    """MODELS rows of a slab that the run has fitted. Group and scale are filled in by `calibrated_frame`."""
    arima, choice, traits = trained.members.arima, trained.choice, trained.traits
    counts = arima.orders[:, [0, 2, 3, 5, 7]].sum(axis=1)
    names, inverse = np.unique(arima.orders, axis=0, return_inverse=True)
    texts = np.array([_order_text(row) for row in names])
    frame = pl.DataFrame(
        {
            "account_id": arima.series_ids,
            "champion": choice.names,
            "status": arima.status,
            "order": texts[inverse.ravel()],
            "transform": np.array(TRANSFORMS)[arima.transform],
            "parameters": _lists(arima.parameters),
            "standard_errors": _lists(arima.standard_errors),
            "sigma2": arima.sigma2,
            "aicc": np.where(np.isfinite(arima.aicc), arima.aicc, np.nan),
            "group": np.full(len(counts), ""),
            "scale": traits.scale,
            "level": traits.level,
            "zero_share": traits.zero_share.astype(np.float64),
            "days": traits.days.astype(np.int64),
            "weights": _lists(choice.weights),
            "count": counts,
        }
    )
    trimmed = [pl.col(name).list.head(pl.col("count")) for name in ("parameters", "standard_errors")]
    frame = frame.with_columns(
        *trimmed,
        pl.col("aicc", "level").fill_nan(None),
        run_id=pl.lit(run_id),
        fitted_run=pl.lit(run_id),
        fitted_to=pl.Series(arima.ends.astype("datetime64[D]")),
    )
    return MODELS.check(frame.select(MODELS.names))


def states_frame(fleet: FittedFleet | Trained, run_id: str, *, known_at: datetime) -> pl.DataFrame:
    """STATES rows: header, levels and surprises of the ARIMA, six weeks of values, size and chance of use.

    `known_at` is the instant up to which committed batches are in the states.
    """
    members = fleet.members
    arima = members.arima
    n = len(arima.series_ids)
    state = np.concatenate(
        [
            np.full((n, 1), arima.levels.shape[1]),
            np.full((n, 1), arima.surprises.shape[1]),
            np.stack([arima.size, arima.ceiling, arima.clip, arima.runs.astype(np.float64)], axis=1),
            arima.levels,
            arima.surprises,
            members.weekday_median.recent,
            np.stack([members.tsb.size, members.tsb.chance], axis=1),
        ],
        axis=1,
    )
    return STATES.check(
        pl.DataFrame(
            {
                "account_id": arima.series_ids,
                "cutoff": arima.ends.astype("datetime64[D]"),
                "state": _lists(state),
            }
        )
        .with_columns(run_id=pl.lit(run_id), known_at=pl.lit(known_at, INSTANT))
        .select(STATES.names)
    )


def evidence_frame(trained: Trained, run_id: str) -> pl.DataFrame:
    """EVIDENCE rows: every contender at every cutoff of the backtest, and the champion."""
    ids = trained.members.arima.series_ids
    mae = trained.choice.mae
    n = len(ids)
    served = mae[trained.choice.champion, :, np.arange(n)].T
    parts = []
    for name, errors in [*zip(champions.NAMES, mae, strict=True), ("champion", served)]:
        for f, cutoff in enumerate(trained.fold_cutoffs):
            scale = trained.fold_scale[f]
            mase = np.divide(errors[f], scale, out=np.full(n, np.nan), where=scale > 0)
            parts.append(
                pl.DataFrame(
                    {"account_id": ids, "days": trained.fold_days[f], "mae": errors[f], "mase": mase}
                )
                .with_columns(model=pl.lit(name), cutoff=pl.lit(cutoff.astype("datetime64[D]").item()))
                .filter(pl.col("days") > 0)
            )
    frame = pl.concat(parts).with_columns(pl.col("mae", "mase").fill_nan(None), run_id=pl.lit(run_id))
    return EVIDENCE.check(frame.select(EVIDENCE.names))


def lead_frame(trained: Trained, run_id: str) -> pl.DataFrame:
    """LEAD_EVIDENCE rows of a slab: champions and baseline at every lead."""
    leads = trained.leads
    steps = len(leads.days)
    frame = pl.DataFrame(
        {
            "model": np.repeat(["champion", "last_week"], steps),
            "lead": np.tile(np.arange(1, steps + 1, dtype=np.int32), 2),
            "days": np.tile(leads.days, 2),
            "scaled": np.concatenate([leads.champion, leads.baseline]),
        }
    ).with_columns(run_id=pl.lit(run_id), slab=pl.lit(str(trained.members.arima.series_ids[0])))
    return LEAD_EVIDENCE.check(frame.select(LEAD_EVIDENCE.names))


def calibrated_frame(models: pl.DataFrame, scale: Floats, group: NDArray[np.int64]) -> pl.DataFrame:
    """MODELS rows with the scale and group that the fleet's calibration gives them."""
    return MODELS.check(
        models.with_columns(pl.Series("scale", scale), pl.Series("group", np.array(GROUPS)[group])).select(
            MODELS.names
        )
    )


def scaled_frame(trained: Trained, run_id: str) -> pl.DataFrame:
    """MODELS rows of accounts trained apart from their fleet, whose calibration they share."""
    traits = trained.traits
    scale = np.where(np.isfinite(traits.scale), traits.scale, 0.5 * np.nan_to_num(traits.level))
    return calibrated_frame(models_frame(trained, run_id), scale, intervals.group_of(scale, traits))


def calibration_frame(calibration: Calibration, run_id: str) -> pl.DataFrame:
    """CALIBRATION rows."""
    groups, leads, quantiles = calibration.values.shape
    return CALIBRATION.check(
        pl.DataFrame(
            {
                "group": np.repeat(GROUPS, leads * quantiles),
                "lead": np.tile(np.repeat(np.arange(leads), quantiles), groups).astype(np.int32),
                "quantile": np.tile(QUANTILES, groups * leads),
                "value": calibration.values.ravel(),
                "residuals": np.repeat(calibration.counts.ravel(), quantiles),
            }
        )
        .with_columns(run_id=pl.lit(run_id))
        .select(CALIBRATION.names)
    )


def read_fleet(
    models: pl.DataFrame, states: pl.DataFrame, calibration: pl.DataFrame, *, billing_days: int
) -> FittedFleet:
    """The fleet of one run from its rows, in the order of the accounts."""
    models, states = models.sort("account_id"), states.sort("account_id")
    ids = models["account_id"].to_numpy()
    ends = states["cutoff"].to_numpy().astype("datetime64[D]")
    state = states["state"].explode(empty_as_null=False).to_numpy().reshape(len(ids), -1)
    past, surprises = int(state[0, 0]), int(state[0, 1])
    arima_state, recent, rest = np.split(state, [_HEADER + past + surprises, state.shape[1] - 2], axis=1)
    arima = _read_arima(models, ends, arima_state, past)
    status = np.where(arima.status == "too_short", "too_short", "ok")
    profiles = [
        FittedProfile(model, ids, ends, recent[:, -model.seasons * model.period :].copy(), status)
        for model in (weekday_median(), weekday_mean(), last_week())
    ]
    tsb = FittedTsb(Tsb(), ids, ends, rest[:, 0].copy(), rest[:, 1].copy(), status)
    weights = models["weights"].explode(empty_as_null=False).to_numpy().reshape(len(ids), -1)
    groups = {name: g for g, name in enumerate(GROUPS)}
    return FittedFleet(
        Members(arima, profiles[0], profiles[1], profiles[2], tsb),
        models["champion"].to_numpy(),
        weights,
        models["scale"].to_numpy(),
        models["group"].replace_strict(groups, default=0, return_dtype=pl.Int64).to_numpy(),
        _read_calibration(calibration),
        billing_days,
    )


def read_traits(models: pl.DataFrame) -> Traits:
    """What the intervals need to know of each account, from MODELS rows in their order."""
    return Traits(
        models["scale"].to_numpy(),
        models["level"].fill_null(np.nan).to_numpy(),
        models["zero_share"].to_numpy(),
        models["days"].to_numpy(),
    )


def forecasts_frame(forecasts: Forecasts, run_id: str) -> pl.DataFrame:
    """FORECASTS rows: one for each account and day."""
    n, steps, _ = forecasts.quantiles.shape
    cutoff = forecasts.cutoff.astype("datetime64[D]")
    ids = pl.Series("account_id", forecasts.series_ids)
    rows = {
        "account_id": ids.gather(np.repeat(np.arange(n, dtype=np.uint32), steps)),
        "day": np.tile(cutoff + np.arange(steps), n),
        **_quantile_columns(forecasts.quantiles.reshape(n * steps, -1)),
    }
    return FORECASTS.check(
        pl.DataFrame(rows)
        .with_columns(run_id=pl.lit(run_id), cutoff=pl.lit(cutoff.item()))
        .select(FORECASTS.names)
    )


def period_frame(forecasts: Forecasts, run_id: str, days: int) -> pl.DataFrame:
    """PERIOD_FORECASTS rows: one for each account."""
    rows = {
        "account_id": pl.Series(forecasts.series_ids),
        **_quantile_columns(forecasts.totals),
    }
    return PERIOD_FORECASTS.check(
        pl.DataFrame(rows)
        .with_columns(
            run_id=pl.lit(run_id),
            cutoff=pl.lit(forecasts.cutoff.astype("datetime64[D]").item()),
            days=pl.lit(days, pl.Int32),
        )
        .select(PERIOD_FORECASTS.names)
    )


def _quantile_columns(values: Floats) -> dict[str, Floats]:
    """Columns of an array of shape (n_rows, n_quantiles)."""
    return {QUANTILE_COLUMNS[q]: np.ascontiguousarray(values[:, i]) for i, q in enumerate(QUANTILES)}


def _read_arima(models: pl.DataFrame, ends: NDArray[Any], state: Floats, past: int) -> FittedArima:
    names, inverse = np.unique(models["order"].to_numpy().astype(str), return_inverse=True)
    orders = np.array([parse_order(name).row for name in names], dtype=np.int64)[inverse]
    transforms = {name: code for code, name in enumerate(TRANSFORMS)}
    statuses = {str(name): code for code, name in enumerate(STATUS)}
    return FittedArima(
        series_ids=models["account_id"].to_numpy(),
        ends=ends,
        orders=orders,
        parameters=_padded(models["parameters"], 0.0),
        standard_errors=_padded(models["standard_errors"], np.nan),
        sigma2=models["sigma2"].to_numpy(),
        aicc=models["aicc"].fill_null(np.nan).to_numpy(),
        transform=models["transform"].replace_strict(transforms, return_dtype=pl.Int64).to_numpy(),
        size=state[:, 2].copy(),
        ceiling=state[:, 3].copy(),
        clip=state[:, 4].copy(),
        status_code=models["status"].replace_strict(statuses, return_dtype=pl.Int64).to_numpy(),
        levels=state[:, _HEADER : _HEADER + past].copy(),
        surprises=state[:, _HEADER + past :].copy(),
        runs=state[:, 5].astype(np.int64),
    )


def _read_calibration(frame: pl.DataFrame) -> Calibration:
    leads = frame["lead"].n_unique()
    order = {name: g for g, name in enumerate(GROUPS)}
    sorted_rows = frame.with_columns(
        pl.col("group").replace_strict(order, return_dtype=pl.Int64).alias("g")
    ).sort("g", "lead", "quantile")
    values = sorted_rows["value"].to_numpy().reshape(len(GROUPS), leads, len(QUANTILES))
    counts = sorted_rows["residuals"].to_numpy().reshape(len(GROUPS), leads, len(QUANTILES))
    return Calibration(values.copy(), counts[..., 0].copy())


def _order_text(row: NDArray[np.int64]) -> str:
    p, d, q, P, D, Q, period, constant = row
    return f"({p},{d},{q})({P},{D},{Q}){period}{'c' if constant else ''}"


def _lists(values: Floats) -> pl.Series:
    return pl.Series(np.ascontiguousarray(values, dtype=np.float64)).arr.to_list()


def _padded(lists: pl.Series, fill: float) -> Floats:
    lengths = lists.list.len().to_numpy()
    out = np.full((len(lists), MAX_PARAMETERS), fill)
    out[np.arange(MAX_PARAMETERS) < lengths[:, None]] = lists.explode(empty_as_null=False).to_numpy()
    return out
