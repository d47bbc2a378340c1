"""Dead letters are listed, redriven once their cause is repaired, or discarded with a reason."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from admin.service import Admin
from cli.environment import environment
from eventrush.errors import ConflictError
from eventrush.gate.gate import Gate
from eventrush.ledger.dead_letters import DeadLetterState, StoredDeadLetter
from eventrush.ledger.ledger import Ledger
from eventrush.models import Event, Position, StreamRecord
from eventrush.stream.publisher import StreamPublisher
from eventrush.stream.reader import StreamReader
from local.servers import Stack
from persist.service import persist
from tests.deliveries import an_entry, record_of
from tests.fakes.gate import FakeGate
from tests.integration.conftest import new_id
from tests.topics import own_topic


@dataclass(frozen=True)
class Letters:
    """The commands for dead letters, with a topic of the test's own."""

    admin: Admin
    publisher: StreamPublisher
    sent: Callable[[], list[StreamRecord]]

    def redrive(self, position: Position) -> StoredDeadLetter:
        return self.admin.redrive(position, self.publisher)


@pytest.fixture
def letters(stack: Stack, real_gate: Gate, real_ledger: Ledger) -> Iterator[Letters]:
    with own_topic(environment(stack), partitions=1) as settings:
        reader = StreamReader.connect(settings)
        admin = Admin(real_gate, real_ledger)
        yield Letters(admin, StreamPublisher.connect(settings), lambda: list(reader.records(reader.spans())))


@pytest.fixture
def event(real_ledger: Ledger) -> Event:
    event = Event(new_id(), "An event", 3)
    real_ledger.add_event(event)
    return event


@pytest.fixture
def beyond(real_ledger: Ledger, event: Event) -> StreamRecord:
    """Give the record of seat 4 of 3, which is a dead letter."""
    record = record_of(an_entry(event.event_id, 4, "w"))
    persist(FakeGate(), real_ledger.batch, [record])
    return record


def position(record: StreamRecord) -> Position:
    return record.position


def test_a_letter_shows_all_that_came(letters: Letters, beyond: StreamRecord, event: Event) -> None:
    letter = letters.admin.show_dead_letter(position(beyond))
    assert replace(letter.record, timestamp=beyond.timestamp) == beyond
    assert (letter.event_id, letter.user_id, letter.seat_no) == (event.event_id, "w", 4)
    assert (letter.reason, letter.state, letter.settled_at) == ("beyond_capacity", DeadLetterState.DEAD, None)
    assert [one.position for one in letters.admin.list_dead_letters(event_id=event.event_id)] == [letter.position]


def test_a_redriven_letter_arrives_unchanged_once_and_becomes_a_row(
    letters: Letters, beyond: StreamRecord, event: Event, real_ledger: Ledger
) -> None:
    real_ledger.update_event(replace(event, capacity=4))
    assert letters.redrive(position(beyond)).state is DeadLetterState.REDRIVEN
    assert letters.redrive(position(beyond)).state is DeadLetterState.REDRIVEN
    (again,) = letters.sent()
    assert (again.key, again.value, again.headers) == (beyond.key, beyond.value, beyond.headers)
    persist(FakeGate(), real_ledger.batch, [again])
    assert real_ledger.seats.by_user(event.event_id, ["w"]) == {"w": 4}
    assert letters.admin.list_dead_letters(event_id=event.event_id) == []


def test_a_letter_whose_cause_is_not_repaired_is_a_new_letter(
    letters: Letters, beyond: StreamRecord, event: Event, real_ledger: Ledger
) -> None:
    letters.redrive(position(beyond))
    persist(FakeGate(), real_ledger.batch, letters.sent())
    states = [letter.state for letter in letters.admin.list_dead_letters(event_id=event.event_id, state=None)]
    assert sorted(states) == [DeadLetterState.DEAD, DeadLetterState.REDRIVEN]


def test_a_letter_is_discarded_with_a_reason_and_kept(letters: Letters, beyond: StreamRecord, event: Event) -> None:
    letter = letters.admin.discard(position(beyond), "시험")
    assert (letter.state, letter.note) == (DeadLetterState.DISCARDED, "시험")
    assert letter.settled_at is not None
    assert letters.redrive(position(beyond)) == letter, "a discarded letter is not sent"
    assert letters.admin.discard(position(beyond), "another reason") == letter
    assert letters.sent() == []
    assert letters.admin.list_dead_letters(event_id=event.event_id, state=DeadLetterState.DISCARDED) == [letter]


def test_a_letter_that_does_not_exist_is_named(letters: Letters) -> None:
    for command in (letters.admin.show_dead_letter, letters.redrive, lambda at: letters.admin.discard(at, "r")):
        with pytest.raises(ConflictError, match=r"^There is no dead letter nowhere:0:1\.$"):
            command(Position("nowhere", 0, 1))


def test_bytes_that_are_no_text_come_back_as_they_were(letters: Letters, real_ledger: Ledger) -> None:
    record = replace(record_of(an_entry("any", 1)), value=b"\xff\x00", key=None, headers={"h": b"\xfe"})
    persist(FakeGate(), real_ledger.batch, [record])
    letters.redrive(position(record))
    (again,) = letters.sent()
    assert (again.key, again.value, again.headers) == (None, b"\xff\x00", {"h": b"\xfe"})
