"""The circuit breaker lets one send wait for Kafka every reset time; without a producer every send fails.

An acknowledgement wakes the sender once.
"""

from datetime import UTC, datetime

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer

from eventrush.errors import PublishError
from eventrush.models import Entry
from eventrush.settings import StreamSettings
from eventrush.stream.client import producer_config
from eventrush.stream.publisher import GuardedPublisher, StreamPublisher
from tests.fakes.publisher import FakePublisher

ENTRY = Entry("default", "3", 1, datetime(2026, 11, 22, 9, tzinfo=UTC), 1, "a")
LONG_S, AT_ONCE_S = 60.0, 1e-6


def fail(guarded: GuardedPublisher) -> None:
    with pytest.raises(PublishError):
        guarded.publish(ENTRY)


def test_a_closed_breaker_publishes() -> None:
    stream = FakePublisher()
    guarded = GuardedPublisher(stream, LONG_S)
    guarded.publish(ENTRY)
    guarded.publish(ENTRY)
    assert stream.published == [ENTRY, ENTRY]
    assert not guarded.open


def test_one_time_out_opens_the_breaker() -> None:
    stream = FakePublisher(down=True)
    guarded = GuardedPublisher(stream, LONG_S)
    fail(guarded)
    fail(guarded)
    fail(guarded)
    assert guarded.open
    assert len(stream.timeouts_s) == 1


def test_after_the_reset_time_one_send_is_tried_with_its_full_time() -> None:
    stream = FakePublisher(down=True)
    guarded = GuardedPublisher(stream, AT_ONCE_S)
    fail(guarded)
    fail(guarded)
    assert stream.timeouts_s == [None, None]
    assert guarded.open


def test_a_send_is_tried_once_every_reset_time() -> None:
    now = [0.0]
    stream = FakePublisher(down=True)
    guarded = GuardedPublisher(stream, 3.0, lambda: now[0])
    sends = []
    for moment in (0.0, 0.1, 2.9, 3.0, 3.1, 5.9, 6.0):
        now[0] = moment
        fail(guarded)
        sends.append(len(stream.timeouts_s))
    assert sends == [1, 1, 1, 2, 2, 2, 3], "a probe that fails opens it for another reset time"


def test_an_acknowledged_send_closes_the_breaker() -> None:
    stream = FakePublisher(down=True)
    guarded = GuardedPublisher(stream, AT_ONCE_S)
    fail(guarded)
    stream.down = False
    guarded.publish(ENTRY)
    guarded.publish(ENTRY)
    assert not guarded.open
    assert stream.timeouts_s == [None, None, None]
    assert stream.published == [ENTRY, ENTRY]


def test_without_a_producer_nothing_is_acknowledged() -> None:
    """confluent-kafka waits for a token when a producer is made, and raises if there is none."""
    refused = 0

    def make() -> Producer:
        nonlocal refused
        refused += 1
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001 its public name

    publisher = StreamPublisher(make, "t", 0.1)
    assert not publisher.warm_up()
    with pytest.raises(PublishError):
        publisher.publish(ENTRY)
    assert publisher.publish_all([ENTRY]) == [False]
    assert refused == 3, "each send tries to make it"


class CountingProducer(Producer):
    """A producer that counts its polls."""

    polls = 0

    def poll(self, timeout: float = -1) -> int:
        self.polls += 1
        return super().poll(timeout)


def test_an_acknowledgement_wakes_the_sender_once() -> None:
    """The broker is librdkafka's own, in this process."""
    mock = {"test.mock.num.brokers": 1, "test.mock.broker.rtt": 200}
    producer = CountingProducer(producer_config(StreamSettings.from_env({"KAFKA_BOOTSTRAP_SERVERS": "a:1"})) | mock)
    publisher = StreamPublisher(lambda: producer, "t", 5.0)
    assert publisher.warm_up()
    publisher.publish(ENTRY)
    assert producer.polls == 1
    assert publisher.publish_all([ENTRY] * 3) == [True] * 3
