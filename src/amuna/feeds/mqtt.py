"""MqttFeed: readings that sensors publish, acknowledged only after the store has them. The home of paho-mqtt."""

from __future__ import annotations

import hashlib
import ssl
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

import polars as pl

from amuna.domain.errors import AmunaError, MissingExtra, SourceUnreadable, TransientError
from amuna.domain.ports import Batch
from amuna.domain.text import Text
from amuna.feeds.codecs import Codec, Decoded, original_text
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.mqtt_source import MqttSource, MqttUrl, parse_mqtt_url
from amuna.feeds.refused import UNFINISHED

try:
    from paho.mqtt import client as paho
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties
    from paho.mqtt.subscribeoptions import SubscribeOptions
except ImportError:
    raise MissingExtra("paho-mqtt", extra="mqtt") from None

_CONNECT_S = 10.0
_LOOK_S = 0.01
_QUIET_S = 0.1
_REFUSED_CODE = 128
_ACCESS_CODES = (0x85, 0x86, 0x87, 0x8C)
_RETAINED_ONLY_WHEN_NEW = 1
_DAY_S = 86_400


@dataclass(frozen=True)
class _Message:
    topic: str
    payload: bytes
    mid: int
    qos: int


@dataclass
class _Inbox:
    """What the client's own thread hands over.

    A broker numbers anew after a connection is lost, so messages of an earlier connection must not be acknowledged
    any more: they are forgotten, and come again.
    """

    messages: deque[_Message] = field(default_factory=deque)
    unacknowledged: list[_Message] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    ready: bool = False
    refusal: str = ""
    changed_at: float = field(default_factory=time.monotonic)

    def open(self) -> None:
        with self.lock:
            self.ready = True
            self.changed_at = time.monotonic()

    def forget(self) -> None:
        with self.lock:
            self.ready = False
            self.changed_at = time.monotonic()
            self.messages.clear()
            self.unacknowledged.clear()


