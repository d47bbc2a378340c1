"""Makes a publisher from its settings: the producer's configuration, each value with its reason."""

from typing import Any

from confluent_kafka import Producer

from eventrush.settings import KafkaAuth, StreamSettings
from eventrush.stream import msk
from eventrush.stream.publisher import StreamPublisher
from eventrush.stream.reader import StreamReader


def brokers(settings: StreamSettings) -> str:
    """Give the brokers that are set, or else those that MSK names; raises `StreamUnavailableError`."""
    return settings.bootstrap_servers or msk.bootstrap_brokers(settings.cluster_arn or "", settings.auth)


def client_config(settings: StreamSettings) -> dict[str, Any]:
    """Give what every Kafka client of ours is configured with: where Kafka is and how it knows us."""
    config: dict[str, Any] = {
        "bootstrap.servers": brokers(settings),
        "socket.keepalive.enable": True,
        "socket.connection.setup.timeout.ms": 2000,  # the default lets one dead broker hold a connection for 30 s
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 500,  # the default leaves a broker that is back alone for 10 s
        "log_level": 2,  # librdkafka writes to stderr; an outage is reported once, by who asked
    }
    if settings.auth is KafkaAuth.IAM:
        config |= {
            "security.protocol": "SASL_SSL",
            "sasl.mechanisms": "OAUTHBEARER",
            "oauth_cb": msk.token_callback(settings.cluster_arn),
        }
    return config


def producer_config(settings: StreamSettings) -> dict[str, Any]:
    """Give the producer's configuration: every replica in sync acknowledges, repetition inside the client is undone."""
    return client_config(settings) | {
        "acks": "all",
        "enable.idempotence": True,
        # Keep the brokers that are known when all connections break, as they do while an environment is frozen: to
        # bootstrap anew, the default, costs the next send a second.
        "metadata.recovery.strategy": "none",
        "linger.ms": 0,  # one message an invocation: waiting for company only adds latency
        "message.timeout.ms": settings.publish_timeout_ms,  # what is given up is reconcile's, not a later invocation's
        "request.timeout.ms": settings.publish_timeout_ms,
    }


def reader(settings: StreamSettings) -> StreamReader:
    """Make a reader of what persist has not committed yet; it connects when it reads."""
    return StreamReader(client_config(settings), settings.topic, settings.consumer_group)


def connect(settings: StreamSettings) -> StreamPublisher:
    """Make a publisher and connect it; a Kafka that is away now is tried again when first needed."""
    config = producer_config(settings)
    publisher = StreamPublisher(lambda: Producer(config), settings.topic, settings.publish_timeout_ms / 1000)
    publisher.warm_up()
    return publisher
