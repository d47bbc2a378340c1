"""Alarms: one for each thing a person must hear of, all at one topic; metrics are spelt as the functions spell them."""

import json
import re
from collections.abc import Iterator

from eventrush.metrics import VERDICT_METRICS
from tests.template.deployment import ROOT, Deployment

ALARMS = {
    "JoinErrors",
    "PersistErrors",
    "ReconcileErrors",
    "JoinThrottles",
    "PersistThrottles",
    "ReconcileSilent",
    "JoinSlow",
    "OffsetsLag",
    "PendingOld",
    "SeatsMissing",
    "DeadLettersFound",
    "RedisMemory001",
    "RedisMemory002",
    "MysqlBusy",
}

EMITTERS = ("JoinFunction", "PersistFunction", "ReconcileFunction")


def check(deployed: Deployment) -> Iterator[str]:
    """Check the alarms and the names of the metrics they and the dashboard read."""
    alarms = {key.split("/")[1]: alarm for key, alarm in deployed.typed("AWS::CloudWatch::Alarm").items()}
    for name in sorted(ALARMS ^ alarms.keys()):
        yield f"{name}: this alarm is missing, or unknown."
    for name, alarm in alarms.items():
        if alarm["Properties"].get("AlarmActions") != [{"Ref": "Alarms"}]:
            yield f"{name}: tells nobody."
    if alarms.get("ReconcileSilent", {}).get("Properties", {}).get("TreatMissingData") != "breaching":
        yield "ReconcileSilent: silence does not ring."
    text = json.dumps([deployed.nested["alarms"], deployed.nested["dashboard"]])
    for name, namespace in sorted(set(re.findall(r'SELECT \w+\((\w+)\) FROM [\\"]*([^\\"]+)', text))):
        if name not in _emitted() or namespace != "${Name}":
            yield f"{namespace} {name}: no function emits this metric."
    emitters = [deployed.named(function)["Environment"]["Variables"] for function in EMITTERS]
    readers = [deployed.named(stack)["Parameters"] for stack in ("AlarmsStack", "DashboardStack")]
    named = [variables["POWERTOOLS_METRICS_NAMESPACE"] for variables in emitters] + [given["Name"] for given in readers]
    if any(name != {"Ref": "AWS::StackName"} for name in named):
        yield "Metrics: their namespace is not this deployment's name, so that another's would ring its alarms."


def _emitted() -> set[str]:
    """Name the metrics that the functions' code adds."""
    code = "".join(path.read_text() for path in (ROOT / "functions").rglob("*.py"))
    return {*VERDICT_METRICS.values(), *re.findall(r'add_metric\("(\w+)"', code)}
