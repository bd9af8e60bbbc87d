"""The run that serves: which it is, and its fleet as it stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, CALIBRATION, MODELS, RUNS, STATES
from amuna.forecasting.fleet import FittedFleet
from amuna.forecasting.records import read_fleet
from amuna.workflows.shards import ALL, Accounts, within_range

BLOCK_ACCOUNTS = 30_000

# Rows of consumption that a run has not seen, given `Serving.seen`: usable new days, and what came late. When a row
# was recorded does not tell: a late file may carry rows that the utility recorded long ago.
NEWS = (
    "((flag = 'ok' AND day >= ?) OR"
    f" (day < ? AND batch_id IN (SELECT batch_id FROM {BATCHES.name} WHERE committed_at > ?)))"
)


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

    @property
    def seen(self) -> tuple[date, date, datetime]:
        """Parameters of NEWS."""
        return self.cutoff, self.cutoff, self.known_at


def serving_run(store: Store) -> str:
    """Name of the run that serves.

    Raises
    ------
    NotEnoughData
        If nothing was trained yet.
    """
    run = store.read(RUNS, where={"alias": "champion"}, columns=["run_id"])
    if run.is_empty():
        raise NotEnoughData("No model serves yet.", remedy="Train first: amuna train.")
    return str(run["run_id"][0])


def serving(store: Store, accounts: Accounts = ALL) -> Serving:
    """The run that serves, as far as the states of these accounts have all come.

    Raises
    ------
    NotEnoughData
        If nothing was trained yet, or none of the accounts has a model.
    """
    return generations(store, accounts)[0]


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
            f"Run {run_id} has no model for these accounts.",
            remedy="amuna status lists what is trained; amuna train takes in new accounts.",
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
            f"No model for {', '.join(accounts or ['any account'])}.",
            remedy="amuna status lists what is trained; amuna train takes in new accounts.",
            accounts=accounts or [],
        )
    states = store.read(STATES, where=where)
    calibration = store.read(CALIBRATION, where={"run_id": run_id})
    settings = json.loads(store.read(RUNS, where={"run_id": run_id})["settings"][0])
    return read_fleet(models, states, calibration, billing_days=settings["billing_days"])
