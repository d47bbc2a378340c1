"""A topic that cannot be had is one sentence."""

from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaError, KafkaException

from local.servers import StackError, topics


class FakeAdmin:
    """Makes the topic, or fails as it is told, and gives none of its partitions a leader."""

    def __init__(self, error: KafkaError | None = None) -> None:
        self._made: Future[None] = Future()
        if error:
            self._made.set_exception(KafkaException(error))
        else:
            self._made.set_result(None)

    def create_topics(self, _topics: object, operation_timeout: float) -> dict[str, Future[None]]:
        assert operation_timeout > 0
        return {topics.TOPIC: self._made}

    def list_topics(self, topic: str, timeout: float) -> SimpleNamespace:
        assert timeout > 0
        partitions = {number: SimpleNamespace(leader=-1) for number in range(topics.PARTITIONS)}
        return SimpleNamespace(topics={topic: SimpleNamespace(partitions=partitions)})


def test_a_topic_without_a_leader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "_LED_S", 0)
    monkeypatch.setattr(topics, "kafka_admin", lambda _port: FakeAdmin())
    with pytest.raises(StackError, match=r"^Kafka gave the topic event\.join no leader within 0 s\.$"):
        topics.ensure_topics(9092)


def test_a_topic_that_kafka_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = KafkaError(KafkaError.POLICY_VIOLATION, "too many topics")
    monkeypatch.setattr(topics, "kafka_admin", lambda _port: FakeAdmin(refused))
    with pytest.raises(StackError, match=r"^Kafka could not make the topic event\.join: too many topics\.$"):
        topics.ensure_topics(9092)
