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
    "any Kafka action": (f"{JOIN_STATEMENTS}.2.Action", "kafka-cluster:*"),
    "any topic": (f"{JOIN_STATEMENTS}.3.Resource", "*"),
    "join reads the ledger's secret": (f"{JOIN_STATEMENTS}.1.Action", "secretsmanager:GetSecretValue"),
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
    # Functions
    "live before the migrations": ("root:Resources.PersistFunction.DependsOn", GONE),
    "a mapping before its topics": ("root:Resources.Migrations.Properties.After.1", {"Ref": "AWS::NoValue"}),
    "migrations without a way out": ("root:Resources.Migrations.Properties.After.0", {"Ref": "AWS::NoValue"}),
    "persist without a reserve": ("root:Resources.PersistFunction.Properties.ReservedConcurrentExecutions", GONE),
    "reconcile outlives its minute": ("root:Resources.ReconcileFunction.Properties.Timeout", 120),
    "a password in the environment": ("root:Globals.Function.Environment.Variables.MYSQL_PASSWORD", "secret"),
    "the ledger's certificate unchecked": ("root:Globals.Function.Environment.Variables.MYSQL_TLS", "required"),
    "no traces": ("root:Globals.Function.Tracing", "PassThrough"),
    # Logs, API, alarms
    "logs kept for ever": ("logs:Resources.JoinLogs.Properties.RetentionInDays", GONE),
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
