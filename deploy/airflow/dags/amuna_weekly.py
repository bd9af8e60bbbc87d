"""### Amuna, every week

Trains the whole fleet anew: fit, backtest, champion per account, calibrated intervals.
The same data, settings and code are not trained twice, and an interrupted training goes on where it was.

It is created paused: a training ends the contests of the daily refits, so unpause it only where everything shall be
trained weekly instead (docs/lifecycle.md).

It uses the Variables and the pool of `amuna_daily`.
"""

from airflow.sdk import dag
from amuna_steps import step
from pendulum import datetime


@dag(
    schedule="30 4 * * 0",
    start_date=datetime(2024, 1, 1, tz="America/Lima"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    tags=["amuna"],
    doc_md=__doc__,
)
def amuna_weekly():
    """The one step."""
    step.override(task_id="train")("train")


amuna_weekly()
