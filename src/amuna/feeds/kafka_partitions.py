"""Partitions: which of a topic's partitions this reader holds, and how far each is read."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition
from numpy.typing import NDArray

from amuna.domain.errors import SourceUnreadable
from amuna.domain.text import Text
from amuna.feeds.kafka_client import Endpoint, failure

log = logging.getLogger(__name__)
_ANSWER_S = 10.0


@dataclass(frozen=True)
class Chunk:
    """Messages with their partitions and offsets, shape (n_messages,) each."""

    messages: list[Message]
    partitions: NDArray[np.int32]
    offsets: NDArray[np.int64]


def chunk_of(messages: list[Message]) -> Chunk:
    """The messages with their places."""
    return Chunk(
        messages,
        np.array(list(map(Message.partition, messages)), dtype=np.int32),
        np.array(list(map(Message.offset, messages)), dtype=np.int64),
    )


def whole(chunks: Sequence[Chunk]) -> Chunk:
    """Chunks one after the other; at least one."""
    return Chunk(
        [message for chunk in chunks for message in chunk.messages],
        np.concatenate([chunk.partitions for chunk in chunks]),
        np.concatenate([chunk.offsets for chunk in chunks]),
    )


@dataclass
class _Place:
    """Offsets of a partition: the first one not yet in a batch, and the next one to read; None: from its beginning."""

    first: int | None
    next: int | None
    at_end: bool = False


class Partitions:
    """Follows the group's assignments; the positions in the store win over those the group has committed.

    Parameters
    ----------
    at
        The topic.
    """

    def __init__(self, at: Endpoint) -> None:
        self._at = at
        self._stored: dict[int, int] = {}
        self._held: dict[int, _Place] = {}
        self._out_of_step = False
        self.assigned = False
        self.revoked = False

    def subscribe(self, consumer: Consumer) -> None:
        """Join the group."""
        consumer.subscribe(
            [self._at.topic], on_assign=self._take, on_revoke=self._give_up, on_lost=self._give_up
        )

    def begin(self, consumer: Consumer, stored: Mapping[str, int]) -> None:
        """Go to the stored positions wherever reading stands elsewhere."""
        self._stored = {number_of(part): position for part, position in stored.items()}
        self.revoked = False
        wanted = {number: self._stored.get(number) for number in self._held}
        moved = any(place.next != wanted[number] for number, place in self._held.items())
        if self._held and (moved or self._out_of_step):
            self._assign(consumer, wanted)
        for number, place in self._held.items():
            place.first = wanted[number]

    def drop(self) -> None:
        """What was read since the last batch is forgotten; `begin` goes back."""
        self._out_of_step = True

    def accept(self, consumer: Consumer, messages: list[Message]) -> Chunk:
        """The messages that are readings of held partitions; notes how far each partition is read."""
        events = [message for message in messages if message.error() is not None]
        if events:
            messages = [message for message in messages if message.error() is None]
        chunk = chunk_of(messages)
        wanted = np.zeros(len(messages), dtype=bool)
        for number in np.unique(chunk.partitions).tolist():
            place = self._held.get(number)
            if place is None:
                continue
            mine = (chunk.partitions == number) & (chunk.offsets >= (place.next or 0))
            if mine.any():
                offsets = chunk.offsets[mine]
                place.first = int(offsets[0]) if place.first is None else place.first
                place.next, place.at_end = int(offsets[-1]) + 1, False
                wanted |= mine
        for event in events:
            self._heed(consumer, event)
        return chunk if wanted.all() else chunk_of([messages[index] for index in np.flatnonzero(wanted)])

    def batch(self) -> dict[str, tuple[int, int]]:
        """Where each partition with something new starts in this batch, and the first offset after it."""
        parts = {}
        for number, place in self._held.items():
            if place.first is not None and place.next is not None and place.next > place.first:
                parts[f"{self._at.topic}/{number}"] = (place.first, place.next)
                place.first = place.next
        return parts

    def drained(self) -> bool:
        """Whether every partition held is read to its end."""
        return self.assigned and all(place.at_end for place in self._held.values())

    def lag(self, consumer: Consumer) -> int:
        """Messages of the held partitions that are not yet read, as last heard from the brokers."""
        total = 0
        for number, place in self._held.items():
            part = TopicPartition(self._at.topic, number)
            low, high = consumer.get_watermark_offsets(part, cached=True)
            total += max(high - max(place.next or low, low), 0)
        return total

    def _take(self, consumer: Consumer, parts: list[TopicPartition]) -> None:
        self._assign(consumer, {part.partition: self._stored.get(part.partition) for part in parts})
        self.assigned = True

    def _assign(self, consumer: Consumer, places: Mapping[int, int | None]) -> None:
        """Read on from these offsets; what was fetched before is thrown away."""
        self._held = {number: _Place(offset, offset) for number, offset in places.items()}
        parts = [
            TopicPartition(self._at.topic, number, OFFSET_BEGINNING if offset is None else offset)
            for number, offset in places.items()
        ]
        consumer.assign(parts)
        self._out_of_step = False

    def _give_up(self, consumer: Consumer, _parts: list[TopicPartition]) -> None:
        consumer.unassign()
        self._held = {}
        self.assigned, self.revoked = False, True

    def _heed(self, consumer: Consumer, message: Message) -> None:
        error = message.error()
        name = error.name()
        if name == "_PARTITION_EOF":
            place = self._held.get(message.partition())
            if place is not None:
                place.at_end = True
        elif name == "_AUTO_OFFSET_RESET":
            self._recover(consumer, message.partition())
        elif name == "_MAX_POLL_EXCEEDED":
            self.revoked = True
        else:
            raise failure(error, self._at, was_there=True)

    def _recover(self, consumer: Consumer, number: int) -> None:
        """The position is not in the log: messages have expired unread, or the topic was made anew."""
        place = self._held.get(number)
        if place is None or place.next is None:
            return
        part = TopicPartition(self._at.topic, number)
        low, high = consumer.get_watermark_offsets(part, timeout=_ANSWER_S)
        if place.next > high:
            raise SourceUnreadable(
                Text(
                    "Tema {topic} de Kafka, partición {partition}: el almacén ha leído hasta {read}, pero el tema "
                    "termina en {end}; se creó de nuevo, o es de otro clúster.",
                    "Kafka topic {topic}, partition {partition}: the store has read up to {read}, but the "
                    "topic ends at {end}; it was made anew, or belongs to another cluster.",
                ),
                remedy=Text(
                    "Dé al origen de datos otro group bajo [feeds.NOMBRE]: leerá desde el comienzo; el almacén reconoce lo repetido.",
                    "Give the feed another group under [feeds.NAME]: it then reads from the start; the store knows repeats.",
                ),
                topic=self._at.topic,
                partition=number,
                read=place.next,
                end=high,
            )
        log.warning(
            "%s/%d: %d messages expired before they were read", self._at.topic, number, low - place.next
        )
        first = place.first
        self._assign(consumer, {**{n: held.next for n, held in self._held.items()}, number: low})
        self._held[number].first = first


def number_of(part: str) -> int:
    """`3` of `meters/3`."""
    return int(part.rpartition("/")[2])


def committed(topic: str, positions: Mapping[str, Any]) -> list[TopicPartition]:
    """Positions as the client takes them."""
    return [TopicPartition(topic, number_of(part), position) for part, position in positions.items()]
