"""Whether each server serves, and the topics that Kafka needs: what a start waits for."""

import socket
from collections.abc import Sequence

import pymysql
import redis
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic  # mypy does not see it through confluent_kafka.admin
from redis.backoff import NoBackoff
from redis.retry import Retry
from tenacity import RetryError, Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from local import template
from local.exceptions import StackError
from local.ports import HOST

PARTITIONS = 3
_TIMEOUT_S = 2


def redis_answers(port: int) -> bool:
    """Return whether Redis answers PING; it does not while it loads its file."""
    client = redis.Redis(HOST, port, socket_timeout=_TIMEOUT_S, retry=Retry(NoBackoff(), 0))
    with client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def kafka_answers(port: int) -> bool:
    """Return whether the broker answers a request for metadata."""
    try:
        # Far cheaper than a client for the seconds in which the JVM starts.
        socket.create_connection((HOST, port), timeout=_TIMEOUT_S).close()
        return bool(kafka_admin(port).list_topics(timeout=_TIMEOUT_S).brokers)
    except (OSError, KafkaException):
        return False


def mysql_answers(port: int, password: str, *, tls: bool = False) -> bool:
    """Return whether the user may query the database; `tls` accepts any certificate that the server made."""
    try:
        connection = pymysql.connect(
            host=HOST,
            port=port,
            user="eventrush",
            password=password,
            database="eventrush",
            connect_timeout=_TIMEOUT_S,
            read_timeout=_TIMEOUT_S,
            ssl={"verify_mode": "none"} if tls else None,
        )
    except pymysql.Error:
        return False
    with connection, connection.cursor() as cursor:
        return cursor.execute("SELECT 1") == 1


def kafka_admin(port: int) -> AdminClient:
    """Return an admin client that does not log that the broker does not respond yet."""
    return AdminClient({"bootstrap.servers": f"{HOST}:{port}", "log_level": 0, "reconnect.backoff.max.ms": 200})


def make_topics(port: int) -> None:
    """Create the topics that do not exist on the broker of this port."""
    ensure_topics(kafka_admin(port), template.load().topics())


def ensure_topics(admin: AdminClient, topics: Sequence[str], within_s: float = 20) -> None:
    """Create the topics that do not exist; return when every partition has a leader. Raises StackError."""
    made = admin.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in topics], operation_timeout=10)
    poll = Retrying(stop=stop_after_delay(within_s), wait=wait_fixed(0.05), retry=retry_if_not_result(bool))
    for topic in topics:
        error = made[topic].exception()
        if isinstance(error, KafkaException) and error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise StackError(f"Kafka could not make the topic {topic}: {error.args[0].str()}.") from error
        try:
            poll(_is_led, admin, topic)
        except (RetryError, KafkaException) as slow:
            raise StackError(f"Kafka gave the topic {topic} no leader within {within_s:g} s.") from slow


def _is_led(admin: AdminClient, topic: str) -> bool:
    partitions = admin.list_topics(topic, timeout=5).topics[topic].partitions
    return len(partitions) == PARTITIONS and all(partition.leader >= 0 for partition in partitions.values())
