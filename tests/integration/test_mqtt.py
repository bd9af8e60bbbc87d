"""MQTT: readings from a genuine broker, acknowledged only once the store has them; kills lose and double nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from amuna import wiring
from amuna.domain.errors import SourceUnreadable, TransientError
from amuna.domain.ports import LiveFeed, Store
from amuna.domain.tables import BATCHES, QUARANTINE, READINGS
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.json_codec import JsonCodec
from amuna.feeds.mqtt import MqttFeed
from amuna.feeds.mqtt_source import MqttSource, parse_mqtt_url
from amuna.feeds.rules import Rules
from amuna.store.duckdb_store import open_store
from amuna.workflows.ingest import IngestReport, ingest
from services.mosquitto import MISSING, MosquittoBroker, mosquitto_broker

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)

ROOT = Path(__file__).parents[2]
START = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 10, 14, 20, tzinfo=UTC)
MAP = FeedMap("account", "time", "value", kind="register")
FILTER = "sensors/+/reading"


@pytest.fixture
def broker() -> Iterator[MosquittoBroker]:
    with mosquitto_broker() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "amuna.duckdb")
    yield opened
    opened.close()


def feed_of(broker: MosquittoBroker, topic: str = FILTER, **settings: object) -> MqttFeed:
    chosen = {"source": broker.url(topic), "ca_file": broker.ca_file, "idle_s": 0.4, **settings}
    source = MqttSource(**chosen)  # type: ignore[arg-type]
    columns = ["time", "value"] + ["account"] * (not source.account_from_topic)
    return MqttFeed(source, MAP, name="sensors", codec=JsonCodec(columns))


def take_in(feed: MqttFeed, store: Store) -> IngestReport:
    return ingest(feed, MAP, store=store, rules=Rules(), now=lambda: NOW)


def subscribe(feed: MqttFeed, store: Store) -> None:
    """Open the durable session: from now on the broker keeps messages for it."""
    assert take_in(feed, store).read == 0


def readings(n: int, *, account: str = "1003") -> list[bytes]:
    rows = [
        {"account": account, "time": (START + timedelta(minutes=15 * i)).isoformat(), "value": 100 + i / 8}
        for i in range(n)
    ]
    return [json.dumps(row).encode() for row in rows]


def values(store: Store) -> list[float]:
    return store.read(READINGS).sort("account_id", "observed_at")["reading_m3"].to_list()


def test_readings_enter_once_and_an_idle_topic_ends(broker: MosquittoBroker, store: Store) -> None:
    feed = feed_of(broker)
    subscribe(feed, store)
    broker.publish("sensors/1/reading", readings(120))
    assert take_in(feed, store).inserted == 120
    assert values(store) == [100 + i / 8 for i in range(120)]
    assert take_in(feed, store).read == 0


def test_the_account_may_come_from_the_topic_and_a_message_may_hold_several(
    broker: MosquittoBroker, store: Store
) -> None:
    feed = feed_of(broker, "sensors/#", account_from_topic=2)
    subscribe(feed, store)
    for account in ("1003", "1004"):
        day = [{"time": f"2026-03-01T{hour:02d}:00:00Z", "value": hour} for hour in range(24)]
        broker.publish(f"sensors/{account}/reading", [json.dumps(day).encode()])
    report = take_in(feed, store)
    assert (report.read, report.inserted) == (48, 48)
    assert store.read(READINGS)["account_id"].value_counts().sort("account_id").rows() == [
        ("1003", 24),
        ("1004", 24),
    ]


def test_batches_are_cut_by_size(broker: MosquittoBroker, store: Store) -> None:
    feed = feed_of(broker, batch_messages=50)
    subscribe(feed, store)
    broker.publish("sensors/1/reading", readings(120))
    report = take_in(feed, store)
    assert (report.read, report.inserted) == (120, 120)
    assert store.read(BATCHES)["rows_read"].max() <= 50


def test_poison_goes_to_quarantine_and_holds_nothing_up(broker: MosquittoBroker, store: Store) -> None:
    feed = feed_of(broker)
    subscribe(feed, store)
    poison = [b"{cut", b"\xff\xfe", b"", b"[1, 2]", b'{"battery": 3}']
    unreadable = [b'{"account": "7", "time": "yesterday", "value": 1}'] * 3
    broker.publish("sensors/1/reading", [*poison, *unreadable, *readings(3)])
    report = take_in(feed, store)
    assert report.inserted == 3
    assert report.reasons == {"not_json": 3, "not_an_object": 1, "wrong_schema": 1, "not_a_time": 3}
    refused = store.read(QUARANTINE)
    assert set(refused["source"]) == {"sensors/1/reading", broker.url(FILTER)}
    assert refused.filter(reason="wrong_schema")["original"][0] == '{"message": "{\\"battery\\": 3}"}'
    assert take_in(feed, store).read == 0


def test_only_nonsense_does_not_stop_the_feed(broker: MosquittoBroker, store: Store) -> None:
    feed = feed_of(broker)
    subscribe(feed, store)
    broker.publish("sensors/1/reading", [b'{"account": "7", "time": "2026-03-01", "value": "n/a"}'] * 5)
    assert take_in(feed, store).reasons == {"not_a_number": 5}


def test_what_was_committed_but_not_acknowledged_comes_again_and_is_known(
    broker: MosquittoBroker, store: Store
) -> None:
    feed = feed_of(broker)
    subscribe(feed, store)
    broker.publish("sensors/1/reading", readings(10))
    feed.acknowledge = lambda watermark: None  # type: ignore[method-assign]
    assert take_in(feed, store).inserted == 10
    again = take_in(feed_of(broker), store)
    assert (again.read, again.unchanged, again.inserted) == (10, 10, 0)
    assert take_in(feed_of(broker), store).read == 0


def test_messages_outlive_the_broker(broker: MosquittoBroker, store: Store) -> None:
    feed = feed_of(broker)
    subscribe(feed, store)
    broker.publish("sensors/1/reading", readings(30))
    broker.stop()
    with pytest.raises(TransientError, match="does not answer"):
        take_in(feed, store)
    broker.start()
    assert take_in(feed, store).inserted == 30


def test_a_connection_lost_in_the_middle_loses_nothing(broker: MosquittoBroker, store: Store) -> None:
    feed = feed_of(broker, batch_messages=10)
    subscribe(feed, store)
    broker.publish("sensors/1/reading", readings(60))
    commit, seen = feed.acknowledge, []

    def restart_once(watermark: str) -> None:
        seen.append(watermark)
        if len(seen) == 2:
            broker.stop()
            broker.start()
        commit(watermark)

    feed.acknowledge = restart_once  # type: ignore[method-assign]
    report = take_in(feed, store)
    assert report.inserted == 60
    assert report.read > 60
    assert values(store) == [100 + i / 8 for i in range(60)]
    assert take_in(feed, store).read == 0


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # paho leaves a refused socket open
def test_user_password_and_tls(store: Store) -> None:
    with mosquitto_broker(user="amuna", password="s3cret", tls=True) as broker:
        feed = feed_of(broker)
        subscribe(feed, store)
        broker.publish("sensors/1/reading", readings(3))
        assert take_in(feed, store).inserted == 3
        wrong = MqttSource(source=broker.url(FILTER).replace("s3cret", "guessed"), ca_file=broker.ca_file)
        with pytest.raises(SourceUnreadable, match="refuses user 'amuna'") as refused:
            take_in(MqttFeed(wrong, MAP, name="sensors", codec=JsonCodec(["account"])), store)
        assert "guessed" not in str(refused.value) + repr(wrong) + feed.name
        untrusted = MqttSource(source=broker.url(FILTER))
        with pytest.raises(SourceUnreadable, match=r"(?i)certificate"):
            take_in(MqttFeed(untrusted, MAP, name="sensors", codec=JsonCodec(["account"])), store)


@pytest.mark.parametrize(
    "source",
    [
        "mqtt://host",
        "mqtt://host/",
        "mqtt:///topic",
        "mqtt://host/a/#/b",
        "mqtt://host/a#",
        "mqtt://host/a+/b",
        "",
    ],
)
def test_an_address_that_is_none(source: str) -> None:
    with pytest.raises(SourceUnreadable, match="no address of an MQTT topic"):
        parse_mqtt_url(MqttSource(source=source))


def test_an_address_has_its_parts() -> None:
    found = parse_mqtt_url(MqttSource(source="mqtts://me:a%2Fb%40@broker.example/a/+/c/#"))
    assert (found.host, found.port, found.topic, found.tls) == ("broker.example", 8883, "a/+/c/#", True)
    assert (found.user, found.password) == ("me", "a/b@")
    assert str(found) == "mqtts://broker.example:8883/a/+/c/#"


def test_a_section_of_amuna_toml_is_such_a_feed(
    broker: MosquittoBroker, store: Store, tmp_path: Path
) -> None:
    section = f"""
