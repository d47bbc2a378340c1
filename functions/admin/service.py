"""The operators' commands."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from admin import forgetting
from eventrush.errors import ConflictError, GateUnavailableError, StreamUnavailableError
from eventrush.gate.gate import Gate
from eventrush.gate.remembered import LEASE_WAIT_S
from eventrush.ledger.dead_letters import DeadLetterState, StoredDeadLetter
from eventrush.ledger.event_log import Change
from eventrush.ledger.ledger import Ledger, Totals
from eventrush.ledger.seats import CHUNK
from eventrush.models import Entry, Event, EventFacts, EventState, Position
from eventrush.rebuild import Rebuilt, rebuild
from eventrush.seat_audit import SeatAudit, audit
from eventrush.stream.publisher import StreamPublisher
from eventrush.stream.reader import StreamReader
from eventrush.timestamps import to_iso

# A closing time is later than the earliest moment at which a change counts, and than an opening that waits for it.
_CLOSES_WITHIN: Final = timedelta(seconds=2 * LEASE_WAIT_S)


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
class Backlog:
    """What waits, over all events: in the stream and at the gate (None without an answer), parked and dead-lettered."""

    lag: int | None
    pending: int | None
    parked: int
    dead: int


@dataclass(frozen=True, slots=True)
class Page:
    """Recorded entries in the order of seats; the last page has the number of rows up to its last seat as `total`."""

    entries: list[Entry]
    total: int | None


@dataclass(frozen=True, slots=True)
class Admin:
    """Commands over the gate and the ledger; raises `ConflictError` for what the rules forbid.

    `operator` is who gives them, for the log of changes.
    """

    gate: Gate
    ledger: Ledger
    operator: str = "unknown"

    def migrate(self) -> list[str]:
        """Bring the ledger's tables up to date; return the names of the migrations applied."""
        return self.ledger.migrate()

    def status(self, stream: StreamReader) -> Backlog:
        """Count what waits, over all events."""
        lag = pending = None
        with suppress(StreamUnavailableError):
            lag = sum(max(0, span.end - span.start) for span in stream.spans())
        event_ids = list(self.ledger.event_ids())
        with suppress(GateUnavailableError):
            pending = sum(count or 0 for count in self.gate.pending_counts(event_ids).values())
        parked, dead = self.ledger.backlog()
        return Backlog(lag, pending, parked, dead)

    def list_changes(self, event_id: str | None, limit: int) -> list[Change]:
        """Return what operators changed, the newest first; None means in every event."""
        if event_id:
            self.ledger.get_event(event_id)
        return self.ledger.event_log.list(event_id, limit)

    def create(self, event: Event) -> Event:
        """Create an event: in the ledger, then at the gate. If interrupted, reconcile finishes it."""
        fields = {"name": event.name, "capacity": event.capacity, **_times(event)}
        self.ledger.add_event(event, Change("create", self.operator, event.event_id, fields))
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
        return self._set_state("open", event_id, EventState.OPEN)

    def pause(self, event_id: str) -> Event:
        """Pause an event: every attempt is answered PAUSED."""
        return self._set_state("pause", event_id, EventState.PAUSED)

    def resume(self, event_id: str) -> Event:
        """Open a paused event again; raises `ConflictError` where it is not paused."""
        return self._set_state("resume", event_id, EventState.OPEN, only_from=EventState.PAUSED)

    def close(self, event_id: str) -> Event:
        """Close an event; its entries stay."""
        return self._set_state("close", event_id, EventState.CLOSED)

    def resize(self, event_id: str, capacity: int) -> Event:
        """Change the number of seats; raises `ConflictError` for fewer than are issued."""
        with self.ledger.rules_lock():
            before = self.ledger.get_event(event_id)
            after = replace(before, capacity=capacity)
            # Where seats are taken away, the gate first, which knows what is issued; else the ledger, so that no seat
            # is given that it would not record.
            return self._change("resize", before, after, gate_first=capacity < before.capacity)

    def schedule(self, event_id: str, times: Mapping[str, datetime | None]) -> Event:
        """Change an event's times, `opens_at`, `closes_at` or both; None removes one.

        An opening that has not come is moved to the end of the wait for leases at the earliest: the result says when.
        """
        with self.ledger.rules_lock():
            before = self.ledger.get_event(event_id)
            facts = self.gate.facts(event_id)
            if facts is None:
                raise ConflictError(f"The gate does not know event {event_id}; reconcile will rebuild it.")
            after = replace(before, **times)  # type: ignore[arg-type]
            _require_times(before, after, facts.server_time)
            # The gate first, which knows when the change counts. If the ledger fails then, reconcile sets it back.
            after = self._change("schedule", before, after, gate_first=True)
        if after.state is not EventState.CLOSED:
            self.gate.set_expiry({event_id: None})  # an event that has ended has an expiry time
        return after

    def rename(self, event_id: str, name: str) -> Event:
        """Change an event's public name."""
        with self.ledger.rules_lock():
            before = self.ledger.get_event(event_id)
            return self._change("rename", before, replace(before, name=name))

    def export(self, event_id: str, after: int) -> Page:
        """Return up to 5,000 recorded entries above seat `after`."""
        if after == 0:
            self.ledger.get_event(event_id)
        entries = self.ledger.seats.page(event_id, after)
        if len(entries) == CHUNK:
            return Page(entries, None)
        return Page(entries, self.ledger.count_entries(event_id, entries[-1].seat_no if entries else after))

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
        done, failed = rebuild(self.gate, self.ledger, stream, event_ids, retention, operator=self.operator)
        if failed:
            raise failed[event_id]
        return done[0]

    def forget(self, event_id: str, user_id: str, stream: StreamReader) -> forgetting.Forgotten:
        """Erase a person from an event that has ended; see `forgetting.forget`."""
        return forgetting.forget(self.gate, self.ledger, stream, event_id, user_id, self.operator)

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
                change = Change("redrive", self.operator, letter.event_id, {"position": str(position)})
                self.ledger.dead_letters.settle(position, DeadLetterState.REDRIVEN, None, change)
        return self.show_dead_letter(position)

    def discard(self, position: Position, reason: str) -> StoredDeadLetter:
        """Discard a dead letter; its row is kept, with the reason. Raises `ConflictError` where there is none."""
        # The reason is not logged, since it may name a user who is forgotten later.
        event_id = self.show_dead_letter(position).event_id
        change = Change("discard", self.operator, event_id, {"position": str(position)})
        self.ledger.dead_letters.settle(position, DeadLetterState.DISCARDED, reason, change)
        return self.show_dead_letter(position)

    def _change(self, command: str, before: Event, after: Event, *, gate_first: bool = False) -> Event:
        """Set an event's rules in ledger and gate, under the lock of rules; return them as they are now."""
        if gate_first:
            after = self.gate.configure(after)
        values = zip(_rules(before).items(), _rules(after).values(), strict=True)
        details = {name: [old, new] for (name, old), new in values if old != new}
        self.ledger.update_event(after, Change(command, self.operator, after.event_id, details))
        if gate_first:
            return after
        set_to = self.gate.configure(after)
        if set_to != after:  # the gate had another opening time, as after a `schedule` that failed half-way
            self.ledger.update_event(set_to)
        return set_to

    def _set_state(self, command: str, event_id: str, state: EventState, only_from: EventState | None = None) -> Event:
        with self.ledger.rules_lock():
            before = self.ledger.get_event(event_id)
            if only_from and before.state is not only_from:
                raise ConflictError(f"Event {event_id} is not {only_from.lower()}.")
            after = self._change(command, before, replace(before, state=state))
        if state is not EventState.CLOSED:
            self.gate.set_expiry({event_id: None})  # a closed event has an expiry time
        return after


