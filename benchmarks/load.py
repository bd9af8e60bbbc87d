"""A stream of readings whose truth is known: duplicates, corrections out of order, messages that are none."""

from __future__ import annotations

import heapq
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
from confluent_kafka import Consumer, Producer

from amuna.domain.ports import Store
from amuna.domain.table import INSTANT
from amuna.domain.tables import BATCHES, CONSUMPTION, QUARANTINE

FIRST_DAY, FIRST_RECORDED = date(2015, 1, 1), datetime(2025, 1, 1, tzinfo=UTC)
KEYS = ["account_id", "day", "recorded_at"]
_DUPLICATED, _CORRECTED, _LATEST = 0.05, 0.03, 5_000
_BAD_EVERY = 500


Version = tuple[str, date, datetime, float]
"""Account, day, when it was recorded, and the volume [m3]."""


@dataclass
class Truth:
    """What was sent: each version of each reading once, and the numbers of messages that must be refused."""

    versions: set[Version] = field(default_factory=set)
    poison: set[int] = field(default_factory=set)
    invalid: set[int] = field(default_factory=set)

    def frame(self) -> pl.DataFrame:
        """The versions as rows of the store."""
        schema = {"account_id": pl.String, "day": pl.Date, "recorded_at": INSTANT, "sent_m3": pl.Float64}
        return pl.DataFrame(list(self.versions), schema=schema, orient="row")


def messages(truth: Truth, *, accounts: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Keys and values without end, noted in the truth."""
    rng = np.random.default_rng(seed)
    waiting: list[tuple[int, int, Version]] = []
    number = 0
    while True:
        while waiting and waiting[0][0] <= number:
            again = heapq.heappop(waiting)[2]
            truth.versions.add(again)
            yield again[0], _message(again)
        reading = _version(number, accounts, rng, version=0)
        chance, later = rng.random(), number + int(rng.integers(1, _LATEST))
        if chance < _DUPLICATED:
            heapq.heappush(waiting, (later, number, reading))
        elif chance < _DUPLICATED + _CORRECTED:
            correction = _version(number, accounts, rng, version=1)
            reading, second = (reading, correction) if rng.random() < 0.5 else (correction, reading)
            heapq.heappush(waiting, (later, number, second))
        truth.versions.add(reading)
        yield reading[0], _message(reading)
        if number % _BAD_EVERY == 0:
            yield reading[0], _bad(truth, number)
        number += 1


def _version(number: int, accounts: int, rng: np.random.Generator, *, version: int) -> Version:
    recorded = FIRST_RECORDED + timedelta(microseconds=2 * number + version)
    value = round(float(rng.gamma(2.0, 0.2)), 4) + version
    return f"A{number % accounts:06d}", FIRST_DAY + timedelta(number // accounts), recorded, value


def _message(reading: Version) -> bytes:
    account, day, recorded, value = reading
    return json.dumps(
        {"account": account, "day": day.isoformat(), "m3": value, "recorded": recorded.isoformat()}
    ).encode()


def _bad(truth: Truth, number: int) -> bytes:
    """A message that is no JSON, or a reading that cannot be; the number in it finds it again."""
    if number // _BAD_EVERY % 2:
        truth.invalid.add(number)
        return json.dumps({"account": f"q{number}q", "day": "2020-01-01", "m3": -1}).encode()
    truth.poison.add(number)
    return b'{"account": "q%dq", "day": ' % number


class SendingThread:
    """Sends such a stream at a pace until stopped, through whatever happens to the broker.

    Parameters
    ----------
    bootstrap, topic
        Where to.
    per_second
        Pace [messages/s].
    """

    def __init__(self, bootstrap: str, topic: str, *, per_second: int, accounts: int, seed: int) -> None:
        self.truth, self.sent = Truth(), 0
        self._topic, self._pace = topic, per_second
        self._stream = messages(self.truth, accounts=accounts, seed=seed)
        self._stop = threading.Event()
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "message.timeout.ms": 300_000,
                "linger.ms": 20,
                "queue.buffering.max.messages": 2_000_000,
                "reconnect.backoff.max.ms": 500,
                "log_level": 0,
            }
        )
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def finish(self) -> None:
        """Send no more, and wait until the broker has all."""
        self._stop.set()
        self._thread.join()
        left = self._producer.flush(120)
        assert left == 0, f"{left} messages could not be sent"

    def _run(self) -> None:
        started = time.monotonic()
        while not self._stop.is_set():
            while self.sent < (time.monotonic() - started) * self._pace:
                key, value = next(self._stream)
                self._producer.produce(self._topic, value, key, on_delivery=_check)
                self.sent += 1
            self._producer.poll(0)
            self._stop.wait(0.02)


def _check(error: object, _message: object) -> None:
    assert error is None, error


def compare(store: Store, sender: SendingThread, dead_letters: set[int]) -> dict[str, int]:
    """Readings lost and doubled, by what is in the store, the quarantine and the dead letters.

    And by the batches: the messages that they counted are those that were sent, each committed once.
    """
    truth = sender.truth
    counted = int(store.read(BATCHES, columns=["rows_read"])["rows_read"].sum())
    sent = truth.frame().sort("recorded_at")
    stored = store.versions(CONSUMPTION).select(*KEYS, "consumption_m3")
    both = sent.join(stored.unique(KEYS), on=KEYS)
    wrong = both.filter((pl.col("sent_m3") - pl.col("consumption_m3")).abs() > 1e-9).height
    refused = store.read(QUARANTINE)["original"].str.extract(r"q(\d+)q").cast(pl.Int64)
    expected = truth.poison | truth.invalid
    lost = {
        "readings": sent.height - both.height + wrong,
        "quarantine": len(expected - set(refused)),
        "dead_letters": len(truth.poison - dead_letters),
        "messages": max(sender.sent - counted, 0),
    }
    doubled = {
        "readings": stored.height - stored.join(sent, on=KEYS, how="semi").unique(KEYS).height,
        "quarantine": len(refused) - len(expected & set(refused)),
        "messages": max(counted - sender.sent, 0),
    }
    return {
        "messages": sender.sent,
        "sent": sent.height,
        "stored": stored.height,
        "refused": len(refused),
        "lost": sum(lost.values()),
        "doubled": sum(doubled.values()),
    }


def read_dead_letters(bootstrap: str, topic: str) -> set[int]:
    """Numbers of the messages in the dead-letter topic."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"check-{time.time()}",
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )
    consumer.subscribe([f"{topic}.dead-letter"])
    found: set[int] = set()
    quiet_at = time.monotonic() + 10
    while time.monotonic() < quiet_at:
        for message in consumer.consume(10_000, 0.2):
            if message.error() is None:
                found.add(int(message.value().split(b"q")[1]))
                quiet_at = time.monotonic() + 2
    consumer.close()
    return found
