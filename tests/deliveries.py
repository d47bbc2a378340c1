"""Entries, and the stream records that carry them."""

import itertools
from datetime import UTC, datetime

from eventrush.ledger.dead_letters import DeadLetter, Reason
from eventrush.models import Delivery, Entry, StreamRecord
from eventrush.stream.message import encode

NOW = datetime(2026, 11, 22, 9, 0, 0, 1, tzinfo=UTC)
_offsets = itertools.count()


def an_entry(event_id: str, seat_no: int, user_id: str | None = None, epoch: int = 1) -> Entry:
    """Return an entry; without a user id, each seat has another user."""
    user = user_id or f"user-{seat_no}"
    return Entry(event_id, user, seat_no, NOW, epoch, f"attempt-{user}")


def record_of(entry: Entry) -> StreamRecord:
    """Return the record of an entry, at the next offset."""
    key, value, headers = encode(entry)
    raw_headers = {name: raw for name, raw in headers if isinstance(raw, bytes)}
    return StreamRecord("test", 0, next(_offsets), NOW, key, value, raw_headers)


def delivery(entry: Entry) -> Delivery:
    """Return an entry together with its record."""
    return Delivery(entry, record_of(entry))


def poison(value: bytes = b"{") -> DeadLetter:
    """Return the dead letter of a record that cannot be decoded, at the next offset."""
    return DeadLetter(
        StreamRecord("test", 1, next(_offsets), NOW, b"k", value, {}), Reason.MALFORMED, "It is not JSON."
    )
