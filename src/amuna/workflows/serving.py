"""The run that serves: which it is, and its fleet as it stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, CALIBRATION, MODELS, RUNS, STATES, UPDATES
from amuna.forecasting.fleet import FittedFleet
from amuna.forecasting.records import read_fleet

BLOCK_ACCOUNTS = 30_000

# Rows of consumption that a run has not seen, given `Serving.seen`: usable new days, and what came late. When a row
# was recorded does not tell: a late file may carry rows that the utility recorded long ago.
NEWS = (
    "((flag = 'ok' AND day >= ?) OR"
    f" (day < ? AND batch_id IN (SELECT batch_id FROM {BATCHES.name} WHERE committed_at > ?)))"
)


@dataclass(frozen=True)
class Serving:
    """The champion run.

    Parameters
    ----------
    run_id
        Its name.
    cutoff
        First day its states have not seen.
    known_at
        Batches committed up to then are in its states.
    """

    run_id: str
    cutoff: date
    known_at: datetime

    @property
    def seen(self) -> tuple[date, date, datetime]:
        """Parameters of NEWS."""
        return self.cutoff, self.cutoff, self.known_at


def serving(store: Store) -> Serving:
    """The run that serves.

    Raises
    ------
    NotEnoughData
        If nothing was trained yet.
    """
    run = store.read(RUNS, where={"alias": "champion"})
    if run.is_empty():
        raise NotEnoughData("No model serves yet.", remedy="Train first: amuna train.")
    run_id = run["run_id"][0]
    last = store.read(UPDATES, where={"run_id": run_id}).sort("updated_at", "cutoff")
    return Serving(run_id, last["cutoff"][-1], last["known_at"].max())  # type: ignore[arg-type]


def last_commit(store: Store) -> datetime | None:
    """When the last batch was committed; None before the first."""
    found: datetime | None = store.query(f"SELECT MAX(committed_at) FROM {BATCHES.name}").item()
    return found


def account_blocks(store: Store, run_id: str) -> list[list[str]]:
    """The run's accounts in order, in blocks that are held in memory one at a time."""
    query = f"SELECT account_id FROM {MODELS.name} WHERE run_id = ? ORDER BY account_id"
    ids = store.query(query, [run_id])["account_id"].to_list()
    return [ids[first : first + BLOCK_ACCOUNTS] for first in range(0, len(ids), BLOCK_ACCOUNTS)]


def load_fleet(store: Store, run_id: str, *, accounts: list[str] | None = None) -> FittedFleet:
    """The fleet of a run, or of some of its accounts, sorted by account.

    Its billing period is the one it was calibrated for, whatever the settings say by now.

    Raises
    ------
    NotEnoughData
        If none of the accounts has a model.
    """
    where: dict[str, object] = {"run_id": run_id}
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
