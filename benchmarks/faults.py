"""Faults: kill the consumer, the broker and the database at random moments; nothing may be lost or doubled.

    python benchmarks/faults.py [--quick] [--json]

A sender with duplicates, corrections out of order and messages that are none writes to a genuine Kafka; processes of
`amuna follow` take the topic into PostgreSQL, and another topic into DuckDB. Afterwards every version of every
reading in the store is compared with what was sent.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _common import finish, parser
from amuna import wiring
from amuna.domain.errors import TransientError
from amuna.domain.tables import BATCHES
from load import SendingThread, compare, read_dead_letters
from services.kafka import KafkaBroker, kafka_broker
from services.postgres import PostgresServer, postgres_server

PARTITIONS = 4
_TOML = """
[store]
{store}

[feeds.meters]
source = "kafka://{bootstrap}/{topic}"
account = "account"
time = "day"
value = "m3"
recorded = "recorded"
batch_rows = 2000
batch_s = 0.1
idle_s = 0.2
"session.timeout.ms" = 1500
"heartbeat.interval.ms" = 300
"reconnect.backoff.max.ms" = 500
"""


@dataclass(frozen=True)
class Plan:
    """How often each thing happens."""

    consumer_kills: int = 40
    duckdb_kills: int = 10
    broker_kills: int = 10
    postgres_kills: int = 10
    rebalances: int = 10
    per_second: int = 1_500
    accounts: int = 2_000


QUICK = Plan(4, 3, 1, 1, 2)


class Follower:
    """A process of `amuna follow`, started again whenever it ends.

    Parameters
    ----------
    folder
        Its workspace.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._guard = threading.Lock()
        self._wanted = True
        self.starts = 0
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def signal(self, number: signal.Signals) -> None:
        """Send the present process a signal."""
        with self._guard:
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(number)

    def retire(self, number: signal.Signals) -> None:
        """End it for good."""
        self._wanted = False
        self.signal(number)
        self._keeper.join(timeout=60)
        self.signal(signal.SIGKILL)

    def _keep(self) -> None:
        command = [sys.executable, "-m", "amuna.serve.cli.main", "-w", str(self._folder), "follow", "--json"]
        while self._wanted:
            with (self._folder / "follow.log").open("ab") as log, self._guard:
                self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
                self.starts += 1
            self._process.wait()
            time.sleep(0.05)


@dataclass
class Stage:
    """What the faults happen to."""

    broker: KafkaBroker
    postgres: PostgresServer
    follower: Follower
    folder: Path
    dice: random.Random

    def kill_consumer(self) -> None:
        """At any moment, from before it has joined to the midst of a commit."""
        time.sleep(self.dice.uniform(0.3, 6.0))
        self.follower.signal(signal.SIGKILL)

    def kill_broker(self) -> None:
        """While the consumer reads and the sender sends."""
        time.sleep(self.dice.uniform(1.0, 3.0))
        self.broker.kill()
        time.sleep(self.dice.uniform(0.0, 1.0))
        self.broker.start()

    def kill_postgres(self) -> None:
        """While the consumer commits."""
        time.sleep(self.dice.uniform(1.0, 3.0))
        self.postgres.kill()
        time.sleep(self.dice.uniform(0.0, 1.0))
        self.postgres.start()

    def rebalance(self) -> None:
        """A second consumer comes and goes; half of the times the first sleeps so long that it is taken for dead."""
        second = Follower(self.folder)
        time.sleep(self.dice.uniform(3.0, 5.0))
        if self.dice.random() < 0.5:
            self.follower.signal(signal.SIGSTOP)
            time.sleep(3.0)
            self.follower.signal(signal.SIGCONT)
            time.sleep(1.0)
        second.retire(self.dice.choice([signal.SIGTERM, signal.SIGKILL]))


def main() -> None:
    """Run all faults and compare."""
    arguments = parser(__doc__.splitlines()[0])
    arguments.add_argument("--quick", action="store_true", help="a few faults of each kind")
    arguments.add_argument("--seed", type=int, default=1)
    options: argparse.Namespace = arguments.parse_args()
    figures = run(QUICK if options.quick else Plan(), seed=options.seed)
    for name, value in figures.items():
        print(f"  {name:16} {value}")
    finish(figures, as_json=options.json)


