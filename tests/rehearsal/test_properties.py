"""What AWS is sent, with every reference resolved, is valid by the schemas and models that AWS publishes."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import boto3
import pytest
from botocore.model import Shape
from botocore.validate import ParamValidator
from cfnlint.api import ManualArgs, lint

from tests.rehearsal.emulator import Emulator
from tests.template.parameters import SCHEDULE

type Json = dict[str, Any]

STACK: Final = "properties"
EVERYTHING: Final = {
    **SCHEDULE,
    "NatGateway": "yes",
    "AlarmEmail": "operator@example.com",
    "CorsOrigins": "https://example.com",
}
# The operation behind a type whose properties have the names of its parameters, and what CloudFormation adds itself.
MODELS: Final[Mapping[str, tuple[str, str, Json]]] = {
    "AWS::CloudWatch::Alarm": ("cloudwatch", "PutMetricAlarm", {}),
    "AWS::ElastiCache::ReplicationGroup": ("elasticache", "CreateReplicationGroup", {"ReplicationGroupId": "g"}),
    "AWS::Lambda::EventInvokeConfig": ("lambda", "PutFunctionEventInvokeConfig", {}),
    "AWS::Lambda::EventSourceMapping": ("lambda", "CreateEventSourceMapping", {}),
    "AWS::Lambda::Version": ("lambda", "PublishVersion", {}),
    "AWS::MSK::Cluster": ("kafka", "CreateCluster", {}),
    "AWS::MSK::Topic": ("kafka", "CreateTopic", {}),
    "AWS::RDS::DBCluster": ("rds", "CreateDBCluster", {}),
    "AWS::RDS::DBInstance": ("rds", "CreateDBInstance", {"DBInstanceIdentifier": "i"}),
}
# The emulator's own, and what no service is sent.
UNCHECKED: Final = ("Custom::", "AWS::CloudFormation::")


@pytest.fixture(scope="module")
def resources(emulator: Emulator, template_url: str) -> Iterator[list[Json]]:
    made = len(emulator.resources())
    stack = emulator.deploy(STACK, template_url, EVERYTHING)
    assert stack["StackStatus"] == "CREATE_COMPLETE", emulator.events(stack["StackId"])
    yield [one for one in emulator.resources()[made:] if not one["type"].startswith(UNCHECKED)]
    emulator.delete(STACK)


def test_every_resource_is_valid_by_its_schema(resources: list[Json]) -> None:
    assert schema_errors(resources) == []


def schema_errors(resources: list[Json]) -> list[str]:
    found = {
        f"{one['logicalId']}{i}": {"Type": one["type"], "Properties": one["properties"]}
        for i, one in enumerate(resources)
    }
    matches = lint(json.dumps({"Resources": found}), config=ManualArgs(regions=["us-east-1"]))
    # E3024 refuses the tags with which CloudFormation marks what belongs to a stack.
    return [str(match) for match in matches if match.rule.id.startswith("E") and match.rule.id != "E3024"]


def test_every_resource_is_valid_by_the_model_of_its_service(resources: list[Json]) -> None:
    assert MODELS.keys() <= {one["type"] for one in resources}
    assert [error for one in resources if one["type"] in MODELS for error in model_errors(one)] == []


def model_errors(resource: Json) -> list[str]:
    service, operation, more = MODELS[resource["type"]]
    client = boto3.client(service)  # type: ignore[call-overload]
    shape = client.meta.service_model.operation_model(operation).input_shape
    report = ParamValidator().validate({**more, **_typed(resource["properties"], shape)}, shape)
    return [f"{resource['logicalId']}: {report.generate_report()}"] if report.has_errors() else []


def _typed(value: Any, shape: Shape) -> Any:
    """Return a value as CloudFormation sends it: texts of numbers as numbers, names as the service spells them."""
    match shape.type_name:
        case "structure":
            members = {name.lower(): name for name in shape.members}  # type: ignore[attr-defined]
            names = {key: members.get(key.lower(), key) for key in value}
            return {
                name: _typed(value[key], shape.members[name]) if name in shape.members else value[key]  # type: ignore[attr-defined]
                for key, name in names.items()
            }
        case "list":
            return [_typed(one, shape.member) for one in value]  # type: ignore[attr-defined]
        case "integer" | "long":
            return int(value)
        case "double" | "float":
            return float(value)
        case "boolean":
            return value if isinstance(value, bool) else {"true": True, "false": False}[value]
        case "string":
            return value
    return value


def test_a_topic_s_configs_are_base64_of_a_json_object_of_texts(resources: list[Json]) -> None:
    topics = {
        one["properties"]["TopicName"]: one["properties"]["Configs"]
        for one in resources
        if one["type"] == "AWS::MSK::Topic"
    }
    assert topics.keys() == {"event.join", "event.join.dead-letter"}
    for configs in topics.values():
        sent = json.loads(base64.b64decode(configs, validate=True))
        assert sent["min.insync.replicas"] == "2"
        assert all(isinstance(value, str) for value in sent.values())


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("AWS::Lambda::EventSourceMapping", "BatchSize", "many"),
        ("AWS::Lambda::EventSourceMapping", "LoggingConfig", {"SystemLogLevel": "LOUD"}),
        ("AWS::MSK::Topic", "PartitionCount", "0"),
        ("AWS::RDS::DBInstance", "AutoMinorVersionUpgrade", "never"),
        ("AWS::CloudWatch::Alarm", "ComparisonOperator", "Above"),
        ("AWS::ElastiCache::ReplicationGroup", "SnapshotHour", "18:00"),
    ],
)
def test_a_wrong_property_is_found(resources: list[Json], kind: str, name: str, value: Any) -> None:
    resource = next(one for one in resources if one["type"] == kind)
    assert schema_errors([{**resource, "properties": {**resource["properties"], name: value}}]) != []


def test_a_parameter_that_no_model_has_is_found(resources: list[Json]) -> None:
    resource = next(one for one in resources if one["type"] == "AWS::MSK::Topic")
    assert model_errors({**resource, "properties": {**resource["properties"], "Retention": "1"}}) != []
