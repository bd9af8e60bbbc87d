"""Explain: from a stored forecast back to the readings, the model and the code that made it, and on to what happened."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.table import Table
from amuna.domain.tables import (
    ACCOUNTS,
    BATCHES,
    CALIBRATION,
    CONSUMPTION,
    DECISIONS,
    EVIDENCE,
    FORECASTS,
    MODELS,
    RUNS,
    SCORES,
    STATES,
    UPDATES,
)
from amuna.domain.text import Text
from amuna.forecasting import members
from amuna.workflows.forecast import quantile_rows
from amuna.workflows.shards import parse_accounts

READING_DAYS = 14
_NO_FORECAST = (
    Text(
        "No hay guardado ningún pronóstico de la cuenta '{account_id}'.",
        "No forecast of account '{account_id}' is stored.",
    ),
    Text("Haga uno: amuna forecast.", "Make one: amuna forecast."),
)
_NO_ACCOUNT = (
    Text(
        "La cuenta '{account_id}' no está en el almacén.", "There is no account '{account_id}' in the store."
    ),
    Text(
        "amuna evaluate muestra las cuentas; su código se escribe como en el origen de datos.",
        "amuna evaluate lists accounts; ids are written as in the feed.",
    ),
)
_NOT_THIS = {
    (True, True): Text(
        "No hay guardado un pronóstico del {day} hecho el {cutoff} de la cuenta '{account_id}'.",
        "No forecast of {day} made at {cutoff} of account '{account_id}' is stored.",
    ),
    (True, False): Text(
        "No hay guardado un pronóstico del {day} de la cuenta '{account_id}'.",
        "No forecast of {day} of account '{account_id}' is stored.",
    ),
    (False, True): Text(
        "No hay guardado un pronóstico hecho el {cutoff} de la cuenta '{account_id}'.",
        "No forecast made at {cutoff} of account '{account_id}' is stored.",
    ),
}
"""Whether a day and a cutoff were asked for, to what is told."""
Facts = dict[str, Any]


@dataclass(frozen=True)
class Explanation:
    """What a forecast rests on.

    Parameters
    ----------
    reference
        RUN/ACCOUNT/CUTOFF/DAY, which names the forecast.
    segment
        The account's; None where it is not known.
    lead
        Days ahead [days].
    quantiles
        The forecast: quantile, forecast_m3 [m³].
    made_at, known_at
        When it was made, and up to when batches had been committed that it could use.
    run
        kind, started_at, finished_at, cutoff, code_version, settings, settings_hash, accounts, serves.
    model
        champion, weights by member, status, order, transform, parameters (name, value, standard_error), fitted_run,
        fitted_to, level_m3, days; None if its run has been removed.
    replaced_since
        Whether another model has taken the account over after the forecast was made: `model` is then the present one.
    interval
        group, scale_m3, and calibration: quantile, value [scales], residuals behind it.
    evidence
        Backtest of each model for the account: model, days, mae [m³], mase.
    decisions
        DECISIONS about the account, the latest first.
    state
        cutoff and known_at that the model's state has by now.
    readings
        The last days before the cutoff as they were known: day, consumption_m3, flag, recorded_at, batch_id.
    batches
        Those that brought the readings: batch_id, feed, source, watermark, row counts, committed_at.
    corrections
        Versions of those days that came after the forecast: the same columns, with `was_m3`.
    outcome
        SCORES of that day from this run, all leads; empty while it is to come.
    """

    reference: str
    account_id: str
    segment: str | None
    cutoff: date
    day: date
    lead: int
    quantiles: pl.DataFrame
    made_at: datetime | None
    known_at: datetime | None
    run: Facts
    model: Facts | None
    replaced_since: bool
    interval: Facts | None
    evidence: pl.DataFrame
    decisions: pl.DataFrame
    state: Facts | None
    readings: pl.DataFrame
    batches: pl.DataFrame
    corrections: pl.DataFrame
    outcome: pl.DataFrame


def explain(what: str, *, store: Store, day: date | None = None, cutoff: date | None = None) -> Explanation:
    """Everything that is known of a stored forecast.

    Parameters
    ----------
    what
        An account, or a forecast as RUN/ACCOUNT/CUTOFF/DAY.
    day
        Day forecast; the first one of the forecast if None.
    cutoff
        First day the forecast had not seen; the last one that forecast the day if None.

    Raises
    ------
    NotEnoughData
        If the account is not known, or no such forecast is stored.
    """
    account, where, day, cutoff = _parsed(what, day, cutoff)
    found = store.read(FORECASTS, where=where | {"account_id": account})
    chosen = _chosen(store, found, account, day, cutoff)
    run_id, cutoff, day = chosen["run_id"][0], chosen["cutoff"][0], chosen["day"][0]
    mine = {"run_id": run_id, "account_id": account}
    lead = (day - cutoff).days + 1
    made_at, known_at = _made(store, run_id, account, cutoff)
    decisions = store.read(DECISIONS, where={"account_id": account}).sort("decided_at", descending=True)
    model = _one(store, MODELS, mine)
    readings, corrections = _readings(store, account, cutoff, known_at)
    names = [*readings["batch_id"].unique().to_list(), *corrections["batch_id"].unique().to_list()]
    return Explanation(
        reference=reference(run_id, account, cutoff, day),
        account_id=account,
        segment=(_one(store, ACCOUNTS, {"account_id": account}) or {}).get("segment"),
        cutoff=cutoff,
        day=day,
        lead=lead,
        quantiles=quantile_rows(chosen, ["day"]).select("quantile", "forecast_m3"),
        made_at=made_at,
        known_at=known_at,
        run=_run(store, run_id),
        model=None if model is None else _model(model),
        replaced_since=_replaced(decisions, made_at),
        interval=None if model is None else _interval(store, model, lead),
        evidence=store.read(EVIDENCE, where=mine, columns=["model", "cutoff", "days", "mae", "mase"]).sort(
            "cutoff", "mae", nulls_last=True
        ),
        decisions=decisions,
        state=_state(store, mine),
        readings=readings,
        batches=store.read(BATCHES, where={"batch_id": names}).sort("committed_at"),
        corrections=corrections,
        outcome=store.read(SCORES, where=mine | {"day": day})
        .drop("run_id", "account_id")
        .sort("cutoff", descending=True),
    )


def reference(run_id: str, account: str, cutoff: date, day: date) -> str:
    """The name of a forecast."""
    return f"{run_id}/{account}/{cutoff}/{day}"


def _parsed(what: str, day: date | None, cutoff: date | None) -> tuple[str, Facts, date | None, date | None]:
    """Account, further conditions, day and cutoff; an account's id may itself hold slashes."""
    found = re.fullmatch(r"([^/]+)/(.+)/(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)", what)
    if not found:
        return what, {}, day, cutoff
    run_id, account, at, on = found.groups()
    return account, {"run_id": run_id}, date.fromisoformat(on), date.fromisoformat(at)


