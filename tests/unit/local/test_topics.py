"""A topic that cannot be had is one sentence."""

from concurrent.futures import Future
from types import SimpleNamespace
from typing import cast

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from local.servers import StackError
from local.servers.readiness import PARTITIONS, ensure_topics


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
        return {"t": self._made}

    def list_topics(self, topic: str, timeout: float) -> SimpleNamespace:
        assert timeout > 0
        partitions = {number: SimpleNamespace(leader=-1) for number in range(PARTITIONS)}
        return SimpleNamespace(topics={topic: SimpleNamespace(partitions=partitions)})


def test_a_topic_without_a_leader() -> None:
    with pytest.raises(StackError, match=r"^Kafka gave the topic t no leader within 0 s\.$"):
        ensure_topics(cast("AdminClient", FakeAdmin()), ["t"], within_s=0)


def test_a_topic_that_kafka_refuses() -> None:
    refused = KafkaError(KafkaError.POLICY_VIOLATION, "too many topics")
    with pytest.raises(StackError, match=r"^Kafka could not make the topic t: too many topics\.$"):
        ensure_topics(cast("AdminClient", FakeAdmin(refused)), ["t"])
