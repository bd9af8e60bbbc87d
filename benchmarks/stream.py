"""A topic into the store: readings per second from a genuine Kafka, validated and deduplicated on the way.

    python benchmarks/stream.py [--rows 3000000] [--accounts 27000] [--json]

One message per reading, with some sent twice and a few that are none. Beside it, on the first messages of the same
topic, what a plain loop of json.loads and INSERT does.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import fastavro
import numpy as np
import psycopg
from confluent_kafka import Consumer, Producer

from _common import finish, parser, peak_rss_mb
from amuna import wiring
from amuna.config.reading import load_settings
from amuna.workflows.ingest import IngestReport, ingest
from services.kafka import KafkaBroker, kafka_broker
from services.postgres import postgres_server

BARS = {"rows_per_s_duckdb": 100_000, "rows_per_s_postgres": 30_000}
PARTITIONS = 4
_FIRST_DAY = date(2024, 1, 1)
_SCHEMA = {
    "type": "record",
    "name": "Reading",
    "fields": [
        {"name": "AccountOID", "type": "string"},
        {"name": "ConsumptionDate", "type": {"type": "int", "logicalType": "date"}},
        {"name": "Consumption", "type": "double"},
    ],
}
_PARSED = fastavro.parse_schema(_SCHEMA)
_TOML = """
[store]
{store}

