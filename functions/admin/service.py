"""The operators' commands."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from admin import erasure
from eventrush.errors import ConflictError
from eventrush.gate.gate import Gate
from eventrush.ledger.dead_letters import DeadLetterState, StoredDeadLetter
from eventrush.ledger.ledger import Ledger, Totals
from eventrush.models import Event, EventFacts, EventState, Position
from eventrush.rebuild import Rebuilt, rebuild
from eventrush.seat_audit import SeatAudit, audit
from eventrush.stream.publisher import StreamPublisher
from eventrush.stream.reader import StreamReader


@dataclass(frozen=True, slots=True)
class EventStatus:
    """An event as the ledger records it, and the gate's facts of it (None where the gate does not know it)."""

    event: Event
    facts: EventFacts | None


@dataclass(frozen=True, slots=True)
class Report:
    """An event's seats by where they are, and what must be zero (`lost`, `oversold`, `doubled`)."""

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
    parked: int
    missing: list[int]
    lost: int
    oversold: int
    doubled: int

    @property
    def consistent(self) -> bool:
        """Whether nothing is lost, oversold or doubled."""
        return not (self.lost or self.oversold or self.doubled)

    @classmethod
    def of(cls, facts: EventFacts, seats: SeatAudit, totals: Totals) -> Self:
        """Combine the gate's facts, the audit of the seats and the ledger's totals."""
        event = facts.event
        return cls(
            event_id=event.event_id,
            name=event.name,
            state=str(facts.phase),
            capacity=event.capacity,
            issued=seats.issued,
            free=seats.free,
            pending=seats.pending,
            recorded=totals.entries,
            distinct_users=totals.users,
            distinct_seats=totals.seats,
            min_seat=totals.min_seat,
            max_seat=totals.max_seat,
            dead=totals.dead,
            parked=seats.parked,
            missing=seats.missing,
            lost=seats.lost,
            oversold=max(0, totals.entries - event.capacity, totals.max_seat - event.capacity),
            doubled=2 * totals.entries - totals.users - totals.seats,
        )


@dataclass(frozen=True, slots=True)
class Admin:
    """Commands over the gate and the ledger; raises `ConflictError` for what the rules forbid."""

    gate: Gate
    ledger: Ledger

    def migrate(self) -> list[str]:
        """Bring the ledger's tables up to date; return the names of the migrations applied."""
        return self.ledger.migrate()

    def create(self, event: Event) -> Event:
        """Create an event: in the ledger, then at the gate. If interrupted, reconcile finishes it."""
        self.ledger.add_event(event)
        if not self.gate.create(event):
            raise ConflictError(f"The gate holds an event {event.event_id} already; reconcile will set its rules.")
        self.gate.add_to_registry([known.event_id for known in self.ledger.list_events()])
        return event

    def list_events(self) -> list[Event]:
        """Return every event, the oldest first."""
        return self.ledger.list_events()

    def show(self, event_id: str) -> EventStatus:
        """Return an event with its figures."""
        return EventStatus(self.ledger.get_event(event_id), self.gate.facts(event_id))

    def open(self, event_id: str) -> Event:
        """Open an event again, within its opening and closing times."""
        return self._set_state(event_id, EventState.OPEN)

    def pause(self, event_id: str) -> Event:
        """Pause an event: every attempt is answered PAUSED."""
        return self._set_state(event_id, EventState.PAUSED)

    def resume(self, event_id: str) -> Event:
        """Open a paused event again; raises `ConflictError` where it is not paused."""
        return self._set_state(event_id, EventState.OPEN, only_from=EventState.PAUSED)

    def close(self, event_id: str) -> Event:
        """Close an event; its entries stay."""
        return self._set_state(event_id, EventState.CLOSED)

    def resize(self, event_id: str, capacity: int) -> Event:
        """Change the number of seats; raises `ConflictError` for fewer than are issued."""
        with self.ledger.rules_lock():
            before = self.ledger.get_event(event_id)
            after = replace(before, capacity=capacity)
            if capacity < before.capacity:  # the gate first, which knows what is issued
                self.gate.configure(after)
                self.ledger.update_event(after)
            else:  # the ledger first, so that no seat is given that it would not record
                self.ledger.update_event(after)
                self.gate.configure(after)
        return after

    def report(self, event_id: str) -> Report:
        """Compare what was promised with what is recorded, seat by seat."""
        event = self.ledger.get_event(event_id)
        facts = self.gate.facts(event_id)
        if facts is None:
            raise ConflictError(f"The gate does not know event {event.event_id}; reconcile will rebuild it.")
        seats = audit(self.gate, self.ledger, facts, whole=True)
        return Report.of(facts, seats, self.ledger.totals(event_id))

    def rebuild(self, event_id: str, stream: StreamReader, retention: timedelta) -> Rebuilt:
        """Close an event's gate, find every entry, and open it under a new epoch; takes some seconds."""
        event_ids = [self.ledger.get_event(event_id).event_id]
        done, failed = rebuild(self.gate, self.ledger, stream, event_ids, retention)
        if failed:
            raise failed[event_id]
        return done[0]

    def forget(self, event_id: str, user_id: str, stream: StreamReader) -> erasure.Forgotten:
        """Erase a person from an event that has ended; see `erasure.forget`."""
        return erasure.forget(self.gate, self.ledger, stream, event_id, user_id)

    def list_dead_letters(
        self, *, event_id: str | None = None, state: DeadLetterState | None = DeadLetterState.DEAD, limit: int = 100
    ) -> list[StoredDeadLetter]:
        """Return dead letters, the newest first; a state of None means every state."""
        return self.ledger.dead_letters.list(event_id=event_id, state=state, limit=limit)

    def show_dead_letter(self, position: Position) -> StoredDeadLetter:
        """Return one dead letter; raises `ConflictError` where there is none at this position."""
        letter = self.ledger.dead_letters.get(position)
        if letter is None:
            raise ConflictError(f"There is no dead letter {position}.")
        return letter

    def redrive(self, position: Position, publisher: StreamPublisher) -> StoredDeadLetter:
        """Send a dead letter's record again, unchanged, unless it was redriven or discarded before.

        Repair the cause first: a record that fails again is a new dead letter. Raises `ConflictError` where there is
        none at this position, `PublishError` when Kafka does not acknowledge it; the letter stays dead then.
        """
        with self.ledger.redrive_lock():
            letter = self.show_dead_letter(position)
            if letter.state is DeadLetterState.DEAD:
                publisher.republish(letter.record)
                self.ledger.dead_letters.settle(position, DeadLetterState.REDRIVEN, None)
        return self.show_dead_letter(position)

    def discard(self, position: Position, reason: str) -> StoredDeadLetter:
        """Discard a dead letter; its row is kept, with the reason. Raises `ConflictError` where there is none."""
        self.ledger.dead_letters.settle(position, DeadLetterState.DISCARDED, reason)
        return self.show_dead_letter(position)

    def _set_state(self, event_id: str, state: EventState, only_from: EventState | None = None) -> Event:
        with self.ledger.rules_lock():
            before = self.ledger.get_event(event_id)
            if only_from and before.state is not only_from:
                raise ConflictError(f"Event {event_id} is not {only_from.lower()}.")
            after = replace(before, state=state)
            self.ledger.update_event(after)
            self.gate.configure(after)
        if state is not EventState.CLOSED:
            self.gate.set_expiry({event_id: None})  # a closed event has an expiry time
        return after
