"""The configuration of Kafka clients: brokers, authentication, and each changed default with its reason."""

from collections.abc import Callable
from typing import Any

from eventrush.errors import StreamUnavailableError
from eventrush.settings import KafkaAuth, StreamSettings


def brokers(settings: StreamSettings) -> str:
    """Return the configured brokers, or else those of the MSK cluster; raises `StreamUnavailableError`."""
    return settings.bootstrap_servers or _msk_brokers(settings.cluster_arn or "", settings.auth)


def client_config(settings: StreamSettings) -> dict[str, Any]:
    """Return the configuration that every Kafka client shares."""
    config: dict[str, Any] = {
        "bootstrap.servers": brokers(settings),
        "socket.keepalive.enable": True,
        "socket.connection.setup.timeout.ms": 2000,  # with the default, a dead broker blocks a connection for 30 s
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 500,  # with the default, a broker that is back is retried after up to 10 s
        "log_level": 2,  # librdkafka writes to stderr; an outage is reported once, by the caller
    }
    if settings.auth is KafkaAuth.IAM:
        config |= {
            "security.protocol": "SASL_SSL",
            "sasl.mechanisms": "OAUTHBEARER",
            "oauth_cb": token_callback(settings.cluster_arn or ""),
        }
    return config


def producer_config(settings: StreamSettings) -> dict[str, Any]:
    """Return the producer's configuration: all in-sync replicas acknowledge, and retries write no duplicates."""
    return client_config(settings) | {
        "acks": "all",
        "enable.idempotence": True,
        # Keep the known brokers when all connections break, as they do while an environment is frozen. The default
        # bootstraps again, which costs the next send a second.
        "metadata.recovery.strategy": "none",
        "linger.ms": 0,  # an invocation sends one message: waiting for more only adds latency
        "message.timeout.ms": settings.publish_timeout_ms,  # reconcile sends it again, not a later invocation
        "request.timeout.ms": settings.publish_timeout_ms,
    }


def token_callback(cluster_arn: str) -> Callable[[str], tuple[str, float]]:
    """Return librdkafka's `oauth_cb`, which returns an IAM token and when it expires (seconds since 1970)."""
    from aws_msk_iam_sasl_signer import MSKAuthTokenProvider  # noqa: PLC0415 it imports boto3

    region = _region(cluster_arn)

    def token(_config: str) -> tuple[str, float]:
        value, expires_ms = MSKAuthTokenProvider.generate_auth_token(region)
        return value, expires_ms / 1000

    return token


def _msk_brokers(cluster_arn: str, auth: KafkaAuth) -> str:
    """Return an MSK cluster's brokers, which no CloudFormation resource returns; sorted, because the order varies."""
    import boto3  # noqa: PLC0415 370 ms of import that only MSK needs
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        reply = boto3.client("kafka", region_name=_region(cluster_arn)).get_bootstrap_brokers(ClusterArn=cluster_arn)
    except ClientError as exc:
        raise StreamUnavailableError(f"MSK does not return the brokers ({exc.response['Error']['Code']}).") from exc
    except BotoCoreError as exc:
        raise StreamUnavailableError("MSK does not return the brokers.") from exc
    found = str(reply.get("BootstrapBrokerStringSaslIam" if auth is KafkaAuth.IAM else "BootstrapBrokerString", ""))
    if not found:
        raise StreamUnavailableError(f"The cluster has no brokers for KAFKA_AUTH={auth}.")
    return ",".join(sorted(found.split(",")))


def _region(cluster_arn: str) -> str:
    return cluster_arn.split(":")[3]  # arn:aws:kafka:REGION:account:cluster/name/uuid