def _chosen(
    store: Store, found: pl.DataFrame, account: str, day: date | None, cutoff: date | None
) -> pl.DataFrame:
    """The rows of one forecast: of the run that serves if it made one, of the last cutoff, of the first day."""
    wanted = found
    if cutoff is not None:
        wanted = wanted.filter(pl.col("cutoff") == cutoff)
    if day is not None:
        wanted = wanted.filter(pl.col("day") == day)
    if wanted.is_empty():
        raise _not_found(store, found, account, day, cutoff)
    serves = store.read(RUNS, where={"alias": "champion"}, columns=["run_id"])["run_id"].to_list()
    mine = wanted.filter(pl.col("run_id").is_in(serves))
    wanted = wanted if mine.is_empty() else mine
    wanted = wanted.filter(pl.col("cutoff") == pl.col("cutoff").max())
    wanted = wanted.filter(pl.col("run_id") == pl.col("run_id").max())
    return wanted.filter(pl.col("day") == pl.col("day").min())


def _not_found(
    store: Store, found: pl.DataFrame, account: str, day: date | None, cutoff: date | None
) -> NotEnoughData:
    if found.is_empty():
        known = store.count(CONSUMPTION, where={"account_id": account}) > 0
        problem, remedy = _NO_FORECAST if known else _NO_ACCOUNT
        return NotEnoughData(problem, remedy=remedy, account_id=account)
    days, cutoffs = found["day"].unique().sort().to_list(), found["cutoff"].unique().sort().to_list()
    return NotEnoughData(
        _NOT_THIS[day is not None, cutoff is not None],
        remedy=Text(
            "Están guardados los días del {first_day} al {last_day}, con {count} cortes entre el {first_cutoff} y el {last_cutoff}.",
            "Stored are the days {first_day} to {last_day}, from {count} cutoffs between {first_cutoff} and {last_cutoff}.",
        ),
        account_id=account,
        day=day,
        cutoff=cutoff,
        first_day=days[0],
        last_day=days[-1],
        cutoffs=cutoffs,
        count=len(cutoffs),
        first_cutoff=cutoffs[0],
        last_cutoff=cutoffs[-1],
    )