[feeds.meters]
source = "kafka://{bootstrap}/{topic}"
group = "{group}"
account = "AccountOID"
time = "ConsumptionDate"
value = "Consumption"
unit = "L"
{format}
"""


def main() -> None:
    """Send, read into both stores, compare with the plain loop."""
    arguments = parser(__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=3_000_000)
    arguments.add_argument("--accounts", type=int, default=27_000)
    arguments.add_argument("--peer-rows", type=int, default=100_000, help="messages the plain loop reads")
    options = arguments.parse_args()
    figures = measure(options.rows, options.accounts, options.peer_rows)
    for name, value in figures.items():
        bar = f"   (must be at least {BARS[name]:,})" if name in BARS else ""
        print(f"  {name:26} {value:12,.1f}{bar}")
    finish(figures, as_json=options.json)


def measure(rows: int, accounts: int, peer_rows: int) -> dict[str, Any]:
    """Every figure, over one broker."""
    with ExitStack() as stack:
        broker = stack.enter_context(kafka_broker())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        started = time.perf_counter()
        sent = send(broker, "meters", rows, accounts, _as_json)
        send_s = time.perf_counter() - started
        send(broker, "avro", rows // 3, accounts, _as_avro)
        duck = take_in(broker, folder / "duck", "meters", "")
        avro = take_in(broker, folder / "avro", "avro", "")
        postgres = stack.enter_context(postgres_server())
        into_postgres = take_in(broker, folder / "postgres", "meters", f'url = "{postgres.dsn}"')
        for report in (duck, into_postgres):
            assert (report.read, report.inserted) == (sent, rows), report
        assert avro.inserted == rows // 3, avro
        peers = {
            "peer_rows_per_s_duckdb": peer(broker, peer_rows // 10, _DuckPeer(folder / "peer.duckdb")),
            "peer_rows_per_s_postgres": peer(broker, peer_rows, _PostgresPeer(postgres.new_database("peer"))),
        }
    found = {
        "rows_per_s_duckdb": duck.read / duck.seconds,
        "rows_per_s_postgres": into_postgres.read / into_postgres.seconds,
        "rows_per_s_avro": avro.read / avro.seconds,
        **peers,
    }
    return {
        **found,
        "ratio_duckdb": found["rows_per_s_duckdb"] / found["peer_rows_per_s_duckdb"],
        "ratio_postgres": found["rows_per_s_postgres"] / found["peer_rows_per_s_postgres"],
        "messages": sent,
        "quarantined": duck.quarantined,
        "known": duck.duplicate + duck.unchanged,
        "sent_per_s": sent / send_s,
        "peak_rss_mb": peak_rss_mb(),
    }


def send(
    broker: KafkaBroker, topic: str, rows: int, accounts: int, encode: Callable[[str, int, float], bytes]
) -> int:
    """Fill a topic: every reading once, one in a hundred twice, one in a thousand impossible or no reading at all."""
    broker.create_topic(topic, partitions=PARTITIONS)
    producer = Producer(
        {
            "bootstrap.servers": broker.bootstrap,
            "linger.ms": 50,
            "batch.size": 1_000_000,
            "queue.buffering.max.messages": 1_000_000,
            "compression.type": "lz4",
        }
    )
    litres = np.random.default_rng(1).gamma(2.0, 200.0, accounts).round(1).tolist()
    count = 0
    for number in range(rows):
        day, account = divmod(number, accounts)
        key = f"A{account:06d}"
        value = encode(key, day, litres[(account + day) % accounts])
        count += _put(producer, topic, key, value)
        if number % 100 == 0:
            count += _put(producer, topic, key, value)
        if number % 1_000 == 0:
            bad = encode(key, day, -1.0) if number % 10_000 else b"{"
            count += _put(producer, topic, key, bad)
    assert producer.flush(120) == 0
    return count


def _put(producer: Producer, topic: str, key: str, value: bytes) -> int:
    while True:
        try:
            producer.produce(topic, value, key)
        except BufferError:
            producer.poll(0.1)
        else:
            producer.poll(0)
            return 1


def _as_json(account: str, day: int, litres: float) -> bytes:
    date_text = (_FIRST_DAY + timedelta(day)).isoformat()
    return json.dumps({"AccountOID": account, "ConsumptionDate": date_text, "Consumption": litres}).encode()


def _as_avro(account: str, day: int, litres: float) -> bytes:
    buffer = BytesIO()
    reading = {"AccountOID": account, "ConsumptionDate": _FIRST_DAY + timedelta(day), "Consumption": litres}
    fastavro.schemaless_writer(buffer, _PARSED, reading)
    return buffer.getvalue()


def take_in(broker: KafkaBroker, folder: Path, topic: str, store: str) -> IngestReport:
    """The whole topic into an empty store, as `amuna ingest` does it."""
    folder.mkdir()
    (folder / "reading.avsc").write_text(json.dumps(_SCHEMA))
    text = _TOML.format(
        store=store,
        bootstrap=broker.bootstrap,
        topic=topic,
        group=folder.name,
        format='format = "avro"\nschema = "reading.avsc"' if topic == "avro" else "",
    )
    (folder / "amuna.toml").write_text(text)
    workspace = wiring.Workspace(folder, load_settings(folder))
    (source,) = wiring.feeds(workspace, [], feed="meters", query=None)
    opened = wiring.store(workspace)
    try:
        return ingest(
            source.feed,
            source.feed_map,
            store=opened,
            rules=wiring.rules(workspace.settings),
            now=lambda: datetime.now(UTC),
        )
    finally:
        source.feed.close()
        opened.close()


class _DuckPeer:
    """INSERT row by row into DuckDB."""

    def __init__(self, path: Path) -> None:
        self._connection = duckdb.connect(str(path))
        self._connection.execute(
            "CREATE TABLE consumption (account VARCHAR, day DATE, litres DOUBLE, PRIMARY KEY (account, day))"
        )

    def write(self, rows: list[tuple[str, str, float]]) -> None:
        """One batch in one transaction."""
        self._connection.begin()
        self._connection.executemany("INSERT OR REPLACE INTO consumption VALUES (?, ?, ?)", rows)
        self._connection.commit()


class _PostgresPeer:
    """INSERT row by row, in a pipeline, into PostgreSQL."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url.replace("+psycopg", ""))
        self._connection.execute(
            "CREATE TABLE consumption (account TEXT, day DATE, litres FLOAT8, PRIMARY KEY (account, day))"
        )
        self._connection.commit()

    def write(self, rows: list[tuple[str, str, float]]) -> None:
        """One batch in one transaction."""
        self._connection.cursor().executemany(
            "INSERT INTO consumption VALUES (%s, %s, %s)"
            " ON CONFLICT (account, day) DO UPDATE SET litres = EXCLUDED.litres",
            rows,
        )
        self._connection.commit()


def peer(broker: KafkaBroker, rows: int, store: _DuckPeer | _PostgresPeer) -> float:
    """Rows per second of the plain loop, from its first message on."""
    consumer = Consumer(
        {
            "bootstrap.servers": broker.bootstrap,
            "group.id": f"peer-{type(store).__name__}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe(["meters"])
    stream = _values(consumer)
    first = next(stream)
    started, read = time.perf_counter(), 0
    while read < rows:
        batch = [first, *islice(stream, 4_999)]
        store.write(list(_parsed(batch)))
        consumer.commit(asynchronous=False)
        read += len(batch)
        first = next(stream)
    consumer.close()
    return read / (time.perf_counter() - started)


def _values(consumer: Consumer) -> Iterator[bytes]:
    while True:
        for message in consumer.consume(500, 1.0):
            if message.error() is None:
                yield message.value()


def _parsed(values: list[bytes]) -> Iterator[tuple[str, str, float]]:
    for value in values:
        try:
            row = json.loads(value)
        except ValueError:
            continue
        if row["Consumption"] >= 0:
            yield row["AccountOID"], row["ConsumptionDate"], row["Consumption"]


if __name__ == "__main__":
    main()
