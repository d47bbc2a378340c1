"""The handler that the Kafka event-source mapping invokes with a batch of records."""

import base64
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from eventrush.metrics import COUNT, flushed
from eventrush.models import StreamRecord
from eventrush.timestamps import from_timestamp_ms
from persist import service
from persist.dependencies import Dependencies, dependencies

logger = Logger()
metrics = Metrics()


def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Persist one event of the mapping (`aws:kafka`); raises when the ledger fails, so that the mapping retries."""
    with flushed(metrics):
        handle(event, dependencies())


def handle(event: dict[str, Any], deps: Dependencies) -> None:
    """Persist one event with these dependencies."""
    result = service.persist(deps.gate, deps.ledger, records(event))
    metrics.add_metric("Recorded", COUNT, result.recorded)
    metrics.add_metric("Repeated", COUNT, result.repeated)
    metrics.add_metric("DeadLettered", COUNT, len(result.dead))
    metrics.add_metric("Parked", COUNT, len(result.parked))
    for letter in result.dead:
        logger.warning("dead letter", extra={**asdict(letter.record.position), "reason": letter.reason})


def records(event: dict[str, Any]) -> Iterator[StreamRecord]:
    """Iterate over the records of the event: one partition after the other, offsets ascending within each.

    Powertools' KafkaEvent is not used because it is slow at thousands of records a batch.
    """
    for batch in event["records"].values():
        for record in batch:
            key, value = record.get("key"), record.get("value")
            yield StreamRecord(
                topic=record["topic"],
                partition=record["partition"],
                offset=record["offset"],
                timestamp=from_timestamp_ms(record["timestamp"]),
                key=None if key is None else base64.b64decode(key),
                value=None if value is None else base64.b64decode(value),
                headers={
                    name: bytes(byte & 0xFF for byte in value)  # the mapping sends signed bytes
                    for header in record.get("headers", ())
                    for name, value in header.items()
                },
            )
