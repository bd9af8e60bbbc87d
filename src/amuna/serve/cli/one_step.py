"""`amuna cycle --step`: one step of the day, for schedulers that keep their own record and try again by themselves."""

from __future__ import annotations

from amuna.domain.errors import UnknownSetting
from amuna.domain.text import Text
from amuna.serve.cli.app import now, open_store, open_workspace
from amuna.serve.cli.output import facts, print_json, say

STEP_HELP = Text(
    "Solo este paso, tal como lo hace el día, para otro programador de tareas como Airflow: ingest, update, evaluate, alarms, "
    "refit, promote, reconcile, monitor, zones o register; train o forecast, del entrenamiento.",
    "Only this step, as the day does it, for another scheduler such as Airflow: ingest, update, evaluate, alarms, refit, promote, "
    "reconcile, monitor, zones or register; train or forecast, of the training.",
)
_DONE = Text("{step}: hecho", "{step}: done")
_PART = Text("{step} {shard}: hecho", "{step} {shard}: done")


def run_one_step(name: str, accounts: str, *, as_json: bool) -> None:
    """Run a step of the day or of the training; its failure is this command's.

    Parameters
    ----------
    name
        Of `cycle.DAY` or `cycle.TRAINING`.
    accounts
        Range as `amuna shards` writes it; all where it is empty.

    Raises
    ------
    UnknownSetting
        If there is no such step.
    """
    from amuna.serve.ports import day_feeds, open_ports
    from amuna.workflows.cycle import DAY, TRAINING, steps_of
    from amuna.workflows.jobs import run_apart
    from amuna.workflows.shards import parse_accounts

    known = list(dict.fromkeys((*DAY, *TRAINING)))
    if name not in known:
        raise UnknownSetting(
            Text("No hay un paso que se llame {step!r}.", "There is no step called {step!r}."),
            remedy=Text("Elija uno de estos: {known}.", "Choose one of these: {known}."),
            step=name,
            known=known,
        )
    workspace, ranges = open_workspace(), [parse_accounts(accounts)]
    with open_store(workspace) as store:
        feeds = day_feeds(workspace, store, now=now)
        ports = open_ports(workspace, store, now=now)
        done = run_apart(steps_of(name, ports, feeds=feeds, ranges=ranges))
    if as_json:
        print_json({"step": name, "done": done})
        return
    for part in done:
        shard = part.pop("shard")
        title = (_PART if shard else _DONE).fill(step=name, shard=shard)
        facts(title, {Text.both(fact): value for fact, value in part.items()}) if part else say(title)
