"""A topic that only the test uses, and the records that have arrived in it."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Message, TopicPartition

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
