"""Whether each server serves: what a start waits for."""

import socket
import ssl

import pymysql
import redis
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from redis.backoff import NoBackoff
from redis.retry import Retry

from local.ports import HOST

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
    if not accepts(port):  # far cheaper than a client for the seconds in which the JVM comes up
        return False
    try:
        return bool(kafka_admin(port).list_topics(timeout=_TIMEOUT_S).brokers)
    except KafkaException:
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
            ssl=_unverified() if tls else None,
        )
    except pymysql.Error:
        return False
    with connection, connection.cursor() as cursor:
        return cursor.execute("SELECT 1") == 1


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def accepts(port: int) -> bool:
    """Return whether a server listens on a loopback port."""
    try:
        socket.create_connection((HOST, port), timeout=_TIMEOUT_S).close()
    except OSError:
        return False
    return True


def kafka_admin(port: int) -> AdminClient:
    """Return an admin client that does not log that the broker does not respond yet."""
    return AdminClient({"bootstrap.servers": f"{HOST}:{port}", "log_level": 0, "reconnect.backoff.max.ms": 200})
