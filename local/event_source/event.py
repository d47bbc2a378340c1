"""The event of a Kafka event-source mapping: docs.aws.amazon.com/lambda/latest/dg/with-msk.html."""

from collections.abc import Sequence
from typing import Any

from local.event_source.record import Lane, Record


def build(records: Sequence[Record], stream_arn: str, bootstrap_servers: str) -> dict[str, Any]:
    """Return the event that carries these records, grouped by topic and partition, in their order."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        groups.setdefault(name(record.lane), []).append(record.body)
    return {
        "eventSource": "aws:kafka",
        "eventSourceArn": stream_arn,
        "bootstrapServers": bootstrap_servers,
        "records": groups,
    }


def name(lane: Lane) -> str:
    """Return a topic-partition as the event and the answer to it name it."""
    return f"{lane[0]}-{lane[1]}"
