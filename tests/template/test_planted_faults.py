"""The checks can fail: one thing that matters is broken at a time, and they must say so."""

from typing import Any, Final

import pytest

from tests.template.checks import faults
from tests.template.checks.expect import at
from tests.template.deployment import Sources, deployment, sources

GONE: Final = object()
MAPPING = "root:Resources.PersistFunction.Properties.Events.Entries.Properties"
JOIN_STATEMENTS = "roles:Resources.JoinRole.Properties.Policies.0.PolicyDocument.Statement"

PLANTED: Final[dict[str, tuple[str, Any]]] = {
    # The mapping
    "partial answers ignored": (f"{MAPPING}.FunctionResponseTypes", GONE),
    "another consumer group": (f"{MAPPING}.ConsumerGroupId", "somebody-elses"),
    "starts at the newest record": (f"{MAPPING}.StartingPosition", "LATEST"),
    "a window of five minutes": (f"{MAPPING}.MaximumBatchingWindowInSeconds", 300),
    "retries silently capped": (f"{MAPPING}.MaximumRetryAttempts", -1),
    "no provisioned pollers": (f"{MAPPING}.ProvisionedPollerConfig", GONE),
    "more pollers than partitions": (f"{MAPPING}.ProvisionedPollerConfig.MaximumPollers", 2000),
    "no destination": (f"{MAPPING}.DestinationConfig", GONE),
    "records outlive the topic": (f"{MAPPING}.MaximumRecordAgeInSeconds", 604800),
    # Permissions
    "any Kafka action": (f"{JOIN_STATEMENTS}.1.Action", "kafka-cluster:*"),
    "any topic": (f"{JOIN_STATEMENTS}.2.Resource", "*"),
    "join reads the ledger's secret": (f"{JOIN_STATEMENTS}.1.Action", "secretsmanager:GetSecretValue"),
    "a deployment cannot find the brokers": (
        "roles:Resources.MigrateRole.Properties.Policies.0.PolicyDocument.Statement.1.Action",
        "kafka:DescribeCluster",
    ),
    "join wears admin's role": (
        "root:Resources.JoinFunction.Properties.Role.Fn::GetAtt",
        ["RolesStack", "Outputs.AdminRole"],
    ),
    "pollers cannot commit": (
        "roles:Resources.PersistRole.Properties.Policies.0.PolicyDocument.Statement.5.Action",
        "kafka-cluster:DescribeGroup",
    ),
    # Security groups
    "Redis open to the world": ("security:Resources.RedisFromJoin.Properties.SourceSecurityGroupId", GONE),
    "the cluster shuts itself out": ("security:Resources.KafkaFromItself", GONE),
    "endpoints that know one deployment only": (
        "endpoints:Resources.EndpointGroup.Properties.SecurityGroupIngress.0.CidrIp",
        "10.42.0.0/24",
    ),
    "a kept ledger loses its group": ("security:Resources.MysqlGroup.DeletionPolicy", GONE),
    "join reaches the ledger": (
        "security:Resources.MysqlFromMigrate.Properties.SourceSecurityGroupId",
        {"Ref": "JoinGroup"},
    ),
    # Stores
    "plain text in the cluster": (
        "kafka:Resources.Cluster.Properties.EncryptionInfo.EncryptionInTransit.ClientBroker",
        "TLS_PLAINTEXT",
    ),
    "one copy of an entry": ("topics:Resources.Entries.Properties.ReplicationFactor", 1),
    "topic kept for an hour": (
        "topics:Resources.Entries.Properties.Configs.Fn::Base64",
        "min.insync.replicas=2\nunclean.leader.election.enable=false\nretention.ms=3600000\n",
    ),
    "entries without a second broker": (
        "topics:Resources.Entries.Properties.Configs.Fn::Base64",
        "min.insync.replicas=1\nunclean.leader.election.enable=false\nretention.ms=604800000\n",
    ),
    "the gate forgets when full": (
        "redis:Resources.Settings.Properties.Properties",
        {"maxmemory-policy": "allkeys-lru"},
    ),
    "the gate without TLS": ("redis:Resources.Gate.Properties.TransitEncryptionEnabled", False),
    "the ledger without encryption": ("mysql:Resources.Ledger.Properties.StorageEncrypted", GONE),
    "the ledger deleted with its stack": ("mysql:Resources.Ledger.DeletionPolicy", "Delete"),
    "the cluster deleted with its stack": ("kafka:Resources.Cluster.DeletionPolicy", GONE),
    "the store's stack deleted": ("root:Resources.MysqlStack.DeletionPolicy", "Delete"),
    "the network's endpoints deleted": ("root:Resources.EndpointsStack.DeletionPolicy", "Delete"),
    "a cluster in the way of the next one": ("kafka:Resources.Cluster.Properties.ClusterName", {"Ref": "Name"}),
    "a configuration in the way of the next one": (
        "kafka:Resources.Configuration.Properties.Name.Fn::Sub.0",
        "${Name}",
    ),
    "a log group in the way of the next one": (
        "kafka:Resources.Logs.Properties.LogGroupName.Fn::Sub.0",
        "/aws/vendedlogs/${Name}/kafka",
    ),
    "two subnets in one zone": ("network:Resources.SubnetB.Properties.AvailabilityZone.Fn::Select.0", 0),
    "zones that are not passed on": ("root:Resources.NetworkStack.Properties.Parameters.Zones", GONE),
    "RDS makes its own log groups": ("mysql:Resources.Ledger.DependsOn", GONE),
    "the ledger's logs kept for ever": ("mysql:Resources.SlowLogs.Properties.RetentionInDays", GONE),
    "an empty slow log": ("mysql:Resources.Settings.Properties.Parameters.slow_query_log", GONE),
    "metrics nobody reads": ("kafka:Resources.Cluster.Properties.EnhancedMonitoring", "PER_TOPIC_PER_BROKER"),
    # Functions
    "live before the migrations": ("root:Resources.PersistFunction.DependsOn", GONE),
    "a mapping before its topics": ("root:Resources.Migrations.Properties.After.1", {"Ref": "AWS::NoValue"}),
    "migrations without a way out": ("root:Resources.Migrations.Properties.After.0", {"Ref": "AWS::NoValue"}),
    "join live before the migrations": (
        "root:Resources.JoinFunction.Properties.Environment.Variables.KAFKA_BOOTSTRAP_SERVERS",
        GONE,
    ),
    "every environment asks for the brokers": (
        "root:Globals.Function.Environment.Variables.KAFKA_BOOTSTRAP_SERVERS",
        "",
    ),
    "another ledger without its tables": ("root:Resources.Migrations.Properties.Host", GONE),
    "another database without its tables": ("root:Resources.Migrations.Properties.Database", GONE),
    "another cluster's brokers unknown": ("root:Resources.Migrations.Properties.Cluster", GONE),
    "failed passes come again": ("root:Resources.ReconcileFunction.Properties.EventInvokeConfig", GONE),
    "persist without a reserve": ("root:Resources.PersistFunction.Properties.ReservedConcurrentExecutions", GONE),
    "a rebuild ended half-way": ("root:Resources.ReconcileFunction.Properties.Timeout", 55),
    "a password in the environment": ("root:Globals.Function.Environment.Variables.MYSQL_PASSWORD", "secret"),
    "the ledger's certificate unchecked": ("root:Globals.Function.Environment.Variables.MYSQL_TLS", "required"),
    "no traces": ("root:Globals.Function.Tracing", "PassThrough"),
    # Logs, API, alarms
    "logs kept for ever": ("logs:Resources.JoinLogs.Properties.RetentionInDays", GONE),
    "a level nobody hears": ("root:Resources.JoinFunction.Properties.LoggingConfig.ApplicationLogLevel", GONE),
    "a level that silences metrics": ("root:Parameters.LogLevel.AllowedValues", ["INFO", "WARN"]),
    "text logs": ("root:Resources.AdminFunction.Properties.LoggingConfig.LogFormat", "Text"),
    "no throttle": ("root:Resources.Api.Properties.DefaultRouteSettings.ThrottlingRateLimit", GONE),
    "user ids in the access log": (
        "root:Resources.Api.Properties.AccessLogSettings.Format",
        '{"path":"$context.path"}',
    ),
    "every origin allowed": ("root:Resources.Api.Properties.CorsConfiguration", True),
    "a route lost": ("root:Resources.JoinFunction.Properties.Events.GetEntry", GONE),
    "nobody told of missing seats": ("alarms:Resources.SeatsMissing.Properties.AlarmActions", []),
    "one namespace for every deployment": (
        "root:Globals.Function.Environment.Variables.POWERTOOLS_METRICS_NAMESPACE",
        "E",
    ),
    "a metric misspelt": (
        "alarms:Resources.SeatsMissing.Properties.Metrics.0.Expression",
        'SELECT MAX(MisingSeats) FROM "${Name}"',
    ),
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_fault_is_found(what: str) -> None:
    broken = sources()
    _plant(broken, *PLANTED[what])
    assert faults(deployment(broken)), what


def _plant(broken: Sources, where: str, value: Any) -> None:
    """Set, or take away, what is at `stack:dotted.path`; the path up to its last step must exist."""
    stack, path = where.split(":", 1)
    parent_path, _, last = path.rpartition(".")
    parent = at(broken[stack], parent_path)
    assert parent is not None, f"{where} leads nowhere"
    if value is GONE:
        assert last in parent, f"{where} leads nowhere"
        del parent[last]
    else:
        parent[int(last) if isinstance(parent, list) else last] = value
