"""The event-source mapping: nothing is skipped, nothing is given up silently, and a rush finds consumers at work."""

from collections.abc import Iterator

from tests.template.checks.expect import at, expect
from tests.template.deployment import Deployment

WANTED = {
    "Topics": [{"Ref": "KafkaTopic"}],
    "AmazonManagedKafkaEventSourceConfig.ConsumerGroupId": {"Ref": "KafkaConsumerGroup"},
    "StartingPosition": "TRIM_HORIZON",
    "BatchSize": 1000,
    "MaximumBatchingWindowInSeconds": 1,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "DestinationConfig.OnFailure.Destination": {"Fn::Sub": "kafka://${KafkaTopic}.dead-letter"},
    "ProvisionedPollerConfig.MinimumPollers": {"Ref": "PollersMin"},
    "ProvisionedPollerConfig.MaximumPollers": {"Ref": "KafkaPartitions"},
}
SILENT_CAP = 10


def check(deployed: Deployment) -> Iterator[str]:
    """Check the one mapping there is."""
    mappings = deployed.typed("AWS::Lambda::EventSourceMapping")
    if len(mappings) != 1:
        yield f"There are {len(mappings)} event-source mappings, not one."
        return
    [mapping] = mappings.values()
    properties = mapping["Properties"]
    yield from expect("mapping", properties, WANTED)
    # With a destination, -1 or nothing mean 10 attempts: a ledger away for a few minutes would empty the topic.
    if properties.get("MaximumRetryAttempts", -1) <= SILENT_CAP:
        yield "mapping: retries are not set on purpose."
    age_s = properties.get("MaximumRecordAgeInSeconds", -1)
    if not 0 < age_s < retention_s(deployed):
        yield "mapping: records are not given up before the topic forgets them."


def retention_s(deployed: Deployment) -> float:
    """Tell how long the topic keeps entries."""
    settings = at(deployed.nested["topics"], "Resources.Entries.Properties.Configs.Fn::Base64") or ""
    given = dict(line.split("=", 1) for line in settings.splitlines())
    return float(given.get("retention.ms", 0)) / 1000
