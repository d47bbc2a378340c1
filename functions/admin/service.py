"""The operators' commands."""

from dataclasses import dataclass, replace

from admin.report import Report
from eventrush.errors import ConflictError
from eventrush.gate.gate import Gate
from eventrush.ledger.ledger import Ledger
from eventrush.models import Event, EventFacts, EventState
from eventrush.rebuild import Rebuilt, rebuild
from eventrush.seat_audit import audit
from eventrush.stream.reader import StreamReader


@dataclass(frozen=True, slots=True)
class EventStatus:
    """An event as the ledger records it, and the gate's facts of it (None where the gate does not know it)."""

    event: Event
    facts: EventFacts | None


@dataclass(frozen=True, slots=True)
class Admin:
    """Commands over the gate and the ledger; raises `ConflictError` for what the rules forbid."""

    gate: Gate
    ledger: Ledger

    def migrate(self) -> list[str]:
        """Bring the ledger's tables up to date and name the migrations applied."""
        return self.ledger.migrate()

    def create(self, event: Event) -> Event:
        """Create an event: recorded first, then opened at the gate. What dies between is finished by reconcile."""
        self.ledger.add_event(event)
        if not self.gate.create(event):
            raise ConflictError(f"The gate holds an event {event.event_id} already; reconcile will bring it in line.")
        self.gate.add_to_registry([known.event_id for known in self.ledger.list_events()])
        return event

    def list(self) -> list[Event]:
        """Give every event, the oldest first."""
        return self.ledger.list_events()

    def show(self, event_id: str) -> EventStatus:
        """Give an event and how far it is."""
        return EventStatus(self.ledger.get_event(event_id), self.gate.facts(event_id))

    def open(self, event_id: str) -> Event:
        """Let an event admit again, within its opening and closing times."""
        return self._set_state(event_id, EventState.OPEN)

    def pause(self, event_id: str) -> Event:
        """Have an event decide nothing for a while."""
        return self._set_state(event_id, EventState.PAUSED)

    def resume(self, event_id: str) -> Event:
        """Let a paused event go on; raises `ConflictError` where it is not paused."""
        return self._set_state(event_id, EventState.OPEN, only_from=EventState.PAUSED)

    def close(self, event_id: str) -> Event:
        """Close an event; who has a seat keeps it."""
        return self._set_state(event_id, EventState.CLOSED)

    def resize(self, event_id: str, capacity: int) -> Event:
        """Change how many seats there are; raises `ConflictError` for fewer than are issued."""
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
        """Hold what was promised against what is recorded, seat by seat."""
        event = self.ledger.get_event(event_id)
        facts = self.gate.facts(event_id)
        if facts is None:
            raise ConflictError(f"The gate does not know event {event.event_id}; reconcile will rebuild it.")
        books = audit(self.gate, self.ledger, facts, whole=True)
        return Report.of(facts, books, self.ledger.totals(event_id))

    def rebuild(self, event_id: str, stream: StreamReader) -> Rebuilt:
        """Shut an event's gate, find every entry, reopen it under a new epoch; takes some seconds."""
        (rebuilt,) = rebuild(self.gate, self.ledger, stream, [self.ledger.get_event(event_id).event_id])
        return rebuilt

    def _set_state(self, event_id: str, state: EventState, only_from: EventState | None = None) -> Event:
        with self.ledger.rules_lock():
            before = self.ledger.get_event(event_id)
            if only_from and before.state is not only_from:
                raise ConflictError(f"Event {event_id} is not {only_from.lower()}.")
            after = replace(before, state=state)
            self.ledger.update_event(after)
            self.gate.configure(after)
        if state is not EventState.CLOSED:
            self.gate.set_expiry({event_id: None})  # it may have been closed, and on its way to be forgotten
        return after
