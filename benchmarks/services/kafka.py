"""A genuine Apache Kafka 4 broker (KRaft, one node) from Maven's jars, for tests and benchmarks.

with kafka_broker() as broker:
    broker.create_topic("readings", partitions=4)
    Consumer({"bootstrap.servers": broker.bootstrap, ...})
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from services.machine import ServerMissing, free_ports

VERSION = "4.1.1"
_CLUSTER_ID = "amunaAmunaAmunaAmuna1w"
_START_SECONDS = 60.0
_POM = f"""<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>amuna</groupId><artifactId>kafka-libs</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version>
  </dependency></dependencies>
</project>
"""
_PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{plain},SASL_PLAINTEXT://127.0.0.1:{secured},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SASL_PLAINTEXT://127.0.0.1:{secured}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required{users};
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""


class KafkaBroker:
    """A broker that can be killed and started again on the same data and ports.

    Parameters
    ----------
    folder
        Where its data and log lie.
    libraries
        Folder of jars.
    users
        Name to password of those whom the secured listener lets in.
    """

    def __init__(self, folder: Path, libraries: Path, *, users: Mapping[str, str]) -> None:
        plain, secured, controller = free_ports(3)
        self.bootstrap = f"127.0.0.1:{plain}"
        self.secured = f"127.0.0.1:{secured}"
        self._classpath = f"{libraries}/*"
        self._log = folder / "kafka.log"
        self._properties = folder / "server.properties"
        self._process: subprocess.Popen[bytes] | None = None
        text = _PROPERTIES.format(
            plain=plain,
            secured=secured,
            controller=controller,
            data=folder / "data",
            users="".join(f' user_{name}="{password}"' for name, password in users.items()),
        )
        self._properties.write_text(text)
        self._format()

    def start(self) -> None:
        """Start the broker and wait until it answers."""
        command = [
            "java",
            "-Xms256m",
            "-Xmx512m",
            "-cp",
            self._classpath,
            "kafka.Kafka",
            str(self._properties),
        ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = self._log.read_text(errors="replace")[-2000:]
                self.kill()
                raise ServerMissing(f"Kafka did not start: {tail}")
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill the broker as a power cut would: SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Let the broker shut down, and kill it if it takes too long."""
        self._end(signal.SIGTERM)

    def create_topic(self, name: str, *, partitions: int = 1) -> None:
        """Create a topic and wait until it can be written."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        (created,) = admin.create_topics([NewTopic(name, partitions, 1)]).values()
        created.result(timeout=30)
        deadline = time.monotonic() + 30
        while not _is_led(admin, name, partitions):
            if time.monotonic() > deadline:
                raise ServerMissing(f"Kafka: topic {name} got no leader.")
            time.sleep(0.05)

    def _end(self, sent: signal.Signals) -> None:
        if self._process is None:
            return
        for number in (sent, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=15)
                break
        self._process = None

    def _answers(self) -> bool:
        host, port = self.bootstrap.split(":")
        try:
            socket.create_connection((host, int(port)), timeout=0.2).close()
            metadata = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0}).list_topics(
                timeout=1
            )
        except (OSError, KafkaException):
            return False
        return bool(metadata.brokers)

    def _format(self) -> None:
        command = ["java", "-cp", self._classpath, "kafka.tools.StorageTool", "format"]
        command += ["--cluster-id", _CLUSTER_ID, "--config", str(self._properties)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            raise ServerMissing(f"Kafka's storage could not be formatted: {done.stdout}{done.stderr}")


@contextmanager
def kafka_broker(*, users: Mapping[str, str] | None = None) -> Iterator[KafkaBroker]:
    """A broker in a temporary folder, stopped with all it started at the end.

    Raises
    ------
    ServerMissing
        If Java, Maven or Maven's repository cannot be reached.
    """
    libraries = kafka_libraries()
    with tempfile.TemporaryDirectory(prefix="amuna-kafka-") as name:
        broker = KafkaBroker(Path(name), libraries, users=users or {"amuna": "amuna-test"})
        try:
            broker.start()
            yield broker
        finally:
            broker.kill()


def kafka_libraries() -> Path:
    """Folder with Kafka's jars: $AMUNA_KAFKA_LIBS, or a cache that is filled through Maven once."""
    if shutil.which("java") is None:
        raise ServerMissing("Kafka needs Java 17 or newer: install openjdk-17-jre-headless.")
    named = os.environ.get("AMUNA_KAFKA_LIBS")
    folder = Path(named) if named else Path.home() / ".cache" / "amuna" / f"kafka-{VERSION}"
    if any(folder.glob("kafka_2.13-*.jar")):
        return folder
    if shutil.which("mvn") is None:
        raise ServerMissing(
            "Kafka's jars come through Maven: install maven, or set AMUNA_KAFKA_LIBS to a folder of them."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        _fetch(Path(name))
        with suppress(OSError):
            (Path(name) / "libs").rename(folder)
    return folder


def _fetch(folder: Path) -> None:
    (folder / "pom.xml").write_text(_POM)
    command = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={folder / 'libs'}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise ServerMissing(
            f"Maven could not fetch Kafka {VERSION}; check its repository: {done.stdout[-500:]}"
        )


def _is_led(admin: AdminClient, name: str, partitions: int) -> bool:
    topic = admin.list_topics(name, timeout=10).topics[name]
    return len(topic.partitions) == partitions and all(p.leader >= 0 for p in topic.partitions.values())
