"""Kafka: a topic of a genuine broker into the store; poison, positions, rebalances, faults of access."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from amuna import wiring
from amuna.config.reading import load_settings
from amuna.domain.errors import PositionMoved, SourceUnreadable, TransientError, UnknownSetting
from amuna.domain.ports import Batch, Store
from amuna.domain.tables import CONSUMPTION, POSITIONS, QUARANTINE
from amuna.feeds.kafka import KafkaFeed
from amuna.feeds.rules import Rules
from amuna.store.duckdb_store import open_store
from amuna.workflows.follow import Followed, Terms, follow
from amuna.workflows.ingest import IngestReport, ingest
from services.kafka import KafkaBroker, ServerMissing, kafka_broker

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
START = date(2024, 1, 1)
USERS = {"reader": "secret"}


@pytest.fixture(scope="module")
def broker() -> Iterator[KafkaBroker]:
    try:
        with kafka_broker(users=USERS) as running:
            yield running
    except ServerMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def topic(broker: KafkaBroker, request: pytest.FixtureRequest) -> str:
    name = request.node.name[:60].replace("[", ".").replace("]", "")
    broker.create_topic(name, partitions=3)
    return str(name)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path / "amuna.duckdb")) as opened:
        yield opened


def reading(number: int, m3: float = 0.5) -> dict[str, Any]:
    day = START + timedelta(number // 10)
    return {"account": f"A{number % 10}", "day": day.isoformat(), "m3": m3}


def send(broker: KafkaBroker, topic: str, *contents: object, key: str | None = None) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    for content in contents:
        plain = content is None or isinstance(content, bytes)
        value = content if plain else json.dumps(content).encode()
        own = content["account"] if isinstance(content, dict) and "account" in content else key
        producer.produce(topic, value, own)
    assert producer.flush(20) == 0


def feed_of(broker: KafkaBroker, topic: str, folder: Path, **keys: object) -> tuple[KafkaFeed, Any]:
    """The feed as amuna.toml describes it."""
    section = {
        "source": f"kafka://{broker.bootstrap}/{topic}",
        "account": "account",
        "time": "day",
        "value": "m3",
        "idle_s": 0.3,
        "batch_s": 0.3,
        "session.timeout.ms": 2000,
        "heartbeat.interval.ms": 300,
        **keys,
    }
    lines = [f"{json.dumps(name)} = {json.dumps(value)}" for name, value in section.items()]
    (folder / "amuna.toml").write_text("\n".join(["[feeds.meters]", *lines]))
    workspace = wiring.Workspace(folder, load_settings(folder))
    (source,) = wiring.feeds(workspace, [], feed="meters", query=None)
    assert isinstance(source.feed, KafkaFeed)
    return source.feed, source.feed_map


def take(feed: KafkaFeed, feed_map: Any, store: Store) -> IngestReport:
    return ingest(feed, feed_map, store=store, rules=Rules(), now=lambda: NOW)


def test_a_topic_is_taken_in_once_and_goes_on_where_it_was(
    broker: KafkaBroker, topic: str, store: Store, tmp_path: Path
) -> None:
    send(broker, topic, *map(reading, range(200)), *map(reading, range(20)))
    feed, feed_map = feed_of(broker, topic, tmp_path)
    with closing(feed):
        first = take(feed, feed_map, store)
        assert (first.read, first.inserted, first.duplicate + first.unchanged) == (220, 200, 20)
        assert take(feed, feed_map, store).read == 0
        send(broker, topic, *map(reading, range(200, 210)))
        assert take(feed, feed_map, store).inserted == 10
    again, feed_map = feed_of(broker, topic, tmp_path)
    with closing(again):
        assert take(again, feed_map, store).read == 0
    positions = store.read(POSITIONS)
    assert positions["position"].sum() == 230
    assert set(positions["part"]) <= {f"{topic}/{number}" for number in range(3)}


def test_the_stores_positions_win_over_the_groups(
    broker: KafkaBroker, topic: str, store: Store, tmp_path: Path
) -> None:
    send(broker, topic, *map(reading, range(50)))
    feed, feed_map = feed_of(broker, topic, tmp_path)
    with closing(feed):
        take(feed, feed_map, store)
    with closing(open_store(tmp_path / "second.duckdb")) as empty:
        feed, feed_map = feed_of(broker, topic, tmp_path)
        with closing(feed):
            assert take(feed, feed_map, empty).inserted == 50


def test_poison_goes_to_dead_letters_and_quarantine_with_its_place(
    broker: KafkaBroker, topic: str, store: Store, tmp_path: Path
) -> None:
    poison = [b"{nonsense", None, b"[3]", b'{"customer": 1}']
    invalid = [reading(1, m3=-1.0), {**reading(2), "day": "soon"}, {**reading(3), "m3": "many"}]
    send(broker, topic, reading(0), *poison, *invalid, key="A0")
    feed, feed_map = feed_of(broker, topic, tmp_path)
    with closing(feed):
        report = take(feed, feed_map, store)
    assert (report.read, report.inserted, report.quarantined) == (8, 1, 7)
    rows = store.read(QUARANTINE)
    refused = {
        "not_json",
        "tombstone",
        "not_an_object",
        "wrong_schema",
        "negative",
        "not_a_time",
        "not_a_number",
    }
    assert set(rows["reason"]) == refused
    assert rows["source"].str.starts_with(f"{topic}/").all()
    letters = read_all(broker, f"{topic}.dead-letter", 4)
    assert {letter.value() for letter in letters} == set(poison)
    places = set(rows.select("source", "row", "reason").iter_rows())
    for letter in letters:
        head = {name: value.decode() for name, value in letter.headers()}
        place = f"{head['amuna.topic']}/{head['amuna.partition']}"
        assert (place, int(head["amuna.offset"]), head["amuna.reason"]) in places
        assert letter.key() == b"A0"


def test_no_dead_letters_where_none_are_wanted(
    broker: KafkaBroker, topic: str, store: Store, tmp_path: Path
) -> None:
    send(broker, topic, b"{")
    feed, feed_map = feed_of(broker, topic, tmp_path, dead_letter="")
    with closing(feed):
        assert take(feed, feed_map, store).quarantined == 1
    admin = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "look"})
    with closing(admin):
        assert f"{topic}.dead-letter" not in admin.list_topics(timeout=10).topics


def read_all(broker: KafkaBroker, topic: str, count: int) -> list[Any]:
    consumer = Consumer(
        {"bootstrap.servers": broker.bootstrap, "group.id": f"check-{topic}", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([topic])
    found: list[Any] = []
    deadline = time.monotonic() + 20
    with closing(consumer):
        while len(found) < count and time.monotonic() < deadline:
            found += [message for message in consumer.consume(count, 0.5) if message.error() is None]
    return found


def test_batches_are_bounded_and_every_one_knows_its_place(
    broker: KafkaBroker, topic: str, tmp_path: Path
) -> None:
    send(broker, topic, *map(reading, range(1_000)))
    feed, _ = feed_of(broker, topic, tmp_path, batch_rows=64)
    with closing(feed):
        batches = list(feed.batches(None))
    assert 32 < max(batch.rows.height for batch in batches) <= 64
    assert sum(batch.rows.height for batch in batches) == 1_000
    ends: dict[str, int] = {}
    for batch in batches:
        for part, (first, end) in batch.parts.items():
            assert ends.get(part, 0) == first < end
            ends[part] = end
    assert sum(ends.values()) == 1_000


def test_a_batch_that_was_not_committed_comes_again(
    broker: KafkaBroker, topic: str, store: Store, tmp_path: Path
) -> None:
    send(broker, topic, *map(reading, range(300)))
    feed, feed_map = feed_of(broker, topic, tmp_path, batch_rows=50)
    with closing(feed):
        lost = feed.batches(None)
        assert 0 < next(lost).rows.height <= 50
        next(lost)
        assert take(feed, feed_map, store).inserted == 300


def test_a_reader_that_was_overtaken_loses_and_doubles_nothing(
    broker: KafkaBroker, topic: str, store: Store, tmp_path: Path
) -> None:
    send(broker, topic, *map(reading, range(100)))
    feed, feed_map = feed_of(broker, topic, tmp_path)

    class Zombie:
        """Holds its batch until another reader has committed the same messages."""

        name = feed.name

        def batches(self, since: str | None) -> Iterator[Batch]:
            for batch in feed.batches(since):
                other, _ = feed_of(broker, topic, tmp_path, group="amuna2")
                other.name = feed.name
                with closing(other):
                    assert take(other, feed_map, store).inserted == 100
                yield batch

        def acknowledge(self, watermark: str) -> None:
            feed.acknowledge(watermark)

    with closing(feed):
        with pytest.raises(PositionMoved, match="another reader"):
            ingest(Zombie(), feed_map, store=store, rules=Rules(), now=lambda: NOW)
        send(broker, topic, *map(reading, range(100, 110)))
        assert take(feed, feed_map, store).read == 10
    assert store.count(CONSUMPTION) == 110


def test_two_readers_share_a_topic_while_they_come_and_go(
    broker: KafkaBroker, topic: str, store: Store, tmp_path: Path
) -> None:
    sent, done = 3_000, threading.Event()

    def keep_sending() -> None:
        for start in range(0, sent, 100):
            send(broker, topic, *map(reading, range(start, start + 100)))
            time.sleep(0.15)
        done.set()

    def member() -> tuple[threading.Thread, threading.Event]:
        feed, feed_map = feed_of(broker, topic, tmp_path, batch_rows=70, batch_s=0.05)
        stop, terms = threading.Event(), Terms(store, Rules(), lambda: NOW)
        thread = threading.Thread(
            target=follow, args=([Followed(feed, feed_map)], terms), kwargs={"stop": stop}
        )
        thread.start()
        return thread, stop

    sender = threading.Thread(target=keep_sending)
    sender.start()
    first = member()
    for _ in range(2):
        time.sleep(1.0)
        thread, stop = member()
        time.sleep(1.5)
        stop.set()
        thread.join()
    sender.join()
    deadline = time.monotonic() + 30
    while store.count(CONSUMPTION) < sent and time.monotonic() < deadline:
        time.sleep(0.2)
    first[1].set()
    first[0].join()
    versions = store.versions(CONSUMPTION)
    assert versions.height == versions.unique(["account_id", "day"]).height == sent
    assert store.read(POSITIONS)["position"].sum() == sent


def test_access_is_asked_for_and_refused(
    broker: KafkaBroker, topic: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_PASSWORD", "secret")
    send(broker, topic, reading(1), b"{")
    access = {
        "source": f"kafka://{broker.secured}/{topic}",
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "reader",
    }
    feed, feed_map = feed_of(broker, topic, tmp_path, **access, **{"sasl.password": "${KAFKA_PASSWORD}"})
    with closing(feed):
        report = take(feed, feed_map, store)
    assert (report.inserted, report.quarantined) == (1, 1)
    feed, feed_map = feed_of(broker, topic, tmp_path, **access, **{"sasl.password": "wrong"})
    with closing(feed), pytest.raises(SourceUnreadable, match="access refused") as refused:
        take(feed, feed_map, store)
    assert "wrong" not in str(refused.value)


def test_an_unknown_topic_and_a_broker_that_is_away_differ(
    broker: KafkaBroker, store: Store, tmp_path: Path
) -> None:
    feed, feed_map = feed_of(broker, "nowhere", tmp_path)
    with closing(feed), pytest.raises(SourceUnreadable, match="no such topic"):
        take(feed, feed_map, store)
    feed, feed_map = feed_of(broker, "nowhere", tmp_path, source="kafka://127.0.0.1:9/meters")
    with closing(feed), pytest.raises(TransientError, match="does not answer"):
        take(feed, feed_map, store)


def test_a_setting_that_the_client_does_not_know_is_named(
    broker: KafkaBroker, topic: str, store: Store, tmp_path: Path
) -> None:
    feed, feed_map = feed_of(broker, topic, tmp_path, **{"session.timeout": 5})
    with closing(feed), pytest.raises(UnknownSetting, match=r"session\.timeout"):
        take(feed, feed_map, store)


def test_a_topic_made_anew_is_not_taken_for_read(
    broker: KafkaBroker, topic: str, store: Store, tmp_path: Path
) -> None:
    send(broker, topic, reading(1))
    feed, feed_map = feed_of(broker, topic, tmp_path)
    with closing(feed):
        take(feed, feed_map, store)
        moved = store.read(POSITIONS).with_columns(position=pl.lit(500, dtype=pl.Int64))
    store.upsert(POSITIONS, moved)
    feed, feed_map = feed_of(broker, topic, tmp_path)
    with closing(feed), pytest.raises(SourceUnreadable, match="made anew"):
        take(feed, feed_map, store)


def test_messages_that_expired_unread_are_counted_and_passed_over(
    broker: KafkaBroker, topic: str, store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    feed, feed_map = feed_of(broker, topic, tmp_path)
    with closing(feed):
        send(broker, topic, *[reading(10 * number) for number in range(10)])
        take(feed, feed_map, store)
    (part,) = store.read(POSITIONS)["part"]
    send(broker, topic, *[reading(10 * number) for number in range(10, 50)])
    number = int(part.rpartition("/")[2])
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.delete_records([TopicPartition(topic, number, 30)])[TopicPartition(topic, number)].result(10)
    feed, feed_map = feed_of(broker, topic, tmp_path)
    with closing(feed):
        assert take(feed, feed_map, store).inserted == 20
    assert "20 messages expired before they were read" in caplog.text
    assert store.read(POSITIONS)["position"].to_list() == [50]


def test_a_file_is_replayed_into_a_topic_and_taken_up_again(
    broker: KafkaBroker, topic: str, tmp_path: Path, amuna: Any
) -> None:
    rows = [reading(number) for number in range(100)]
    pl.DataFrame(rows).with_columns(pl.col("day").str.to_date()).write_parquet(tmp_path / "f.parquet")
    feed_of(broker, topic, tmp_path)
    replay = ("-w", tmp_path, "replay", tmp_path / "f.parquet", "--to", "kafka", "--feed", "meters", "--json")
    first = amuna(*replay, "--base", 0.2, "--days", 3).json()
    assert (first["base_rows"], first["streamed_days"], first["streamed_rows"]) == (20, 3, 30)
    rest = amuna(*replay, "--base", 0.2).json()
    assert (rest["base_rows"], rest["streamed_days"], rest["last_day"]) == (0, 6, "2024-01-10")
    report = amuna("-w", tmp_path, "follow", "--until-idle", 1, "--json").json()
    assert report["rows"] == 90
    with closing(open_store(tmp_path / "amuna.duckdb")) as opened:
        assert opened.count(CONSUMPTION) == 100
