"""Rebuilds lost gates from the ledger, the stream and their remaining entries, under a new epoch."""

import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Final

from eventrush.candidates import Candidate, Candidates
from eventrush.errors import EventrushError, MalformedRecordError
from eventrush.gate.gate import Gate, StoredEvent
from eventrush.gate.rebuild_session import RebuildSession
from eventrush.ledger.event_log import Change
from eventrush.ledger.ledger import Ledger
from eventrush.models import Entry, Event, StreamRecord
from eventrush.settings import PUBLISH_DEADLINE_S
from eventrush.stream.message import decode
from eventrush.stream.reader import StreamReader

_FREE, _RESERVED = 0, 1


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The event under its new epoch, and how many entries came from the ledger, the stream and the gate.

    What is parked counts as the stream's. `dropped` entries were only in the gate: their seat belongs to another user,
    or they have a dead letter.
    """

    event: Event
    from_ledger: int
    from_stream: int
    from_gate: int
    dropped: int
    issued: int
    free: int

    def figures(self) -> dict[str, int]:
        """Return the figures as JSON has them."""
        return {
            "fromLedger": self.from_ledger,
            "fromStream": self.from_stream,
            "fromGate": self.from_gate,
            "dropped": self.dropped,
            "issued": self.issued,
            "free": self.free,
        }


def current_events(gate: Gate, events: Sequence[Event]) -> dict[str, StoredEvent]:
    """Return what the gate stores of the events that it has not lost; another epoch than the ledger's is a loss too."""
    stored = gate.stored_events([event.event_id for event in events])
    epochs = {event.event_id: event.epoch for event in events}
    return {event_id: at for event_id, at in stored.items() if at and at.facts.event.epoch == epochs[event_id]}


def rebuild(  # noqa: PLR0913 each is a dependency or how to rebuild
    gate: Gate,
    ledger: Ledger,
    stream: StreamReader,
    event_ids: Sequence[str],
    retention: timedelta,
    *,
    only_lost: bool = False,
    operator: str | None = None,
    publish_deadline_s: float = PUBLISH_DEADLINE_S,
    sleep: Callable[[float], object] = time.sleep,
) -> tuple[list[Rebuilt], dict[str, EventrushError]]:
    """Close the gate of these events, find every entry, reopen each in this order; returns the errors by event.

    If interrupted, the gate stays closed; run it again. A rebuild waits for the publish deadline: by then, a seat that
    was claimed before the gate closed is in the stream, or no client was promised it. With `only_lost`, events whose
    gate is no longer lost are skipped. `operator` is written to the log of changes. Raises when gate, ledger or stream
    do not answer before the first is restored.
    """
    done: list[Rebuilt] = []
    failed: dict[str, EventrushError] = {}
    with ledger.database.advisory_lock("rebuild"), Candidates.temporary() as candidates:
        if only_lost:
            events = ledger.get_events(event_ids)
            lost = {event.event_id for event in events} - current_events(gate, events).keys()
            event_ids = [event_id for event_id in event_ids if event_id in lost]
        if not event_ids:
            return done, failed
        sessions = [gate.rebuild_session(event_id) for event_id in event_ids]
        above = [session.freeze() for session in sessions]
        # From here on, no record of an older epoch is recorded or dead-lettered: persist parks it.
        for session, epoch in zip(sessions, above, strict=True):
            change = Change("rebuild", operator, session.event_id) if operator else None
            ledger.raise_epoch(session.event_id, above=epoch, change=change)
        sleep(publish_deadline_s)  # there is no condition to wait for: whether a record will still arrive is unknown
        # In the direction in which entries move: offsets, stream, parked, dead letters, rows, the gate's own.
        candidates.add(_streamed(stream.records(stream.spans()), set(event_ids)))
        for event_id in event_ids:
            for parked in ledger.parked.records(event_id):
                candidates.add(_candidate(at.delivery.entry, at.delivery.record) for at in parked)
        for session in sessions:
            try:
                done.append(_restore(ledger, session, candidates, retention))
            except EventrushError as exc:  # the other events are reopened all the same
                failed[session.event_id] = exc
    return done, failed


def _streamed(records: Iterable[StreamRecord], event_ids: AbstractSet[str]) -> Iterator[Candidate]:
    """Iterate over the entries of these events that the stream still holds."""
    for record in records:
        with suppress(MalformedRecordError):  # persist makes a dead letter of it
            entry = decode(record.value, record.headers)
            if entry.event_id in event_ids:
                yield _candidate(entry, record)


