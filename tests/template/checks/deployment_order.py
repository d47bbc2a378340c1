"""What a deployment does in which order: the account is asked first, and a changed setting publishes a version."""

import json
import re
from collections.abc import Iterator

from tests.template.deployment import Deployment, Json, at, expect

SLOW = ("NetworkStack", "EndpointsStack", "SecurityStack", "KafkaStack", "RedisStack", "MysqlStack", "TopicsStack")
# What never changes in a stack.
FIXED = {"AWS::StackName", "LogsStack.Outputs.JoinLogs"}


def check(deployed: Deployment) -> Iterator[str]:
    """Check what depends on the account's check, and what the digest of the settings is made of."""
    for name in ("NetworkStack", "SecurityStack"):  # with an existing network, the second is the first
        yield from expect(name, deployed.root["Resources"][name], {"DependsOn": "Account"})
    for name in SLOW:
        if "Account" not in _needed(deployed.root["Resources"], name):
            yield f"{name}: is created before the account is checked."
    if needed := _needed(deployed.root["Resources"], "Account") & {*SLOW, "Migrations"}:
        yield f"Account: waits for {sorted(needed)}."
    versions = deployed.of_type("AWS::Lambda::Version")
    for name, version in versions.items():
        if at(version, "Properties.Description") != {"Fn::GetAtt": ["Settings", "Digest"]}:
            yield f"{name}: a changed setting publishes no version."
        if (version.get("DeletionPolicy"), version.get("UpdateReplacePolicy")) != ("Retain", "Retain"):
            yield f"{name}: is deleted with the next one, so there is nothing to roll back to."
    digested = _values(deployed.properties("Settings"))
    # SAM gives the version another logical id when code or layer change.
    function = {k: v for k, v in deployed.properties("JoinFunction").items() if k not in {"Code", "Layers"}}
    for value in sorted(_values(function) - digested - FIXED):
        yield f"Settings: {value} reaches JoinFunction, but is not part of the digest."
    for value in sorted(digested - _values(function) - {"PreflightFunction.Arn", "SnapStart"}):
        yield f"Settings: {value} is part of the digest, but publishes no version: the deployment would fail."


def _needed(resources: Json, name: str) -> set[str]:
    """Return everything that must exist before a resource does."""
    needed: set[str] = set()
    asked = [name]
    while asked:
        resource = resources[asked.pop()]
        depends_on = resource.get("DependsOn", [])
        found = {depends_on} if isinstance(depends_on, str) else set(depends_on)
        found |= {value.split(".")[0] for value in _values(resource.get("Properties", {}))}
        asked += sorted((found & resources.keys()) - needed)
        needed |= found & resources.keys()
    return needed


def _values(document: Json) -> set[str]:
    """Return the parameters, resources and attributes (as `Name.Attribute`) that a document refers to."""
    text = json.dumps(document)
    attributes = {".".join(pair) for pair in re.findall(r'"Fn::GetAtt": \["(\w+)", "([\w.]+)"\]', text)}
    named = re.findall(r"\$\{([\w:]+)[.}]", text)
    return {*re.findall(r'"Ref": "([\w:]+)"', text), *attributes, *named}
