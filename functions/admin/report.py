"""What was promised against what is recorded, read whole."""

from dataclasses import dataclass
from typing import Self

from eventrush.ledger.ledger import Totals
from eventrush.models import EventFacts
from eventrush.seat_audit import SeatAudit


@dataclass(frozen=True, slots=True)
class Report:
    """An event's books: seats by where they are, and what must be zero (`lost`, `oversold`, `doubled`)."""

    event_id: str
    name: str
    state: str
    capacity: int
    issued: int
    free: int
    pending: int
    recorded: int
    distinct_users: int
    distinct_seats: int
    min_seat: int
    max_seat: int
    dead: int
    missing: list[int]
    lost: int
    oversold: int
    doubled: int

    @property
    def sound(self) -> bool:
        """Whether nothing is lost, oversold or doubled."""
        return not (self.lost or self.oversold or self.doubled)

    @classmethod
    def of(cls, facts: EventFacts, books: SeatAudit, totals: Totals) -> Self:
        """Draw up the report from the gate's facts, the balanced books and the ledger's totals."""
        event = facts.event
        return cls(
            event_id=event.event_id,
            name=event.name,
            state=str(facts.phase),
            capacity=event.capacity,
            issued=books.issued,
            free=books.free,
            pending=books.pending,
            recorded=totals.entries,
            distinct_users=totals.users,
            distinct_seats=totals.seats,
            min_seat=totals.min_seat,
            max_seat=totals.max_seat,
            dead=totals.dead,
            missing=books.missing,
            lost=books.lost,
            oversold=max(0, totals.entries - event.capacity, totals.max_seat - event.capacity),
            doubled=2 * totals.entries - totals.users - totals.seats,
        )
