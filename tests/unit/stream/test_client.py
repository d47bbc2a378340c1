"""The configuration of Kafka clients, and how brokers are found by a cluster's ARN."""

import base64
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.client
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from eventrush.errors import StreamUnavailableError
from eventrush.settings import KafkaAuth, StreamSettings
from eventrush.stream.client import brokers, client_config, producer_config, token_callback

ARN = "arn:aws:kafka:eu-north-1:123456789012:cluster/eventrush/11111111-1111-1111-1111-111111111111-1"
CLUSTER = {"KAFKA_CLUSTER_ARN": ARN, "KAFKA_AUTH": "iam"}
ADDRESSED = CLUSTER | {"KAFKA_BOOTSTRAP_SERVERS": "a:9098"}
IAM = "BootstrapBrokerStringSaslIam"
THROTTLED = ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "Slow down."}}, "GetBootstrapBrokers")
DOWN = EndpointConnectionError(endpoint_url="https://kafka.eu-north-1.amazonaws.com")


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


def test_the_producer_is_idempotent_and_waits_for_all_in_sync_replicas() -> None:
    config = producer_config(
        StreamSettings.from_env({"KAFKA_BOOTSTRAP_SERVERS": "a:1,b:2", "PUBLISH_TIMEOUT_MS": "700"})
    )
    assert (config["bootstrap.servers"], config["acks"], config["enable.idempotence"]) == ("a:1,b:2", "all", True)
    assert (config["linger.ms"], config["message.timeout.ms"]) == (0, 700)
    assert "security.protocol" not in config


def test_iam_authenticates_over_tls() -> None:
    config = client_config(StreamSettings.from_env(ADDRESSED))
    assert (config["security.protocol"], config["sasl.mechanisms"]) == ("SASL_SSL", "OAUTHBEARER")
    assert callable(config["oauth_cb"])
    assert StreamSettings.from_env(CLUSTER).auth is KafkaAuth.IAM


def test_a_token_is_for_the_cluster_s_region_and_expires_within_the_hour() -> None:
    token, expires_s = token_callback(ARN)("")
    signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    assert "kafka.eu-north-1.amazonaws.com" in signed
    assert 60 < expires_s - time.time() < 3600


@dataclass
class Msk:
    """MSK's API, with the reply that a test sets."""

    reply: dict[str, str] | Exception


@pytest.fixture
def msk(monkeypatch: pytest.MonkeyPatch) -> Msk:
    api = Msk({})

    def call(client: Any, operation: str, given: dict[str, str]) -> dict[str, str]:
        assert (client.meta.region_name, operation, given) == ("eu-north-1", "GetBootstrapBrokers", {"ClusterArn": ARN})
        if isinstance(api.reply, Exception):
            raise api.reply
        return api.reply

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    return api


def test_brokers_of_a_cluster_are_sorted(msk: Msk) -> None:
    msk.reply = {IAM: "b-2:9098,b-3:9098,b-1:9098"}
    assert brokers(StreamSettings.from_env(CLUSTER)) == "b-1:9098,b-2:9098,b-3:9098"


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (THROTTLED, r"^MSK does not return the brokers \(TooManyRequestsException\)\.$"),
        (DOWN, r"^MSK does not return the brokers\.$"),
        ({"BootstrapBrokerStringTls": "b-1:9094"}, r"^The cluster has no brokers for KAFKA_AUTH=iam\.$"),
    ],
    ids=["throttled", "down", "no IAM"],
)
def test_an_error_of_msk_is_one_sentence(msk: Msk, reply: Any, sentence: str) -> None:
    msk.reply = reply
    with pytest.raises(StreamUnavailableError, match=sentence):
        brokers(StreamSettings.from_env(CLUSTER))


def test_configured_brokers_are_used_without_asking_msk(msk: Msk) -> None:
    msk.reply = THROTTLED
    assert brokers(StreamSettings.from_env(ADDRESSED)) == "a:9098"
