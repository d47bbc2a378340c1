"""Dead letters are looked at, sent again once their cause is mended, or laid aside with a reason."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from admin.dead_letters import DeadLetters
from eventrush.errors import ConflictError
from eventrush.ledger.dead_letters import DeadLetterState, Position
from eventrush.ledger.ledger import Ledger
from eventrush.models import Event, StreamRecord
from eventrush.stream.publisher import StreamPublisher
from eventrush.stream.reader import StreamReader
from local.servers import Stack
from persist.service import persist
from tests.deliveries import an_entry, record_of
from tests.fakes.gate import FakeGate
from tests.integration.conftest import new_id
from tests.topics import own_topic


@dataclass(frozen=True)
class Bench:
    """Dead letters with a topic of their own."""

    letters: DeadLetters
    sent: Callable[[], list[StreamRecord]]


@pytest.fixture
def bench(stack: Stack, real_ledger: Ledger) -> Iterator[Bench]:
    with own_topic(stack.environ, partitions=1) as settings:
        reader = StreamReader.connect(settings)
        letters = DeadLetters(real_ledger, StreamPublisher.connect(settings))
        yield Bench(letters, lambda: list(reader.records(reader.spans())))


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
    return Position(record.topic, record.partition, record.offset)


def test_a_letter_shows_all_that_came(bench: Bench, beyond: StreamRecord, event: Event) -> None:
    letter = bench.letters.show(position(beyond))
    assert replace(letter.record, timestamp=beyond.timestamp) == beyond
    assert (letter.event_id, letter.user_id, letter.seat_no) == (event.event_id, "w", 4)
    assert (letter.reason, letter.state, letter.settled_at) == ("beyond_capacity", DeadLetterState.DEAD, None)
    assert [one.position for one in bench.letters.list(event_id=event.event_id)] == [letter.position]


def test_a_letter_that_is_sent_again_arrives_as_it_was_once_and_becomes_a_row(
    bench: Bench, beyond: StreamRecord, event: Event, real_ledger: Ledger
) -> None:
    real_ledger.update_event(replace(event, capacity=4))
    assert bench.letters.redrive(position(beyond)).state is DeadLetterState.REDRIVEN
    assert bench.letters.redrive(position(beyond)).state is DeadLetterState.REDRIVEN
    (again,) = bench.sent()
    assert (again.key, again.value, again.headers) == (beyond.key, beyond.value, beyond.headers)
    persist(FakeGate(), real_ledger.batch, [again])
    assert real_ledger.seats.by_user(event.event_id, ["w"]) == {"w": 4}
    assert bench.letters.list(event_id=event.event_id) == []


def test_a_letter_whose_cause_is_not_mended_is_a_new_letter(
    bench: Bench, beyond: StreamRecord, event: Event, real_ledger: Ledger
) -> None:
    bench.letters.redrive(position(beyond))
    persist(FakeGate(), real_ledger.batch, bench.sent())
    states = [letter.state for letter in bench.letters.list(event_id=event.event_id, state=None)]
    assert sorted(states) == [DeadLetterState.DEAD, DeadLetterState.REDRIVEN]


def test_a_letter_is_laid_aside_with_a_reason_and_kept(bench: Bench, beyond: StreamRecord, event: Event) -> None:
    letter = bench.letters.discard(position(beyond), "시험")
    assert (letter.state, letter.note) == (DeadLetterState.DISCARDED, "시험")
    assert letter.settled_at is not None
    assert bench.letters.redrive(position(beyond)) == letter, "what is laid aside is not sent"
    assert bench.letters.discard(position(beyond), "another reason") == letter
    assert bench.sent() == []
    assert bench.letters.list(event_id=event.event_id, state=DeadLetterState.DISCARDED) == [letter]


def test_a_letter_that_does_not_exist_is_named(bench: Bench) -> None:
    for command in (
        bench.letters.show,
        bench.letters.redrive,
        lambda at: bench.letters.discard(at, "r"),
    ):
        with pytest.raises(ConflictError, match=r"^There is no dead letter nowhere:0:1\.$"):
            command(Position("nowhere", 0, 1))


def test_bytes_that_are_no_text_come_back_as_they_were(bench: Bench, real_ledger: Ledger) -> None:
    record = replace(record_of(an_entry("any", 1)), value=b"\xff\x00", key=None, headers={"h": b"\xfe"})
    persist(FakeGate(), real_ledger.batch, [record])
    bench.letters.redrive(position(record))
    (again,) = bench.sent()
    assert (again.key, again.value, again.headers) == (None, b"\xff\x00", {"h": b"\xfe"})
