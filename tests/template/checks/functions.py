"""Functions: their settings, concurrency and logs, and that none goes live before the migrations succeed."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.template.deployment import Deployment, Json, at, expect, sized

EVERY_FUNCTION = {
    "Runtime": "python3.13",
    "Architectures": [{"Ref": "Architecture"}],
    "LoggingConfig.LogFormat": "JSON",
    # Without it Lambda drops lines below INFO, and Powertools uses Lambda's level instead of LOG_LEVEL.
    "LoggingConfig.ApplicationLogLevel": {"Ref": "LogLevel"},
}
# PreflightFunction runs before there are stores to connect to.
WITH_STORES = {
    "TracingConfig.Mode": "Active",
    "Environment.Variables.KAFKA_AUTH": "iam",
    "Environment.Variables.MYSQL_TLS": "verified",
    "Environment.Variables.MYSQL_CA_FILE": "/opt/python/eventrush/ledger/rds-ca.pem",
    "Environment.Variables.MYSQL_PASSWORD": "",
    "Environment.Variables.LOG_LEVEL": {"Ref": "LogLevel"},
}
RESOURCES: Final[Mapping[str, Mapping[str, Any]]] = {
    "Migrations": {
        "Properties.After.0.Fn::If.1": {"Ref": "EndpointsStack"},
        "Properties.After.1.Fn::If.1": {"Ref": "TopicsStack"},
        "Properties.ServiceToken": {"Fn::GetAtt": ["MigrateFunction", "Arn"]},
        "Properties.Host.Fn::If.2": {"Ref": "MysqlHost"},
        "Properties.Database": {"Ref": "MysqlDatabase"},
        "Properties.Cluster.Fn::If.2": {"Ref": "KafkaClusterArn"},
    },
    "ReconcileFunctionEventInvokeConfig": {
        "Properties.MaximumRetryAttempts": 0,
        "Properties.MaximumEventAgeInSeconds": 60,
    },
    "MigrateFunctionEventInvokeConfig": {"Properties.MaximumRetryAttempts": 0},
    "JoinFunction": {"Properties.SnapStart.ApplyOn.Fn::If.0": "HasSnapStart"},
    "JoinFunctionAliaslive": {
        "UpdatePolicy.CodeDeployLambdaAliasUpdate.DeploymentGroupName": {"Ref": "JoinFunctionDeploymentGroup"},
        "Properties.Name": "live",
        "Properties.ProvisionedConcurrencyConfig.Fn::If.0": "IsProvisioned",
    },
    "JoinFunctionDeploymentGroup": {
        "Properties.AlarmConfiguration.Enabled": True,
        "Properties.AlarmConfiguration.Alarms": [
            {"Name": {"Fn::Sub": f"${{AWS::StackName}}-{name}"}} for name in ("JoinErrors", "JoinSlow", "Api5xx")
        ],
        "Properties.DeploymentConfigName.Fn::Sub.1.ConfigName": "Canary10Percent5Minutes",
    },
    "WarmJoin": {
        "Condition": "IsScheduled",
        "Properties.ResourceId": {"Fn::Sub": "function:${JoinFunction}:live"},
        "Properties.ScheduledActions.0.Schedule": {"Fn::Sub": "at(${WarmUpAt})"},
        "Properties.ScheduledActions.1.Schedule": {"Fn::Sub": "at(${CoolDownAt})"},
        "Properties.ScheduledActions.1.ScalableTargetAction.MaxCapacity": 0,
    },
}
BROKERS = {"Fn::GetAtt": ["Migrations", "Brokers"]}
# The other functions use Kafka through the event-source mapping, or not at all.
KAFKA_CLIENTS = {"JoinFunction", "ReconcileFunction", "AdminFunction"}
RESERVED_CONCURRENCY = {"PersistFunction": sized("KafkaPartitions"), "ReconcileFunction": 1}
# The HTTP API times out after 30 s; migrations and rebuilds may take as long as Lambda allows.
MAX_TIMEOUT_S = {"JoinFunction": 29, "ReconcileFunction": 900, "MigrateFunction": 900}
# An interrupted rebuild leaves the gate closed, and would be interrupted again.
MIN_TIMEOUT_S = {"ReconcileFunction": 600}


def check(deployed: Deployment) -> Iterator[str]:
    """Check each function, the alias of join, what depends on the migrations, and the log groups."""
    for name, function in deployed.functions().items():
        yield from expect(name, function, EVERY_FUNCTION)
        yield from expect(name, function, {} if name == "PreflightFunction" else WITH_STORES)
        yield from _limits(name, function)
        yield from _order(name, function, deployed.root["Resources"][name].get("DependsOn"))
        yield from _log_group(name, function, deployed)
    resources = deployed.root["Resources"]
    for name, expected in RESOURCES.items():
        yield from expect(name, resources.get(name), expected)
    layer = at(deployed.properties("MigrateFunction"), "Layers.0")
    yield from expect("Migrations", resources.get("Migrations"), {"Properties.Layer": layer})
    for level in sorted(set(deployed.root["Parameters"]["LogLevel"]["AllowedValues"]) - {"DEBUG", "INFO"}):
        yield f"LogLevel: at {level} Lambda drops lines without a level, as the metrics' are."
    for name, group in deployed.of_type("AWS::Logs::LogGroup").items():
        if "Ref" not in group["Properties"].get("RetentionInDays", {}):
            yield f"{name}: logs never expire, or after a time that no parameter sets."


def _limits(name: str, function: Json) -> Iterator[str]:
    if function.get("ReservedConcurrentExecutions") != RESERVED_CONCURRENCY.get(name):
        yield f"{name}: has the wrong reserved concurrency."
    if function["Timeout"] > MAX_TIMEOUT_S.get(name, 300):
        yield f"{name}: may run longer than its caller waits."
    if function["Timeout"] < MIN_TIMEOUT_S.get(name, 0):
        yield f"{name}: may be stopped before its work is done."


def _order(name: str, function: Json, depends_on: object) -> Iterator[str]:
    brokers = at(function, "Environment.Variables.KAFKA_BOOTSTRAP_SERVERS")
    if brokers != (BROKERS if name in KAFKA_CLIENTS else None):
        yield f"{name}: its brokers are {brokers}, but are looked up once per deployment."
    if name not in {"MigrateFunction", "PreflightFunction"} and depends_on != "Migrations" and brokers != BROKERS:
        yield f"{name}: goes live before the migrations have succeeded."


def _log_group(logical_id: str, function: Json, deployed: Deployment) -> Iterator[str]:
    name = logical_id.removesuffix("Function")
    expected = {
        "FunctionName": {"Fn::Sub": f"${{AWS::StackName}}-{name.lower()}"},
        "LoggingConfig.LogGroup": {"Fn::GetAtt": ["LogsStack", f"Outputs.{name}Logs"]},
    }
    yield from expect(logical_id, function, expected)
    group = deployed.nested["logs"]["Resources"].get(f"{name}Logs")
    yield from expect(name, group, {"Properties.LogGroupName": {"Fn::Sub": f"/aws/lambda/${{Name}}-{name.lower()}"}})
