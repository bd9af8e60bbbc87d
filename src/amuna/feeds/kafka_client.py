"""How Kafka is reached: settings of the client library, and its errors as Amuna's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from amuna.domain.errors import AmunaError, MissingExtra, SourceUnreadable, TransientError, UnknownSetting
from amuna.domain.text import Text
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
            Text(
                "El origen {found!r} no nombra ningún tema de Kafka.",
                "The source {found!r} names no topic of Kafka.",
            ),
            remedy=Text(
                'Escriba source = "kafka://SERVIDOR:PUERTO/TEMA"; el usuario y la contraseña van en "sasl.username" y "sasl.password".',
                'Write source = "kafka://HOST:PORT/TOPIC"; user and password go into "sasl.username" and "sasl.password".',
            ),
            setting="source",
            found=url,
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
    said, name = error.str(), error.name()
    if name in _DENIED:
        return SourceUnreadable(
            Text(
                "Kafka en {brokers}, tema {topic}: acceso rechazado ({cause}).",
                "Kafka at {brokers}, topic {topic}: access refused ({cause}).",
            ),
            remedy=Text(
                "Revise security.protocol, sasl.mechanism, el usuario y la contraseña bajo [feeds.NOMBRE], y los permisos del usuario.",
                "Check security.protocol, sasl.mechanism, user and password under [feeds.NAME], and the rights of the user.",
            ),
            brokers=at.brokers,
            topic=at.topic,
            cause=said,
        )
    if name in _NO_TOPIC and not was_there:
        return SourceUnreadable(
            Text(
                "Kafka en {brokers}, tema {topic}: no existe ese tema ({cause}).",
                "Kafka at {brokers}, topic {topic}: there is no such topic ({cause}).",
            ),
            remedy=Text(
                "Créelo, o corrija source bajo [feeds.NOMBRE] en amuna.toml.",
                "Create it, or correct source under [feeds.NAME] in amuna.toml.",
            ),
            brokers=at.brokers,
            topic=at.topic,
            cause=said,
        )
    if name in _FENCED:
        return SourceUnreadable(
            Text(
                "Kafka en {brokers}, tema {topic}: otro proceso tomó el group.instance.id de este ({cause}).",
                "Kafka at {brokers}, topic {topic}: another process took over this one's group.instance.id ({cause}).",
            ),
            remedy=Text(
                "Dé a cada proceso su propio group.instance.id, o ninguno.",
                "Give each process its own group.instance.id, or none.",
            ),
            brokers=at.brokers,
            topic=at.topic,
            cause=said,
        )
    if name in _WRONG_SETTING:
        return _wrong_setting(said)
    return TransientError(
        Text(
            "Kafka en {brokers}, tema {topic}: el servidor de Kafka no responde ({cause}).",
            "Kafka at {brokers}, topic {topic}: the broker does not answer ({cause}).",
        ),
        remedy=Text(
            "Intente de nuevo; si sigue igual, revise source bajo [feeds.NOMBRE], y que el servidor de Kafka esté en marcha.",
            "Try again; if it stays so, check source under [feeds.NAME] and that the broker runs.",
        ),
        brokers=at.brokers,
        topic=at.topic,
        cause=said,
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


def _wrong_setting(said: str) -> UnknownSetting:
    return UnknownSetting(
        Text(
            "El cliente de Kafka rechaza un ajuste: {cause}.", "The Kafka client refuses a setting: {cause}."
        ),
        remedy=Text(
            "Corrija las claves con punto bajo [feeds.NOMBRE] en amuna.toml; están en CONFIGURATION.md de librdkafka.",
            "Correct the keys with a dot under [feeds.NAME] in amuna.toml; librdkafka's CONFIGURATION.md lists them.",
        ),
        cause=said,
    )
