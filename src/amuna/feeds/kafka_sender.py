"""Sending to a topic: every message acknowledged by all replicas before the call returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from amuna.domain.errors import SourceUnreadable, TransientError
from amuna.domain.text import Text
from amuna.feeds.kafka_client import Endpoint, failure, translated

_CONSUMER_ONLY = ("group.", "session.", "max.poll.", "fetch.", "queued.", "auto.offset", "heartbeat.")
_ANSWER_S = 15.0


@dataclass(frozen=True)
class Outgoing:
    """A message to send."""

    value: bytes | None
    key: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Sender:
    """A producer of one topic.

    Parameters
    ----------
    to
        Topic and brokers.
    create
        Make the topic, with one partition, where it is missing.
    """

    def __init__(self, to: Endpoint, *, create: bool = False) -> None:
        client = {name: value for name, value in to.client.items() if not name.startswith(_CONSUMER_ONLY)}
        self._to = Endpoint(to.brokers, to.topic, client)
        self._create = create
        self._producer: Producer | None = None
        self._failed: KafkaError | None = None

    def send(self, messages: Iterable[Outgoing]) -> int:
        """Send the messages and wait until all are safe; returns how many.

        Raises
        ------
        TransientError
            If the brokers do not answer in time; some of the messages may have been sent.
        SourceUnreadable
            If the topic does not exist or access is refused.
        """
        with translated(self._to):
            producer, self._failed, count = self._connected(), None, 0
            for message in messages:
                self._put(producer, message)
                count += 1
            left = producer.flush(2 * _ANSWER_S)
        if self._failed is not None:
            raise failure(self._failed, self._to)
        if left:
            raise TransientError(
                Text(
                    "Kafka en {brokers}, tema {topic}: quedaron {left} mensajes sin confirmar.",
                    "Kafka at {brokers}, topic {topic}: {left} messages were not acknowledged.",
                ),
                remedy=Text(
                    "Intente de nuevo; si sigue igual, revise que el servidor de Kafka esté en marcha.",
                    "Try again; if it stays so, check that the broker runs.",
                ),
                brokers=self._to.brokers,
                topic=self._to.topic,
                left=left,
            )
        return count

    def _put(self, producer: Producer, message: Outgoing) -> None:
        while True:
            try:
                producer.produce(
                    self._to.topic,
                    message.value,
                    message.key,
                    headers=list(message.headers.items()),
                    on_delivery=self._note,
                )
            except BufferError:
                producer.poll(0.1)
            else:
                producer.poll(0)
                return

    def _note(self, error: KafkaError | None, _message: object) -> None:
        self._failed = self._failed or error

    def _connected(self) -> Producer:
        if self._producer is None:
            if self._create:
                create_topic(self._to)
            own = self._to.settings(
                acks="all",
                enable_idempotence=True,
                linger_ms=20,
                batch_size=500_000,
                compression_type="lz4",
                message_timeout_ms=int(_ANSWER_S * 1000),
            )
            self._producer = Producer(own)
        return self._producer


def last_headers(at: Endpoint, name: str) -> list[str]:
    """The header `name` of the last message of each partition, where it has one.

    Raises
    ------
    TransientError
        If the brokers do not answer.
    SourceUnreadable
        If the topic does not exist or access is refused.
    """
    with translated(at):
        consumer = Consumer(at.settings(group_id="amuna-replay", enable_auto_commit=False))
        try:
            topic = consumer.list_topics(at.topic, timeout=_ANSWER_S).topics[at.topic]
            if topic.error is not None:
                raise failure(topic.error, at)
            found = [_last(consumer, TopicPartition(at.topic, number)) for number in topic.partitions]
        finally:
            consumer.close()
    headers = [dict(message.headers() or []) for message in found if message is not None]
    return [header[name].decode() for header in headers if header.get(name)]


def _last(consumer: Consumer, part: TopicPartition) -> Message | None:
    low, high = consumer.get_watermark_offsets(part, timeout=_ANSWER_S)
    if high <= low:
        return None
    consumer.assign([TopicPartition(part.topic, part.partition, high - 1)])
    message = consumer.poll(_ANSWER_S)
    return None if message is None or message.error() is not None else message


def create_topic(at: Endpoint) -> None:
    """Make the topic with one partition, unless it exists.

    Raises
    ------
    SourceUnreadable
        If it does not exist and may not be made.
    """
    admin = AdminClient(at.settings())
    if at.topic in admin.list_topics(timeout=_ANSWER_S).topics:
        return
    (made,) = admin.create_topics([NewTopic(at.topic, 1)]).values()
    try:
        made.result(timeout=_ANSWER_S)
    except KafkaException as error:
        code = error.args[0].code()
        if code == KafkaError.TOPIC_ALREADY_EXISTS:
            return
        if code not in (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.CLUSTER_AUTHORIZATION_FAILED):
            raise
        raise SourceUnreadable(
            Text(
                "Kafka en {brokers}: el tema {topic} no existe y este usuario no puede crearlo.",
                "Kafka at {brokers}: the topic {topic} does not exist and may not be made by this user.",
            ),
            remedy=Text(
                'Créelo, o escriba dead_letter = "" bajo [feeds.NOMBRE] para que esos mensajes queden solo en cuarentena.',
                'Create it, or set dead_letter = "" under [feeds.NAME] to leave such messages in quarantine alone.',
            ),
            brokers=at.brokers,
            topic=at.topic,
        ) from None
