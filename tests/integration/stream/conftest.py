"""A topic that nobody else uses, and what has arrived in it."""

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
    """Give the settings of a topic of three partitions."""
    with own_topic(environment(stack), PARTITIONS) as settings:
        yield settings


def arrived(settings: StreamSettings, count: int) -> list[Message]:
    """Give what is in the topic: as many records as are expected, and whatever comes after them."""
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
