"""Functions: where they run, how many at once, and not before the ledger is ready for them."""

from collections.abc import Iterator

from tests.template.checks.expect import at, expect
from tests.template.deployment import Deployment

EVERY = {
    "Runtime": "python3.13",
    "Architectures": [{"Ref": "Architecture"}],
    "TracingConfig.Mode": "Active",
    "Environment.Variables.KAFKA_AUTH": "iam",
    "Environment.Variables.MYSQL_TLS": "verified",
    "Environment.Variables.MYSQL_CA_FILE": "/opt/python/eventrush/ledger/rds-ca.pem",
    "Environment.Variables.MYSQL_PASSWORD": "",
}
AT_ONCE = {"PersistFunction": {"Ref": "KafkaPartitions"}, "ReconcileFunction": 1}
# HTTP API gives up after 30 s, a schedule comes again after 60, no function may run longer than 900.
LONGEST_S = {"JoinFunction": 29, "ReconcileFunction": 59, "MigrateFunction": 900}


def check(deployed: Deployment) -> Iterator[str]:
    """Check each function, the alias of join, and what waits for the migrations."""
    for key, function in deployed.typed("AWS::Lambda::Function").items():
        name = key.split("/")[1]
        yield from expect(name, function["Properties"], EVERY)
        if function["Properties"].get("ReservedConcurrentExecutions") != AT_ONCE.get(name):
            yield f"{name}: another number may run at once than should."
        if function["Properties"]["Timeout"] > LONGEST_S.get(name, 300):
            yield f"{name}: may run longer than what waits for it."
        if name != "MigrateFunction" and function.get("DependsOn") != "Migrations":
            yield f"{name}: goes live before the migrations have succeeded."
    migrations = deployed.root["Resources"].get("Migrations")
    yield from expect(
        "Migrations",
        migrations,
        {
            "Properties.After.0.Fn::If.1": {"Ref": "EndpointsStack"},
            "Properties.After.1.Fn::If.1": {"Ref": "TopicsStack"},
            "Properties.ServiceToken": {"Fn::GetAtt": ["MigrateFunction", "Arn"]},
            "Properties.Layer": at(deployed.named("MigrateFunction"), "Layers.0"),
        },
    )
    yield from expect(
        "JoinFunctionAliaslive",
        deployed.named("JoinFunctionAliaslive"),
        {"Name": "live", "ProvisionedConcurrencyConfig.Fn::If.0": "IsProvisioned"},
    )
    yield from expect("JoinFunction", deployed.named("JoinFunction"), {"SnapStart.ApplyOn.Fn::If.0": "HasSnapStart"})
    warm = deployed.root["Resources"].get("WarmJoin")
    yield from expect(
        "WarmJoin",
        warm,
        {
            "Condition": "IsScheduled",
            "Properties.ResourceId": {"Fn::Sub": "function:${JoinFunction}:live"},
            "Properties.ScheduledActions.0.Schedule": {"Fn::Sub": "at(${WarmUpAt})"},
            "Properties.ScheduledActions.1.Schedule": {"Fn::Sub": "at(${CoolDownAt})"},
            "Properties.ScheduledActions.1.ScalableTargetAction.MaxCapacity": 0,
        },
    )
