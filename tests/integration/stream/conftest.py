"""A topic that only the test uses, the records that have arrived in it, and producers in fatal state."""

import ctypes
from collections.abc import Iterator
from pathlib import Path

import confluent_kafka
import pytest
from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

from cli.environment import environment
from eventrush.settings import StreamSettings
from local.servers import Stack
from tests.topics import own_topic
from tests.waiting import until

PARTITIONS = 3


@pytest.fixture
def settings(stack: Stack) -> Iterator[StreamSettings]:
    """Yield the settings of a topic of three partitions."""
    with own_topic(environment(stack), PARTITIONS) as settings:
        yield settings


def arrived(settings: StreamSettings, count: int) -> list[Message]:
    """Return the records of the topic once it has `count`, with those that arrive half a second later."""
    consumer = Consumer({"bootstrap.servers": settings.bootstrap_servers, "group.id": settings.topic})
    consumer.assign([TopicPartition(settings.topic, partition, 0) for partition in range(PARTITIONS)])
    messages: list[Message] = []

    def enough() -> bool:
        messages.extend(consumer.consume(1000, timeout=0.2))
        return len(messages) >= count

    until(enough)
    messages += consumer.consume(1000, timeout=0.5)
    consumer.close()
    return messages


def set_fatal(producer: Producer) -> None:
    """Put a producer into fatal state by librdkafka's function for tests; its handle follows the object's header."""
    [library] = (Path(confluent_kafka.__file__).parents[1] / "confluent_kafka.libs").glob("librdkafka*")
    handle = ctypes.c_void_p.from_address(id(producer) + object.__basicsize__)
    test_fatal_error = ctypes.CDLL(str(library)).rd_kafka_test_fatal_error
    test_fatal_error.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p]
    assert test_fatal_error(handle, KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER, b"a test") == 0
