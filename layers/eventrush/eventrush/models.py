"""The terms that gate, stream, ledger and functions share: events, entries, verdicts, records."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple


class EventState(StrEnum):
    """The state that an operator sets; opening and closing times apply in addition."""

    OPEN = "OPEN"
    PAUSED = "PAUSED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Event:
    """The rules of one event; times are aware UTC, or None for no limit; a rebuild of its gate raises `epoch`."""

    event_id: str
    name: str
    capacity: int
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    state: EventState = EventState.OPEN
    epoch: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One user's seat in one event.

    `request_time` is the gate's own clock (aware UTC, microseconds); `epoch` is the gate's when it gave, carried or
    reclaimed the seat; `attempt_id` makes a client's retry the same attempt.
    """

    event_id: str
    user_id: str
    seat_no: int
    request_time: datetime
    epoch: int
    attempt_id: str


@dataclass(frozen=True, slots=True)
class EntryStatus:
    """A user's entry in the gate; `pending` until the ledger has recorded it."""

    entry: Entry
    pending: bool


class Verdict(IntEnum):
    """The possible outcomes of an attempt; 1 to 8 are the numbers that `claim.lua` returns."""

    SUCCESS = 1
    DUPLICATE = 2
    LIMIT_EXCEEDED = 3
    NOT_OPEN = 4
    CLOSED = 5
    PAUSED = 6
    GATE_LOST = 7
    UNKNOWN_EVENT = 8
    UNAVAILABLE = 9


class Outcome(NamedTuple):
    """A verdict and its details.

    `entry` is set for SUCCESS and DUPLICATE (the first entry's). `pending`: the ledger has not confirmed the entry yet.
    `must_publish`: this attempt sends the pending entry, since no record of it can be waiting in the stream.
    `changes_in_s` (LIMIT_EXCEEDED, NOT_OPEN and CLOSED) is the time until the next opening or closing time, 0 if there
    is none. `durable` is False when fewer replicas of the gate hold the claim than the settings require.
    """

    verdict: Verdict
    entry: Entry | None = None
    pending: bool = False
    must_publish: bool = False
    changes_in_s: float = 0.0
    durable: bool = True


class Phase(StrEnum):
    """An event's public state, which follows from the operator's state, the clock and the seats left."""

    NOT_OPEN = "NOT_OPEN"
    OPEN = "OPEN"
    SOLD_OUT = "SOLD_OUT"
    PAUSED = "PAUSED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class EventFacts:
    """An event's rules in the gate, with the gate's own time (aware UTC) and its counters.

    `issued` is the highest seat number given, `free` the number of seats below it without an owner, `pending` the
    number of entries that the ledger has not confirmed. While a change of the rules waits, `changing` is True.
    """

    event: Event
    server_time: datetime
    issued: int
    free: int
    pending: int
    changing: bool = False

    @property
    def remaining(self) -> int:
        """The number of seats that can still be given."""
        return self.event.capacity - self.issued + self.free

    @property
    def phase(self) -> Phase:
        """The phase at `server_time`."""
        event = self.event
        if event.state is EventState.PAUSED or self.changing:
            return Phase.PAUSED
        if event.state is EventState.CLOSED or (event.closes_at and self.server_time >= event.closes_at):
            return Phase.CLOSED
        if event.opens_at and self.server_time < event.opens_at:
            return Phase.NOT_OPEN
        return Phase.OPEN if self.remaining > 0 else Phase.SOLD_OUT


@dataclass(frozen=True, slots=True)
class Position:
    """A record's position in the stream; written topic:partition:offset."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """One record of the stream; `timestamp` is aware UTC."""

    topic: str
    partition: int
    offset: int
    timestamp: datetime
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes] = field(default_factory=dict)

    @property
    def position(self) -> Position:
        """The record's position."""
        return Position(self.topic, self.partition, self.offset)


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry with the record that carried it.

    `decided_in` is the epoch in which the gate decided a record of an older epoch; None for a record of its own epoch.
    """

    entry: Entry
    record: StreamRecord
    decided_in: int | None = None
