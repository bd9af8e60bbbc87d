"""KafkaFeed: a topic as a feed, whose positions are committed with the rows."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import polars as pl
from confluent_kafka import Consumer, KafkaError, KafkaException, Message
from confluent_kafka.admin import TopicMetadata

from amuna.domain.errors import AmunaError, TransientError
from amuna.domain.ports import Batch
from amuna.domain.text import Text
from amuna.feeds.codecs import Codec, Decoded, original_text
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.kafka_client import Endpoint, failure, translated
from amuna.feeds.kafka_partitions import Chunk, Partitions, committed, whole
from amuna.feeds.kafka_sender import Outgoing, Sender
from amuna.feeds.refused import UNFINISHED

log = logging.getLogger(__name__)
_POLL_S = 0.2
_ATTEMPTS, _ANSWER_S = 8, 1.0
_JOIN_S = 60.0
_CONSUME = 20_000
_BYTES_PER_ROW = 250


@dataclass(frozen=True)
class KafkaSource:
    """Keys of `[feeds.NAME]` for a topic, beside those of its columns and those with a dot, which go to the client.

    Parameters
    ----------
    source
        `kafka://HOST:PORT[,HOST:PORT]/TOPIC`.
    group
        Consumer group, which is also what the store keeps the positions under.
    format
        `json` or `avro`.
    schema, schemas
        File of the schema to read Avro as; folder of the writers' schemas as `ID.avsc`.
    batch_rows
        Most rows committed at a time, nearly; bounds memory.
    batch_s
        Longest time a row waits for others to be committed with [s].
    idle_s
        A topic that brought nothing for so long, and is read to its end, is drained [s].
    dead_letter
        Topic for messages that are no readings; `{topic}` stands for the topic's name; empty for none.
    """

    source: str = ""
    group: str = "amuna"
    format: str = "json"
    schema: str = ""
    schemas: str = ""
    batch_rows: int = field(default=200_000, metadata={"least": 1})
    batch_s: float = field(default=1.0, metadata={"least": 0.01})
    idle_s: float = field(default=1.0, metadata={"least": 0.01})
    dead_letter: str = "{topic}.dead-letter"


class KafkaFeed:
    """Readings of a topic, shared with the other members of its consumer group.

    The consumer lives across calls of `batches`. When the group shares the partitions out anew, what is not yet
    yielded is dropped and the iteration ends, so that the caller reads the positions anew.

    Parameters
    ----------
    at
        Topic and brokers.
    source
        How it is read.
    feed_map
        What the fields mean.
    codec
        How messages are read.
    """

    def __init__(
        self,
        at: Endpoint,
        source: KafkaSource,
        feed_map: FeedMap,
        *,
        codec: Codec,
    ) -> None:
        self.name = f"kafka:{at.topic}@{source.group}"
        self.feed_map = feed_map
        self._at = at
        self._source = source
        self._codec = codec
        self._stopping = threading.Event()
        self._partitions = Partitions(at)
        self._consumer: Consumer | None = None
        self._broken: KafkaError | None = None
        self._rows_per_message = 1.0
        dead = source.dead_letter.replace("{topic}", at.topic)
        self._dead_letters = Sender(Endpoint(at.brokers, dead, at.client), create=True) if dead else None

    def batches(self, since: str | None) -> Iterator[Batch]:
        """Batches after the positions `since`, as JSON by partition, until the topic is drained."""
        with translated(self._at):
            consumer = self._connected()
            self._partitions.begin(consumer, json.loads(since) if since else {})
            while chunks := self._gathered(consumer):
                yield self._batch(whole(chunks))

    def acknowledge(self, watermark: str) -> None:
        """Tell the group, for those who watch its lag; nothing depends on it."""
        if self._consumer is not None:
            with suppress(KafkaException):
                offsets = committed(self._at.topic, json.loads(watermark))
                self._consumer.commit(offsets=offsets, asynchronous=True)

    def lag(self) -> int:
        """Messages not yet read, as last heard from the brokers."""
        consumer = self._consumer
        if consumer is None:
            return 0
        with translated(self._at):
            return self._partitions.lag(consumer)

    def stop(self) -> None:
        """End the iteration soon, without another batch; may be called from any thread."""
        self._stopping.set()

    def close(self) -> None:
        """Leave the group."""
        consumer, self._consumer, self._broken = self._consumer, None, None
        if consumer is not None:
            consumer.close()
            self._partitions = Partitions(self._at)

    def _connected(self) -> Consumer:
        if self._consumer is not None and self._broken is None:
            return self._consumer
        if self._broken is not None and self._broken.fatal():
            self.close()
        consumer = self._consumer or Consumer(self._settings())
        topic = self._topic(consumer)
        if topic.error is not None:
            raise failure(topic.error, self._at, was_there=self._consumer is not None)
        if self._consumer is None:
            self._partitions.subscribe(consumer)
            self._consumer = consumer
        return consumer

    def _topic(self, consumer: Consumer) -> TopicMetadata:
        """What the brokers know of the topic; an error that the client reports by itself ends the wait.

        To hear of such errors the client must be polled, which may swallow a message: reading then goes back.
        """
        self._broken, tried = None, 0
        while True:
            try:
                return consumer.list_topics(self._at.topic, timeout=_ANSWER_S).topics[self._at.topic]
            except KafkaException as error:
                consumer.poll(0)
                self._partitions.drop()
                tried += 1
                if self._broken is not None or tried == _ATTEMPTS:
                    raise self._failure(error.args[0]) from None

    def _settings(self) -> dict[str, object]:
        own = self._at.settings(
            group_id=self._source.group,
            enable_auto_commit=False,
            enable_auto_offset_store=False,
            enable_partition_eof=True,
            auto_offset_reset="error",
            allow_auto_create_topics=False,
            session_timeout_ms=10_000,
            max_poll_interval_ms=600_000,
            fetch_message_max_bytes=4_194_304,
            queued_min_messages=200_000,
            queued_max_messages_kbytes=65_536,
            fetch_queue_backoff_ms=20,
        )
        return {**own, "error_cb": self._note}

    def _note(self, error: KafkaError) -> None:
        """What the client library reports by itself; the worst counts."""
        down = error.name() == "_ALL_BROKERS_DOWN"
        permanent = not isinstance(failure(error, self._at, was_there=True), TransientError)
        if permanent or error.fatal() or (down and self._broken is None):
            self._broken = error

    def _failure(self, error: KafkaError) -> AmunaError:
        return failure(self._broken or error, self._at)

    def _gathered(self, consumer: Consumer) -> list[Chunk]:
        try:
            return self._gather(consumer)
        except BaseException:
            self._partitions.drop()
            raise

    def _gather(self, consumer: Consumer) -> list[Chunk]:
        """Messages of the next batch; none when the topic is drained or the partitions are shared out anew."""
        found: list[Chunk] = []
        count, size, most_bytes = 0, 0, self._source.batch_rows * _BYTES_PER_ROW
        most = max(int(self._source.batch_rows / self._rows_per_message), 1)
        first_at, heard_at = None, time.monotonic()
        while count < most and size < most_bytes:
            got = consumer.consume(min(most - count, _CONSUME), timeout=_POLL_S)
            fresh = self._partitions.accept(consumer, got)
            now = time.monotonic()
            if self._partitions.revoked or self._stopping.is_set():
                return []
            if self._broken is not None:
                raise self._failure(self._broken)
            if fresh.messages:
                found.append(fresh)
                count += len(fresh.messages)
                size += sum(map(len, fresh.messages))
                first_at, heard_at = first_at or now, now
            if first_at is not None and now - first_at >= self._source.batch_s:
                break
            if not self._partitions.assigned:
                heard_at = self._waited(heard_at, now)
            elif now - heard_at >= self._source.idle_s and self._partitions.drained():
                break
        return found

    def _waited(self, since: float, now: float) -> float:
        if now - since > _JOIN_S:
            raise TransientError(
                Text(
                    "Kafka en {brokers}, tema {topic}: el grupo {group} no respondió en {seconds:.0f} s.",
                    "Kafka at {brokers}, topic {topic}: group {group} gave no answer in {seconds:.0f} s.",
                ),
                remedy=Text(
                    "Intente de nuevo; si sigue igual, revise los demás miembros del grupo.",
                    "Try again; if it stays so, check the other members of the group.",
                ),
                brokers=self._at.brokers,
                topic=self._at.topic,
                group=self._source.group,
                seconds=_JOIN_S,
            )
        return since

    def _batch(self, chunk: Chunk) -> Batch:
        parts = self._partitions.batch()
        decoded = self._codec.decode(list(map(Message.value, chunk.messages)))
        self._rows_per_message = max(decoded.rows.height / len(chunk.messages), 1.0)
        refused = self._refused(chunk.messages, decoded)
        return Batch(
            source=self._at.topic,
            watermark=json.dumps({part: position for part, (_, position) in parts.items()}),
            rows=decoded.rows.with_columns(
                pl.Series("_row", chunk.offsets[decoded.message]),
                pl.Series("_part", chunk.partitions[decoded.message]),
            ),
            kind=self.feed_map.kind,
            refused=refused,
            parts=parts,
        )

    def _refused(self, messages: list[Message], decoded: Decoded) -> pl.DataFrame | None:
        """QUARANTINE rows of the messages that are no readings, once their dead letters are safe."""
        if not decoded.poison:
            return None
        poison = [(messages[each.index], each) for each in decoded.poison]
        if self._dead_letters is not None:
            self._dead_letters.send(
                Outgoing(
                    message.value(),
                    message.key(),
                    {
                        "amuna.reason": each.reason,
                        "amuna.detail": each.detail,
                        "amuna.topic": self._at.topic,
                        "amuna.partition": str(message.partition()),
                        "amuna.offset": str(message.offset()),
                    },
                )
                for message, each in poison
            )
        rows = [
            {
                "source": f"{self._at.topic}/{message.partition()}",
                "row": message.offset(),
                "field": "",
                "reason": each.reason,
                "detail": each.detail,
                "original": original_text(message.value()),
            }
            for message, each in poison
        ]
        return pl.DataFrame(rows).select(UNFINISHED)
