"""One Kafka record in the form that Lambda gives it to a function."""

import base64
from typing import Any, NamedTuple, cast

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Message

type Lane = tuple[str, int]  # topic and partition

# What the JSON of a record has beside its key, value and headers: names, numbers, punctuation.
_FRAME_BYTES = 200


class Record(NamedTuple):
    """A record, with its size in bytes as JSON, about."""

    lane: Lane
    offset: int
    size: int
    body: dict[str, Any]


def from_message(message: Message) -> Record:
    """Return the record of a message that has no error."""
    # None only where there is an error.
    topic, partition, offset = (
        cast("str", message.topic()),
        cast("int", message.partition()),
        cast("int", message.offset()),
    )
    kind, timestamp = message.timestamp()
    key, value, headers = _base64(message.key()), _base64(message.value()), _headers(message)
    body = {
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "timestamp": timestamp,
        "timestampType": "LOG_APPEND_TIME" if kind == TIMESTAMP_LOG_APPEND_TIME else "CREATE_TIME",
        "key": key,
        "value": value,
        "headers": [{name: _signed(data)} for name, data in headers],
    }
    header_bytes = sum(len(name) + 5 * len(data) for name, data in headers)
    return Record((topic, partition), offset, _FRAME_BYTES + len(key or "") + len(value or "") + header_bytes, body)


def _base64(data: bytes | str | None) -> str | None:
    if data is None:
        return None
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode("ascii")


def _headers(message: Message) -> list[tuple[str, bytes]]:
    headers = cast("list[tuple[str, bytes | None]]", message.headers() or [])
    return [(name, data or b"") for name, data in headers]


def _signed(data: bytes) -> list[int]:
    """Return bytes as Java has them, from -128 to 127: that is how they arrive on Lambda."""
    return list(memoryview(data).cast("b"))
