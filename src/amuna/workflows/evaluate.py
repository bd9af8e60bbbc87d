"""Evaluate: accuracy against the baseline, from backtests and from forecasts that were stored before the truth came."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, EVIDENCE, LEAD_EVIDENCE, MODELS, SCORES
from amuna.domain.text import Text
from amuna.workflows.serving import serving


@dataclass(frozen=True)
class EvaluateReport:
    """Accuracy of the serving run. MASE is the mean absolute residual over each account's mean weekly difference.

    Parameters
    ----------
    run_id
        The run.
    models
        Backtest: every forecaster and the champion: model, accounts, mase (mean), median_mase.
    segments
        Backtest by segment and by calibration group: kind, name, accounts, mase, baseline_mase.
    leads
        Backtest by lead: lead, mase, baseline_mase.
    stored
        Stored forecasts judged since: lead, forecasts, mae_m3, baseline_mae_m3, coverage80, coverage95.
    accounts
        Backtest by account: account_id, champion, status, mase, baseline_mase, mae_m3; the worst against its
        baseline first.
    """

    run_id: str
    models: pl.DataFrame
    segments: pl.DataFrame
    leads: pl.DataFrame
    stored: pl.DataFrame
    accounts: pl.DataFrame


def evaluate(*, store: Store) -> EvaluateReport:
    """Accuracy of the serving run by model, segment, lead and account.

    Raises
    ------
    NotEnoughData
        If nothing was trained.
    """
    run_id = serving(store).run_id
    accounts = _accounts(store, run_id)
    if accounts.is_empty():
        raise NotEnoughData(
            Text(
                "La prueba retrospectiva no evaluó ninguna cuenta: ninguna tiene historia suficiente.",
                "The backtest judged no account: none has enough history.",
            ),
            remedy=Text("Ingrese más días y luego: amuna train.", "Ingest more days, then amuna train."),
        )
    return EvaluateReport(
        run_id,
        _models(store, run_id),
        _segments(accounts),
        _leads(store, run_id),
        _stored(store, run_id),
        accounts,
    )


def _models(store: Store, run_id: str) -> pl.DataFrame:
    return store.query(
        "SELECT model, COUNT(DISTINCT account_id) AS accounts, AVG(mase) AS mase,"
        " PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY mase) AS median_mase, AVG(mae) AS mae_m3"
        f" FROM {EVIDENCE.name} WHERE run_id = ? AND mase IS NOT NULL GROUP BY model ORDER BY mase",
        [run_id],
    )


def _accounts(store: Store, run_id: str) -> pl.DataFrame:
    return store.query(
        "SELECT e.account_id, ANY_VALUE(m.champion) AS champion, ANY_VALUE(m.status) AS status,"
        ' ANY_VALUE(m."group") AS "group", ANY_VALUE(a.segment) AS segment,'
        " AVG(e.mase) FILTER (WHERE e.model = 'champion') AS mase,"
        " AVG(e.mase) FILTER (WHERE e.model = 'last_week') AS baseline_mase,"
        " AVG(e.mae) FILTER (WHERE e.model = 'champion') AS mae_m3"
        f" FROM {EVIDENCE.name} e JOIN {MODELS.name} m ON m.run_id = e.run_id AND m.account_id = e.account_id"
        f" LEFT JOIN {ACCOUNTS.name} a ON a.account_id = e.account_id"
        " WHERE e.run_id = ? AND e.model IN ('champion', 'last_week') AND e.mase IS NOT NULL"
        " GROUP BY e.account_id",
        [run_id],
    ).sort((pl.col("mase") / pl.col("baseline_mase")).fill_nan(None), descending=True, nulls_last=True)


def _segments(accounts: pl.DataFrame) -> pl.DataFrame:
    measures = (
        pl.len().alias("accounts"),
        pl.col("mase").mean(),
        pl.col("baseline_mase").mean(),
        pl.col("mase").median().alias("median_mase"),
    )
    parts = [
        accounts.with_columns(kind=pl.lit(kind), name=pl.col(kind).fill_null("unknown"))
        .group_by("kind", "name")
        .agg(*measures)
        .sort("accounts", "name", descending=[True, False])
        for kind in ("segment", "group")
    ]
    return pl.concat(parts)


def _leads(store: Store, run_id: str) -> pl.DataFrame:
    rows = store.query(
        f"SELECT model, lead, SUM(scaled) / NULLIF(SUM(days), 0) AS mase FROM {LEAD_EVIDENCE.name}"
        " WHERE run_id = ? GROUP BY model, lead",
        [run_id],
    )
    return (
        rows.pivot(on="model", index="lead", values="mase")
        .rename({"champion": "mase", "last_week": "baseline_mase"})
        .select("lead", "mase", "baseline_mase")
        .sort("lead")
    )


def _stored(store: Store, run_id: str) -> pl.DataFrame:
    return store.query(
        "SELECT CAST(day - cutoff AS INTEGER) + 1 AS lead, COUNT(*) AS forecasts,"
        " AVG(ABS(observed_m3 - forecast_m3)) AS mae_m3, AVG(ABS(observed_m3 - baseline_m3)) AS baseline_mae_m3,"
        " AVG(CAST(inside80 AS INTEGER)) AS coverage80, AVG(CAST(inside95 AS INTEGER)) AS coverage95"
        f" FROM {SCORES.name} WHERE run_id = ? GROUP BY lead ORDER BY lead",
        [run_id],
    )
