"""Alarms: one per symptom, all sent to one topic, on metrics that the functions really emit."""

import json
import re
from collections.abc import Iterator

from join.counter import ACCEPTED_202, BAD_REQUEST, VERDICT_METRICS
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
    """Check the alarms, and the names of the metrics that they and the dashboard read."""
    alarms = {name: alarm["Properties"] for name, alarm in deployed.of_type("AWS::CloudWatch::Alarm").items()}
    for name in sorted(ALARMS ^ alarms.keys()):
        yield f"{name}: this alarm is missing or unknown."
    for name, alarm in alarms.items():
        if alarm.get("AlarmActions") != [{"Ref": "Alarms"}]:
            yield f"{name}: notifies nobody."
    if alarms.get("ReconcileSilent", {}).get("TreatMissingData") != "breaching":
        yield "ReconcileSilent: missing data raises no alarm."
    text = json.dumps([deployed.nested["alarms"], deployed.nested["dashboard"]])
    for name, namespace in sorted(set(re.findall(r'SELECT \w+\((\w+)\) FROM [\\"]*([^\\"]+)', text))):
        if name not in _emitted() or namespace != "${Name}":
            yield f"{namespace} {name}: no function emits this metric."
    namespaces = [
        *(deployed.properties(name)["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] for name in EMITTERS),
        *(deployed.properties(stack)["Parameters"]["Name"] for stack in ("AlarmsStack", "DashboardStack")),
    ]
    if any(namespace != {"Ref": "AWS::StackName"} for namespace in namespaces):
        yield "Metrics: the namespace is not the stack's name, so another stack's metrics would raise alarms here."


def _emitted() -> set[str]:
    """Return the names of the metrics that the functions' code adds."""
    code = "".join(path.read_text() for path in (ROOT / "functions").rglob("*.py"))
    return {*VERDICT_METRICS.values(), ACCEPTED_202, BAD_REQUEST, *re.findall(r'add_metric\("(\w+)"', code)}
