"""Entries and the records that bring them, as tests make them."""

import itertools
from datetime import UTC, datetime

from eventrush.ledger.dead_letters import DeadLetter, Reason
from eventrush.models import Delivery, Entry, StreamRecord
from eventrush.stream.message import encode

NOW = datetime(2026, 11, 22, 9, 0, 0, 1, tzinfo=UTC)
_offsets = itertools.count()


def an_entry(event_id: str, seat_no: int, user_id: str | None = None, epoch: int = 1) -> Entry:
    """Give an entry; each seat has a user of its own unless one is named."""
    user = user_id or f"user-{seat_no}"
    return Entry(event_id, user, seat_no, NOW, epoch, f"attempt-{user}")


def record_of(entry: Entry) -> StreamRecord:
    """Give the record that carries an entry, at an offset of its own."""
    key, value, headers = encode(entry)
    given = {name: raw for name, raw in headers if isinstance(raw, bytes)}
    return StreamRecord("test", 0, next(_offsets), NOW, key, value, given)


def delivery(entry: Entry) -> Delivery:
    """Deliver an entry."""
    return Delivery(entry, record_of(entry))


def poison(value: bytes = b"{") -> DeadLetter:
    """Give a record that cannot be read, at an offset of its own."""
    return DeadLetter(StreamRecord("test", 1, next(_offsets), NOW, b"k", value, {}), Reason.MALFORMED, "It is no JSON.")
