"""Rebuilds lost gates from the ledger, the stream and their remaining entries, under a new epoch."""

import time
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Final

from eventrush.errors import GateLostError, MalformedRecordError
from eventrush.gate.gate import Gate
from eventrush.gate.rebuild_session import RebuildSession
from eventrush.ledger.ledger import Ledger
from eventrush.models import Entry, Event, EventFacts, StreamRecord
from eventrush.settings import PUBLISH_DEADLINE_S
from eventrush.stream.message import decode
from eventrush.stream.reader import StreamReader

_FREE, _RESERVED = 0, 1


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The event under its new epoch, and how many entries came from the ledger, the stream and the gate.

    `dropped` entries were only in the gate, and their seat belongs to another user.
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


def current_facts(gate: Gate, event: Event) -> EventFacts | None:
    """Return the gate's facts of an event; None if the gate has lost it or has another epoch than the ledger."""
    try:
        facts = gate.facts(event.event_id)
    except GateLostError:
        return None
    return facts if facts and facts.event.epoch == event.epoch else None


def rebuild(  # noqa: PLR0913 each is a dependency or how to wait
    gate: Gate,
    ledger: Ledger,
    stream: StreamReader,
    event_ids: Collection[str],
    *,
    only_lost: bool = False,
    publish_deadline_s: float = PUBLISH_DEADLINE_S,
    sleep: Callable[[float], object] = time.sleep,
) -> list[Rebuilt]:
    """Close the gate of these events, find every entry, reopen. If interrupted, the gate stays closed; run it again.

    A rebuild waits for the publish deadline: by then, a seat that was claimed before the gate closed is in the stream,
    or no client was promised it. With `only_lost`, events whose gate is no longer lost are skipped. Raises when gate,
    ledger or stream do not answer, and `GateLostError` naming the events whose gate changed during the rebuild.
    """
    with ledger.database.advisory_lock("rebuild"):
        if only_lost:
            events = [event for event in ledger.list_events() if event.event_id in event_ids]
            event_ids = [event.event_id for event in events if current_facts(gate, event) is None]
        if not event_ids:
            return []
        sessions = [gate.rebuild_session(event_id) for event_id in event_ids]
        epochs = [session.freeze() for session in sessions]
        for session, epoch in zip(sessions, epochs, strict=True):
            ledger.raise_epoch(session.event_id, above=epoch)
        sleep(publish_deadline_s)  # there is no condition to wait for: whether a record will still arrive is unknown
        # Offsets before rows: a record that persist commits in between is among the rows, any other is read here.
        streamed = _streamed(stream.records(stream.spans()), event_ids)
        done, lost = [], []
        for session in sessions:
            try:
                done.append(_restore(ledger, session, streamed[session.event_id]))
            except GateLostError:  # the other events are reopened all the same
                lost.append(session.event_id)
        if lost:
            raise GateLostError(f"The gate changed while it was rebuilt: {', '.join(lost)}.")
        return done


def _streamed(records: Iterable[StreamRecord], event_ids: Collection[str]) -> dict[str, dict[str, Entry]]:
    """Return the entries that the stream still holds: event id to user id to the entry of the newest epoch."""
    found: dict[str, dict[str, Entry]] = defaultdict(dict)
    for record in records:
        try:
            entry = decode(record.value, record.headers)
        except MalformedRecordError:
            continue  # persist makes a dead letter of it
        if entry.event_id in event_ids:
            known = found[entry.event_id].setdefault(entry.user_id, entry)
            if entry.epoch > known.epoch:
                found[entry.event_id][entry.user_id] = entry
    return found


def _restore(ledger: Ledger, session: RebuildSession, streamed: dict[str, Entry]) -> Rebuilt:
    """Write every entry to the gate: the ledger's first, then the stream's, then those that only the gate holds."""
    event_id = session.event_id
    seating = Seating(ledger.get_event(event_id).capacity)
    from_ledger = 0
    for entries in ledger.seats.entries(event_id):
        session.put(entries, pending=False)
        from_ledger += len(seating.assign(entries))
    rows = ledger.seats.by_user(event_id, list(streamed))
    newest_first = sorted(streamed.values(), key=lambda entry: -entry.epoch)
    carried = seating.assign(entry for entry in newest_first if rows.get(entry.user_id) in (None, entry.seat_no))
    session.put(carried, pending=True)
    seating.reserve(rows.values())  # some may have been recorded since the rows were read
    from_gate, dropped = _keep_unpublished(ledger, session, seating)
    seating.reserve(ledger.dead_letters.seats(event_id))  # an operator decides who gets them
    issued, free = seating.free()
    with ledger.rules_lock():
        event = ledger.get_event(event_id)
        session.reopen(event, issued, free)
    return Rebuilt(event, from_ledger, len(carried), from_gate, dropped, issued, len(free))


def _keep_unpublished(ledger: Ledger, session: RebuildSession, seating: "Seating") -> tuple[int, int]:
    """Keep entries that only the gate holds, unless their seat is taken; returns how many were kept and dropped."""
    kept = 0
    dropped: set[str] = set()
    for chunk in session.scan_entries(seating.has):
        rows = ledger.seats.by_user(session.event_id, [entry.user_id for entry in chunk])
        seating.reserve(rows.values())
        unrecorded = [entry for entry in chunk if entry.user_id not in rows]
        assigned = seating.assign(unrecorded)
        session.put(assigned, pending=True)
        kept += len(assigned)
        dropped |= {entry.user_id for entry in unrecorded} - {entry.user_id for entry in assigned}
    session.remove(sorted(dropped))
    return kept, len(dropped)


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

    def free(self) -> tuple[int, list[int]]:
        """Return the highest seat that is not free (0 if all are), and the free seats below it."""
        issued = next(seat_no for seat_no in count(len(self._owners) - 1, -1) if self._owners[seat_no] or not seat_no)
        return issued, [seat_no for seat_no in range(1, issued) if self._owners[seat_no] == _FREE]
