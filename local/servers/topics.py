"""The topics of the template's Kafka mappings."""

from collections.abc import Sequence
from concurrent.futures import Future

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic  # mypy does not see it through confluent_kafka.admin
from tenacity import RetryError, Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from local import template
from local.errors import StackError
from local.servers.probes import kafka_admin

PARTITIONS = 3


def make_topics(port: int) -> None:
    """Create the topics that do not exist on the broker of this port."""
    ensure_topics(kafka_admin(port), template.load().topics())


def ensure_topics(admin: AdminClient, topics: Sequence[str], within_s: float = 20) -> None:
    """Create the topics that do not exist; return when every partition has a leader. Raises StackError."""
    made = admin.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in topics], operation_timeout=10)
    poll = Retrying(stop=stop_after_delay(within_s), wait=wait_fixed(0.05), retry=retry_if_not_result(bool))
    for topic in topics:
        try:
            _await_created(made[topic])
            poll(_is_led, admin, topic)
        except KafkaException as error:
            raise StackError(f"Kafka could not make the topic {topic}: {error.args[0].str()}.") from error
        except RetryError as error:
            raise StackError(f"Kafka gave the topic {topic} no leader within {within_s:g} s.") from error


def _await_created(made: Future[None]) -> None:
    try:
        made.result()
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise


def _is_led(admin: AdminClient, topic: str) -> bool:
    partitions = admin.list_topics(topic, timeout=5).topics[topic].partitions
    return len(partitions) == PARTITIONS and all(partition.leader >= 0 for partition in partitions.values())
