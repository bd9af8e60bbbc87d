"""### Amuna, every day

Reads what the feeds have, takes it into the models without refitting, judges yesterday's forecasts, raises alarms, refits the
accounts that got worse, lets a refit serve where it proved better, makes zones and the utility add up, looks for drift,
judges, trains once a week and forecasts the inflows of zones, and brings the model registry up to date.

`ingest → shards → update × shard → evaluate → alarms → refit × shard → promote × shard → reconcile → monitor → zones → register`

They are the steps of `amuna serve`. Every one may be run again: what is done is not done twice. A step is retried only when
Amuna says "try again" (exit code 75: the store is held, or a source does not answer); any other failure is told in its log
with what to do, keeps the accounts' steps after it waiting, and fails the run; zones and registry have their turn all the same.

| Variable | default | meaning |
|---|---|---|
| `amuna_bin` | `amuna` | path of the command in Amuna's own environment |
| `amuna_workspace` | – | folder with amuna.toml |
| `amuna_shards` | `20` | ranges of accounts that are worked on apart |

The pool `amuna_store` has one slot with the embedded store, and one for every core with PostgreSQL.
"""

from airflow.sdk import dag
from amuna_steps import in_order, on_all, on_shards, shards
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
    first, ranges = on_all("ingest"), shards.override(trigger_rule="all_done")()
    accounts = (
        *(on_shards("update", ranges), on_all("evaluate"), on_all("alarms")),
        *(on_shards("refit", ranges), on_shards("promote", ranges), on_all("reconcile"), on_all("monitor")),
    )
    in_order(first, ranges, *accounts, on_all("zones", alone=True), on_all("register", alone=True))


amuna_daily()
