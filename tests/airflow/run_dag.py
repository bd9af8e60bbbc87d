"""Runs in Airflow's environment: `run_dag.py DAG WORKSPACE…` runs a DAG by `dag.test()` on each workspace in turn.

Its last line is a JSON object: facts of the DAG, and the state and tries of every task of each run.
"""

import json
import os
import sys
from datetime import timedelta
from importlib import import_module

import amuna_steps
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

SOON = {"retry_delay": timedelta(seconds=1)}


def dag_of(name: str) -> DAG:
    """The DAG as its file makes it, but for a shorter wait between two tries."""
    amuna_steps.step = amuna_steps.step.override(**SOON)
    amuna_steps.shards = amuna_steps.shards.override(**SOON)
    return getattr(import_module(name), name)()


def ran(dag: DAG, workspace: str) -> dict:
    """State of a run, and of its tasks: map index, tries, state."""
    os.environ["AIRFLOW_VAR_AMUNA_WORKSPACE"] = workspace
    run = dag.test()
    tasks: dict[str, list] = {}
    for task in sorted(run.get_task_instances(), key=lambda task: (task.task_id, task.map_index)):
        tasks.setdefault(task.task_id, []).append([task.map_index, task.try_number, task.state])
    return {"state": run.state, "tasks": tasks}


def main(name: str, *workspaces: str) -> None:
    """Run and report."""
    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    dag = dag_of(name)
    facts = {
        "errors": bag.import_errors,
        "dags": sorted(bag.dags),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "time_zone": str(dag.timezone),
        "doc": dag.doc_md,
        "order": [task.task_id for task in dag.topological_sort()],
        "pools": sorted({task.pool for task in dag.tasks}),
    }
    print(json.dumps({**facts, "runs": [ran(dag, workspace) for workspace in workspaces]}))


main(*sys.argv[1:])
