"""What MSK asks of a client: its brokers are found by the cluster's ARN, and IAM's tokens stand for a password."""

from collections.abc import Callable

from eventrush.errors import StreamUnavailableError
from eventrush.settings import KafkaAuth


def bootstrap_brokers(cluster_arn: str, auth: KafkaAuth) -> str:
    """Ask MSK for a cluster's bootstrap brokers, as no CloudFormation resource gives them.

    In the same order each time, since MSK has none. Raises `StreamUnavailableError`.
    """
    import boto3  # noqa: PLC0415 370 ms of import that only MSK needs
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        answer = boto3.client("kafka", region_name=_region(cluster_arn)).get_bootstrap_brokers(ClusterArn=cluster_arn)
    except ClientError as exc:
        raise StreamUnavailableError(f"MSK does not name the brokers ({exc.response['Error']['Code']}).") from exc
    except BotoCoreError as exc:
        raise StreamUnavailableError("MSK does not name the brokers.") from exc
    brokers = str(answer.get("BootstrapBrokerStringSaslIam" if auth is KafkaAuth.IAM else "BootstrapBrokerString", ""))
    if not brokers:
        raise StreamUnavailableError(f"The cluster has no brokers for KAFKA_AUTH={auth}.")
    return ",".join(sorted(brokers.split(",")))


def token_callback(cluster_arn: str | None) -> Callable[[str], tuple[str, float]]:
    """Give librdkafka's `oauth_cb`: it answers (token, when it expires in seconds since 1970)."""
    from aws_msk_iam_sasl_signer import MSKAuthTokenProvider  # noqa: PLC0415 it imports boto3

    region = _region(cluster_arn or "")

    def token(_config: str) -> tuple[str, float]:
        value, expires_ms = MSKAuthTokenProvider.generate_auth_token(region)
        return value, expires_ms / 1000

    return token


def _region(cluster_arn: str) -> str:
    """arn:aws:kafka:REGION:account:cluster/name/uuid."""
    return cluster_arn.split(":")[3]
