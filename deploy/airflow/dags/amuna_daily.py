"""### Amuna, every day

Reads what the feeds have, takes it into the models without refitting, judges yesterday's forecasts, refits the accounts
that got worse, lets a refit serve where it proved better, makes zones and the utility add up, and looks for drift.

`ingest → shards → update × shard → evaluate → refit × shard → promote × shard → reconcile → monitor`

Every step may be run again: what is done is not done twice. A step is retried only when Amuna says "try again" (exit
code 75: the store is held, or a source does not answer); any other failure stops the run with what to do.

| Variable | default | meaning |
|---|---|---|
| `amuna_bin` | `amuna` | path of the command in Amuna's own environment |
| `amuna_workspace` | – | folder with amuna.toml |
| `amuna_shards` | `20` | ranges of accounts that are worked on apart |

The pool `amuna_store` has one slot with the embedded store, and one for every core with PostgreSQL.
"""

from airflow.sdk import chain, dag
from amuna_steps import shards, step
from pendulum import datetime


@dag(
    schedule="30 3 * * *",
    start_date=datetime(2024, 1, 1, tz="America/Lima"),
    catchup=False,
    max_active_runs=1,
    tags=["amuna"],
    doc_md=__doc__,
)
def amuna_daily():
    """The steps in their order."""
    ranges = shards()

    def on_shards(command: str):
        return step.override(task_id=command).partial(command=command).expand(accounts=ranges)

    def on_all(command: str):
        return step.override(task_id=command)(command)

    refreshed = (on_all("ingest"), ranges, on_shards("update"), on_all("evaluate"))
    chain(*refreshed, on_shards("refit"), on_shards("promote"), on_all("reconcile"), on_all("monitor"))


amuna_daily()
