"""An account that lacks something is refused in a sentence, and other settings have another digest."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from migrate.account import problems
from migrate.preflight import apply, digest

WANTED = {
    "Zones": "us-east-1a,us-east-1b,us-east-1c,us-east-1d",
    "SubnetIds": "",
    "KafkaInstanceType": "kafka.m5.large",
    "RedisNodeType": "cache.m5.large",
    "Partitions": "12",
    "Warm": "50",
    "ThrottleRate": "5000",
    "Reserving": ["er-persist", "er-reconcile"],
}


class Ec2:
    """Moto's EC2, with MSK's endpoint, which moto lacks, in all zones but one."""

    def __init__(self, without: str = "us-east-1f") -> None:
        self._without = without
        self._ec2 = boto3.client("ec2", region_name="us-east-1")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ec2, name)

    def describe_vpc_endpoint_services(self, *, ServiceNames: list[str]) -> dict[str, Any]:  # noqa: N803
        assert ServiceNames == ["com.amazonaws.us-east-1.kafka"]
        zones = [f"us-east-1{letter}" for letter in "abcdef"]
        return {"ServiceDetails": [{"AvailabilityZones": [zone for zone in zones if zone != self._without]}]}


class Lambda:
    """Moto's Lambda, with an account's limits, which moto lacks."""

    def __init__(self, unreserved: int = 1000) -> None:
        self._unreserved = unreserved
        self.reserved: dict[str, int] = {}
        self._lambda = boto3.client("lambda", region_name="us-east-1")

    def get_account_settings(self) -> dict[str, Any]:
        return {"AccountLimit": {"UnreservedConcurrentExecutions": self._unreserved}}

    def get_function_concurrency(self, *, FunctionName: str) -> Any:  # noqa: N803
        if FunctionName in self.reserved:
            return {"ReservedConcurrentExecutions": self.reserved[FunctionName]}
        return self._lambda.get_function_concurrency(FunctionName=FunctionName)


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield


def found(wanted: dict[str, Any], ec2: Any = None, lambda_: Any = None) -> list[str]:
    return list(problems({**WANTED, **wanted}, "us-east-1", ec2 or Ec2(), lambda_ or Lambda()))


def test_an_account_with_everything_is_accepted() -> None:
    assert found({}) == []


def test_zones_without_msk_are_named_with_those_that_have_it() -> None:
    [sentence] = found({}, Ec2(without="us-east-1b"))
    assert sentence.startswith(
        "MSK is not available in us-east-1b of this account; choose three of us-east-1a, us-east"
    )
    assert found({"KafkaInstanceType": ""}, Ec2(without="us-east-1b")) == []
    assert found({"Zones": "us-east-1a,us-east-1c,us-east-1d"}, Ec2(without="us-east-1b")) == []


def test_a_region_with_two_zones_is_too_small() -> None:
    assert found({"Zones": "us-west-1a,us-west-1c"}) == [
        "Three availability zones are needed, and there are 2: choose another region."
    ]


def test_subnets_are_asked_for_their_zones() -> None:
    ec2 = Ec2(without="us-east-1c")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"us-east-1{letter}")["Subnet"]
        for i, letter in enumerate("abc")
    ]
    ids = ",".join(subnet["SubnetId"] for subnet in subnets)
    [sentence] = found({"SubnetIds": ids}, ec2)
    assert sentence.startswith("MSK is not available in us-east-1c of this account")


@pytest.mark.parametrize("name", ["KafkaInstanceType", "RedisNodeType"])
def test_a_type_that_a_zone_lacks_is_named(name: str) -> None:
    [sentence] = found({name: f"{'kafka' if 'Kafka' in name else 'cache'}.x99.large"})
    assert sentence.endswith(
        f".x99.large is not available in us-east-1a, us-east-1b, us-east-1c; choose another {name}."
    )
    assert found({name: ""}) == []


@pytest.mark.parametrize("rush", [{"ThrottleRate": "201", "Warm": "0"}, {"ThrottleRate": "200", "Warm": "1"}])
def test_brokers_that_take_no_rush_are_refused_for_one(rush: dict[str, str]) -> None:
    [sentence] = found({"KafkaInstanceType": "kafka.t3.small", **rush})
    assert sentence.startswith("Brokers of the type kafka.t3.small accept 4 new connections per second")
    assert found({"KafkaInstanceType": "kafka.t3.small", "ThrottleRate": "200", "Warm": "0"}) == []


# Persist's and reconcile's, the warm environments, and what Lambda keeps for the rest.
NEEDED = 12 + 1 + 50 + 100


def test_too_little_concurrency_is_refused() -> None:
    assert found({}, lambda_=Lambda(NEEDED)) == []
    [sentence] = found({}, lambda_=Lambda(NEEDED - 1))
    assert sentence.startswith(f"This account may run {NEEDED - 1} Lambda functions at once, and {NEEDED} are needed")


def test_what_the_stack_has_reserved_already_counts() -> None:
    lambda_ = Lambda(NEEDED - 4)
    lambda_.reserved = {"er-persist": 3, "er-reconcile": 1}
    assert found({}, lambda_=lambda_) == []


def test_a_refusal_by_aws_is_a_failed_response_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    result = apply("Create", "Custom::Account", {**WANTED, "SubnetIds": "subnet-0a1b2c3d"})
    assert result.status == "FAILED"
    assert result.reason.startswith("The account cannot be checked: An error occurred (")


def test_another_setting_has_another_digest() -> None:
    settings = {"Variables": {"A": "1", "B": "2"}, "Brokers": "b-1:9098"}
    same = {"Brokers": "b-1:9098", "Variables": {"B": "2", "A": "1"}}
    assert digest(settings) == digest(same)
    assert digest(settings) != digest({**settings, "Brokers": "b-2:9098"})
    result = apply("Update", "Custom::Settings", settings)
    assert (result.status, result.data) == ("SUCCESS", {"Digest": digest(settings)})
    assert len(digest(settings)) <= 256  # a version's description


@pytest.mark.parametrize("resource_type", ["Custom::Account", "Custom::Settings"])
def test_deleting_asks_nothing(resource_type: str) -> None:
    assert apply("Delete", resource_type, {}).status == "SUCCESS"
