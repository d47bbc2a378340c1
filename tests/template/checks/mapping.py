"""The event-source mapping: it skips no record, gives up none silently, and has consumers when a rush starts."""

import json
from collections.abc import Iterator

from tests.template.deployment import Deployment, Json, at, expect, sized

MAPPING = {
    "Topics": [{"Ref": "KafkaTopic"}],
    "AmazonManagedKafkaEventSourceConfig.ConsumerGroupId.Fn::If.1": {"Ref": "KafkaConsumerGroup"},
    "AmazonManagedKafkaEventSourceConfig.ConsumerGroupId.Fn::If.2": {
        "Fn::Sub": "${AWS::StackName}-event-consumer-group"
    },
    "LoggingConfig.SystemLogLevel": "INFO",
    "MetricsConfig.Metrics": ["EventCount", "ErrorCount", "KafkaMetrics"],
    "StartingPosition": "TRIM_HORIZON",
    "BatchSize": 1000,
    "MaximumBatchingWindowInSeconds": 1,
    "BisectBatchOnFunctionError": True,
    "DestinationConfig.OnFailure.Destination": {"Fn::Sub": "kafka://${KafkaTopic}.dead-letter"},
    "ProvisionedPollerConfig.MinimumPollers": sized("PollersMin"),
    "ProvisionedPollerConfig.MaximumPollers": sized("KafkaPartitions"),
}
SILENT_CAP = 10


def check(deployed: Deployment) -> Iterator[str]:
    """Check the only mapping."""
    mappings = deployed.of_type("AWS::Lambda::EventSourceMapping")
    if len(mappings) != 1:
        yield f"There are {len(mappings)} event-source mappings, not one."
        return
    [mapping] = mappings.values()
    properties = mapping["Properties"]
    yield from expect("mapping", properties, MAPPING)
    # With a destination, -1 or no value means 10 attempts: an outage of a few minutes would empty the topic.
    if properties.get("MaximumRetryAttempts", -1) <= SILENT_CAP:
        yield "mapping: retries are capped silently."
    age_s = properties.get("MaximumRecordAgeInSeconds", -1)
    if not 0 < age_s < retention_s(deployed):
        yield "mapping: the topic may delete records before they are given up."


def retention_s(deployed: Deployment) -> float:
    """Return how long the topic keeps entries."""
    given = topic_configs(deployed, "Entries")
    return float(given.get("retention.ms", 0)) / 1000


def topic_configs(deployed: Deployment, logical_id: str) -> Json:
    """Return what AWS finds in the base64 of a topic's configs; nothing if it is not a JSON object of texts."""
    text = at(deployed.nested["topics"], f"Resources.{logical_id}.Properties.Configs.Fn::Base64") or ""
    try:
        given = json.loads(text)
    except ValueError:
        return {}
    return given if isinstance(given, dict) and all(isinstance(value, str) for value in given.values()) else {}
