"""Steps of Amuna as Airflow tasks: its command in its own environment, retried exactly when it says "try again"."""

import json
import os
import subprocess
from datetime import timedelta

from airflow.sdk import Variable, chain, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

TRY_AGAIN = 75
POOL = "amuna_store"
OPTIONS = {
    "pool": POOL,
    "retries": 6,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2,
    "max_retry_delay": timedelta(minutes=15),
}


def amuna(*words: str) -> dict:
    """What `amuna WORDS --json` says; 75 makes Airflow try again, any other failure ends the task for good."""
    command = [
        *(Variable.get("amuna_bin", default="amuna"), "--workspace", Variable.get("amuna_workspace")),
        *(*words, "--json"),
    ]
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON"))}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=mine)
    except OSError as error:
        remedy = "Set the Airflow Variable amuna_bin to the path of the command."
        raise AirflowFailException(f"{command[0]}: {error.strerror}. {remedy}") from None
    if done.returncode == 0:
        return json.loads(done.stdout)
    said = f"amuna {' '.join(words)} ended with {done.returncode}. {_said(done)}"
    raise (AirflowException if done.returncode == TRY_AGAIN else AirflowFailException)(said)


@task(**OPTIONS)
def step(name: str, accounts: str | None = None) -> dict:
    """Run one step of Amuna's day or training, on a range of accounts if one is given; returns the short facts of its report."""
    return amuna("cycle", "--step", name, *(["--accounts", accounts] if accounts else []))


@task(**OPTIONS)
def shards() -> list[str]:
    """Ranges of accounts that together cover all."""
    return amuna("shards", "--count", Variable.get("amuna_shards", default="20"))["shards"]


@task(pool=POOL, trigger_rule="one_failed")
def failed() -> None:
    """Fails the run where a step failed, though the last ones did not; skipped in every other run."""
    raise AirflowFailException("A step failed: its log says why and what to do.")


def on_all(name: str, *, alone: bool = False):
    """A step over everything; `alone` where it has its turn even after a failure."""
    return step.override(task_id=name, trigger_rule="all_done" if alone else "all_success")(name)


def on_shards(name: str, ranges):
    """A step mapped over ranges of accounts."""
    return step.override(task_id=name).partial(name=name).expand(accounts=ranges)


def in_order(*steps) -> None:
    """One step after the other, and the watch over all of them."""
    chain(*steps)
    list(steps) >> failed()


def _said(done: subprocess.CompletedProcess) -> str:
    """Problem and remedy as Amuna put them, or the end of what it wrote."""
    try:
        error = json.loads(done.stdout)["error"]
        return f"{error['problem']} {error['remedy']}".strip()
    except (ValueError, KeyError):
        return (done.stderr or done.stdout).strip()[-1_000:]
