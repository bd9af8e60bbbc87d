"""A genuine MQTT broker (Debian's mosquitto) on a free port, with persistence, that can be killed and started again.

with mosquitto_broker() as broker:
    broker.publish("sensors/1003/reading", [b'{"time": "…", "value": 1.5}'])
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paho.mqtt import client as paho

from services.machine import HOST, free_ports

_START_S = 15.0
_PROGRAM = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
MISSING = "" if _PROGRAM else "mosquitto is not installed: apt-get install mosquitto"


@dataclass
class MosquittoBroker:
    """A running broker; `ca_file` is set where it speaks TLS, `user` and `password` where it asks for them."""

    folder: Path
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def url(self, topic: str) -> str:
        """Address of a topic, with user and password."""
        access = f"{self.user}:{self.password}@" if self.user else ""
        return f"mqtt{'s' if self.ca_file else ''}://{access}{HOST}:{self.port}/{topic}"

    def start(self) -> None:
        """Start it on its folder and port, and wait until it listens."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(_PROGRAM), "-c", str(self.folder / "mosquitto.conf")], stdout=log, stderr=log
            )
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex((HOST, self.port)) == 0:
                    return
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError((self.folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:])

    def stop(self) -> None:
        """Stop it in good order: sessions and messages are saved."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=_START_S)
            self._process = None

    def publish(self, topic: str, payloads: Sequence[bytes]) -> None:
        """Send messages at quality of service 1, and wait until the broker has them all."""
        client: Any = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        client.max_inflight_messages_set(1000)
        if self.user:
            client.username_pw_set(self.user, self.password)
        if self.ca_file:
            client.tls_set(ca_certs=self.ca_file)
        client.connect(HOST, self.port)
        client.loop_start()
        for sent in [client.publish(topic, payload, qos=1) for payload in payloads]:
            sent.wait_for_publish(_START_S)
        client.disconnect()
        client.loop_stop()


@contextmanager
def mosquitto_broker(*, user: str = "", password: str = "", tls: bool = False) -> Iterator[MosquittoBroker]:
    """Run a broker until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="amuna-mosquitto-") as name:
        broker = MosquittoBroker(Path(name), free_ports(1)[0], user, password)
        lines = [
            f"listener {broker.port} {HOST}",
            f"allow_anonymous {'false' if user else 'true'}",
            "persistence true",
            f"persistence_location {name}/",
            "autosave_interval 1",
            "max_queued_messages 0",
            f"user {pwd.getpwuid(os.getuid()).pw_name}",
        ]
        if user:
            command = ["mosquitto_passwd", "-b", "-c", f"{name}/passwords", user, password]
            subprocess.run(command, check=True, capture_output=True)
            lines.append(f"password_file {name}/passwords")
        if tls:
            broker.ca_file = _certificate(broker.folder)
            lines += [f"certfile {name}/server.pem", f"keyfile {name}/server.key"]
        (broker.folder / "mosquitto.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()


def _certificate(folder: Path) -> str:
    """A certificate for this machine that signs itself; returns its file."""
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        f"/CN={HOST}",
    ]
    files = ["-addext", f"subjectAltName=IP:{HOST}", "-keyout", "server.key", "-out", "server.pem"]
    subprocess.run([*command, *files], check=True, capture_output=True, cwd=folder)
    return str(folder / "server.pem")