def _one(store: Store, table: Table, where: Facts) -> Facts | None:
    rows = store.read(table, where=where)
    return None if rows.is_empty() else rows.row(0, named=True)


def _made(store: Store, run_id: str, account: str, cutoff: date) -> tuple[datetime | None, datetime | None]:
    """When the update that made the forecast ran, and what it knew; unknown where the update is not remembered."""
    updates = store.read(UPDATES, where={"run_id": run_id, "cutoff": cutoff}).sort(
        "updated_at", descending=True
    )
    for row in updates.iter_rows(named=True):
        span = parse_accounts(row["accounts"])
        if span.start <= account and (not span.end or account < span.end):
            return row["updated_at"], row["known_at"]
    return None, None


def _run(store: Store, run_id: str) -> Facts:
    row = _one(store, RUNS, {"run_id": run_id})
    if row is None:
        return {"run_id": run_id}
    names = ("run_id", "started_at", "finished_at", "cutoff", "code_version", "accounts", "settings")
    return {name: row[name] for name in names} | {
        "kind": row["kind"] or "training",
        "serves": row["alias"] == "champion",
        "settings_hash": hashlib.sha256(row["settings"].encode()).hexdigest()[:12],
    }


def _model(row: Facts) -> Facts:
    names = (
        "champion",
        "status",
        "order",
        "transform",
        "aicc",
        "fitted_run",
        "fitted_to",
        "days",
        "zero_share",
    )
    errors = [*row["standard_errors"], *[None] * len(row["parameters"])]
    parameters = [
        {"name": name, "value": value, "standard_error": error}
        for name, value, error in zip(
            _names(row["order"], len(row["parameters"])), row["parameters"], errors, strict=False
        )
    ]
    weights = dict(zip(members.NAMES, row["weights"], strict=False))
    return {name: row[name] for name in names} | {
        "level_m3": row["level"],
        "weights": weights,
        "parameters": parameters,
    }


def _names(order: str, count: int) -> list[str]:
    """Names of an ARIMA model's parameters: phi, theta, seasonal Phi and Theta, constant."""
    sizes = [int(number) for number in re.findall(r"\d+", order)]
    names: list[str] = []
    if len(sizes) >= 6:
        for name, size in zip(
            ("phi", "theta", "Phi", "Theta"), (sizes[0], sizes[2], sizes[3], sizes[5]), strict=True
        ):
            names += [f"{name}{place + 1}" for place in range(size)]
    names.append("constant")
    return names[:count] + [f"parameter{place + 1}" for place in range(len(names), count)]


def _replaced(decisions: pl.DataFrame, made_at: datetime | None) -> bool:
    changes = decisions.filter(pl.col("decision").is_in(["promoted", "rolled_back"]))
    return made_at is not None and changes.filter(pl.col("decided_at") > made_at).height > 0


def _interval(store: Store, model: Facts, lead: int) -> Facts:
    rows = store.read(CALIBRATION, where={"run_id": model["run_id"], "group": model["group"]})
    reached = min(lead, int(rows["lead"].max() or lead))  # type: ignore[arg-type]
    table = rows.filter(pl.col("lead") == reached).sort("quantile").select("quantile", "value", "residuals")
    return {"group": model["group"], "scale_m3": model["scale"], "lead": reached, "calibration": table}


def _state(store: Store, where: Facts) -> Facts | None:
    rows = store.read(STATES, where=where, columns=["cutoff", "known_at"])
    return None if rows.is_empty() else rows.row(0, named=True)


def _readings(
    store: Store, account: str, cutoff: date, known_at: datetime | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The last days as the forecast knew them, and what came of them since.

    What it knew is told by when their batches were committed: a late file may carry rows recorded long before.
    """
    days = [cutoff - timedelta(days=n) for n in range(READING_DAYS, 0, -1)]
    versions = store.versions(CONSUMPTION, where={"account_id": account, "day": days})
    batches = store.read(BATCHES, where={"batch_id": versions["batch_id"].unique().to_list()})
    told = versions.join(
        batches.select("batch_id", "committed_at"), on="batch_id", how="left", maintain_order="left"
    )
    came = pl.coalesce("committed_at", "recorded_at")
    known = pl.lit(True) if known_at is None else came <= known_at
    columns = ["day", "consumption_m3", "flag", "recorded_at", "batch_id"]
    readings = told.filter(known).group_by("day", maintain_order=True).last().select(columns).sort("day")
    was = readings.select("day", was_m3="consumption_m3")
    corrections = told.filter(~known).select(columns).join(was, on="day", how="left", maintain_order="left")
    return readings, corrections.sort("day", "recorded_at")
