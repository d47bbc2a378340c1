"""The behaviour of every ledger, the fake and the real one, as far as persist uses it."""

from dataclasses import replace

import pytest

from eventrush.errors import ConflictError
from eventrush.ledger.dead_letters import Reason
from eventrush.ledger.ledger import Ledger
from eventrush.models import Event
from tests.deliveries import an_entry, delivery, poison
from tests.fakes.ledger import FakeLedger
from tests.integration.conftest import new_id

type AnyLedger = Ledger | FakeLedger


@pytest.fixture(params=["fake", "real"])
def ledger(request: pytest.FixtureRequest) -> AnyLedger:
    ledger: AnyLedger = FakeLedger() if request.param == "fake" else request.getfixturevalue("real_ledger")
    return ledger


@pytest.fixture
def event(ledger: AnyLedger) -> Event:
    event = Event(new_id(), "봄 이벤트", 10)
    ledger.add_event(event)
    return event


def reasons(ledger: AnyLedger, *deliveries: tuple[str, int, str]) -> list[Reason]:
    """Record entries (event, seat, user); returns the reasons of the dead letters."""
    made = [delivery(an_entry(event_id, seat_no, user_id)) for event_id, seat_no, user_id in deliveries]
    return [letter.reason for letter in ledger.batch.record(made).dead]


def test_entries_are_recorded(ledger: AnyLedger, event: Event) -> None:
    deliveries = [delivery(an_entry(event.event_id, seat)) for seat in (3, 1, 2)]
    result = ledger.batch.record(deliveries)
    assert (result.recorded, result.repeated, list(result.dead)) == (3, 0, [])
    assert {one.entry.seat_no for one in result.settled} == {1, 2, 3}


def test_a_redelivered_batch_changes_nothing(ledger: AnyLedger, event: Event) -> None:
    deliveries = [delivery(an_entry(event.event_id, seat)) for seat in (1, 2)]
    dead = [poison()]
    ledger.batch.record(deliveries, dead)
    repeated = ledger.batch.record(deliveries, dead)
    assert (repeated.recorded, repeated.repeated, len(repeated.settled)) == (0, 2, 2)


def test_only_new_entries_of_a_batch_are_recorded(ledger: AnyLedger, event: Event) -> None:
    deliveries = [delivery(an_entry(event.event_id, seat)) for seat in (1, 2, 3)]
    ledger.batch.record(deliveries[:2])
    second = ledger.batch.record(deliveries)
    assert (second.recorded, second.repeated, len(second.settled)) == (1, 2, 3)


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two"])
def test_one_seat_cannot_have_two_users(ledger: AnyLedger, event: Event, *, together: bool) -> None:
    first, second = (event.event_id, 1, "first"), (event.event_id, 1, "second")
    found = reasons(ledger, first, second) if together else reasons(ledger, first) + reasons(ledger, second)
    assert found == [Reason.SEAT_TAKEN]


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two"])
def test_one_user_cannot_have_two_seats(ledger: AnyLedger, event: Event, *, together: bool) -> None:
    first, second = (event.event_id, 1, "u"), (event.event_id, 2, "u")
    found = reasons(ledger, first, second) if together else reasons(ledger, first) + reasons(ledger, second)
    assert found == [Reason.USER_HAS_SEAT]


def test_one_user_may_join_two_events(ledger: AnyLedger, event: Event) -> None:
    another = replace(event, event_id=new_id())
    ledger.add_event(another)
    assert reasons(ledger, (event.event_id, 1, "u"), (another.event_id, 1, "u")) == []


def test_ids_are_compared_byte_for_byte(ledger: AnyLedger, event: Event) -> None:
    assert reasons(ledger, (event.event_id, 1, "u"), (event.event_id, 2, "U")) == []


def test_a_seat_beyond_the_capacity_is_a_dead_letter(ledger: AnyLedger, event: Event) -> None:
    assert reasons(ledger, (event.event_id, 10, "u"), (event.event_id, 11, "v")) == [Reason.BEYOND_CAPACITY]


def test_an_entry_of_an_unknown_event_is_a_dead_letter(ledger: AnyLedger, event: Event) -> None:
    assert reasons(ledger, (new_id(), 1, "u"), (event.event_id, 1, "u")) == [Reason.UNKNOWN_EVENT]


def test_dead_letters_do_not_block_entries(ledger: AnyLedger, event: Event) -> None:
    result = ledger.batch.record([delivery(an_entry(event.event_id, 1))], [poison(), poison(b"\xff\x00'\\")])
    assert (result.recorded, [letter.reason for letter in result.dead]) == (1, [Reason.MALFORMED] * 2)


def test_an_empty_batch_records_nothing(ledger: AnyLedger) -> None:
    result = ledger.batch.record([])
    assert (result.recorded, list(result.settled), list(result.dead)) == (0, [], [])


def test_epochs_are_returned_for_existing_events(ledger: AnyLedger, event: Event) -> None:
    assert ledger.batch.epochs({event.event_id, new_id()}) == {event.event_id: 1}
    assert ledger.batch.epochs(set()) == {}


def test_an_event_reads_back(ledger: AnyLedger, event: Event) -> None:
    assert ledger.get_event(event.event_id) == event
    assert event in ledger.list_events()
    changed = replace(event, capacity=20, name="가을")
    ledger.update_event(changed)
    assert ledger.get_event(event.event_id) == changed
    with pytest.raises(ConflictError, match=r"^eventId: there is no event"):
        ledger.get_event(new_id())


def test_an_event_id_is_unique(ledger: AnyLedger, event: Event) -> None:
    with pytest.raises(ConflictError, match=r"^eventId: "):
        ledger.add_event(replace(event, capacity=999))
    assert ledger.get_event(event.event_id) == event
