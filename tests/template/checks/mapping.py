"""The event-source mapping: it skips no record, gives up none silently, and has consumers when a rush starts."""

from collections.abc import Iterator

from tests.template.deployment import Deployment, at, expect

MAPPING = {
    "Topics": [{"Ref": "KafkaTopic"}],
    "AmazonManagedKafkaEventSourceConfig.ConsumerGroupId": {"Ref": "KafkaConsumerGroup"},
    "StartingPosition": "TRIM_HORIZON",
    "BatchSize": 1000,
    "MaximumBatchingWindowInSeconds": 1,
    "BisectBatchOnFunctionError": True,
    "DestinationConfig.OnFailure.Destination": {"Fn::Sub": "kafka://${KafkaTopic}.dead-letter"},
    "ProvisionedPollerConfig.MinimumPollers": {"Ref": "PollersMin"},
    "ProvisionedPollerConfig.MaximumPollers": {"Ref": "KafkaPartitions"},
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
    settings = at(deployed.nested["topics"], "Resources.Entries.Properties.Configs.Fn::Base64") or ""
    given = dict(line.split("=", 1) for line in settings.splitlines())
    return float(given.get("retention.ms", 0)) / 1000
