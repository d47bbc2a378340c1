"""Brokers are found by the cluster's ARN, and what MSK does not tell is one sentence."""

from dataclasses import dataclass
from typing import Any

import botocore.client
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from eventrush.errors import StreamUnavailableError
from eventrush.settings import StreamSettings
from eventrush.stream.client import brokers

ARN = "arn:aws:kafka:eu-north-1:123456789012:cluster/eventrush/11111111-1111-1111-1111-111111111111-1"
UNSET = StreamSettings.from_env({"KAFKA_CLUSTER_ARN": ARN, "KAFKA_AUTH": "iam"})
IAM = "BootstrapBrokerStringSaslIam"
THROTTLED = ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "Slow down."}}, "GetBootstrapBrokers")
AWAY = EndpointConnectionError(endpoint_url="https://kafka.eu-north-1.amazonaws.com")


@dataclass
class Msk:
    """What MSK's API answers."""

    answer: dict[str, str] | Exception


@pytest.fixture
def msk(monkeypatch: pytest.MonkeyPatch) -> Msk:
    api = Msk({})

    def call(client: Any, operation: str, given: dict[str, str]) -> dict[str, str]:
        assert (client.meta.region_name, operation, given) == ("eu-north-1", "GetBootstrapBrokers", {"ClusterArn": ARN})
        if isinstance(api.answer, Exception):
            raise api.answer
        return api.answer

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    return api


def test_brokers_are_told_in_the_same_order_each_time(msk: Msk) -> None:
    msk.answer = {IAM: "b-2:9098,b-3:9098,b-1:9098"}
    assert brokers(UNSET) == "b-1:9098,b-2:9098,b-3:9098"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (THROTTLED, r"^MSK does not return the brokers \(TooManyRequestsException\)\.$"),
        (AWAY, r"^MSK does not return the brokers\.$"),
        ({"BootstrapBrokerStringTls": "b-1:9094"}, r"^The cluster has no brokers for KAFKA_AUTH=iam\.$"),
    ],
    ids=["throttled", "down", "no IAM"],
)
def test_what_msk_does_not_tell_is_one_sentence(msk: Msk, answer: Any, sentence: str) -> None:
    msk.answer = answer
    with pytest.raises(StreamUnavailableError, match=sentence):
        brokers(UNSET)


def test_brokers_that_are_set_are_not_asked_for(msk: Msk) -> None:
    msk.answer = THROTTLED
    given = {"KAFKA_BOOTSTRAP_SERVERS": "a:9098", "KAFKA_CLUSTER_ARN": ARN, "KAFKA_AUTH": "iam"}
    assert brokers(StreamSettings.from_env(given)) == "a:9098"


def test_brokers_that_are_not_set_are_found_by_the_cluster_s_arn(msk: Msk) -> None:
    msk.answer = {IAM: "b-1:9098"}
    assert brokers(UNSET) == "b-1:9098"
