"""How the producer is configured: nothing is acknowledged that a replica in sync has not, nothing is sent twice."""

import base64
import time
from pathlib import Path

import pytest

from eventrush.settings import KafkaAuth, StreamSettings
from eventrush.stream.client import client_config, producer_config, token_callback

ARN = "arn:aws:kafka:eu-north-1:123456789012:cluster/eventrush/11111111-1111-1111-1111-111111111111-1"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


def test_every_replica_in_sync_acknowledges_and_repetition_is_undone() -> None:
    config = producer_config(
        StreamSettings.from_env({"KAFKA_BOOTSTRAP_SERVERS": "a:1,b:2", "PUBLISH_TIMEOUT_MS": "700"})
    )
    assert (config["bootstrap.servers"], config["acks"], config["enable.idempotence"]) == ("a:1,b:2", "all", True)
    assert (config["linger.ms"], config["message.timeout.ms"]) == (0, 700)
    assert "security.protocol" not in config


def test_iam_signs_in_over_tls() -> None:
    config = client_config(
        StreamSettings.from_env({"KAFKA_BOOTSTRAP_SERVERS": "a:9098", "KAFKA_CLUSTER_ARN": ARN, "KAFKA_AUTH": "iam"})
    )
    assert (config["security.protocol"], config["sasl.mechanisms"]) == ("SASL_SSL", "OAUTHBEARER")
    assert callable(config["oauth_cb"])
    assert StreamSettings.from_env({"KAFKA_CLUSTER_ARN": ARN, "KAFKA_AUTH": "iam"}).auth is KafkaAuth.IAM


def test_a_token_is_of_the_cluster_s_region_and_expires_in_seconds_from_1970() -> None:
    token, expires_s = token_callback(ARN)("")
    signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    assert "kafka.eu-north-1.amazonaws.com" in signed
    assert 60 < expires_s - time.time() < 3600
