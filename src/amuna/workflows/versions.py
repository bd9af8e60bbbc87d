"""Versions of the whole fleet: list and compare them, let another one serve, go back."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import FleetVersion, Store
from amuna.domain.tables import ACCOUNTS, CONSUMPTION, DECISIONS, EVIDENCE, RUNS, STATES
from amuna.domain.text import Text
from amuna.workflows.registered import settings_digest, trainings
from amuna.workflows.serving import let_serve, serving_run

log = logging.getLogger(__name__)

_EQUAL = 0.01
_SEVERAL = Text(
    "{count} entrenamientos empiezan con '{name}'.",
    "{count} trainings begin with '{name}'.",
)
_NONE = Text(
    "El almacén no tiene ningún entrenamiento terminado '{name}'.",
    "The store has no finished training '{name}'.",
)
_LISTED = {
    "version": pl.Int64,
    "run_id": pl.String,
    "aliases": pl.String,
    "cutoff": pl.Date,
    "accounts": pl.Int64,
    "mase": pl.Float64,
    "baseline_mase": pl.Float64,
    "code_version": pl.String,
    "settings": pl.String,
    "in_store": pl.Boolean,
}


@dataclass(frozen=True)
class Comparison:
    """Two trainings side by side, on the evidence of their backtests.

    Parameters
    ----------
    run_a, run_b
        The trainings.
    shared_cutoffs
        Cutoffs that both were judged at: the figures are of these alone. With none, each is judged on its own days,
        and only the distance to last week's value is a fair comparison.
    segments
        One row for all accounts, then one for each segment: accounts, mean MASE of each run and of last week
        repeated at its cutoffs, accounts of which B is better or worse by more than 1 %.
    accounts
        Account, segment, MASE of each, and by how much B is higher; the largest change first.
    """

    run_a: str
    run_b: str
    shared_cutoffs: int
    segments: pl.DataFrame
    accounts: pl.DataFrame


@dataclass(frozen=True)
class Promotion:
    """A whole-fleet decision.

    Parameters
    ----------
    run_id, before
        Run that serves now, and the one that served until now.
    cutoff
        First day its states have not seen.
    days_behind
        Days in the store that its states have not seen; the next update brings them.
    """

    run_id: str
    before: str
    cutoff: date
    days_behind: int


def list_versions(store: Store, versions: Sequence[FleetVersion] = ()) -> pl.DataFrame:
    """Every training that the store or the registry holds, the newest first."""
    numbers = {version.run_id: version for version in versions}
    runs = trainings(store)
    accuracy = _accuracy(store)
    rows = [
        {
            "version": numbers[row["run_id"]].number if row["run_id"] in numbers else None,
            "run_id": row["run_id"],
            "aliases": ", ".join(_aliases(row["alias"], numbers.get(row["run_id"]))),
            "cutoff": row["cutoff"],
            "accounts": row["accounts"],
            "mase": accuracy.get((row["run_id"], "champion")),
            "baseline_mase": accuracy.get((row["run_id"], "last_week")),
            "code_version": row["code_version"],
            "settings": settings_digest(row["settings"]),
            "in_store": True,
        }
        for row in runs.reverse().iter_rows(named=True)
    ]
    stored = set(runs["run_id"])
    rows += [_registered(version) for version in versions if version.run_id not in stored]
    return pl.DataFrame(rows, schema=_LISTED)


def find_run(store: Store, name: str) -> str:
    """The finished training of this name, or whose name begins so; `champion` is the one that serves.

    Raises
    ------
    NotEnoughData
        If there is none, or more than one.
    """
    if name == "champion":
        return serving_run(store)
    found = [
        run_id
        for run_id in trainings(store)["run_id"]
        if run_id.removeprefix("run-").startswith(name.removeprefix("run-"))
    ]
    if len(found) != 1:
        raise NotEnoughData(
            _SEVERAL if found else _NONE,
            remedy=Text(
                "amuna models los muestra; uno que solo está en el registro vuelve con: amuna models restore VERSIÓN.",
                "amuna models lists them; one that only the registry has: amuna models restore VERSION.",
            ),
            name=name,
            count=len(found),
        )
    return str(found[0])


def compare(*, store: Store, run_a: str, run_b: str) -> Comparison:
    """Two trainings overall, by segment and by account.

    Raises
    ------
    NotEnoughData
        If no account was judged in both.
    """
    shared = set(_cutoffs(store, run_a)) & set(_cutoffs(store, run_b))
    both = _errors(store, run_a, shared).join(_errors(store, run_b, shared), on="account_id", suffix="_b")
    if both.is_empty():
        raise NotEnoughData(
            Text(
                "Ninguna cuenta se evaluó tanto en {run_a} como en {run_b}.",
                "No account was judged in both {run_a} and {run_b}.",
            ),
            remedy=Text(
                "Compare entrenamientos de las mismas cuentas.", "Compare trainings of the same accounts."
            ),
            run_a=run_a,
            run_b=run_b,
        )
    segments = store.read(ACCOUNTS, columns=["account_id", "segment"])
    both = both.rename({"mase": "mase_a", "baseline": "baseline_a", "baseline_b": "baseline_b"}).join(
        segments, on="account_id", how="left"
    )
    both = both.with_columns(
        pl.col("segment").fill_null("unknown"), change=pl.col("mase_b") - pl.col("mase_a")
    ).sort(pl.col("change").abs(), "account_id", descending=[True, False])
    parts = [_summary(both.with_columns(segment=pl.lit("all")))]
    if both["segment"].n_unique() > 1:
        parts.append(_summary(both).sort("segment"))
    return Comparison(
        run_a,
        run_b,
        len(shared),
        pl.concat(parts),
        both.select("account_id", "segment", "mase_a", "mase_b", "change"),
    )


def promote(*, store: Store, run_id: str, by: str, reason: str, now: datetime) -> Promotion:
    """Let another training serve the whole fleet. The decision is a row with the person's name."""
    return _choose(store, run_id, decision="promoted", by=by, reason=reason, now=now)


