"""The mapping's events of given entries, as PersistFunction gets them."""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from eventrush.models import Entry
from eventrush.stream.message import encode
from tests.deliveries import an_entry


def entries(event_id: str, count: int) -> Iterator[Entry]:
    """Return the first seats' entries."""
    return (an_entry(event_id, seat_no) for seat_no in range(1, count + 1))


def mapping_event(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return the mapping's event of these entries."""
    return {"eventSource": "aws:kafka", "records": {"bench-0": [_record(entry) for entry in entries]}}


def _record(entry: Entry) -> dict[str, Any]:
    key, value, headers = encode(entry)
    return {
        "topic": "bench",
        "partition": 0,
        "offset": entry.seat_no,
        "timestamp": 1_795_000_000_000,
        "timestampType": "CREATE_TIME",
        "key": base64.b64encode(key or b"").decode(),
        "value": base64.b64encode(value or b"").decode(),
        "headers": [{name: list(text)} for name, text in headers if isinstance(text, bytes)],
    }
