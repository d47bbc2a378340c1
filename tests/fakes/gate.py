"""A gate in memory: the same questions, the same answers, no Redis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from eventrush.entry import Entry
from eventrush.errors import ConflictError, GateLostError, GateUnavailableError
from eventrush.event import Event, EventState
from eventrush.gate import EventFacts, HeldEntry, Phase
from eventrush.verdict import Outcome, Verdict

_CLOSED_PHASES = {Phase.NOT_OPEN: Verdict.NOT_OPEN, Phase.PAUSED: Verdict.PAUSED, Phase.CLOSED: Verdict.CLOSED}


@dataclass
class _Books:
    """What is held of one event."""

    event: Event
    issued: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)
    free: list[int] = field(default_factory=list)


@dataclass
class FakeGate:
    """A gate whose clock stands still; `away`, `lost` and `durable` are what a test breaks, `asked` counts claims."""

    now: datetime = datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=UTC)
    away: bool = False
    lost: bool = False
    durable: bool = True
    asked: int = 0
    _books: dict[str, _Books] = field(default_factory=dict)

    def claim(self, event_id: str, user_id: str, attempt_id: str) -> Outcome:
        self.asked += 1
        self._answer()
        if self.lost:
            return Outcome(Verdict.GATE_LOST)
        books = self._books.get(event_id)
        if books is None:
            return Outcome(Verdict.UNKNOWN_EVENT)
        if user_id in books.entries:
            entry, pending = books.entries[user_id], user_id in books.pending
            verdict = Verdict.SUCCESS if entry.attempt_id == attempt_id else Verdict.DUPLICATE
            return Outcome(verdict, replace(entry, attempt_id=attempt_id), pending, durable=self.durable)
        facts = self._facts(books)
        if facts.phase in _CLOSED_PHASES:
            opens_in = books.event.opens_at - self.now if books.event.opens_at else None
            verdict = _CLOSED_PHASES[facts.phase]
            shut = opens_in is not None and verdict is Verdict.NOT_OPEN
            return Outcome(verdict, opens_in_s=opens_in.total_seconds() if opens_in and shut else 0.0)
        if facts.remaining <= 0:
            return Outcome(Verdict.LIMIT_EXCEEDED)
        if books.issued < books.event.capacity:
            books.issued += 1
            seat_no = books.issued
        else:
            seat_no = books.free.pop(0)
        entry = Entry(event_id, user_id, seat_no, self.now, books.event.epoch, attempt_id)
        books.entries[user_id] = entry
        books.pending.add(user_id)
        return Outcome(Verdict.SUCCESS, entry, pending=True, durable=self.durable)

    def confirm(self, event_id: str, user_ids: Sequence[str]) -> int:
        self._answer()
        books = self._books.get(event_id)
        taken = books.pending & set(user_ids) if books else set()
        if books:
            books.pending -= taken
        return len(taken)

    def adopt(self, entries: Sequence[Entry]) -> list[bool]:
        books = self._held(entries[0].event_id)
        if books is None:
            raise GateLostError("There are no books.")
        return [self._adopt(books, entry) for entry in entries]

    def entry(self, event_id: str, user_id: str) -> HeldEntry | None:
        books = self._held(event_id)
        held = books.entries.get(user_id) if books else None
        return HeldEntry(held, user_id in books.pending) if books and held else None

    def facts(self, event_id: str) -> EventFacts | None:
        books = self._held(event_id)
        return self._facts(books) if books else None

    def create(self, event: Event) -> bool:
        self._answer()
        if event.event_id in self._books:
            return False
        self._books[event.event_id] = _Books(event)
        return True

    def configure(self, event: Event) -> None:
        books = self._held(event.event_id)
        if books is None:
            raise GateLostError("There are no books.")
        if event.capacity < books.issued:
            raise ConflictError("capacity: more seats are issued already.")
        books.event = replace(event, epoch=books.event.epoch)

    def register(self, live: Iterable[str], retired: Iterable[str] = ()) -> None:
        self._answer()
        self._registered = (tuple(live), tuple(retired))

    def _answer(self) -> None:
        if self.away:
            raise GateUnavailableError("Redis does not answer.")

    def _held(self, event_id: str) -> _Books | None:
        self._answer()
        if self.lost:
            raise GateLostError("The gate is lost.")
        return self._books.get(event_id)

    def _facts(self, books: _Books) -> EventFacts:
        return EventFacts(books.event, self.now, books.issued, len(books.free), len(books.pending))

    def _adopt(self, books: _Books, entry: Entry) -> bool:
        held = books.entries.get(entry.user_id)
        if held:
            return held.seat_no == entry.seat_no
        if entry.seat_no > books.event.capacity:
            return False
        if entry.seat_no <= books.issued:
            if entry.seat_no not in books.free:
                return False
            books.free.remove(entry.seat_no)
        else:
            books.free += range(books.issued + 1, entry.seat_no)
            books.issued = entry.seat_no
        books.entries[entry.user_id] = replace(entry, epoch=books.event.epoch)
        books.pending.add(entry.user_id)
        return True


def open_event(event_id: str = "default", capacity: int = 100, state: EventState = EventState.OPEN) -> Event:
    """Give an event of so many seats without opening or closing times."""
    return Event(event_id, f"Event {event_id}", capacity, state=state)
