"""Security groups: only the connections that the functions need."""

from collections.abc import Iterator
from typing import Any

from tests.template.deployment import Deployment, Json, at, expect

KAFKA, REDIS, MYSQL, HTTPS = 9098, 6379, 3306, 443
INGRESS = {
    ("KafkaGroup", KAFKA, "KafkaGroup"),  # the event pollers use the cluster's own group
    ("KafkaGroup", KAFKA, "JoinGroup"),
    ("KafkaGroup", KAFKA, "WorkerGroup"),
    ("RedisGroup", REDIS, "JoinGroup"),
    ("RedisGroup", REDIS, "WorkerGroup"),
    ("MysqlGroup", MYSQL, "WorkerGroup"),
    ("MysqlGroup", MYSQL, "MigrateGroup"),
    # The address range, because the endpoints outlive this deployment and serve the groups of the next one.
    ("EndpointGroup", HTTPS, "VpcCidr"),
}
# A store that is replaced by an existing one is retained, with its group and rules.
RETAINED = ("KafkaGroup", "KafkaFromItself", "RedisGroup", "MysqlGroup")
FUNCTION_GROUPS = {
    "JoinFunction": "JoinGroup",
    "PersistFunction": "WorkerGroup",
    "ReconcileFunction": "WorkerGroup",
    "AdminFunction": "WorkerGroup",
    "MigrateFunction": "MigrateGroup",
}


def check(deployed: Deployment) -> Iterator[str]:
    """Check the ingress rules and the group of each function."""
    resources = deployed.nested["security"]["Resources"]
    found = {*_ingress(resources), *_ingress(deployed.nested["endpoints"]["Resources"])}
    yield from (f"security: {rule} is not needed." for rule in sorted(found - INGRESS, key=str))
    yield from (f"security: {rule} is missing." for rule in sorted(INGRESS - found, key=str))
    for name in RETAINED:
        retained = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
        yield from expect(f"security/{name}", resources.get(name), retained)
    cidr = {"Outputs.Cidr.Value": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}}
    yield from expect("network", deployed.nested["network"], cidr)
    passed = {"Parameters.VpcCidr": {"Fn::GetAtt": ["NetworkStack", "Outputs.Cidr"]}}
    yield from expect("EndpointsStack", deployed.properties("EndpointsStack"), passed)
    for name, group in FUNCTION_GROUPS.items():
        groups = at(deployed.properties(name), "VpcConfig.SecurityGroupIds")
        if groups != [{"Fn::GetAtt": ["SecurityStack", f"Outputs.{group}"]}]:
            yield f"{name}: has the groups {groups}, not only {group}."


def _ingress(resources: Json) -> Iterator[tuple[Any, ...]]:
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
    """Return the name of the group that this template creates if none is given, or a literal address."""
    if not isinstance(value, dict):
        return str(value)
    return str(value["Fn::If"][1]["Ref"] if "Fn::If" in value else value["Ref"])
