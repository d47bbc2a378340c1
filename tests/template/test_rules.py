import re

import pytest
from redis import ConnectionPool
from redis.connection import SSLConnection

from tests.template.deployment import sources
from tests.template.parameters import COMBINATIONS, KAFKA, MYSQL, NETWORK, REDIS, ZONES, Parameters, named
from tests.template.rules import refusals

WARM = {"WarmUpAt": "2026-12-01T11:45:00", "CoolDownAt": "2026-12-01T12:30:00"}


def without(given: Parameters, name: str) -> Parameters:
    return {key: value for key, value in given.items() if key != name}


@pytest.mark.parametrize("parameters", COMBINATIONS, ids=named)
def test_what_can_work_is_let_through(parameters: Parameters) -> None:
    assert refusals(sources()["root"], parameters) == []


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        (without(NETWORK, "SubnetIds"), "Set both VpcId and SubnetIds"),
        (without(NETWORK, "VpcId"), "Set both VpcId and SubnetIds"),
        ({**NETWORK, "NatGateway": "yes"}, "NatGateway applies to a new VPC only"),
        ({**NETWORK, **ZONES}, "Zones apply to a new VPC only"),
        (KAFKA, "The functions must be in the VPC of an existing Kafka cluster"),
        ({**NETWORK, **without(KAFKA, "KafkaSecurityGroupId")}, "Set both KafkaClusterArn and KafkaSecurityGroupId"),
        ({"KafkaSecurityGroupId": "sg-0a1b2c3d"}, "Set both KafkaClusterArn and KafkaSecurityGroupId"),
        ({"CreateTopics": "no"}, "A new Kafka cluster has no topics"),
        (REDIS, "The functions must be in the VPC of an existing Redis"),
        ({**NETWORK, **without(REDIS, "RedisSecurityGroupId")}, "Set both RedisUrl and RedisSecurityGroupId"),
        (MYSQL, "The functions must be in the VPC of an existing MySQL"),
        ({**NETWORK, **without(MYSQL, "MysqlSecretArn")}, "Set MysqlHost, MysqlSecretArn and MysqlSecurityGroupId"),
        ({**NETWORK, **without(MYSQL, "MysqlSecurityGroupId")}, "Set MysqlHost, MysqlSecretArn and"),
        (
            {"SnapStart": "on", "ProvisionedConcurrency": "10"},
            "SnapStart and ProvisionedConcurrency cannot be combined",
        ),
        ({"SnapStart": "on", **WARM}, "SnapStart and WarmUpAt cannot be combined"),
        (without(WARM, "CoolDownAt"), "Set both WarmUpAt and CoolDownAt"),
        ({"ProvisionedConcurrency": "10", **WARM}, "WarmUpAt sets the provisioned concurrency itself"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_work_is_refused_with_a_sentence(parameters: Parameters, sentence: str) -> None:
    assert any(refusal.startswith(sentence) for refusal in refusals(sources()["root"], parameters))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KafkaClusterArn", "my-cluster"),
        ("RedisUrl", "redis://plain.example.com:6379"),
        ("RedisUrl", "rediss://:password@gate.example.com:6379"),
        ("RedisUrl", "rediss://gate.example.com:6380/0"),
        ("RedisUrl", "rediss://user@gate.example.com/0"),
        ("RedisUrl", "rediss://gate.example.com/0?ssl_cert_reqs=none"),
        ("SubnetIds", "subnet-0a1b2c3d"),
        ("Zones", "us-west-1a,us-west-1c"),
        ("LogLevel", "WARN"),
        ("WarmUpAt", "tomorrow"),
        ("CorsOrigins", "*"),
        ("DefaultEventId", "Über"),
        ("MysqlDatabase", "event;rush"),
    ],
)
def test_a_malformed_value_is_refused(name: str, value: str) -> None:
    declared = sources()["root"]["Parameters"][name]
    assert not re.fullmatch(declared.get("AllowedPattern", ".*"), value) or value not in declared.get(
        "AllowedValues", [value]
    )


@pytest.mark.parametrize("url", ["rediss://gate", "rediss://gate:6379", "rediss://gate/1", "rediss://gate:6379/1"])
def test_a_redis_url_that_is_let_through_leads_where_its_group_admits(url: str) -> None:
    assert re.fullmatch(sources()["root"]["Parameters"]["RedisUrl"]["AllowedPattern"], url)
    connection = ConnectionPool.from_url(url).make_connection()
    assert isinstance(connection, SSLConnection)
    assert (connection.host, connection.port, connection.db) == ("gate", 6379, int(url.endswith("/1")))


@pytest.mark.parametrize("parameters", COMBINATIONS, ids=named)
def test_every_value_that_works_is_well_formed(parameters: Parameters) -> None:
    declared = sources()["root"]["Parameters"]
    for name, value in parameters.items():
        assert re.fullmatch(declared[name].get("AllowedPattern", ".*"), value), name
        assert value in declared[name].get("AllowedValues", [value])
