"""How Kafka is reached: settings of the client library, and its errors as Amuna's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from amuna.domain.errors import AmunaError, MissingExtra, SourceUnreadable, TransientError, UnknownSetting
from amuna.feeds.source_settings import Section, from_environment

try:
    from confluent_kafka import KafkaError, KafkaException
except ImportError:
    raise MissingExtra("confluent-kafka", extra="kafka") from None

_URL = re.compile(r"kafka://(?P<brokers>[^/@?#]+)/(?P<topic>[\w.-]{1,249})")
_DENIED = {
    "_AUTHENTICATION",
    "_SSL",
    "SASL_AUTHENTICATION_FAILED",
    "UNSUPPORTED_SASL_MECHANISM",
    "TOPIC_AUTHORIZATION_FAILED",
    "GROUP_AUTHORIZATION_FAILED",
    "CLUSTER_AUTHORIZATION_FAILED",
}
_NO_TOPIC = {"UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION", "TOPIC_EXCEPTION"}
_FENCED = {"_FENCED", "FENCED_INSTANCE_ID"}
_WRONG_SETTING = {"_INVALID_ARG", "INVALID_CONFIG"}


@dataclass(frozen=True)
class Endpoint:
    """A topic, and how its brokers are reached.

    Parameters
    ----------
    brokers
        `host:port`, several with commas between them.
    topic
        Name of the topic.
    client
        Settings of librdkafka, such as `security.protocol`; they win over Amuna's own.
    """

    brokers: str
    topic: str
    client: Mapping[str, object] = field(default_factory=dict, repr=False)

    def settings(self, **own: object) -> dict[str, object]:
        """Settings of a client; `own` are named with `_` for the dot."""
        dotted = {name.replace("_", "."): value for name, value in own.items()}
        return {"bootstrap.servers": self.brokers, "log_level": 0, **dotted, **self.client}


def endpoint(url: str, client: Mapping[str, object]) -> Endpoint:
    """The endpoint of `kafka://HOST:PORT[,HOST:PORT]/TOPIC`.

    Raises
    ------
    UnknownSetting
        If the URL is not of that form.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise UnknownSetting(
            f"The source {url!r} names no topic of Kafka.",
            remedy='Write source = "kafka://HOST:PORT/TOPIC"; user and password go into "sasl.username" and "sasl.password".',
            setting="source",
        )
    return Endpoint(match["brokers"], match["topic"], client)


def split_client(section: Section) -> tuple[dict[str, object], Section]:
    """The keys with a dot, or in a table such as `[feeds.NAME.sasl]`, which go to librdkafka; and all others.

    `${NAME}` in their texts is filled from the environment.
    """
    client: dict[str, object] = {}
    rest: dict[str, object] = {}
    for key, value in section.source.items():
        if isinstance(value, Mapping):
            client.update(_flat(key, value))
        elif "." in key:
            client[key] = value
        else:
            rest[key] = value
    filled = {key: from_environment(key, value, section) for key, value in client.items()}
    return filled, replace(section, source=rest)


def _flat(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}.{key}", value)
        else:
            yield f"{prefix}.{key}", value


def failure(error: KafkaError, at: Endpoint, *, was_there: bool = False) -> AmunaError:
    """Permanent where access, topic or settings are wrong; else transient: the broker may answer later.

    A topic that `was_there` may only be unknown for as long as its broker starts.
    """
    place, found, name = f"Kafka at {at.brokers}, topic {at.topic}", error.str(), error.name()
    if name in _DENIED:
        return SourceUnreadable(
            f"{place}: access refused ({found}).",
            remedy="Check security.protocol, sasl.mechanism, user and password under [feeds.NAME], and the rights of the user.",
            topic=at.topic,
        )
    if name in _NO_TOPIC and not was_there:
        return SourceUnreadable(
            f"{place}: there is no such topic ({found}).",
            remedy="Create it, or correct source under [feeds.NAME] in amuna.toml.",
            topic=at.topic,
        )
    if name in _FENCED:
        return SourceUnreadable(
            f"{place}: another process took over this one's group.instance.id ({found}).",
            remedy="Give each process its own group.instance.id, or none.",
            topic=at.topic,
        )
    if name in _WRONG_SETTING:
        return _wrong_setting(found)
    return TransientError(
        f"{place}: the broker does not answer ({found}).",
        remedy="Try again; if it stays so, check source under [feeds.NAME] and that the broker runs.",
        topic=at.topic,
    )


@contextmanager
def translated(at: Endpoint) -> Iterator[None]:
    """Errors of the client library inside become Amuna's."""
    try:
        yield
    except KafkaException as error:
        raise failure(error.args[0], at) from None
    except (ValueError, TypeError) as error:
        if "configuration property" not in str(error):
            raise
        raise _wrong_setting(str(error)) from None


def _wrong_setting(found: str) -> UnknownSetting:
    return UnknownSetting(
        f"The Kafka client refuses a setting: {found}.",
        remedy="Correct the keys with a dot under [feeds.NAME] in amuna.toml; librdkafka's CONFIGURATION.md lists them.",
    )