def rollback(*, store: Store, by: str, reason: str, now: datetime) -> Promotion:
    """Let the run serve again that served before the one that serves.

    Raises
    ------
    NotEnoughData
        If none served before.
    """
    serving = find_run(store, "champion")
    return _choose(
        store, _served_before(store, serving), decision="rolled_back", by=by, reason=reason, now=now
    )


def _choose(store: Store, run_id: str, *, decision: str, by: str, reason: str, now: datetime) -> Promotion:
    serving = store.read(RUNS, where={"alias": "champion"})
    before = str(serving["run_id"][0]) if len(serving) else ""
    cutoff, end = _states_cutoff(store, run_id), _data_end(store)
    accuracy = _accuracy(store)
    evidence = {"reason": reason} | {
        run: accuracy.get((run, "champion")) for run in dict.fromkeys((run_id, before)) if run
    }
    row = {
        "run_id": run_id,
        "account_id": "",
        "day": max(end, cutoff),
        "decision": decision,
        "rival_run": before,
        "reason": "person",
        "decided_by": by,
        "decided_at": now,
        "evidence": json.dumps(evidence),
    }
    if before != run_id:
        with store.transaction():
            let_serve(store, store.read(RUNS, where={"run_id": run_id}))
            store.upsert(DECISIONS, DECISIONS.frame([row]))
        log.info("%s %s in place of %s by %s", decision, run_id, before or "none", by)
    return Promotion(run_id, before, cutoff, max(0, (end - cutoff).days))


def _served_before(store: Store, serving: str) -> str:
    """The run that the last promotion of the serving run replaced; without one, the training before it."""
    promotions = store.read(DECISIONS, where={"account_id": "", "decision": "promoted", "run_id": serving})
    replaced = promotions.sort("decided_at")["rival_run"].to_list()
    runs = trainings(store)["run_id"].to_list()
    if replaced and replaced[-1] in runs:
        return str(replaced[-1])
    place = runs.index(serving)
    if place == 0:
        raise NotEnoughData(
            Text(
                "Ningún entrenamiento estuvo en servicio antes de {run_id}.",
                "No training served before {run_id}.",
            ),
            remedy=Text(
                "Elija uno: amuna models promote ENTRENAMIENTO.", "Choose one: amuna models promote RUN."
            ),
            run_id=serving,
        )
    return str(runs[place - 1])


