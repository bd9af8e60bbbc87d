"""Days of readings sent to a topic, each message marked with its day, so that sending can be taken up again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from amuna.feeds.kafka_client import Endpoint
from amuna.feeds.kafka_sender import Outgoing, Sender, last_headers

_HEADER = "amuna.day"


class DayTopic:
    """A topic that is filled day by day.

    Parameters
    ----------
    to
        Topic and brokers.
    """

    def __init__(self, to: Endpoint) -> None:
        self._to = to
        self._sender = Sender(to)

    def last_day(self) -> date | None:
        """Day of the last message, which may be sent only in part; None where none was sent."""
        found = last_headers(self._to, _HEADER)
        return date.fromisoformat(max(found)) if found else None

    def send(self, day: date, messages: Iterable[tuple[bytes, bytes]]) -> int:
        """Send the keys and values of a day, and wait until they are safe; returns how many."""
        marked = {_HEADER: day.isoformat()}
        return self._sender.send(Outgoing(value, key, marked) for key, value in messages)
