"""Start ministack, an emulator of AWS, with stubs for what it lacks; runs in ministack's own environment.

It ends when its standard input does, so that it never outlives the tests. Each resource that a stack creates or
updates is appended to the file RESOURCES as a line of JSON: its stack, logical id, type and resolved properties.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any, Final

from ministack import app
from ministack.core.responses import get_account_id, get_region
from ministack.services import ec2
from ministack.services.cloudformation import provisioners, stacks

type Json = dict[str, Any]
type Created = tuple[str, Json]


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


def _cluster(_logical_id: str, properties: Json, _stack: str) -> Created:
    arn = _arn("kafka", f"cluster/{properties['ClusterName']}/11111111-2222-3333-4444-555555555555-6")
    return arn, {"Arn": arn}


def _configuration(_logical_id: str, properties: Json, _stack: str) -> Created:
    arn = _arn("kafka", f"configuration/{properties['Name']}")
    return arn, {"Arn": arn, "LatestRevision.Revision": 1}


def _topic(_logical_id: str, properties: Json, _stack: str) -> Created:
    arn = f"{properties['ClusterArn'].replace(':cluster/', ':topic/')}/{properties['TopicName']}"
    return arn, {"TopicArn": arn}


def _migrations(_logical_id: str, _properties: Json, _stack: str) -> Created:
    return "eventrush-migrations", {"Brokers": "b-1.rehearsal:9098,b-2.rehearsal:9098"}


def _named(logical_id: str, _properties: Json, stack: str) -> Created:
    return f"{stack}-{logical_id}", {"AllocationId": f"eipalloc-{logical_id}"}


# What is not rehearsed: no properties of these are looked at here, and no other service knows of them.
STUBS: Final[dict[str, Callable[[str, Json, str], Created]]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": _named,
    "AWS::CodeDeploy::Application": _named,
    "AWS::CodeDeploy::DeploymentGroup": _named,
    "AWS::EC2::EIP": _named,
    "AWS::EC2::NatGateway": _named,
    "AWS::EC2::SecurityGroupEgress": _named,
    "AWS::EC2::SecurityGroupIngress": _named,
    "AWS::MSK::Cluster": _cluster,
    "AWS::MSK::Configuration": _configuration,
    "AWS::MSK::Topic": _topic,
    "Custom::Migrations": _migrations,  # needs a MySQL with a certificate of Amazon's
}


# Attributes that ministack's resources of these types lack.
ATTRIBUTES: Final[dict[str, Callable[[str, Json], Json]]] = {
    "AWS::EC2::VPC": lambda _, properties: {"CidrBlock": properties["CidrBlock"]},
    "AWS::RDS::DBCluster": lambda name, _: {
        "MasterUserSecret.SecretArn": _arn("secretsmanager", f"secret:{name}-AbCdEf")
    },
}


def install(resources: Path) -> None:
    """Add the stubs and the recording of resources."""
    handlers = provisioners._RESOURCE_HANDLERS  # noqa: SLF001
    for kind, create in STUBS.items():
        handlers[kind] = {"create": create, "delete": lambda *_: None}
    for kind, attributes in ATTRIBUTES.items():
        handlers[kind] = {**handlers[kind], "create": _completed(handlers[kind]["create"], attributes)}
    alarms = handlers["AWS::CloudWatch::Alarm"]
    handlers["AWS::CloudWatch::Alarm"] = {"create": _without_math(alarms["create"]), "delete": alarms["delete"]}
    known: dict[str, Json] = {}
    create = _remembering(_recorded(provisioners._provision_resource, resources, (0, 1, 2, 3)), known)  # noqa: SLF001
    update = _remembering(_recorded(provisioners._update_resource, resources, (0, 5, 3, 4)), known)  # noqa: SLF001
    for module in (provisioners, stacks):
        module._provision_resource, module._update_resource = create, update  # noqa: SLF001
    ec2._VPCE_INTERFACE_SERVICES = (*ec2._VPCE_INTERFACE_SERVICES, "kafka")  # noqa: SLF001
    ec2._ACTION_MAP["DescribeInstanceTypeOfferings"] = _offerings  # noqa: SLF001


def _completed(create: Callable[..., Created], more: Callable[[str, Json], Json]) -> Callable[..., Created]:
    def completed(logical_id: str, properties: Json, stack: str) -> Created:
        name, attributes = create(logical_id, properties, stack)
        return name, attributes | more(name, properties)

    return completed


def _without_math(create: Callable[..., Created]) -> Callable[..., Created]:
    """Skip alarms on expressions, which ministack refuses."""

    def creating(logical_id: str, properties: Json, stack: str) -> Created:
        return (_named if "Metrics" in properties else create)(logical_id, properties, stack)

    return creating


def _remembering(function: Callable[..., Created], known: dict[str, Json]) -> Callable[..., Created]:
    """Keep the attributes that ministack forgets with an update."""

    def remembering(*arguments: Any) -> Created:
        name, attributes = function(*arguments)
        known[name] = {**known.get(name, {}), **attributes}
        return name, known[name]

    return remembering


def _offerings(request: Json) -> Any:
    """Offer every instance type in every zone, but nothing of the family x1."""
    asked = ec2._parse_filters(request)  # noqa: SLF001
    zones = [] if asked["instance-type"][0].startswith("x1.") else asked["location"]
    items = "".join(f"<item><location>{zone}</location></item>" for zone in zones)
    inner = f"<instanceTypeOfferingSet>{items}</instanceTypeOfferingSet>"
    return ec2._xml(200, "DescribeInstanceTypeOfferingsResponse", inner)  # noqa: SLF001


def _recorded(function: Callable[..., Any], file: Path, at: tuple[int, int, int, int]) -> Callable[..., Any]:
    """Record type, logical id, properties and stack, which stand at these positions of the arguments."""

    def recording(*arguments: Any) -> Any:
        names = ("type", "logicalId", "properties", "stack")
        with file.open("a") as lines:
            lines.write(json.dumps({name: arguments[i] for name, i in zip(names, at, strict=True)}) + "\n")
        return function(*arguments)

    return recording


if __name__ == "__main__":
    install(Path(os.environ["RESOURCES"]))
    Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    app.main()