def _states_cutoff(store: Store, run_id: str) -> date:
    found: date | None = store.query(
        f"SELECT MIN(cutoff) FROM {STATES.name} WHERE run_id = ?", [run_id]
    ).item()
    if found is None:
        raise NotEnoughData(
            Text(
                "El almacén no tiene los estados del entrenamiento {run_id}.",
                "The store has no states of run {run_id}.",
            ),
            remedy=Text(
                "Recupérelo: amuna models restore VERSIÓN.", "Bring it back: amuna models restore VERSION."
            ),
            run_id=run_id,
        )
    return found


def _data_end(store: Store) -> date:
    last: date | None = store.query(f"SELECT MAX(day) FROM {CONSUMPTION.name} WHERE flag = 'ok'").item()
    return date.min if last is None else last + timedelta(days=1)


def _accuracy(store: Store) -> dict[tuple[str, str], float]:
    """Mean MASE over accounts and cutoffs by run and model."""
    rows = store.query(
        f"SELECT run_id, model, AVG(mase) FROM {EVIDENCE.name}"
        " WHERE model IN ('champion', 'last_week') AND mase IS NOT NULL GROUP BY run_id, model"
    )
    return {(run, model): mase for run, model, mase in rows.iter_rows()}


def _aliases(stored: str, version: FleetVersion | None) -> list[str]:
    """The store says who is champion; the registry may not have heard of it yet."""
    others = [alias for alias in version.aliases if alias != "champion"] if version else []
    return [stored, *others] if stored else others


def _registered(version: FleetVersion) -> dict[str, object]:
    facts = version.facts
    mase, baseline = facts.get("amuna.mase"), facts.get("amuna.baseline_mase")
    return {
        "version": version.number,
        "run_id": version.run_id,
        "aliases": ", ".join(version.aliases),
        "cutoff": date.fromisoformat(facts["amuna.cutoff"]),
        "accounts": int(facts["amuna.accounts"]),
        "mase": None if mase is None else float(mase),
        "baseline_mase": None if baseline is None else float(baseline),
        "code_version": facts["amuna.code_version"],
        "settings": facts["amuna.settings_sha256"],
        "in_store": False,
    }


def _cutoffs(store: Store, run_id: str) -> list[date]:
    query = f"SELECT DISTINCT cutoff FROM {EVIDENCE.name} WHERE run_id = ?"
    return store.query(query, [run_id])["cutoff"].to_list()


def _errors(store: Store, run_id: str, cutoffs: set[date]) -> pl.DataFrame:
    """Mean MASE of the champion and of last week, by account, at these cutoffs; at all if there are none."""
    where: dict[str, object] = {"run_id": run_id, "model": ["champion", "last_week"]}
    if cutoffs:
        where["cutoff"] = sorted(cutoffs)
    rows = store.read(EVIDENCE, where=where, columns=["account_id", "model", "mase"])
    of = {
        model: pl.col("mase").filter(pl.col("model") == model).mean() for model in ("champion", "last_week")
    }
    errors = rows.group_by("account_id").agg(mase=of["champion"], baseline=of["last_week"])
    return errors.filter(pl.col("mase").is_not_null())


def _summary(accounts: pl.DataFrame) -> pl.DataFrame:
    return accounts.group_by("segment").agg(
        pl.len().cast(pl.Int64).alias("accounts"),
        pl.col("mase_a", "mase_b", "baseline_a", "baseline_b").mean(),
        (pl.col("mase_b") < pl.col("mase_a") * (1 - _EQUAL)).sum().cast(pl.Int64).alias("better"),
        (pl.col("mase_b") > pl.col("mase_a") * (1 + _EQUAL)).sum().cast(pl.Int64).alias("worse"),
    )
