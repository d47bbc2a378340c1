"""Reads the records of a Kafka event (`aws:kafka`) as they were delivered, in their order."""

import base64
from collections.abc import Iterator
from typing import Any

from eventrush import clock
from eventrush.record import StreamRecord


def records(event: dict[str, Any]) -> Iterator[StreamRecord]:
    """Give every record of the event; partitions one after the other, offsets ascending within each.

    Powertools' KafkaEvent gives the same one property at a time; at thousands of records a batch that is felt.
    """
    for batch in event["records"].values():
        for record in batch:
            yield StreamRecord(
                topic=record["topic"],
                partition=record["partition"],
                offset=record["offset"],
                timestamp=clock.from_timestamp_ms(record["timestamp"]),
                key=_decoded(record.get("key")),
                value=_decoded(record.get("value")),
                headers={
                    name: bytes(byte & 0xFF for byte in value)  # the mapping's bytes are Java's, which have a sign
                    for header in record.get("headers", ())
                    for name, value in header.items()
                },
            )


def _decoded(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
