"""Topics that one test has for itself, and commits of its consumer group."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from eventrush.settings import StreamSettings
from eventrush.stream.reader import Span
from tests.waiting import until


@contextmanager
def own_topic(environ: Mapping[str, str], partitions: int) -> Iterator[StreamSettings]:
    """Create a topic with a unique name, yield settings with it and a consumer group, and delete the topic at the end.

    The settings give a send much time, since a machine that runs every test is busy; a test that measures sets less.
    """
    name = f"test-{uuid.uuid4().hex[:12]}"
    admin = AdminClient({"bootstrap.servers": environ["KAFKA_BOOTSTRAP_SERVERS"]})
    admin.create_topics([NewTopic(name, partitions, 1)])[name].result()

    def has_leaders() -> bool:
        known = admin.list_topics(name, timeout=5).topics[name].partitions.values()
        return sum(partition.leader >= 0 for partition in known) == partitions

    until(has_leaders)
    own = {"KAFKA_TOPIC": name, "KAFKA_CONSUMER_GROUP": name, "PUBLISH_TIMEOUT_MS": "2500", "BREAKER_RESET_S": "0.5"}
    yield StreamSettings.from_env({**environ, **own})
    admin.delete_topics([name])[name].result()


def commit(settings: StreamSettings, spans: list[Span]) -> None:
    """Commit each partition up to the end of its span, as persist does."""
    consumer = Consumer({"bootstrap.servers": settings.bootstrap_servers, "group.id": settings.consumer_group})
    consumer.commit(
        offsets=[TopicPartition(settings.topic, span.partition, span.end) for span in spans], asynchronous=False
    )
    consumer.close()
