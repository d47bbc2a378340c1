"""The topics of a local stack."""

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic  # mypy does not see it through confluent_kafka.admin
from tenacity import RetryError, Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from local.servers.errors import StackError
from local.servers.probes import kafka_admin

TOPIC = "event.join"
PARTITIONS = 3
_LED_S = 20


def ensure_topics(port: int) -> None:
    """Make the topic where it is missing; return when every partition has a leader, StackError when none gets one."""
    admin = kafka_admin(port)
    poll = Retrying(stop=stop_after_delay(_LED_S), wait=wait_fixed(0.05), retry=retry_if_not_result(bool))
    try:
        _create(admin)
        poll(_is_led, admin)
    except KafkaException as error:
        raise StackError(f"Kafka could not make the topic {TOPIC}: {error.args[0].str()}.") from error
    except RetryError as error:
        raise StackError(f"Kafka gave the topic {TOPIC} no leader within {_LED_S} s.") from error


def _create(admin: AdminClient) -> None:
    (made,) = admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)], operation_timeout=10).values()
    try:
        made.result()
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise


def _is_led(admin: AdminClient) -> bool:
    partitions = admin.list_topics(TOPIC, timeout=5).topics[TOPIC].partitions
    return len(partitions) == PARTITIONS and all(partition.leader >= 0 for partition in partitions.values())
