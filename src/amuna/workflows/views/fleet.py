"""The fleet of models: who serves which accounts, how accurate they are, what was decided, and where runs come from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, DECISIONS, DRIFT, EVIDENCE, MODELS, RUNS
from amuna.domain.zone_tables import ZONES_RUN
from amuna.workflows.day_ahead import day_ahead
from amuna.workflows.evaluate import EvaluateReport, evaluate
from amuna.workflows.registered import trainings
from amuna.workflows.versions import list_versions

HELD_DAYS = 365  # of intervals' coverage shown
LATEST = 100  # decisions shown at a time
_LINEAGE = (
    "run_id",
    "kind",
    "parent",
    "cutoff",
    "started_at",
    "seconds",
    "accounts",
    "code_version",
    "mase",
    "baseline_mase",
    "settings",
    "state",
    "contests",
)
DECISIONS_MADE = ("adopted", "refit", "promoted", "kept", "rolled_back", "confirmed")


@dataclass(frozen=True)
class FleetFacts:
    """The serving run in figures.

    Parameters
    ----------
    run_id
        The run; None before the first training.
    accuracy
        As `evaluate` has it; None where the backtest judged no account.
    by_segment
        Mean MASE by `model` and `segment`, with the `accounts` behind it.
    held
        Of forecasts made one day ahead: day, forecasts, held80, held95 (shares inside the intervals) and ratio, their
        mean miss over that of last week repeated (null where that is unknown).
    champions
        Accounts by champion and status: champion, status, accounts.
    """

    run_id: str | None
    accuracy: EvaluateReport | None = field(repr=False)
    by_segment: pl.DataFrame = field(repr=False)
    held: pl.DataFrame = field(repr=False)
    champions: pl.DataFrame = field(repr=False)


def fleet_facts(*, store: Store, today: date) -> FleetFacts:
    """Everything of the serving run that its page shows.

    Parameters
    ----------
    today
        Coverage is shown of the HELD_DAYS before it.
    """
    serves = store.read(RUNS, where={"alias": "champion"}, columns=["run_id"])["run_id"].to_list()
    run_id = str(serves[0]) if serves else None
    return FleetFacts(
        run_id,
        _accuracy(store),
        _by_segment(store, run_id or ""),
        _held(day_ahead(store, today - timedelta(days=HELD_DAYS), today + timedelta(days=1))),
        _champions(store, run_id or ""),
    )


def _accuracy(store: Store) -> EvaluateReport | None:
    try:
        return evaluate(store=store)
    except NotEnoughData:
        return None


def _by_segment(store: Store, run_id: str) -> pl.DataFrame:
    return store.query(
        "SELECT e.model, COALESCE(a.segment, 'unknown') AS segment, AVG(e.mase) AS mase,"
        " COUNT(DISTINCT e.account_id) AS accounts"
        f" FROM {EVIDENCE.name} AS e LEFT JOIN {ACCOUNTS.name} AS a ON a.account_id = e.account_id"
        " WHERE e.run_id = ? AND e.mase IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2",
        [run_id],
    )


def _held(days: pl.DataFrame) -> pl.DataFrame:
    compared = pl.col("baseline_gap_m3") > 0
    return days.select(
        "day",
        "forecasts",
        held80=pl.col("inside80") / pl.col("forecasts"),
        held95=pl.col("inside95") / pl.col("forecasts"),
        ratio=pl.when(compared).then(pl.col("gap_m3") / pl.col("baseline_gap_m3")),
    )


def _champions(store: Store, run_id: str) -> pl.DataFrame:
    return store.query(
        f"SELECT champion, status, COUNT(*) AS accounts FROM {MODELS.name} WHERE run_id = ?"
        " GROUP BY champion, status ORDER BY accounts DESC, champion, status",
        [run_id],
    )


def drift_looks(*, store: Store) -> pl.DataFrame:
    """How many figures lay beyond their limit at each look: cutoff, drifted, judged."""
    return store.query(
        "SELECT cutoff, SUM(CASE WHEN drifted THEN 1 ELSE 0 END) AS drifted,"
        ' SUM(CASE WHEN "limit" IS NULL THEN 0 ELSE 1 END) AS judged'
        f" FROM {DRIFT.name} GROUP BY cutoff ORDER BY cutoff"
    )


def decisions(
    *, store: Store, decision: str | None = None, account: str | None = None, limit: int = LATEST
) -> pl.DataFrame:
    """The newest decisions, as DECISIONS rows.

    Parameters
    ----------
    decision
        Only these: one of DECISIONS_MADE.
    account
        Only those of this account.
    """
    asked = {"decision": decision, "account_id": account}
    wanted = {name: value for name, value in asked.items() if value is not None}
    where = " AND ".join(f"{name} = ?" for name in wanted)
    names = ", ".join(DECISIONS.names)
    return store.query(
        f"SELECT {names} FROM {DECISIONS.name}{' WHERE ' + where if where else ''}"
        f" ORDER BY decided_at DESC, account_id LIMIT {int(limit)}",
        list(wanted.values()),
    )


def decision_counts(*, store: Store) -> pl.DataFrame:
    """How many accounts each day of decisions touched: day, decision, accounts."""
    return store.query(
        f"SELECT day, decision, COUNT(*) AS accounts FROM {DECISIONS.name} GROUP BY day, decision ORDER BY day, decision"
    )


def lineage(*, store: Store) -> pl.DataFrame:
    """Every run of the accounts, the newest first: where it comes from, and what became of it.

    Returns
    -------
    polars.DataFrame
        `run_id`, `kind` (training or refit), `parent`, `cutoff`, `started_at`, `seconds` (null while it runs),
        `accounts`, `code_version`, `mase` and `baseline_mase` of the backtest, `settings` (a short name of them),
        `state`: serves, challenger (the newest training since that was not rolled back) or empty; and `contests`:
        accounts whose model of this run is a rival of the one that serves.
    """
    runs = store.read(RUNS).filter(pl.col("kind").fill_null("training") != ZONES_RUN)
    rivals = store.query(
        f"SELECT m.run_id, COUNT(*) AS contests FROM {MODELS.name} AS m JOIN {RUNS.name} AS r ON r.run_id = m.run_id"
        " WHERE r.kind = 'refit' GROUP BY m.run_id"
    )
    judged = list_versions(store).select("run_id", "mase", "baseline_mase", "settings")
    challenger = _challenger(store)
    state = pl.when(pl.col("alias") == "champion").then(pl.lit("serves"))
    return (
        runs.drop("settings")
        .join(rivals, on="run_id", how="left")
        .join(judged, on="run_id", how="left")
        .with_columns(
            pl.col("kind").fill_null("training"),
            pl.col("contests").fill_null(0),
            seconds=(pl.col("finished_at") - pl.col("started_at")).dt.total_microseconds() / 1e6,
            state=state.when(pl.col("run_id") == challenger).then(pl.lit("challenger")).otherwise(pl.lit("")),
        )
        .select(_LINEAGE)
        .sort("started_at", "run_id", descending=True)
    )


def _challenger(store: Store) -> str:
    """As `registered.sync` names it; empty where there is none."""
    runs = trainings(store)
    names = runs["run_id"].to_list()
    serves = runs.filter(pl.col("alias") == "champion")["run_id"].to_list()
    newer = names[names.index(serves[0]) + 1 :] if serves else names
    refused = store.read(
        DECISIONS, where={"account_id": "", "decision": "rolled_back"}, columns=["rival_run"]
    )["rival_run"].to_list()
    return next((name for name in reversed(newer) if name not in refused), "")


def setting_changes(*, store: Store, run_a: str, run_b: str) -> pl.DataFrame:
    """Settings in which two runs differ: setting, a, b; empty text where one has none."""
    found = store.read(RUNS, where={"run_id": [run_a, run_b]}, columns=["run_id", "settings"])
    flat = {run: _flat(json.loads(text)) for run, text in found.iter_rows()}
    a, b = flat.get(run_a, {}), flat.get(run_b, {})
    rows = [
        (name, a.get(name, ""), b.get(name, "")) for name in sorted({*a, *b}) if a.get(name) != b.get(name)
    ]
    return pl.DataFrame(rows, schema={"setting": pl.String, "a": pl.String, "b": pl.String}, orient="row")


def _flat(settings: dict[str, Any], under: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{under}{name}.")
        else:
            flat[f"{under}{name}"] = value if isinstance(value, str) else json.dumps(value)
    return flat
