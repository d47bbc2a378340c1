"""Parameters are checked before anything is created: combinations by Rules, values by patterns."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import pytest
from redis import ConnectionPool
from redis.connection import SSLConnection

from tests.template.deployment import ROOT, sources
from tests.template.parameters import (
    COMBINATIONS,
    KAFKA,
    MYSQL,
    NETWORK,
    REDIS,
    SCHEDULE,
    TOKENS,
    ZONES,
    Parameters,
    named,
)


def violations(parameters: Parameters) -> list[str]:
    """Return the messages with which CloudFormation refuses these parameters, over the defaults."""
    root = sources()["root"]
    values = {name: str(parameter["Default"]) for name, parameter in root["Parameters"].items()} | dict(parameters)
    return [
        assertion["AssertDescription"]
        for rule in root["Rules"].values()
        for assertion in rule["Assertions"]
        if not evaluate(assertion["Assert"], values)
    ]


def evaluate(expression: Any, values: Mapping[str, str]) -> Any:
    """Evaluate an expression of a rule as CloudFormation does."""
    if not isinstance(expression, dict):
        return str(expression)
    [(function, argument)] = expression.items()
    if function == "Ref":
        return values[argument]
    operands = [evaluate(part, values) for part in argument]
    match function:
        case "Fn::Equals":
            return operands[0] == operands[1]
        case "Fn::Not":
            return not operands[0]
        case "Fn::And":
            return all(operands)
        case "Fn::Or":
            return any(operands)
    raise ValueError(f"Rules do not support {function}.")


def without(given: Parameters, name: str) -> Parameters:
    return {key: value for key, value in given.items() if key != name}


@pytest.mark.parametrize("parameters", COMBINATIONS, ids=named)
def test_a_valid_combination_is_accepted(parameters: Parameters) -> None:
    assert violations(parameters) == []


@pytest.mark.parametrize(
    ("parameters", "message"),
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
        ({"SnapStart": "on", **SCHEDULE}, "SnapStart and WarmUpAt cannot be combined"),
        (without(SCHEDULE, "CoolDownAt"), "Set both WarmUpAt and CoolDownAt"),
        ({"Identity": "token"}, "Identity is token; set both JwtIssuer and JwtAudience"),
        (without(TOKENS, "JwtIssuer"), "Identity is token; set both JwtIssuer and JwtAudience"),
        (without(TOKENS, "JwtAudience"), "Identity is token; set both JwtIssuer and JwtAudience"),
        (without(TOKENS, "Identity"), "JwtIssuer and JwtAudience apply to tokens only"),
        ({"JwtIssuer": TOKENS["JwtIssuer"]}, "JwtIssuer and JwtAudience apply to tokens only"),
        ({"JwtAudience": "eventrush"}, "JwtIssuer and JwtAudience apply to tokens only"),
        ({"ProvisionedConcurrency": "10", **SCHEDULE}, "WarmUpAt sets the provisioned concurrency itself"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_an_invalid_combination_is_refused_with_a_message(parameters: Parameters, message: str) -> None:
    assert any(violation.startswith(message) for violation in violations(parameters))


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
        ("Size", "small"),
        ("KafkaInstanceType", "m7g.large"),
        ("RedisNodeType", "kafka.t3.small"),
        ("MaintenanceWindow", "monday 19:00"),
        ("SnapshotWindow", "18:00"),
        ("Rollout", "Linear10PercentEvery1Minute"),
        ("WarmUpAt", "tomorrow"),
        ("Identity", "tokens"),
        ("Identity", ""),
        ("JwtIssuer", "http://login.example.com/"),
        ("JwtIssuer", "login.example.com"),
        ("JwtIssuer", "https://"),
        ("JwtIssuer", "https:///tenant"),
        ("JwtIssuer", "https://login.example.com/?tenant=1"),
        ("JwtIssuer", "https://login.example.com/ https://other.example.com/"),
        ("JwtAudience", " "),
        ("JwtAudience", "a b"),
        ("CorsOrigins", "*"),
        ("DefaultEventId", "Über"),
        ("MysqlDatabase", "event;rush"),
    ],
)
def test_a_malformed_value_is_refused(name: str, value: str) -> None:
    declared = sources()["root"]["Parameters"][name]
    assert not fits(declared, value)


def wrong(environment: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the parameters of an environment of samconfig.toml."""
    given = dict(pair.split("=", 1) for pair in environment["deploy"]["parameters"]["parameter_overrides"])
    declared = sources()["root"]["Parameters"]
    unknown = [f"{name} is no parameter." for name in given if name not in declared]
    malformed = [f"{name} is malformed." for name, value in given.items() if not fits(declared.get(name, {}), value)]
    # Whoever deploys sees there that anybody can join as anybody.
    unsaid = [] if "Identity" in given else ["Who a user is is not said."]
    return unknown or [*malformed, *unsaid, *violations(given)]


def fits(parameter: Mapping[str, Any], value: str) -> bool:
    """Return whether CloudFormation takes this value for a parameter."""
    allowed = [str(one) for one in parameter.get("AllowedValues", [value])]
    return bool(re.fullmatch(parameter.get("AllowedPattern", ".*"), value)) and value in allowed


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_an_environment_of_samconfig_can_be_deployed(name: str) -> None:
    assert wrong(tomllib.loads((ROOT / "samconfig.toml").read_text())[name]) == []


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (["Identity=token"], "Identity is token; set both JwtIssuer and JwtAudience."),
        (["Identity=token", "JwtIssuer=http://i", "JwtAudience=a"], "JwtIssuer is malformed."),
        (["Identity=token", "Issuer=https://i"], "Issuer is no parameter."),
        (["Identity=nobody"], "Identity is malformed."),
        (["KafkaPartitions=12"], "Who a user is is not said."),
    ],
)
def test_a_fault_in_samconfig_is_found(parameters: list[str], message: str) -> None:
    assert message in wrong({"deploy": {"parameters": {"parameter_overrides": parameters}}})


@pytest.mark.parametrize("url", ["rediss://gate", "rediss://gate:6379", "rediss://gate/1", "rediss://gate:6379/1"])
def test_an_accepted_redis_url_uses_the_port_that_the_group_admits(url: str) -> None:
    assert re.fullmatch(sources()["root"]["Parameters"]["RedisUrl"]["AllowedPattern"], url)
    connection = ConnectionPool.from_url(url).make_connection()
    assert isinstance(connection, SSLConnection)
    assert (connection.host, connection.port, connection.db) == ("gate", 6379, int(url.endswith("/1")))


@pytest.mark.parametrize("parameters", COMBINATIONS, ids=named)
def test_a_valid_value_is_accepted(parameters: Parameters) -> None:
    declared = sources()["root"]["Parameters"]
    for name, value in parameters.items():
        assert fits(declared[name], value), name