[feeds.meters]
source = "{broker.url("sensors/#")}"
account = "account"
time = "at"
value = "dial"
kind = "register"
unit = "L"
account_from_topic = 2
idle_s = 0.4
"""
    (tmp_path / "amuna.toml").write_text(section, encoding="utf-8")
    (source,) = wiring.feeds(wiring.open_workspace(tmp_path), [], feed=None, query=None)

    def run() -> IngestReport:
        return ingest(source.feed, source.feed_map, store=store, rules=Rules(), now=lambda: NOW)

    assert run().read == 0
    broker.publish("sensors/1003/reading", [b'{"at": "2026-03-01T10:00:00Z", "dial": 2.345}'])
    assert run().inserted == 1
    row = store.read(READINGS).row(0, named=True)
    assert (row["account_id"], row["reading_m3"]) == ("1003", pytest.approx(0.002345))
    assert source.feed.name == f"{broker.url('sensors/#')} as amuna-meters"


def test_stopping_ends_the_wait_and_every_later_one(broker: MosquittoBroker, store: Store) -> None:
    feed = feed_of(broker, idle_s=60.0)
    assert isinstance(feed, LiveFeed)
    threading.Timer(0.5, feed.stop).start()
    started = time.monotonic()
    assert take_in(feed, store).read == 0
    broker.publish("sensors/1/reading", readings(3))
    assert take_in(feed, store).read == 0
    assert time.monotonic() - started < 10
    feed.close()
    assert take_in(feed_of(broker), store).inserted == 3


def test_what_waits_behind_a_batch_is_its_lag(broker: MosquittoBroker, store: Store) -> None:
    feed = feed_of(broker, batch_messages=10)
    assert feed.lag() == 0
    subscribe(feed, store)
    broker.publish("sensors/1/reading", readings(25))
    lags = []
    for batch in feed.batches(None):
        feed.acknowledge(batch.watermark)
        lags.append(feed.lag())
    assert len(lags) == 3
    assert max(lags) <= 10
    assert lags[-1] == 0


def test_the_command_follows_sensors_until_it_is_stopped(
    broker: MosquittoBroker, store: Store, tmp_path: Path
) -> None:
    subscribe(feed_of(broker), store)
    home = tmp_path / "home"
    home.mkdir()
    section = f"""
