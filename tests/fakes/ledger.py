"""A ledger in memory: one row a seat, one seat a user, dead letters for the rest."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Self

from eventrush.errors import ConflictError, LedgerError
from eventrush.ledger.batch import BatchResult
from eventrush.ledger.dead_letters import DeadLetter, Reason
from eventrush.models import Delivery, Entry, Event, Position


@dataclass
class FakeLedger:
    """Rows and dead letters; it does not answer while `down`. It is its own batch writer."""

    down: bool = False
    known: dict[str, Event] = field(default_factory=dict)
    rows: dict[tuple[str, int], Entry] = field(default_factory=dict)
    dead: dict[Position, DeadLetter] = field(default_factory=dict)
    parked: dict[Position, Delivery] = field(default_factory=dict)

    @property
    def batch(self) -> Self:
        return self

    def add_event(self, event: Event) -> None:
        self._check()
        if event.event_id in self.known:
            raise ConflictError("eventId: such an event exists already.")
        self.known[event.event_id] = event

    def update_event(self, event: Event) -> None:
        self._check()
        self.known[event.event_id] = event

    def get_event(self, event_id: str) -> Event:
        self._check()
        if event_id not in self.known:
            raise ConflictError(f"eventId: there is no event {event_id}.")
        return self.known[event_id]

    def list_events(self) -> list[Event]:
        self._check()
        return list(self.known.values())

    def epochs(self, event_ids: AbstractSet[str]) -> dict[str, int]:
        self._check()
        return {event_id: self.known[event_id].epoch for event_id in event_ids if event_id in self.known}

    def record(
        self, deliveries: Sequence[Delivery], dead: Sequence[DeadLetter] = (), parked: Sequence[Delivery] = ()
    ) -> BatchResult:
        self._check()
        settled, letters, before = [], [], len(self.rows)
        all_parked = list(parked)
        for letter in dead:
            if letter.entry and letter.decided_in and letter.decided_in < self.known[letter.entry.event_id].epoch:
                all_parked.append(Delivery(letter.entry, letter.record))
            else:
                letters.append(letter)
        for delivery in sorted(deliveries, key=lambda one: (one.entry.event_id, one.entry.seat_no)):
            event = self.known.get(delivery.entry.event_id)
            if event and (delivery.decided_in or delivery.entry.epoch) < event.epoch:
                all_parked.append(delivery)
                continue
            reason = self._reason_against(delivery.entry)
            if reason:
                letters.append(DeadLetter(delivery.record, reason, "The record is not a valid entry.", delivery.entry))
                continue
            self.rows.setdefault((delivery.entry.event_id, delivery.entry.seat_no), delivery.entry)
            settled.append(delivery)
        for letter in letters:
            self.dead.setdefault(letter.record.position, letter)
        for delivery in all_parked:
            self.parked.setdefault(delivery.record.position, delivery)
        return BatchResult(settled, len(self.rows) - before, letters, all_parked)

    def _reason_against(self, entry: Entry) -> Reason | None:
        event = self.known.get(entry.event_id)
        if event is None:
            return Reason.UNKNOWN_EVENT
        if entry.seat_no > event.capacity:
            return Reason.BEYOND_CAPACITY
        owner = self.rows.get((entry.event_id, entry.seat_no))
        if owner:
            return None if owner.user_id == entry.user_id else Reason.SEAT_TAKEN
        users = {row.user_id for (event_id, _), row in self.rows.items() if event_id == entry.event_id}
        return Reason.USER_HAS_SEAT if entry.user_id in users else None

    def _check(self) -> None:
        if self.down:
            raise LedgerError("MySQL does not answer, or refuses the connection (error 2003).")
