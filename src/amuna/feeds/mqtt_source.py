"""MqttSource: where an MQTT feed comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from amuna.domain.errors import SourceUnreadable
from amuna.domain.text import Text

_URL = re.compile(
    r"mqtts?://((?P<user>[^:@/]*)(:(?P<password>[^@/]*))?@)?(?P<host>[^:@/\[\]]+|\[[^\]]+\])(:(?P<port>\d+))?/(?P<topic>.+)"
)


@dataclass(frozen=True)
class MqttSource:
    """Keys of `[feeds.NAME]` for an MQTT broker, beside those of its columns.

    Parameters
    ----------
    source
        `mqtt://[USER:PASSWORD@]HOST[:PORT]/TOPIC`, or `mqtts://` for TLS; the topic may hold `+` and `#`.
    client
        Client id of the durable session; empty for `amuna-NAME`. Two programs must not share one.
    ca_file
        Certificate of the authority that signed the broker's; empty for those the system trusts.
    account_from_topic
        Level of the topic that names the account, the first being 1; 0 where the reading says it.
    batch_messages
        Most messages committed at a time.
    batch_s
        Longest time a message waits for others to be committed with [s].
    idle_s
        A topic that brought nothing for so long is drained [s].
    session_days
        How long the broker keeps messages for Amuna while it does not run [days].
    """

    source: str = field(default="", repr=False)
    client: str = ""
    ca_file: str = ""
    account_from_topic: int = field(default=0, metadata={"least": 0})
    batch_messages: int = field(default=5_000, metadata={"least": 1})
    batch_s: float = field(default=1.0, metadata={"least": 0.01})
    idle_s: float = field(default=2.0, metadata={"least": 0.01})
    session_days: int = field(default=30, metadata={"least": 1})


@dataclass(frozen=True)
class MqttUrl:
    """A broker and a topic filter; its text shows neither user nor password."""

    host: str
    port: int
    topic: str
    tls: bool
    user: str
    password: str = field(repr=False)

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}/{self.topic}"


def parse_mqtt_url(source: MqttSource) -> MqttUrl:
    """The parts of the address of a source.

    Raises
    ------
    SourceUnreadable
        If it is none, or the wildcards of its topic stand where they may not.
    """
    found = _URL.fullmatch(source.source)
    if found is None or not _is_filter(found["topic"]):
        raise SourceUnreadable(
            Text(
                "El origen no es la dirección de un tema MQTT.", "The source is no address of an MQTT topic."
            ),
            remedy=Text(
                "Escríbala como mqtt://SERVIDOR:1883/sensors/+/reading; + vale por un nivel, y # al final por todos los de abajo.",
                "Write it as mqtt://HOST:1883/sensors/+/reading; + stands for one level, a last # for all below.",
            ),
        )
    tls = source.source.startswith("mqtts:")
    return MqttUrl(
        host=found["host"].strip("[]"),
        port=int(found["port"] or (8883 if tls else 1883)),
        topic=found["topic"],
        tls=tls,
        user=unquote(found["user"] or ""),
        password=unquote(found["password"] or ""),
    )


def _is_filter(topic: str) -> bool:
    levels = topic.split("/")
    wild = all(level == "+" or "+" not in level for level in levels)
    return (
        wild
        and all("#" not in level for level in levels[:-1])
        and levels[-1].count("#") in (0, len(levels[-1]))
    )