[feeds.sensors]
source = "{broker.url(FILTER)}"
account = "account"
time = "time"
value = "value"
kind = "register"
idle_s = 0.3
[feeds.other]
source = "nowhere.csv"
"""
    (home / "amuna.toml").write_text(section, encoding="utf-8")
    command = [sys.executable, "-m", "amuna.serve.cli.main", "-w", str(home), "follow"]
    with subprocess.Popen(
        [*command, "--feed", "sensors", "--every", "0.2", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    ) as running:
        try:
            broker.publish("sensors/1003/reading", [*readings(40), b"{cut"])
            _wait_for(running, "lag 0   rows 41 ")
            broker.publish("sensors/1004/reading", readings(20, account="1004"))
            _wait_for(running, "rows 61 ")
            running.send_signal(signal.SIGTERM)
            out, _ = running.communicate(timeout=20)
        finally:
            running.kill()
    assert running.returncode == 0
    told = json.loads(out)
    assert (told["rows"], told["quarantined"]) == (61, 1)
    followed = open_store(home / "amuna.duckdb")
    assert followed.count(READINGS) == 60
    followed.close()


def _wait_for(running: subprocess.Popen[str], text: str) -> None:
    assert running.stderr is not None
    while text not in (line := running.stderr.readline()):
        assert line, f"it ended before it said {text!r}"


CONSUMER = """
import sys, time
from datetime import UTC, datetime
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.json_codec import JsonCodec
from amuna.feeds.mqtt import MqttFeed
from amuna.feeds.mqtt_source import MqttSource
from amuna.feeds.rules import Rules
from amuna.store.duckdb_store import open_store
from amuna.workflows.ingest import ingest

path, url, hold = sys.argv[1:]
store = open_store(path, threads=1)
feed_map = FeedMap("account", "time", "value", kind="register")
source = MqttSource(source=url, idle_s=0.4, batch_messages=20)
feed = MqttFeed(source, feed_map, name="sensors", codec=JsonCodec(["account", "time", "value"]))
acknowledge = feed.acknowledge

def slowly(watermark):
    print("committed", flush=True)
    time.sleep(float(hold))
    acknowledge(watermark)

feed.acknowledge = slowly
print("open", flush=True)
ingest(feed, feed_map, store=store, rules=Rules(), now=lambda: datetime.now(UTC))
store.close()
"""


def consumer(path: Path, broker: MosquittoBroker, *, hold_s: float) -> subprocess.Popen[str]:
    command: Sequence[str] = [sys.executable, "-c", CONSUMER, str(path), broker.url(FILTER), str(hold_s)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)


def test_killed_before_the_acknowledgement_everything_comes_again_and_nothing_is_doubled(
    broker: MosquittoBroker, tmp_path: Path
) -> None:
    path, chance = tmp_path / "amuna.duckdb", random.Random(3)
    store = open_store(path)
    subscribe(feed_of(broker), store)
    store.close()
    broker.publish("sensors/1/reading", readings(300))
    for turn in range(4):
        with consumer(path, broker, hold_s=30 if turn == 0 else 0.05) as killed:
            assert killed.stdout is not None
            assert killed.stdout.readline() == "open\n"
            if turn < 2:
                assert killed.stdout.readline() == "committed\n"
            time.sleep(chance.uniform(0, 0.3) if turn else 0)
            os.killpg(killed.pid, signal.SIGKILL)
    store = open_store(path)
    report = ingest(feed_of(broker), MAP, store=store, rules=Rules(), now=lambda: datetime.now(UTC))
    stored = values(store)
    brought = store.read(BATCHES)["rows_read"].sum()
    duplicates = store.read(BATCHES)["rows_duplicate"].sum()
    distinct = store.read(READINGS).select(pl.struct(READINGS.key).n_unique()).item()
    store.close()
    assert stored == [100 + i / 8 for i in range(300)]
    assert distinct == 300
    assert report.quarantined == 0
    assert duplicates >= 20
    assert brought == 300 + duplicates