def _times(event: Event) -> dict[str, str | None]:
    moments = {"opensAt": event.opens_at, "closesAt": event.closes_at}
    return {name: to_iso(moment) if moment else None for name, moment in moments.items()}


def _rules(event: Event) -> dict[str, object]:
    return {"name": event.name, "capacity": event.capacity, "state": str(event.state), **_times(event)}


def _require_times(before: Event, after: Event, now: datetime) -> None:
    """Raise `ConflictError` for times that are over or reversed; a time that stays as it is may be over."""
    if after.opens_at and after.opens_at != before.opens_at and after.opens_at < now:
        raise ConflictError("opensAt: is over; without an opening time (`--opens now`) the event opens at once.")
    if after.closes_at is None:
        return
    if after.closes_at != before.closes_at and after.closes_at < now + _CLOSES_WITHIN:
        raise ConflictError(
            f"closesAt: must be at least {_CLOSES_WITHIN.seconds} seconds from now; `events close` closes at once."
        )
    if after.opens_at and after.opens_at >= after.closes_at:
        other, moment = (
            ("closesAt: must be after the opening time", after.opens_at)
            if after.opens_at == before.opens_at
            else ("opensAt: must be before the closing time", after.closes_at)
        )
        raise ConflictError(f"{other}, {to_iso(moment)}.")
