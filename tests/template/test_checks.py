"""The checks pass on the templates as they are, and each finds its fault when one is planted."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import pytest

from tests.template.checks import (
    alarms,
    api,
    deployment_order,
    functions,
    mapping,
    permissions,
    security_groups,
    stores,
)
from tests.template.deployment import ROOT, Deployment, Sources, at, deployment, sources

CHECKS: Final[tuple[Callable[[Deployment], Iterable[str]], ...]] = (
    alarms.check,
    api.check,
    deployment_order.check,
    functions.check,
    mapping.check,
    permissions.check,
    security_groups.check,
    stores.check,
)
GONE: Final = object()

VARIABLES = "root:Globals.Function.Environment.Variables"
API = "root:Resources.Api.Properties"
OPERATIONS = f"{API}.DefinitionBody.paths"
JWT = f"{API}.DefinitionBody.components.Fn::If.1.securitySchemes.Token.x-amazon-apigateway-authorizer"
JOIN = "root:Resources.JoinFunction.Properties"
PERSIST = "root:Resources.PersistFunction"
MAPPING = f"{PERSIST}.Properties.Events.Entries.Properties"
RECONCILE = "root:Resources.ReconcileFunction.Properties"
MIGRATIONS = "root:Resources.Migrations.Properties"
ROLE_STATEMENTS = "Properties.Policies.0.PolicyDocument.Statement"
JOIN_STATEMENTS = f"roles:Resources.JoinRole.{ROLE_STATEMENTS}"
CLUSTER = "kafka:Resources.Cluster"
TOPIC = "topics:Resources.Entries.Properties"
LEDGER = "mysql:Resources.Ledger"
MISSING_SEATS = "alarms:Resources.SeatsMissing.Properties"
WEEK = '{"min.insync.replicas":"2","unclean.leader.election.enable":"false","retention.ms":"604800000"}'

PLANTED: Final[dict[str, tuple[str, Any]]] = {
    # The mapping
    "another consumer group": (f"{MAPPING}.ConsumerGroupId", "somebody-elses"),
    "starts at the newest record": (f"{MAPPING}.StartingPosition", "LATEST"),
    "a window of five minutes": (f"{MAPPING}.MaximumBatchingWindowInSeconds", 300),
    "retries capped silently": (f"{MAPPING}.MaximumRetryAttempts", -1),
    "no provisioned pollers": (f"{MAPPING}.ProvisionedPollerConfig", GONE),
    "more pollers than partitions": (f"{MAPPING}.ProvisionedPollerConfig.MaximumPollers", 2000),
    "no on-failure destination": (f"{MAPPING}.DestinationConfig", GONE),
    "records given up after the topic deletes them": (f"{MAPPING}.MaximumRecordAgeInSeconds", 604800),
    "no logs of the pollers": (f"{MAPPING}.LoggingConfig", GONE),
    "no metrics of the pollers": (f"{MAPPING}.MetricsConfig", GONE),
    "one consumer group for every deployment": (f"{MAPPING}.ConsumerGroupId", {"Ref": "KafkaConsumerGroup"}),
    # Permissions
    "any Kafka action": (f"{JOIN_STATEMENTS}.1.Action", "kafka-cluster:*"),
    "any topic": (f"{JOIN_STATEMENTS}.2.Resource", "*"),
    "join reads the ledger's secret": (f"{JOIN_STATEMENTS}.1.Action", "secretsmanager:GetSecretValue"),
    "a deployment cannot find the brokers": (
        f"roles:Resources.MigrateRole.{ROLE_STATEMENTS}.1.Action",
        "kafka:DescribeCluster",
    ),
    "admin passes any role on": (f"roles:Resources.AdminRole.{ROLE_STATEMENTS}.7.Resource", "*"),
    "warming changes any function": (f"roles:Resources.WarmingRole.{ROLE_STATEMENTS}.0.Action", "lambda:*"),
    "join has admin's role": (f"{JOIN}.Role.Fn::GetAtt", ["RolesStack", "Outputs.AdminRole"]),
    "pollers cannot commit": (
        f"roles:Resources.PersistRole.{ROLE_STATEMENTS}.5.Action",
        "kafka-cluster:DescribeGroup",
    ),
    # Security groups
    "Redis open to the world": ("security:Resources.RedisFromJoin.Properties.SourceSecurityGroupId", GONE),
    "the cluster's group does not admit itself": ("security:Resources.KafkaFromItself", GONE),
    "endpoints for one deployment only": (
        "endpoints:Resources.EndpointGroup.Properties.SecurityGroupIngress.0.CidrIp",
        "10.42.0.0/24",
    ),
    "a retained ledger loses its group": ("security:Resources.MysqlGroup.DeletionPolicy", GONE),
    "join reaches the ledger": (
        "security:Resources.MysqlFromMigrate.Properties.SourceSecurityGroupId",
        {"Ref": "JoinGroup"},
    ),
    # Stores
    "plain text allowed by the cluster": (
        f"{CLUSTER}.Properties.EncryptionInfo.EncryptionInTransit.ClientBroker",
        "TLS_PLAINTEXT",
    ),
    "one copy of an entry": (f"{TOPIC}.ReplicationFactor", 1),
    "topic kept for an hour": (
        f"{TOPIC}.Configs.Fn::Base64",
        WEEK.replace("604800000", "3600000"),
    ),
    "entries acknowledged by one broker": (
        f"{TOPIC}.Configs.Fn::Base64",
        WEEK.replace('"2"', '"1"'),
    ),
    "a topic's configs as lines": (
        f"{TOPIC}.Configs.Fn::Base64",
        "min.insync.replicas=2\nunclean.leader.election.enable=false\nretention.ms=604800000\n",
    ),
    "a topic's configs as numbers": (f"{TOPIC}.Configs.Fn::Base64", WEEK.replace('"604800000"', "604800000")),
    "the ledger upgraded by AWS": ("mysql:Resources.Writer.Properties.AutoMinorVersionUpgrade", True),
    "the reader maintained at any time": ("mysql:Resources.Reader.Properties.PreferredMaintenanceWindow", GONE),
    "the ledger's snapshot at any time": (f"{LEDGER}.Properties.PreferredBackupWindow", GONE),
    "the gate's snapshot at a fixed hour": ("redis:Resources.Gate.Properties.SnapshotWindow", "18:00-19:00"),
    "a full gate evicts entries": (
        "redis:Resources.Settings.Properties.Properties",
        {"maxmemory-policy": "allkeys-lru"},
    ),
    "the gate without TLS": ("redis:Resources.Gate.Properties.TransitEncryptionEnabled", False),
    "the ledger without encryption": (f"{LEDGER}.Properties.StorageEncrypted", GONE),
    "the ledger deleted with its stack": (f"{LEDGER}.DeletionPolicy", "Delete"),
    "the cluster deleted with its stack": (f"{CLUSTER}.DeletionPolicy", GONE),
    "the store's stack deleted": ("root:Resources.MysqlStack.DeletionPolicy", "Delete"),
    "the network's endpoints deleted": ("root:Resources.EndpointsStack.DeletionPolicy", "Delete"),
    "cluster name not unique": (f"{CLUSTER}.Properties.ClusterName", {"Ref": "Name"}),
    "configuration name not unique": ("kafka:Resources.Configuration.Properties.Name.Fn::Sub.0", "${Name}"),
    "log group name not unique": (
        "kafka:Resources.Logs.Properties.LogGroupName.Fn::Sub.0",
        "/aws/vendedlogs/${Name}/kafka",
    ),
    "two subnets in one zone": ("network:Resources.SubnetB.Properties.AvailabilityZone.Fn::Select.0", 0),
    "zones not passed on": ("root:Resources.NetworkStack.Properties.Parameters.Zones", GONE),
    "RDS creates its own log groups": (f"{LEDGER}.DependsOn", GONE),
    "the ledger's logs never expire": ("mysql:Resources.SlowLogs.Properties.RetentionInDays", GONE),
    "no slow query log": ("mysql:Resources.Settings.Properties.Parameters.slow_query_log", GONE),
    "paid metrics that nothing uses": (f"{CLUSTER}.Properties.EnhancedMonitoring", "PER_TOPIC_PER_BROKER"),
    # Functions
    "persist live before the migrations": (f"{PERSIST}.DependsOn", GONE),
    "the mapping before its topics": (f"{MIGRATIONS}.After.1", {"Ref": "AWS::NoValue"}),
    "migrations before their endpoints": (f"{MIGRATIONS}.After.0", {"Ref": "AWS::NoValue"}),
    "join live before the migrations": (f"{JOIN}.Environment.Variables.KAFKA_BOOTSTRAP_SERVERS", GONE),
    "every environment looks up the brokers": (f"{VARIABLES}.KAFKA_BOOTSTRAP_SERVERS", ""),
    "another ledger not migrated": (f"{MIGRATIONS}.Host", GONE),
    "another database not migrated": (f"{MIGRATIONS}.Database", GONE),
    "another cluster's brokers not looked up": (f"{MIGRATIONS}.Cluster", GONE),
    "migrations run again after a time-out": ("root:Resources.MigrateFunction.Properties.EventInvokeConfig", GONE),
    "failed passes retried": (f"{RECONCILE}.EventInvokeConfig", GONE),
    "persist without reserved concurrency": (f"{PERSIST}.Properties.ReservedConcurrentExecutions", GONE),
    "a rebuild interrupted": (f"{RECONCILE}.Timeout", 55),
    "a password in the environment": (f"{VARIABLES}.MYSQL_PASSWORD", "secret"),
    "the ledger's certificate not verified": (f"{VARIABLES}.MYSQL_TLS", "required"),
    "no traces": ("root:Globals.Function.Tracing", "PassThrough"),
    # The order of a deployment
    "a changed setting keeps the old version": (f"{JOIN}.VersionDescription", GONE),
    "a changed setting that the digest lacks": (f"{JOIN}.Environment.Variables.X", {"Ref": "CorsOrigins"}),
    "a digest of more than the settings": ("root:Resources.Settings.Properties.X", {"Ref": "CorsOrigins"}),
    "requests move at once": (f"{JOIN}.DeploymentPreference", GONE),
    "no alarm stops a bad version": (f"{JOIN}.DeploymentPreference.Alarms", GONE),
    "no version to roll back to": ("root:Resources.JoinFunction.UpdateReplacePolicy", GONE),
    "the network before the account is checked": ("root:Resources.NetworkStack.DependsOn", GONE),
    "existing networks before the account is checked": ("root:Resources.SecurityStack.DependsOn", GONE),
    # Logs, API, alarms
    "logs never expire": ("logs:Resources.JoinLogs.Properties.RetentionInDays", GONE),
    "log level not set for Lambda": (f"{JOIN}.LoggingConfig.ApplicationLogLevel", GONE),
    "a log level that drops metrics": ("root:Parameters.LogLevel.AllowedValues", ["INFO", "WARN"]),
    "logs as plain text": ("root:Resources.AdminFunction.Properties.LoggingConfig.LogFormat", "Text"),
    "no throttling": (f"{API}.DefaultRouteSettings.ThrottlingRateLimit", GONE),
    "user ids in the access log": (f"{API}.AccessLogSettings.Format", '{"path":"$context.path"}'),
    "every origin allowed": (f"{API}.CorsConfiguration", True),
    "a route missing": (f"{JOIN}.Events.GetEntry", GONE),
    "a join without a token": (f"{OPERATIONS}./api/events/{{eventId}}/join.post.security.Fn::If.1", []),
    "an entry without a token": (f"{OPERATIONS}./api/events/{{eventId}}/entries/{{userId}}.get.security", GONE),
    "a token needed where the body tells the user": (
        f"{OPERATIONS}./api/event/join.post.security",
        [{"Token": []}],
    ),
    "an event's facts for users only": (
        f"{OPERATIONS}./api/events/{{eventId}}",
        {"get": {"security": [{"Token": []}]}},
    ),
    "no authorizer": (f"{API}.DefinitionBody.components", GONE),
    "an authorizer without an issuer": (f"{API}.DefinitionBody.components.Fn::If.2", {"securitySchemes": {}}),
    "another issuer's tokens": (f"{JWT}.jwtConfiguration.issuer", "https://example.com/"),
    "every audience's tokens": (f"{JWT}.jwtConfiguration.audience", GONE),
    "tokens in the query": (f"{JWT}.identitySource", "$request.querystring.token"),
    "the handler believes the body": (f"{JOIN}.Environment.Variables.IDENTITY", "body"),
    "tokens never checked": ("root:Conditions.HasTokens.Fn::Equals.1", "tokens"),
    "pages cannot send a token": (f"{API}.CorsConfiguration.Fn::If.1.AllowHeaders", ["content-type"]),
    "nobody notified of missing seats": (f"{MISSING_SEATS}.AlarmActions", []),
    "a long rebuild taken for silence": ("alarms:Resources.ReconcileSilent.Properties.Metrics", []),
    "throttled requests not counted": ("logs:Resources.ApiThrottled", GONE),
    **{f"no alarm {name}": (f"alarms:Resources.{name}", GONE) for name in sorted(alarms.ALARMS)},
    "one namespace for every deployment": (f"{VARIABLES}.POWERTOOLS_METRICS_NAMESPACE", "E"),
    "a misspelt metric": (f"{MISSING_SEATS}.Metrics.0.Expression", 'SELECT MAX(MisingSeats) FROM "${Name}"'),
}


def faults(deployed: Deployment) -> list[str]:
    return [fault for check in CHECKS for fault in check(deployed)]


def test_the_templates_pass_every_check() -> None:
    assert faults(deployment(sources())) == []


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_fault_is_found(what: str) -> None:
    broken = sources()
    plant(broken, *PLANTED[what])
    assert faults(deployment(broken)), what


def plant(broken: Sources, where: str, value: Any) -> None:
    """Set or delete the value at `stack:dotted.path`; all steps of the path but the last must exist."""
    stack, path = where.split(":", 1)
    parent_path, _, last = path.rpartition(".")
    parent = at(broken[stack], parent_path)
    assert parent is not None, f"{where} does not exist"
    if value is GONE:
        assert last in parent, f"{where} does not exist"
        del parent[last]
    else:
        parent[int(last) if isinstance(parent, list) else last] = value


def test_the_operations_guide_explains_each_alarm() -> None:
    explained = (ROOT / "docs" / "operations.md").read_text()
    assert {name for name in alarms.ALARMS if name.rstrip("012") not in explained} == set()