class MqttFeed:
    """Messages of a durable session with an MQTT 5 broker, at quality of service 1.

    The broker keeps what is not acknowledged, also while Amuna does not run; what was committed but not
    acknowledged comes again, and the store takes it as known. The watermark only names the batch.

    Parameters
    ----------
    source
        Where, and how.
    feed_map
        What the fields of a reading mean.
    name
        Of the feed's section, which is also the client id unless `source.client` says one.
    codec
        How messages are read.
    """

    def __init__(
        self,
        source: MqttSource,
        feed_map: FeedMap,
        *,
        name: str,
        codec: Codec,
    ) -> None:
        self._source = source
        self._url: MqttUrl = parse_mqtt_url(source)
        self._client_id = source.client or f"amuna-{name}"
        self._codec = codec
        self._stopping = Event()
        self._inbox = _Inbox()
        self._client: Any = None
        self.feed_map = feed_map
        self.name = f"{self._url} as {self._client_id}"

    def batches(self, since: str | None) -> Iterator[Batch]:  # noqa: ARG002 (the broker knows the position)
        """Batches of what the broker holds and what comes, until nothing has come for `idle_s`."""
        with self._connected():
            while messages := self._gather():
                yield self._batch(messages)

    def acknowledge(self, watermark: str) -> None:  # noqa: ARG002 (only the last batch can be meant)
        """Tell the broker that the last batch is committed."""
        inbox = self._inbox
        with inbox.lock:
            for message in inbox.unacknowledged:
                self._client.ack(message.mid, message.qos)
            inbox.unacknowledged.clear()

    def lag(self) -> int:
        """Messages at hand that no batch has taken yet; what the broker still holds, it does not tell."""
        return len(self._inbox.messages)

    def stop(self) -> None:
        """End the iteration soon, without another batch; may be called from any thread."""
        self._stopping.set()

    def close(self) -> None:
        """Nothing is left to release: the connection ends with the iteration, and the broker keeps the session."""

    @contextmanager
    def _connected(self) -> Iterator[None]:
        self._inbox = _Inbox()
        self._client = client = self._new_client()
        expiry = Properties(PacketTypes.CONNECT)
        expiry.SessionExpiryInterval = self._source.session_days * _DAY_S
        expiry.ReceiveMaximum = self._source.batch_messages
        try:
            client.connect(self._url.host, self._url.port, clean_start=False, properties=expiry)
            client.loop_start()
            self._require_session()
            yield
        except ssl.SSLError as error:
            raise SourceUnreadable(
                Text(
                    "{file}: no hay conexión por TLS ({cause}).", "{file}: no connection over TLS ({cause})."
                ),
                remedy=Text(
                    "Indique ca_file bajo [feeds.NOMBRE] en amuna.toml, o mqtt:// si el servidor no usa TLS.",
                    "Set ca_file under [feeds.NAME] in amuna.toml, or mqtt:// where the broker speaks no TLS.",
                ),
                file=str(self._url),
                cause=str(error),
            ) from error
        except OSError as error:
            raise self._away(Text.both(error)) from error
        finally:
            client.disconnect()
            client.loop_stop()

    def _new_client(self) -> Any:
        client = paho.Client(
            paho.CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=paho.MQTTv5,
            manual_ack=True,
        )
        client.connect_timeout = _CONNECT_S
        client.reconnect_delay_set(min_delay=1, max_delay=5)
        if self._url.user:
            client.username_pw_set(self._url.user, self._url.password)
        if self._url.tls:
            client.tls_set(ca_certs=self._source.ca_file or None)
        inbox, topic = self._inbox, self._url.topic

        def on_connect(client: Any, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
            if code.value >= _REFUSED_CODE:
                inbox.refusal = f"{code}" if code.value in _ACCESS_CODES else ""
                return
            options = SubscribeOptions(qos=1, retainHandling=_RETAINED_ONLY_WHEN_NEW)
            client.subscribe(topic, options=options)

        def on_subscribe(_client: Any, _data: Any, _mid: int, codes: Any, _properties: Any) -> None:
            if codes[0].value >= _REFUSED_CODE:
                inbox.refusal = f"{codes[0]}"
            inbox.open()

        def on_message(_client: Any, _data: Any, message: Any) -> None:
            inbox.messages.append(_Message(message.topic, message.payload, message.mid, message.qos))

        client.on_connect, client.on_subscribe, client.on_message = on_connect, on_subscribe, on_message
        client.on_disconnect = lambda *_: inbox.forget()
        return client

    def _require_session(self) -> None:
        while not self._inbox.ready and not self._stopping.is_set():
            self._look()
        self._look()

    def _look(self) -> None:
        """Wait a moment; a refusal, or a broker that stays away, is an error."""
        time.sleep(_LOOK_S)
        if self._inbox.refusal:
            raise SourceUnreadable(
                Text(
                    "{file}: el servidor rechaza al usuario '{user}' ({cause}).",
                    "{file}: the broker refuses user '{user}' ({cause}).",
                ),
                remedy=Text(
                    "Revise el usuario y la contraseña bajo [feeds.NOMBRE] en amuna.toml, y los permisos sobre el tema.",
                    "Check user and password under [feeds.NAME] in amuna.toml, and the rights to the topic.",
                ),
                file=str(self._url),
                user=self._url.user,
                cause=self._inbox.refusal,
            )
        if not self._inbox.ready and time.monotonic() - self._inbox.changed_at > _CONNECT_S:
            raise self._away(Text(f"sin sesión en {_CONNECT_S:.0f} s", f"no session in {_CONNECT_S:.0f} s"))

    def _away(self, cause: Text) -> AmunaError:
        return TransientError(
            Text(
                "{file}: el servidor MQTT no responde ({cause}).",
                "{file}: the broker does not answer ({cause}).",
            ),
            remedy=Text(
                "Intente de nuevo; si sigue igual, revise source bajo [feeds.NOMBRE] en amuna.toml.",
                "Try again; if it stays so, check source under [feeds.NAME] in amuna.toml.",
            ),
            file=str(self._url),
            cause=cause,
        )

    def _gather(self) -> list[_Message]:
        """Messages of the next batch: full, old enough, or followed by silence; none once the topic is idle."""
        source, inbox = self._source, self._inbox
        started = heard = time.monotonic()
        found = 0
        while not self._stopping.is_set():
            now = time.monotonic()
            count = len(inbox.messages)
            if count != found:
                started = now if found == 0 else started
                found, heard = count, now
            full = count >= source.batch_messages or now - started >= source.batch_s
            if count and (full or now - heard >= _QUIET_S):
                return self._taken(min(count, source.batch_messages))
            if not count and inbox.ready and now - max(heard, inbox.changed_at) >= source.idle_s:
                break
            self._look()
        return []

    def _taken(self, count: int) -> list[_Message]:
        with self._inbox.lock:
            taken = [self._inbox.messages.popleft() for _ in range(min(count, len(self._inbox.messages)))]
            self._inbox.unacknowledged = list(taken)
        return taken or self._gather()

    def _batch(self, messages: list[_Message]) -> Batch:
        decoded = self._codec.decode([message.payload for message in messages])
        digest = hashlib.sha256(b"\n".join(message.payload for message in messages)).hexdigest()[:12]
        return Batch(
            source=str(self._url),
            watermark=f"{len(messages)} messages {digest}",
            rows=self._placed(decoded, messages),
            kind=self.feed_map.kind,
            refused=_refused(decoded, messages),
            live=True,
        )

    def _placed(self, decoded: Decoded, messages: list[_Message]) -> pl.DataFrame:
        """The rows with their place in their message, and the account their topic names, if it does."""
        of = pl.Series("_message", decoded.message, dtype=pl.Int64)
        numbered = decoded.rows.with_columns(of).with_columns(
            _row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("_message")
        )
        if self._source.account_from_topic:
            levels = [message.topic.split("/") for message in messages]
            level = self._source.account_from_topic - 1
            accounts = [parts[level] if level < len(parts) else None for parts in levels]
            named = pl.Series(self.feed_map.account, [accounts[i] for i in decoded.message], dtype=pl.String)
            numbered = numbered.with_columns(named)
        return numbered.drop("_message")


def _refused(decoded: Decoded, messages: list[_Message]) -> pl.DataFrame | None:
    """QUARANTINE rows, without batch and time, of the messages that are no readings."""
    rows = [
        {
            "source": messages[poison.index].topic,
            "row": 0,
            "field": "",
            "reason": poison.reason,
            "detail": poison.detail,
            "original": original_text(messages[poison.index].payload),
        }
        for poison in decoded.poison
    ]
    schema = {name: pl.Int64 if name == "row" else pl.String for name in UNFINISHED}
    return pl.DataFrame(rows, schema=schema).select(UNFINISHED) if rows else None
