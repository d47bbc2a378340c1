"""The event of a Kafka event-source mapping, and the function's response to it (ReportBatchItemFailures).

docs.aws.amazon.com/lambda/latest/dg/with-msk.html
"""

import base64
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Message

type Partition = tuple[str, int]  # topic and number

# The JSON of a record without its key, value and headers: names, numbers, punctuation.
_FRAME_BYTES = 200


class Record(NamedTuple):
    """A record as the event has it, with its approximate size in bytes as JSON."""

    partition: Partition
    offset: int
    size: int
    body: dict[str, Any]


class InvalidResponseError(Exception):
    """The response names no records, or others than the batch has: the whole batch counts as failed."""


def from_message(message: Message) -> Record:
    """Return the record of a message that has no error."""
    # They are None only in a message that has an error.
    topic, number, offset = cast("tuple[str, int, int]", (message.topic(), message.partition(), message.offset()))
    kind, timestamp = message.timestamp()
    key, value = _base64(message.key()), _base64(message.value())
    headers = cast("list[tuple[str, bytes | None]]", message.headers() or [])
    body = {
        "topic": topic,
        "partition": number,
        "offset": offset,
        "timestamp": timestamp,
        "timestampType": "LOG_APPEND_TIME" if kind == TIMESTAMP_LOG_APPEND_TIME else "CREATE_TIME",
        "key": key,
        "value": value,
        # From -128 to 127, as Java has bytes and as they reach the function on Lambda.
        "headers": [{name: list(memoryview(data or b"").cast("b"))} for name, data in headers],
    }
    header_bytes = sum(len(name) + 5 * len(data or b"") for name, data in headers)
    return Record((topic, number), offset, _FRAME_BYTES + len(key or "") + len(value or "") + header_bytes, body)


def build(records: Sequence[Record], stream_arn: str, bootstrap_servers: str) -> dict[str, Any]:
    """Return the event that carries these records, grouped by topic and partition, in their order."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        groups.setdefault(name(record.partition), []).append(record.body)
    return {
        "eventSource": "aws:kafka",
        "eventSourceArn": stream_arn,
        "bootstrapServers": bootstrap_servers,
        "records": groups,
    }


def failures(response: Any, batch: Sequence[Record]) -> dict[Partition, int]:
    """Return the lowest failed offset of each partition that has one; InvalidResponseError where it names none.

    No response, an empty one, and one with an empty `batchItemFailures` mean that every record succeeded.
    """
    if not response:
        return {}
    if not isinstance(response, dict):
        raise InvalidResponseError("the response is no object")
    items = response.get("batchItemFailures") or []
    if not isinstance(items, list):
        raise InvalidResponseError("batchItemFailures is no list")
    known = {(name(record.partition), record.offset): record.partition for record in batch}
    lowest: dict[Partition, int] = {}
    for item in items:
        try:
            identifier = item["itemIdentifier"]
            offset = identifier["offset"]
            partition = known[identifier["partition"], offset]
        except (TypeError, KeyError):
            raise InvalidResponseError("an itemIdentifier names no record of the batch") from None
        lowest[partition] = min(offset, lowest.get(partition, offset))
    return lowest


def name(partition: Partition) -> str:
    """Return a partition's name in the event and in the response."""
    return f"{partition[0]}-{partition[1]}"


def _base64(data: bytes | str | None) -> str | None:
    if data is None:
        return None
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode("ascii")
