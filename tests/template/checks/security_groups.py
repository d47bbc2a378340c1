"""Security groups: who may reach what, and nobody else."""

from collections.abc import Iterator
from typing import Any

from tests.template.checks.expect import at, expect
from tests.template.deployment import Deployment, Json

KAFKA, REDIS, MYSQL, HTTPS = 9098, 6379, 3306, 443
LET_IN = {
    ("KafkaGroup", KAFKA, "KafkaGroup"),  # the event pollers work from the cluster's own group
    ("KafkaGroup", KAFKA, "JoinGroup"),
    ("KafkaGroup", KAFKA, "WorkerGroup"),
    ("RedisGroup", REDIS, "JoinGroup"),
    ("RedisGroup", REDIS, "WorkerGroup"),
    ("MysqlGroup", MYSQL, "WorkerGroup"),
    ("MysqlGroup", MYSQL, "MigrateGroup"),
    # By address: these stay, and serve the groups of the next deployment in this network.
    ("EndpointGroup", HTTPS, "VpcCidr"),
}
# What a store wears that stays when its own is given in its place.
KEPT = ("KafkaGroup", "KafkaFromItself", "RedisGroup", "MysqlGroup")
WEARS = {
    "JoinFunction": "JoinGroup",
    "PersistFunction": "WorkerGroup",
    "ReconcileFunction": "WorkerGroup",
    "AdminFunction": "WorkerGroup",
    "MigrateFunction": "MigrateGroup",
}


def check(deployed: Deployment) -> Iterator[str]:
    """Check what is let in, and which group each function wears."""
    resources = deployed.nested["security"]["Resources"]
    found = {*_let_in(resources), *_let_in(deployed.nested["endpoints"]["Resources"])}
    for rule in sorted(found - LET_IN, key=str):
        yield f"security: {rule} lets in somebody it need not."
    for rule in sorted(LET_IN - found, key=str):
        yield f"security: {rule} is missing."
    for name in KEPT:
        kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
        yield from expect(f"security/{name}", resources.get(name), kept)
    cidr = at(deployed.nested["network"], "Outputs.Cidr.Value")
    if cidr != {"Fn::GetAtt": ["Vpc", "CidrBlock"]}:
        yield f"network: its address range is told as {cidr}."
    yield from expect(
        "EndpointsStack",
        deployed.named("EndpointsStack"),
        {"Parameters.VpcCidr": {"Fn::GetAtt": ["NetworkStack", "Outputs.Cidr"]}},
    )
    for name, group in WEARS.items():
        groups = deployed.named(name)["VpcConfig"]["SecurityGroupIds"]
        if groups != [{"Fn::GetAtt": ["SecurityStack", f"Outputs.{group}"]}]:
            yield f"{name}: wears {groups}, not {group} alone."


def _let_in(resources: Json) -> Iterator[tuple[Any, ...]]:
    for name, resource in resources.items():
        properties = resource["Properties"]
        if resource["Type"] == "AWS::EC2::SecurityGroupIngress":
            yield _rule(_group(properties["GroupId"]), properties)
        for rule in properties.get("SecurityGroupIngress", []):
            yield _rule(name, rule)


def _rule(group: str, rule: Json) -> tuple[Any, ...]:
    source = _group(rule.get("SourceSecurityGroupId", rule.get("CidrIp")))
    ports = rule.get("FromPort") if rule.get("FromPort") == rule.get("ToPort") else "many ports"
    return (group, ports, source)


def _group(value: Any) -> str:
    """Name the group of this template that is meant where none is given, or the address as it is written."""
    if not isinstance(value, dict):
        return str(value)
    return str(value["Fn::If"][1]["Ref"] if "Fn::If" in value else value["Ref"])
