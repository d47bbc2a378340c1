"""A gate in memory: the same operations, no Redis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from eventrush.errors import ConflictError, EntryHiddenError, GateLostError, GateUnavailableError
from eventrush.gate.gate import Overdue, Reclaimed
from eventrush.gate.remembered import MAX_PENDING, Version, Winners
from eventrush.models import Entry, EntryStatus, Event, EventFacts, EventState, Outcome, Phase, Verdict
from eventrush.timestamps import UNIX_EPOCH

_VERDICTS = {
    Phase.NOT_OPEN: Verdict.NOT_OPEN,
    Phase.OPEN: Verdict.SUCCESS,
    Phase.SOLD_OUT: Verdict.LIMIT_EXCEEDED,
    Phase.PAUSED: Verdict.PAUSED,
    Phase.CLOSED: Verdict.CLOSED,
}


@dataclass
class State:
    """The state of one event."""

    event: Event
    issued: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)
    pending: dict[str, datetime] = field(default_factory=dict)  # user to the time of the last send
    sent_before: datetime = UNIX_EPOCH
    free: list[int] = field(default_factory=list)
    wait_until: datetime = UNIX_EPOCH
    hidden: dict[str, datetime] = field(default_factory=dict)  # reclaimed users, and until when
    confirmed: set[str] | None = field(default_factory=set)  # the filter, None once it is evicted; its count beside it
    count: int = 0


@dataclass
class FakeGate:
    """A gate whose clock stands still; a test sets `down`, `lost` and `durable`; `claims` counts claims.

    Changes of the rules, and reclaimed entries, wait for `lease_wait`.
    """

    now: datetime = datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=UTC)
    down: bool = False
    lost: bool = False
    durable: bool = True
    claims: int = 0
    lease_wait: timedelta = timedelta(0)
    _states: dict[str, State] = field(default_factory=dict)

    def claim(self, event_id: str, user_id: str, attempt_id: str) -> Outcome:
        self.claims += 1
        self._check()
        verdict = self.verdict(event_id, user_id)
        if verdict in (Verdict.GATE_LOST, Verdict.UNKNOWN_EVENT, Verdict.PAUSED):
            return Outcome(verdict)
        state = self._states[event_id]
        if verdict is Verdict.DUPLICATE:
            entry, sent_at = state.entries[user_id], state.pending.get(user_id)
            is_same = entry.attempt_id == attempt_id
            must_publish = is_same and sent_at is not None and sent_at < state.sent_before
            if must_publish:
                state.pending[user_id] = self.now
            if is_same:
                verdict = Verdict.SUCCESS
            entry = replace(entry, attempt_id=attempt_id)
            return Outcome(verdict, entry, sent_at is not None, must_publish, durable=self.durable)
        if verdict is not Verdict.SUCCESS:
            return Outcome(verdict, changes_in_s=self._changes_in_s(state.event))
        if state.issued < state.event.capacity:
            state.issued += 1
            seat_no = state.issued
        else:
            seat_no = state.free.pop(0)
        entry = Entry(event_id, user_id, seat_no, self.now, state.event.epoch, attempt_id)
        state.entries[user_id] = entry
        state.pending[user_id] = self.now
        return Outcome(Verdict.SUCCESS, entry, pending=True, must_publish=True, durable=self.durable)

    def recall(self, _event_id: str, _user_id: str) -> Outcome | None:
        return None

    def verdict(self, event_id: str, user_id: str) -> Verdict:
        """Return what a first attempt of this user would be told now; nothing changes."""
        if self.lost:
            return Verdict.GATE_LOST
        state = self._states.get(event_id)
        if state is None:
            return Verdict.UNKNOWN_EVENT
        if user_id in state.entries:
            return Verdict.PAUSED if self._is_hidden(state, user_id) else Verdict.DUPLICATE
        return _VERDICTS[self._facts(state).phase]

    def winners(self, event_id: str) -> Winners | None:
        """Return an open gate's winners, None if what it remembers of them is not complete."""
        state = self._state_of(event_id)
        if state is None or state.confirmed is None or len(state.pending) > MAX_PENDING:
            return None
        if state.count + len(state.pending) != len(state.entries):
            return None
        users = state.confirmed | state.pending.keys()
        return Winners(self.version(event_id), pending=frozenset(user.encode() for user in users))

    def state(self, event_id: str) -> State:
        """Return all that is stored of an event."""
        return self._states[event_id]

    def evict_filter(self, event_id: str) -> None:
        state = self._states[event_id]
        state.confirmed, state.count = None, 0

    def rebuild(self, event_id: str, dropped: Iterable[str] = ()) -> list[Entry]:
        """Open a lost gate under a new epoch without these pending entries, and return them.

        The caller lets the gate be closed for long enough.
        """
        state = self._states[event_id]
        gone = [state.entries.pop(user_id) for user_id in dropped if state.pending.pop(user_id, None)]
        seats = {entry.seat_no for entry in state.entries.values()}
        state.issued = max(seats, default=0)
        state.free = [seat_no for seat_no in range(1, state.issued) if seat_no not in seats]
        state.event = replace(state.event, epoch=state.event.epoch + 1)
        state.entries = {user: replace(entry, epoch=state.event.epoch) for user, entry in state.entries.items()}
        state.confirmed = state.entries.keys() - state.pending.keys()
        state.count = len(state.confirmed)
        state.wait_until, state.hidden = UNIX_EPOCH, {}
        self.lost = False
        return gone

    def version(self, event_id: str) -> Version:
        """Return what a refusal of this moment is valid for."""
        state = self._states[event_id]
        return Version(state.event.epoch, len(state.entries))

    def clear(self) -> None:
        """Delete every event."""
        self._states.clear()

    def confirm(self, event_id: str, user_ids: Sequence[str]) -> int:
        self._check()
        state = self._states.get(event_id)
        if state is None or self.lost:
            return 0
        confirmed = {user_id for user_id in user_ids if state.pending.pop(user_id, None)}
        if state.confirmed is not None:
            state.confirmed |= confirmed
            state.count += len(confirmed)
        return len(confirmed)

    def take_overdue(self, event_id: str, sent_before: datetime, limit: int) -> Overdue:
        state = self._state_of(event_id)
        if state is None:
            raise GateLostError("There are no rules.")
        state.sent_before = sent_before
        by_send = sorted(state.pending, key=lambda user_id: state.pending[user_id])
        users = [user_id for user_id in by_send if state.pending[user_id] < sent_before][:limit]
        state.pending |= dict.fromkeys(users, self.now)
        oldest_s = (self.now - state.entries[by_send[0]].request_time).total_seconds() if by_send else 0.0
        return Overdue([state.entries[user_id] for user_id in users], oldest_s)

    def reclaim(self, entries: Sequence[Entry]) -> Reclaimed:
        state = self._state_of(entries[0].event_id)
        if state is None:
            raise GateLostError("There are no rules.")
        return Reclaimed(state.event.epoch, [self._reclaim(state, entry) for entry in entries])

    def entry(self, event_id: str, user_id: str) -> EntryStatus | None:
        state = self._state_of(event_id)
        if state and self._is_hidden(state, user_id):
            raise EntryHiddenError("The entry was reclaimed just now.")
        entry = state.entries.get(user_id) if state else None
        return EntryStatus(entry, user_id in state.pending) if state and entry else None

    def facts(self, event_id: str) -> EventFacts | None:
        state = self._state_of(event_id)
        return self._facts(state) if state else None

    def create(self, event: Event) -> bool:
        self._check()
        if event.event_id in self._states:
            return False
        self._states[event.event_id] = State(event)
        return True

    def configure(self, event: Event) -> Event:
        state = self._state_of(event.event_id)
        if state is None:
            raise GateLostError("There are no rules.")
        if event.capacity < state.issued:
            raise ConflictError("capacity: more seats are issued already.")
        if not self._is_harmless(state, event):
            state.wait_until = max(state.wait_until, self.now + self.lease_wait)
            opens_at = state.event.opens_at
            if opens_at and opens_at != event.opens_at and self.now < opens_at:
                event = replace(event, opens_at=max(state.wait_until, event.opens_at or UNIX_EPOCH))
        state.event = replace(event, epoch=state.event.epoch)
        return event

    def replace_registry(self, live: Iterable[str], retired: Iterable[str] = ()) -> None:
        self._check()
        self._registered = (tuple(live), tuple(retired))

    def _check(self) -> None:
        if self.down:
            raise GateUnavailableError("Redis does not answer.")

    def _state_of(self, event_id: str) -> State | None:
        self._check()
        if self.lost:
            raise GateLostError("The gate is lost.")
        return self._states.get(event_id)

    def _facts(self, state: State) -> EventFacts:
        changing = self.now < state.wait_until
        return EventFacts(state.event, self.now, state.issued, len(state.free), len(state.pending), changing)

    def _changes_in_s(self, event: Event) -> float:
        moments = [moment for moment in (event.opens_at, event.closes_at) if moment and moment > self.now]
        return (moments[0] - self.now).total_seconds() if moments else 0.0

    def _is_hidden(self, state: State, user_id: str) -> bool:
        return self.now < state.hidden.get(user_id, UNIX_EPOCH)

    def _is_harmless(self, state: State, event: Event) -> bool:
        before = state.event
        are_left = state.issued < before.capacity or bool(state.free)
        more = event.capacity > before.capacity and are_left
        same = replace(event, name=before.name, epoch=before.epoch, capacity=before.capacity) == before
        return same and (more or event.capacity == before.capacity)

    def _reclaim(self, state: State, entry: Entry) -> bool:
        present = state.entries.get(entry.user_id)
        if present:
            return present.seat_no == entry.seat_no
        if entry.seat_no > state.event.capacity:
            return False
        if entry.seat_no <= state.issued:
            if entry.seat_no not in state.free:
                return False
            state.free.remove(entry.seat_no)
        else:
            state.free += range(state.issued + 1, entry.seat_no)
            state.issued = entry.seat_no
        state.entries[entry.user_id] = replace(entry, epoch=state.event.epoch)
        state.pending[entry.user_id] = self.now
        state.hidden[entry.user_id] = self.now + self.lease_wait
        return True


def open_event(event_id: str = "default", capacity: int = 100, state: EventState = EventState.OPEN) -> Event:
    """Return an event without opening or closing times."""
    return Event(event_id, f"Event {event_id}", capacity, state=state)
