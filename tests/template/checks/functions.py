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
BROKERS = {"Fn::GetAtt": ["Migrations", "Brokers"]}
# The rest talk to Kafka through a mapping, or not at all.
PUBLISHERS = {"JoinFunction", "ReconcileFunction", "AdminFunction"}
AT_ONCE = {"PersistFunction": {"Ref": "KafkaPartitions"}, "ReconcileFunction": 1}
# HTTP API gives up after 30 s; tables are changed, and gates rebuilt, for as long as a function may run.
LONGEST_S = {"JoinFunction": 29, "ReconcileFunction": 900, "MigrateFunction": 900}
# A rebuild that is ended half-way leaves the gate shut, every time.
SHORTEST_S = {"ReconcileFunction": 600}


def check(deployed: Deployment) -> Iterator[str]:
    """Check each function, the alias of join, and what waits for the migrations."""
    for key, function in deployed.typed("AWS::Lambda::Function").items():
        name = key.split("/")[1]
        yield from expect(name, function["Properties"], EVERY)
        if function["Properties"].get("ReservedConcurrentExecutions") != AT_ONCE.get(name):
            yield f"{name}: another number may run at once than should."
        if function["Properties"]["Timeout"] > LONGEST_S.get(name, 300):
            yield f"{name}: may run longer than what waits for it."
        if function["Properties"]["Timeout"] < SHORTEST_S.get(name, 0):
            yield f"{name}: may be ended before its work is."
        brokers = at(function, "Properties.Environment.Variables.KAFKA_BOOTSTRAP_SERVERS")
        if brokers != (BROKERS if name in PUBLISHERS else None):
            yield f"{name}: its brokers are {brokers}, where a deployment asks for them once."
        if name != "MigrateFunction" and function.get("DependsOn") != "Migrations" and brokers != BROKERS:
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
            "Properties.Host.Fn::If.2": {"Ref": "MysqlHost"},
            "Properties.Database": {"Ref": "MysqlDatabase"},
            "Properties.Cluster.Fn::If.2": {"Ref": "KafkaClusterArn"},
        },
    )
    yield from expect(
        "ReconcileFunctionEventInvokeConfig",
        deployed.root["Resources"].get("ReconcileFunctionEventInvokeConfig"),
        {"Properties.MaximumRetryAttempts": 0, "Properties.MaximumEventAgeInSeconds": 60},
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
