"""A record of the stream as it was delivered, and what becomes of one that cannot be an entry."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from eventrush.entry import Entry


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """One record with where it stood; `timestamp` is aware UTC."""

    topic: str
    partition: int
    offset: int
    timestamp: datetime
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes] = field(default_factory=dict)


class Reason(StrEnum):
    """Why a record cannot be an entry."""

    MALFORMED = "malformed"
    UNKNOWN_EVENT = "unknown_event"
    BEYOND_CAPACITY = "beyond_capacity"
    SEAT_TAKEN = "seat_taken"
    USER_HAS_SEAT = "user_has_seat"
    STALE_EPOCH = "stale_epoch"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record with why it is dead: a word for programs, a sentence for people, the entry where it could be read."""

    record: StreamRecord
    reason: Reason
    detail: str
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry with the record that brought it."""

    entry: Entry
    record: StreamRecord
