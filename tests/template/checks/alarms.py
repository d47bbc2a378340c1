"""Alarms: one per symptom, all sent to one topic, on metrics that the functions really emit."""

import json
import re
from collections.abc import Iterator, Mapping

from join.counter import ACCEPTED_202, BAD_REQUEST, VERDICT_METRICS
from tests.template.deployment import ROOT, Deployment, Json, at

ALARMS = {
    "JoinErrors",
    "PersistErrors",
    "ReconcileErrors",
    "JoinThrottles",
    "PersistThrottles",
    "ReconcileSilent",
    "ReconcileThrottles",
    "Api5xx",
    "ApiThrottled",
    "AcceptedMany",
    "ConcurrencyHigh",
    "KafkaDisk",
    "KafkaOffline",
    "DeadLetterTopicUsed",
    "ParkedLong",
    "RedisBusy",
    "MysqlFull",
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
    # A rebuild keeps the only environment busy for longer than the alarm waits; the passes are throttled meanwhile.
    if "throttles" not in json.dumps(alarms.get("ReconcileSilent", {})):
        yield "ReconcileSilent: a long rebuild raises the alarm."
    yield from _emitted_directly(alarms, deployed)
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


def _emitted_directly(alarms: Mapping[str, Json], deployed: Deployment) -> Iterator[str]:
    """Check the metrics of this application that alarms read without a query."""
    filters = deployed.of_type("AWS::Logs::MetricFilter").values()
    counted = {one["MetricName"] for filter_ in filters for one in filter_["Properties"]["MetricTransformations"]}
    for name, alarm in alarms.items():
        read = [alarm, *(at(one, "MetricStat.Metric") or {} for one in alarm.get("Metrics", []))]
        for metric in read:
            if metric.get("Namespace") == {"Ref": "Name"} and metric["MetricName"] not in counted | _emitted():
                yield f"{name}: nothing emits {metric['MetricName']}."


def _emitted() -> set[str]:
    """Return the names of the metrics that the functions' code adds."""
    code = "".join(path.read_text() for path in (ROOT / "functions").rglob("*.py"))
    return {*VERDICT_METRICS.values(), ACCEPTED_202, BAD_REQUEST, *re.findall(r'add_metric\("(\w+)"', code)}
