"""Steps of Amuna as Airflow tasks: its command in its own environment, retried exactly when it says "try again"."""

import json
import os
import subprocess
from datetime import timedelta

from airflow.sdk import Variable, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

TRY_AGAIN = 75
POOL = "amuna_store"
XCOM_CHARACTERS = 2_000
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
def step(command: str, accounts: str | None = None) -> dict:
    """Run one step, on a range of accounts if one is given; keeps the short facts of its report."""
    report = amuna(command, *(["--accounts", accounts] if accounts else []))
    return {name: fact for name, fact in report.items() if len(json.dumps(fact)) < XCOM_CHARACTERS}


@task(**OPTIONS)
def shards() -> list[str]:
    """Ranges of accounts that together cover all."""
    return amuna("shards", "--count", Variable.get("amuna_shards", default="20"))["shards"]


def _said(done: subprocess.CompletedProcess) -> str:
    """Problem and remedy as Amuna put them, or the end of what it wrote."""
    try:
        error = json.loads(done.stdout)["error"]
        return f"{error['problem']} {error['remedy']}".strip()
    except (ValueError, KeyError):
        return (done.stderr or done.stdout).strip()[-1_000:]
