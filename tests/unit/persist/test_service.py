"""A batch becomes rows and dead letters; records that cannot be decided yet are parked."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from eventrush.errors import LedgerError
from eventrush.gate.gate import Reclaimed
from eventrush.ledger.batch import BatchResult
from eventrush.ledger.dead_letters import Reason
from eventrush.models import Entry, Event, Position, StreamRecord
from eventrush.stream.message import encode
from persist import service
from tests.fakes.gate import FakeGate, open_event
from tests.fakes.ledger import FakeLedger

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def event() -> Event:
    return open_event(capacity=10)


@pytest.fixture
def gate(event: Event) -> FakeGate:
    gate = FakeGate()
    gate.create(event)
    return gate


@pytest.fixture
def ledger(event: Event) -> FakeLedger:
    ledger = FakeLedger()
    ledger.add_event(event)
    return ledger


def record(entry: Entry, offset: int) -> StreamRecord:
    key, value, headers = encode(entry)
    given = {name: raw for name, raw in headers if isinstance(raw, bytes)}
    return StreamRecord("event.join", 0, offset, NOW, key, value, given)


def winner(gate: FakeGate, user_id: str) -> Entry:
    entry = gate.claim("default", user_id, f"attempt-{user_id}").entry
    assert entry is not None
    return entry


def persist(gate: FakeGate, ledger: FakeLedger, *entries: Entry) -> BatchResult:
    return service.persist(gate, ledger.batch, [record(entry, offset) for offset, entry in enumerate(entries)])


def pending(gate: FakeGate) -> int:
    facts = gate.facts("default")
    assert facts is not None
    return facts.pending


def test_recorded_entries_are_confirmed_in_the_gate(gate: FakeGate, ledger: FakeLedger) -> None:
    entries = [winner(gate, user_id) for user_id in "abc"]
    persisted = persist(gate, ledger.batch, *entries)
    assert list(ledger.rows.values()) == entries
    assert (persisted.recorded, list(persisted.parked), pending(gate)) == (3, [], 0)


def test_entries_are_recorded_while_the_gate_does_not_answer(gate: FakeGate, ledger: FakeLedger) -> None:
    entry = winner(gate, "a")
    gate.down = True
    persisted = persist(gate, ledger.batch, entry)
    assert (len(ledger.rows), list(persisted.parked)) == (1, [])
    gate.down = False
    assert pending(gate) == 1, "reconcile will confirm it"


def test_a_ledger_that_does_not_answer_raises(gate: FakeGate, ledger: FakeLedger) -> None:
    entry = winner(gate, "a")
    ledger.down = True
    with pytest.raises(LedgerError):
        persist(gate, ledger.batch, entry)
    assert pending(gate) == 1


def test_a_redelivered_batch_changes_nothing(gate: FakeGate, ledger: FakeLedger) -> None:
    entries = [winner(gate, user_id) for user_id in "abc"]
    persist(gate, ledger.batch, *entries)
    repeated = persist(gate, ledger.batch, *entries)
    assert (repeated.recorded, repeated.repeated, len(ledger.rows), ledger.dead) == (0, 3, 3, {})


def test_a_malformed_record_is_a_dead_letter_and_the_others_are_recorded(gate: FakeGate, ledger: FakeLedger) -> None:
    first, second = winner(gate, "a"), winner(gate, "b")
    malformed = StreamRecord("event.join", 0, 1, NOW, None, b"{", {})
    persisted = service.persist(gate, ledger.batch, [record(first, 0), malformed, record(second, 2)])
    assert [letter.reason for letter in persisted.dead] == [Reason.MALFORMED]
    assert (len(ledger.rows), pending(gate), list(persisted.parked)) == (2, 0, [])


def test_a_dead_letter_stays_pending_in_the_gate(gate: FakeGate, ledger: FakeLedger, event: Event) -> None:
    entry = winner(gate, "a")
    ledger.update_event(replace(event, capacity=1))
    persist(gate, ledger.batch, replace(entry, seat_no=2))
    assert [letter.reason for letter in ledger.dead.values()] == [Reason.BEYOND_CAPACITY]
    assert pending(gate) == 1


@pytest.fixture
def rebuilt(ledger: FakeLedger, event: Event) -> FakeGate:
    """Return the gate of epoch 2, rebuilt with user b on seat 1 and seat 2 free."""
    gate = FakeGate()
    gate.create(replace(event, epoch=2))
    ledger.update_event(replace(event, epoch=2))
    assert gate.reclaim([Entry("default", "b", 1, NOW, 1, "b")]).owned == [True]
    return gate


def test_an_entry_of_an_older_epoch_reclaims_its_free_seat(rebuilt: FakeGate, ledger: FakeLedger) -> None:
    entry = Entry("default", "a", 2, NOW, 1, "a")
    persist(rebuilt, ledger, entry)
    assert ledger.rows == {("default", 2): entry}
    status = rebuilt.entry("default", "a")
    assert status is not None
    assert (status.entry.seat_no, status.pending) == (2, False)


def test_an_entry_of_an_older_epoch_whose_seat_is_taken_is_a_dead_letter(rebuilt: FakeGate, ledger: FakeLedger) -> None:
    persisted = persist(rebuilt, ledger, Entry("default", "a", 1, NOW, 1, "a"))
    assert [letter.reason for letter in persisted.dead] == [Reason.STALE_EPOCH]
    assert ledger.rows == {}


@pytest.mark.parametrize("broken", ["down", "lost"])
def test_an_entry_of_an_older_epoch_is_parked_while_the_gate_is_lost_or_down(
    rebuilt: FakeGate, ledger: FakeLedger, broken: str
) -> None:
    setattr(rebuilt, broken, True)
    current, stale = Entry("default", "c", 3, NOW, 2, "c"), Entry("default", "a", 2, NOW, 1, "a")
    persisted = persist(rebuilt, ledger, current, stale)
    assert [delivery.entry for delivery in persisted.parked] == [stale]
    assert [position.offset for position in ledger.parked] == [1]
    assert list(ledger.rows.values()) == [current]
    assert ledger.dead == {}


def test_a_gate_that_does_not_answer_is_asked_once_a_batch(ledger: FakeLedger, event: Event) -> None:
    class DownGate(FakeGate):
        asked = 0

        def reclaim(self, entries: Sequence[Entry]) -> Reclaimed:
            self.asked += 1
            return super().reclaim(entries)

    gate = DownGate(down=True)
    ledger.update_event(replace(event, epoch=2))
    ledger.add_event(replace(event, event_id="other", epoch=2))
    stale = [Entry(event_id, "a", 1, NOW, 1, "a") for event_id in ("default", "other")]
    persisted = persist(gate, ledger, *stale)
    assert [delivery.entry for delivery in persisted.parked] == stale
    assert gate.asked == 1


def test_an_empty_batch_records_nothing(gate: FakeGate, ledger: FakeLedger) -> None:
    persisted = service.persist(gate, ledger.batch, [])
    assert (persisted.recorded, list(persisted.parked)) == (0, [])


class RebuiltMeanwhile(FakeGate):
    """A gate whose event is rebuilt once more after it has decided."""

    def __init__(self, ledger: FakeLedger) -> None:
        super().__init__()
        self._ledger = ledger

    def reclaim(self, entries: Sequence[Entry]) -> Reclaimed:
        reclaimed = super().reclaim(entries)
        self._ledger.update_event(replace(self._ledger.get_event("default"), epoch=3))
        return reclaimed


def test_what_an_older_epoch_decided_is_parked(ledger: FakeLedger, event: Event) -> None:
    """A row or a dead letter that a rebuild has not read would contradict the gate that it reopened."""
    ledger.update_event(replace(event, epoch=2))
    gate = RebuiltMeanwhile(ledger)
    gate.create(replace(event, epoch=2))
    gate.claim("default", "b", "b")
    persisted = persist(gate, ledger, Entry("default", "a", 2, NOW, 1, "a"), Entry("default", "c", 1, NOW, 1, "c"))
    assert {delivery.entry.user_id for delivery in persisted.parked} == {"a", "c"}
    assert (ledger.rows, ledger.dead) == ({}, {})


def test_a_malformed_record_is_stored_unchanged(gate: FakeGate, ledger: FakeLedger) -> None:
    raw = json.dumps({"eventId": "default"}).encode()
    service.persist(gate, ledger.batch, [StreamRecord("event.join", 2, 9, NOW, b"k", raw, {"x": b"\xff"})])
    letter = ledger.dead[Position("event.join", 2, 9)]
    assert (letter.record.value, letter.record.key, letter.record.headers) == (raw, b"k", {"x": b"\xff"})
