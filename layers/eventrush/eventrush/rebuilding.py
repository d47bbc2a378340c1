"""Rebuilds gates that lost their memory, from what they still hold, the ledger and the stream, under a new epoch."""

import time
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from eventrush.entry import Entry
from eventrush.errors import GateLostError, MalformedRecordError
from eventrush.event import Event
from eventrush.gate import EventFacts, Gate
from eventrush.gate.rebuild import GateRebuild
from eventrush.ledger import Ledger
from eventrush.promise import SHELF_LIFE_S
from eventrush.seating import Seating
from eventrush.stream import Span, StreamReader
from eventrush.stream.message import decode


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found: the event under its new epoch, and where the entries that are held came from.

    `dropped` entries were held by the gate alone, while their seat is another's by now.
    """

    event: Event
    from_ledger: int
    from_stream: int
    from_gate: int
    dropped: int
    issued: int
    free: int


def held_facts(gate: Gate, event: Event) -> EventFacts | None:
    """Give the gate's facts of an event; None where it is lost: not held, or not under the ledger's epoch."""
    try:
        facts = gate.facts(event.event_id)
    except GateLostError:
        return None
    return facts if facts and facts.event.epoch == event.epoch else None


def rebuild(
    gate: Gate, ledger: Ledger, stream: StreamReader, event_ids: Collection[str], *, only_lost: bool = False
) -> list[Rebuilt]:
    """Shut the gate of these events, find every entry, reopen. Dying half-way leaves it shut, and to be begun again.

    Takes as long as a promise may be on its way to the stream, since whoever was given a seat before the gate shut is
    in the stream by then, or was promised nothing. With `only_lost`, what another has rebuilt meanwhile is left alone.
    Raises when any of the three is away, and `GateLostError` naming the events whose gate changed meanwhile.
    """
    with ledger.database.alone("rebuild"):
        if only_lost:
            asked = [event for event in ledger.events() if event.event_id in event_ids]
            event_ids = [event.event_id for event in asked if held_facts(gate, event) is None]
        if not event_ids:
            return []
        books = {event_id: gate.rebuild(event_id) for event_id in event_ids}
        before = {event_id: of_event.shut() for event_id, of_event in books.items()}
        for event_id, epoch in before.items():
            ledger.raise_epoch(event_id, above=epoch)
        time.sleep(SHELF_LIFE_S)  # there is nothing to watch for: who is late shows only by arriving
        # Offsets before rows: a record that persist commits meanwhile is among the rows, one it has not is read here.
        spans = stream.spans()
        streamed = _streamed(stream, spans, event_ids)
        return _restored(ledger, books, streamed)


def _restored(
    ledger: Ledger, books: Mapping[str, GateRebuild], streamed: Mapping[str, dict[str, Entry]]
) -> list[Rebuilt]:
    """Restore one event after the other; what happens to one gate keeps no other shut."""
    done, lost = [], []
    for event_id, of_event in books.items():
        try:
            done.append(_restore(ledger, of_event, event_id, streamed.get(event_id, {})))
        except GateLostError:
            lost.append(event_id)
    if lost:
        raise GateLostError(f"The gate changed while it was rebuilt: {', '.join(lost)}.")
    return done


def _streamed(stream: StreamReader, spans: list[Span], event_ids: Collection[str]) -> Mapping[str, dict[str, Entry]]:
    """Give the entries that the stream still carries: event id to user id to its newest entry."""
    found: dict[str, dict[str, Entry]] = defaultdict(dict)
    for record in stream.records(spans):
        try:
            entry = decode(record.value, record.headers)
        except MalformedRecordError:
            continue  # persist makes a dead letter of it
        if entry.event_id in event_ids:
            known = found[entry.event_id].setdefault(entry.user_id, entry)
            if entry.epoch > known.epoch:
                found[entry.event_id][entry.user_id] = entry
    return found


def _restore(ledger: Ledger, books: GateRebuild, event_id: str, streamed: dict[str, Entry]) -> Rebuilt:
    """Put every entry in its place: the ledger's first, then the stream's, then what the gate alone still held."""
    seating = Seating(ledger.existing(event_id).capacity)
    from_ledger = 0
    for entries in ledger.seats.entries(event_id):
        books.put(entries, pending=False)
        from_ledger += len(seating.seated(entries))
    rows = ledger.seats.seats_of(event_id, list(streamed))
    newest_first = sorted(streamed.values(), key=lambda entry: -entry.epoch)
    carried = seating.seated(entry for entry in newest_first if rows.get(entry.user_id) in (None, entry.seat_no))
    books.put(carried, pending=True)
    seating.close(rows.values())  # some may have come since the rows were read
    from_gate, dropped = _keep_held(ledger, books, seating, event_id)
    seating.close(ledger.seats.dead(event_id))  # whose they are, an operator decides
    issued, free = seating.free()
    with ledger.changing_rules():
        event = ledger.existing(event_id)
        books.reopen(event, issued, free)
    return Rebuilt(event, from_ledger, len(carried), from_gate, dropped, issued, len(free))


def _keep_held(ledger: Ledger, books: GateRebuild, seating: Seating, event_id: str) -> tuple[int, int]:
    """Keep what was claimed and never published, unless its seat is another's; tells how many were kept and dropped."""
    kept = 0
    dropped: set[str] = set()
    for chunk in books.entries_but(seating.has):
        rows = ledger.seats.seats_of(event_id, [entry.user_id for entry in chunk])
        seating.close(rows.values())
        unheard = [entry for entry in chunk if entry.user_id not in rows]
        seated = seating.seated(unheard)
        books.put(seated, pending=True)
        kept += len(seated)
        dropped |= {entry.user_id for entry in unheard} - {entry.user_id for entry in seated}
    books.drop(sorted(dropped))
    return kept, len(dropped)
