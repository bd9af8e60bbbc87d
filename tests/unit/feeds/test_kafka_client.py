"""Kafka's client: where a topic is, what goes to the library, and which errors pass."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError

from amuna.domain.errors import SourceUnreadable, TransientError, UnknownSetting
from amuna.feeds.kafka import KafkaSource
from amuna.feeds.kafka_client import Endpoint, endpoint, failure, split_client
from amuna.feeds.source_settings import Section, source_settings

AT = Endpoint("broker:9092", "meters")


def test_a_url_names_brokers_and_topic() -> None:
    found = endpoint("kafka://a:9092,b:9093/water.readings-1", {"client.id": "x"})
    assert (found.brokers, found.topic) == ("a:9092,b:9093", "water.readings-1")
    assert found.settings(group_id="g", client_id="own") == {
        "bootstrap.servers": "a:9092,b:9093",
        "log_level": 0,
        "group.id": "g",
        "client.id": "x",
    }


@pytest.mark.parametrize(
    "url", ["kafka://broker:9092", "kafka:///topic", "kafka://user:secret@broker/topic", "broker/topic"]
)
def test_a_url_without_topic_or_with_a_password_is_refused(url: str) -> None:
    with pytest.raises(UnknownSetting, match="names no topic"):
        endpoint(url, {})


def test_keys_with_a_dot_go_to_the_client_and_their_secrets_come_from_outside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KAFKA_PASSWORD", "s&cret")
    said = {
        "source": "kafka://a:1/t",
        "batch_rows": 10,
        "security.protocol": "SASL_SSL",
        "sasl": {"password": "${KAFKA_PASSWORD}", "kerberos": {"principal": "amuna"}},
        "session.timeout.ms": 6000,
    }
    client, rest = split_client(Section("meters", {}, dict(said)))
    assert client == {
        "security.protocol": "SASL_SSL",
        "sasl.password": "s&cret",
        "sasl.kerberos.principal": "amuna",
        "session.timeout.ms": 6000,
    }
    assert source_settings(rest, KafkaSource) == KafkaSource("kafka://a:1/t", batch_rows=10)
    assert "s&cret" not in repr(endpoint("kafka://a:1/t", client))


def test_a_secret_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_PASSWORD", raising=False)
    with pytest.raises(UnknownSetting, match="KAFKA_PASSWORD"):
        split_client(Section("meters", {}, {"sasl.password": "${KAFKA_PASSWORD}"}))


@pytest.mark.parametrize(("key", "value"), [("batch_rows", 0), ("idle_s", 0), ("grupo", "x"), ("format", 3)])
def test_a_wrong_key_of_the_section_is_refused(key: str, value: object) -> None:
    with pytest.raises(UnknownSetting, match=key):
        source_settings(Section("meters", {}, {key: value}), KafkaSource)


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (KafkaError._ALL_BROKERS_DOWN, TransientError, "does not answer"),
        (KafkaError._TRANSPORT, TransientError, "does not answer"),
        (KafkaError.NOT_LEADER_FOR_PARTITION, TransientError, "does not answer"),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, SourceUnreadable, "no such topic"),
        (KafkaError._AUTHENTICATION, SourceUnreadable, "access refused"),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, SourceUnreadable, "access refused"),
        (KafkaError._FENCED, SourceUnreadable, r"group\.instance\.id"),
        (KafkaError._INVALID_ARG, UnknownSetting, "refuses a setting"),
    ],
)
def test_errors_that_pass_and_errors_that_do_not(code: int, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        raise failure(KafkaError(code), AT)


def test_a_topic_that_was_there_may_come_back() -> None:
    assert isinstance(
        failure(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART), AT, was_there=True), TransientError
    )
