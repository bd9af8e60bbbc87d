"""The run that serves: which it is, and its fleet as it stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, CALIBRATION, MODELS, RUNS, STATES
from amuna.domain.text import Text
from amuna.forecasting.fleet import FittedFleet
from amuna.forecasting.records import read_fleet
from amuna.workflows.shards import ALL, Accounts, within_range

BLOCK_ACCOUNTS = 30_000
_TRAIN = Text(
    "amuna status muestra lo entrenado; amuna train incorpora cuentas nuevas.",
    "amuna status lists what is trained; amuna train takes in new accounts.",
)
_NO_MODEL_FOR = Text("No hay modelo para {accounts}.", "No model for {accounts}.")
_NO_MODEL = Text("No hay modelo para ninguna cuenta.", "No model for any account.")


@dataclass(frozen=True)
class Serving:
    """The champion run, and how far its states have come.

    Parameters
    ----------
    run_id
        Its name.
    cutoff
        First day that some of its states have not seen.
    known_at
        Batches committed up to then are in all of its states.
    """

    run_id: str
    cutoff: date
    known_at: datetime


@dataclass(frozen=True)
class News:
    """Rows of consumption that a run has not seen.

    When a row was recorded does not tell: a late file may carry rows that the utility recorded long ago. So late rows
    are found by the batches that brought them.

    Parameters
    ----------
    cutoff
        Usable days from here on are new.
    late_since
        Earliest day that may have come or changed late; the cutoff if none has.
    batches
        Batches that may have brought late days.
    """

    cutoff: date
    late_since: date
    batches: tuple[str, ...]

    @property
    def new(self) -> tuple[str, list[object]]:
        """Condition on CONSUMPTION that a day is new, and its parameters."""
        return "(flag = 'ok' AND day >= ?)", [self.cutoff]

    @property
    def late(self) -> tuple[str, list[object]]:
        """Condition on CONSUMPTION that a day came or changed late, and its parameters."""
        if self.late_since >= self.cutoff:
            return "FALSE", []
        condition = "(day >= ? AND day < ? AND batch_id IN (SELECT UNNEST(CAST(? AS VARCHAR[]))))"
        return condition, [self.late_since, self.cutoff, list(self.batches)]

    @property
    def either(self) -> tuple[str, list[object]]:
        """Condition that a day is one or the other, and its parameters."""
        (new, new_parameters), (late, late_parameters) = self.new, self.late
        return f"({new} OR {late})", [*new_parameters, *late_parameters]


def news_since(store: Store, run: Serving) -> News:
    """What was committed since a run's states were made."""
    batches = store.query(
        f"SELECT batch_id, first_day FROM {BATCHES.name} WHERE committed_at > ?"
        " AND COALESCE(kind, '') NOT IN ('accounts', 'weather', 'flow')",
        [run.known_at],
    )
    days = batches["first_day"].fill_null(date.min)
    touching = batches.filter(days < run.cutoff)
    first: date = days.min() if len(touching) else run.cutoff  # type: ignore[assignment]
    return News(run.cutoff, first, tuple(touching["batch_id"].to_list()))


def serving_run(store: Store) -> str:
    """Name of the run that serves.

    Raises
    ------
    NotEnoughData
        If nothing was trained yet.
    """
    run = store.read(RUNS, where={"alias": "champion"}, columns=["run_id"])
    if run.is_empty():
        raise NotEnoughData(
            Text("Todavía no hay un modelo en servicio.", "No model serves yet."),
            remedy=Text("Entrene primero: amuna train.", "Train first: amuna train."),
        )
    return str(run["run_id"][0])


def serving(store: Store, accounts: Accounts = ALL) -> Serving:
    """The run that serves, as far as the states of these accounts have all come.

    Raises
    ------
    NotEnoughData
        If nothing was trained yet, or none of the accounts has a model.
    """
    return generations(store, accounts)[0]


def let_serve(store: Store, run: pl.DataFrame) -> None:
    """Let the run of this RUNS row serve in place of the one that served until now."""
    serves = store.read(RUNS, where={"alias": "champion"})
    store.upsert(RUNS, serves.with_columns(alias=pl.lit("")))
    store.upsert(RUNS, run.with_columns(alias=pl.lit("champion")))


def generations(store: Store, accounts: Accounts = ALL) -> list[Serving]:
    """The states of these accounts by what they have seen, the furthest behind first.

    There is more than one where an update was cut off between shards, or a model came back from another run.

    Raises
    ------
    NotEnoughData
        As `serving`.
    """
    run_id = serving_run(store)
    wanted, bounds = within_range(accounts)
    found = store.query(
        f"SELECT cutoff, known_at FROM {STATES.name} WHERE run_id = ?{wanted} GROUP BY cutoff, known_at ORDER BY 1, 2",
        [run_id, *bounds],
    )
    if found.is_empty():
        raise NotEnoughData(
            Text(
                "El entrenamiento {run_id} no tiene modelo para estas cuentas.",
                "Run {run_id} has no model for these accounts.",
            ),
            remedy=_TRAIN,
            run_id=run_id,
        )
    return [Serving(run_id, cutoff, known_at) for cutoff, known_at in found.iter_rows()]


def last_commit(store: Store) -> datetime | None:
    """When the last batch was committed; None before the first."""
    found: datetime | None = store.query(f"SELECT MAX(committed_at) FROM {BATCHES.name}").item()
    return found


def account_blocks(store: Store, run: Serving, accounts: Accounts = ALL) -> list[list[str]]:
    """The accounts whose states have seen exactly what `run` says, in order, in blocks held in memory one at a time."""
    wanted, bounds = within_range(accounts)
    query = (
        f"SELECT account_id FROM {STATES.name} WHERE run_id = ? AND cutoff = ? AND known_at = ?{wanted}"
        " ORDER BY account_id"
    )
    ids = store.query(query, [run.run_id, run.cutoff, run.known_at, *bounds])["account_id"].to_list()
    return [ids[first : first + BLOCK_ACCOUNTS] for first in range(0, len(ids), BLOCK_ACCOUNTS)]


def load_fleet(
    store: Store, run_id: str, *, accounts: list[str] | None = None, models_of: list[str] | None = None
) -> FittedFleet:
    """The fleet of a run, or of some of its accounts, sorted by account.

    Its billing period is the one it was calibrated for, whatever the settings say by now.

    Parameters
    ----------
    run_id
        Run whose calibration and settings hold.
    accounts
        Only these.
    models_of
        Take models and states from these runs instead; each account must have one in exactly one of them.

    Raises
    ------
    NotEnoughData
        If none of the accounts has a model.
    """
    where: dict[str, object] = {"run_id": models_of or run_id}
    if accounts is not None:
        where["account_id"] = accounts
    models = store.read(MODELS, where=where)
    if models.is_empty():
        raise NotEnoughData(
            _NO_MODEL_FOR if accounts else _NO_MODEL,
            remedy=_TRAIN,
            accounts=accounts or [],
        )
    states = store.read(STATES, where=where)
    calibration = store.read(CALIBRATION, where={"run_id": run_id})
    settings = json.loads(store.read(RUNS, where={"run_id": run_id})["settings"][0])
    return read_fleet(models, states, calibration, billing_days=settings["billing_days"])
