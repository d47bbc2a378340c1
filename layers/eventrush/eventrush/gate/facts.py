"""What the gate tells of an event, and of what one user holds in it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from eventrush.entry import Entry
from eventrush.event import Event, EventState


class Phase(StrEnum):
    """An event's state as its public sees it: what the operator said, and the clock."""

    NOT_OPEN = "NOT_OPEN"
    OPEN = "OPEN"
    SOLD_OUT = "SOLD_OUT"
    PAUSED = "PAUSED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class EventFacts:
    """An event's rules in the gate, with the gate's own time (aware UTC) and what was given so far.

    `issued` is the highest seat number given, `free` how many below it have no owner, `pending` how many entries the
    ledger has not confirmed.
    """

    event: Event
    server_time: datetime
    issued: int
    free: int
    pending: int

    @property
    def remaining(self) -> int:
        """Seats that can still be given."""
        return self.event.capacity - self.issued + self.free

    @property
    def phase(self) -> Phase:
        """What an attempt would meet now."""
        event = self.event
        if event.state is EventState.PAUSED:
            return Phase.PAUSED
        if event.state is EventState.CLOSED or (event.closes_at and self.server_time >= event.closes_at):
            return Phase.CLOSED
        if event.opens_at and self.server_time < event.opens_at:
            return Phase.NOT_OPEN
        return Phase.OPEN if self.remaining > 0 else Phase.SOLD_OUT


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """A user's entry in the gate; `pending` until the ledger has it."""

    entry: Entry
    pending: bool


@dataclass(frozen=True, slots=True)
class Overdue:
    """Entries that have been pending too long, the longest first, and the gate's time (aware UTC)."""

    server_time: datetime
    entries: list[Entry]
