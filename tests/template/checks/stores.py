"""Data stores: encrypted in transit and at rest, in more than one zone, and retained when a stack is deleted."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.template.checks.mapping import topic_configs
from tests.template.deployment import Deployment, at, expect

RETAIN: Final[Mapping[str, Any]] = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
SNAPSHOT: Final[Mapping[str, Any]] = {"DeletionPolicy": "Snapshot", "UpdateReplacePolicy": "Snapshot"}
WINDOW: Final = {"Ref": "MaintenanceWindow"}
INSTANCE: Final[Mapping[str, Any]] = {
    "Properties.PubliclyAccessible": False,
    "Properties.AutoMinorVersionUpgrade": False,
    "Properties.PreferredMaintenanceWindow": WINDOW,
}
STORES: Final[Mapping[tuple[str, str], Mapping[str, Any]]] = {
    ("kafka", "Cluster"): {
        **RETAIN,
        "Properties.NumberOfBrokerNodes": 3,
        "Properties.ClientAuthentication.Sasl.Iam.Enabled": True,
        "Properties.ClientAuthentication.Unauthenticated.Enabled": False,
        "Properties.EncryptionInfo.EncryptionInTransit.ClientBroker": "TLS",
        "Properties.EncryptionInfo.EncryptionInTransit.InCluster": True,
        "Properties.EnhancedMonitoring": "DEFAULT",
    },
    ("topics", "Entries"): {
        **RETAIN,
        "Properties.TopicName": {"Ref": "Topic"},
        "Properties.PartitionCount": {"Ref": "Partitions"},
        "Properties.ReplicationFactor": 3,
    },
    ("topics", "DeadLetters"): {
        **RETAIN,
        "Properties.TopicName": {"Fn::Sub": "${Topic}.dead-letter"},
        "Properties.ReplicationFactor": 3,
    },
    ("redis", "Gate"): {
        **SNAPSHOT,
        "Properties.Engine": "valkey",
        "Properties.NumNodeGroups": 1,
        "Properties.ReplicasPerNodeGroup": 1,
        "Properties.AutomaticFailoverEnabled": True,
        "Properties.MultiAZEnabled": True,
        "Properties.TransitEncryptionEnabled": True,
        "Properties.TransitEncryptionMode": "required",
        "Properties.AtRestEncryptionEnabled": True,
        "Properties.SnapshotRetentionLimit": 7,
        "Properties.SnapshotWindow": {"Ref": "SnapshotWindow"},
        "Properties.PreferredMaintenanceWindow": WINDOW,
        "Properties.AutoMinorVersionUpgrade": False,
    },
    ("redis", "Settings"): {"Properties.Properties.maxmemory-policy": "noeviction"},
    ("mysql", "Ledger"): {
        **SNAPSHOT,
        "Properties.StorageEncrypted": True,
        "Properties.ManageMasterUserPassword": True,
        "Properties.MasterUserPassword": None,
        "Properties.DeletionProtection": {"Ref": "DeletionProtection"},
        "Properties.BackupRetentionPeriod": {"Ref": "BackupRetentionDays"},
        "Properties.EnableCloudwatchLogsExports": ["error", "slowquery"],
        "Properties.PreferredMaintenanceWindow": WINDOW,
        "Properties.PreferredBackupWindow": {"Ref": "SnapshotWindow"},
        "DependsOn": ["ErrorLogs", "SlowLogs"],
    },
    ("mysql", "Settings"): {
        "Properties.Parameters.require_secure_transport": "ON",
        "Properties.Parameters.slow_query_log": "1",
        "Properties.Parameters.long_query_time": "1",
    },
    ("mysql", "Writer"): INSTANCE,
    ("mysql", "Reader"): INSTANCE,
}
RETAINED_STACKS = (
    "NetworkStack",
    "EndpointsStack",
    "SecurityStack",
    "KafkaStack",
    "RedisStack",
    "MysqlStack",
    "TopicsStack",
)
ZONES = {"Fn::Split": [",", {"Ref": "Zones"}]}
# Retained resources must not have the names that the next deployment with the same name uses.
SHORT_ID = {
    "ShortId": {
        "Fn::Select": [0, {"Fn::Split": ["-", {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}]}]
    }
}
NAMES = {
    ("kafka", "Configuration", "Name"): "${Name}-${ShortId}",
    ("kafka", "Logs", "LogGroupName"): "/aws/vendedlogs/${Name}-${ShortId}/kafka",
    ("kafka", "Cluster", "ClusterName"): "${Name}-${ShortId}",
    ("mysql", "Ledger", "DBClusterIdentifier"): "eventrush-${ShortId}",
    ("mysql", "ErrorLogs", "LogGroupName"): "/aws/rds/cluster/eventrush-${ShortId}/error",
    ("mysql", "SlowLogs", "LogGroupName"): "/aws/rds/cluster/eventrush-${ShortId}/slowquery",
}
DURABLE_CONFIG = {"min.insync.replicas=2", "unclean.leader.election.enable=false"}


def check(deployed: Deployment) -> Iterator[str]:
    """Check each store's settings, name and deletion policy."""
    for (stack, logical_id), expected in STORES.items():
        yield from expect(f"{stack}/{logical_id}", deployed.nested[stack]["Resources"].get(logical_id), expected)
    for name in RETAINED_STACKS:
        yield from expect(name, deployed.root["Resources"].get(name), RETAIN)
    for (stack, logical_id, property_), text in NAMES.items():
        named = {f"Properties.{property_}.Fn::Sub": [text, SHORT_ID]}
        yield from expect(f"{stack}/{logical_id}", deployed.nested[stack]["Resources"].get(logical_id), named)
    yield from expect("NetworkStack", deployed.properties("NetworkStack"), {"Parameters.Zones": {"Ref": "Zones"}})
    for index, subnet in enumerate(("SubnetA", "SubnetB", "SubnetC")):
        zone = {"Properties.AvailabilityZone.Fn::Select": [index, {"Fn::If": ["HasZones", ZONES, {"Fn::GetAZs": ""}]}]}
        yield from expect(f"network/{subnet}", deployed.nested["network"]["Resources"].get(subnet), zone)
    for logical_id in ("Entries", "DeadLetters"):
        given = {f"{name}={value}" for name, value in topic_configs(deployed, logical_id).items()}
        yield from (f"topics/{logical_id}: {line} is missing." for line in sorted(DURABLE_CONFIG - given))
    server = at(deployed.nested["kafka"], "Resources.Configuration.Properties.ServerProperties") or ""
    durable = DURABLE_CONFIG | {"auto.create.topics.enable=false"}
    yield from (f"kafka/Configuration: {line} is missing." for line in sorted(durable - set(server.splitlines())))