def _candidate(entry: Entry, record: StreamRecord) -> Candidate:
    return Candidate(entry, record.timestamp, is_streamed=True)


def _restore(ledger: Ledger, session: RebuildSession, candidates: Candidates, retention: timedelta) -> Rebuilt:
    """Write every entry to the gate: the ledger's first, then the candidates of the newest epoch; reopen it."""
    event_id = session.event_id
    event = ledger.get_event(event_id)
    dead_seats = ledger.dead_letters.seats(event_id)
    seating = Seating(event.capacity)
    session.create_filter(event)
    from_ledger = 0
    for entries in ledger.seats.entries(event_id):
        session.put_recorded(entries, event.epoch)
        from_ledger += len(seating.assign(entries))
    for chunk in session.scan_entries():
        unrecorded = (entry for entry in chunk if not seating.has(entry.user_id, entry.seat_no))
        candidates.add(Candidate(entry, entry.request_time, is_streamed=False) for entry in unrecorded)
    from_stream, from_gate, dropped = _carry(ledger, session, candidates, seating, event.epoch)
    seating.reserve(dead_seats)  # an operator decides who gets them
    issued, free = seating.free()
    with ledger.rules_lock():
        event = ledger.get_event(event_id)
        ends_at = ledger.end_times(event_id)[event_id]
        session.reopen(event, issued, free, ends_at and ends_at + retention)
    return Rebuilt(event, from_ledger, from_stream, from_gate, dropped, issued, len(free))


def _carry(
    ledger: Ledger, session: RebuildSession, candidates: Candidates, seating: "Seating", epoch: int
) -> tuple[int, int, int]:
    """Carry the candidates that have no row, no dead letter and a seat without an owner, the newest epoch first.

    Returns how many came from the stream and from the gate, and how many were dropped.
    """
    event_id = session.event_id
    several = candidates.users_of_several(event_id)
    seated: set[str] = set()  # those of them who have a seat
    from_stream = from_gate = dropped = 0
    for chunk in candidates.newest_first(event_id):
        dead = ledger.dead_letters.of_seats(event_id, {candidate.entry.seat_no for candidate in chunk})
        rows = ledger.seats.by_user(event_id, [candidate.entry.user_id for candidate in chunk])
        carried: list[Candidate] = []
        refused: list[Candidate] = []
        for candidate in chunk:
            user_id, seat_no = candidate.entry.user_id, candidate.entry.seat_no
            if user_id in rows or user_id in seated:
                continue
            if (seat_no, user_id) in dead or not seating.assign([candidate.entry]):
                refused.append(candidate)
                continue
            carried.append(candidate)
            if user_id in several:
                seated.add(user_id)
        session.remove(candidate.entry.user_id for candidate in refused)
        session.put_pending(((candidate.entry, candidate.sent_at) for candidate in carried), epoch)
        from_stream += sum(candidate.is_streamed for candidate in carried)
        from_gate += sum(not candidate.is_streamed for candidate in carried)
        dropped += sum(not candidate.is_streamed for candidate in refused)
    return from_stream, from_gate, dropped


class Seating:
    """Seats and the hashes of their owners' ids: eight bytes a seat, so that an event of millions fits in memory."""

    def __init__(self, capacity: int) -> None:
        """Take the number of seats; all are free."""
        self._owners: Final = array("q", bytes(8 * (capacity + 1)))

    def assign(self, entries: Iterable[Entry]) -> list[Entry]:
        """Assign their seats to entries whose seat exists and is free; returns those entries."""
        assigned = []
        for entry in entries:
            if entry.seat_no < len(self._owners) and self._owners[entry.seat_no] == _FREE:
                self._owners[entry.seat_no] = hash(entry.user_id)
                assigned.append(entry)
        return assigned

    def has(self, user_id: str, seat_no: int) -> bool:
        """Return whether this user owns this seat."""
        return seat_no < len(self._owners) and self._owners[seat_no] == hash(user_id)

    def reserve(self, seat_nos: Iterable[int]) -> None:
        """Reserve these seats, so that none of them is free; a seat that has an owner keeps it."""
        for seat_no in seat_nos:
            if seat_no < len(self._owners) and self._owners[seat_no] == _FREE:
                self._owners[seat_no] = _RESERVED

    def free(self) -> tuple[int, "array[int]"]:
        """Return the highest seat that is not free (0 if all are), and the free seats below it."""
        issued = next(seat_no for seat_no in count(len(self._owners) - 1, -1) if self._owners[seat_no] or not seat_no)
        return issued, array("i", (seat_no for seat_no in range(1, issued) if self._owners[seat_no] == _FREE))
