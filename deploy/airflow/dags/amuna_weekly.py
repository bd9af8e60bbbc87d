"""### Amuna, every week

Trains the whole fleet anew: fit, backtest, champion per account, calibrated intervals; and all that rests on it.
The same data, settings and code are not trained twice, and an interrupted training goes on where it was.

`train → forecast → reconcile → alarms → zones → register`

It is created paused: a training ends the contests of the daily refits, so unpause it only where everything shall be
trained weekly instead (docs/lifecycle.md). Zones are trained once a week by either DAG.

It uses the Variables and the pool of `amuna_daily`.
"""

from airflow.sdk import dag
from amuna_steps import in_order, on_all
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
    """The steps in their order."""
    accounts = (on_all("train"), on_all("forecast"), on_all("reconcile"), on_all("alarms"))
    in_order(*accounts, on_all("zones", alone=True), on_all("register", alone=True))


amuna_weekly()