def run(plan: Plan, *, seed: int) -> dict[str, Any]:
    """Everything, in servers and folders of its own."""
    started = time.perf_counter()
    with ExitStack() as stack:
        broker = stack.enter_context(kafka_broker())
        postgres = stack.enter_context(postgres_server())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        first = into_postgres(broker, postgres, folder / "postgres", plan, seed=seed)
        second = into_duckdb(broker, folder / "duckdb", plan, seed=seed + 1)
    return {
        "kills": plan.consumer_kills + plan.duckdb_kills + plan.broker_kills + plan.postgres_kills,
        "consumer_kills": plan.consumer_kills + plan.duckdb_kills,
        "broker_kills": plan.broker_kills,
        "postgres_kills": plan.postgres_kills,
        "rebalances": plan.rebalances,
        **{name: first[name] + second[name] for name in first},
        "seconds": round(time.perf_counter() - started, 1),
    }


def into_postgres(
    broker: KafkaBroker, postgres: PostgresServer, folder: Path, plan: Plan, *, seed: int
) -> dict[str, int]:
    """All kinds of faults, in random order, between Kafka and PostgreSQL."""
    workspace(folder, f'url = "{postgres.dsn}"', broker, "meters")
    dice = random.Random(seed)

    def faults(follower: Follower) -> None:
        stage = Stage(broker, postgres, follower, folder, dice)
        todo: list[Callable[[], None]] = [
            *[stage.kill_consumer] * plan.consumer_kills,
            *[stage.kill_broker] * plan.broker_kills,
            *[stage.kill_postgres] * plan.postgres_kills,
            *[stage.rebalance] * plan.rebalances,
        ]
        dice.shuffle(todo)
        for fault in todo:
            fault()

    return _endure(folder, broker, "meters", plan, faults, seed=seed)


def into_duckdb(broker: KafkaBroker, folder: Path, plan: Plan, *, seed: int) -> dict[str, int]:
    """Kills of the consumer that holds a DuckDB file."""
    workspace(folder, "", broker, "homes")
    dice = random.Random(seed)

    def faults(follower: Follower) -> None:
        for _ in range(plan.duckdb_kills):
            time.sleep(dice.uniform(0.3, 5.0))
            follower.signal(signal.SIGKILL)

    return _endure(folder, broker, "homes", plan, faults, seed=seed)


def workspace(folder: Path, store: str, broker: KafkaBroker, topic: str) -> None:
    """A workspace that follows a new topic."""
    folder.mkdir(parents=True)
    (folder / "amuna.toml").write_text(_TOML.format(store=store, bootstrap=broker.bootstrap, topic=topic))
    broker.create_topic(topic, partitions=PARTITIONS)


def _endure(
    folder: Path,
    broker: KafkaBroker,
    topic: str,
    plan: Plan,
    faults: Callable[[Follower], None],
    *,
    seed: int,
) -> dict[str, int]:
    """Send and follow while the faults happen, let all be read, and compare with the truth."""
    sender = SendingThread(
        broker.bootstrap, topic, per_second=plan.per_second, accounts=plan.accounts, seed=seed
    )
    sender.start()
    follower = Follower(folder)
    try:
        faults(follower)
        sender.finish()
    finally:
        follower.retire(signal.SIGTERM)
    _drain(folder)
    store = wiring.store(wiring.open_workspace(folder))
    try:
        found = compare(store, sender, read_dead_letters(broker.bootstrap, topic))
        return {**found, "batches": store.count(BATCHES), "starts": follower.starts}
    finally:
        store.close()


def _drain(folder: Path) -> None:
    """Read what is left."""
    command = [sys.executable, "-m", "amuna.serve.cli.main", "-w", str(folder), "follow", "--until-idle", "4"]
    for _ in range(5):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode != TransientError.exit_code:
            break
    assert done.returncode == 0, done.stdout + done.stderr


if __name__ == "__main__":
    main()
