"""What a pass reads about many events at once."""

from eventrush.ledger.dead_letters import DeadLetter, Reason
from eventrush.ledger.ledger import Ledger
from eventrush.ledger.seats import Settled, Watermark
from eventrush.models import Event
from tests.deliveries import an_entry, delivery, record_of
from tests.integration.conftest import new_id


def add_event(ledger: Ledger) -> str:
    event = Event(new_id(), "An event", 10)
    ledger.add_event(event)
    return event.event_id


def settle(ledger: Ledger, event_id: str, seat_no: int, *opened: int) -> None:
    ledger.seats.move_watermark(event_id, Watermark(0, frozenset(), frozenset()), seat_no, opened)


def test_an_event_is_clean_when_every_settled_seat_has_a_row_and_no_letter_is_dead(real_ledger: Ledger) -> None:
    untouched, clean, with_open_seat, with_dead_letter = (add_event(real_ledger) for _ in range(4))
    settle(real_ledger, clean, 2)
    settle(real_ledger, with_open_seat, 3, 2)
    settle(real_ledger, with_dead_letter, 4)
    entry = an_entry(with_dead_letter, 1)
    real_ledger.batch.record([], [DeadLetter(record_of(entry), Reason.SEAT_TAKEN, "It is taken.", entry)])
    assert real_ledger.seats.settled([untouched, clean, with_open_seat, with_dead_letter]) == {
        untouched: Settled(0, clean=True),
        clean: Settled(2, clean=True),
        with_open_seat: Settled(3, clean=False),
        with_dead_letter: Settled(4, clean=False),
    }


def test_an_open_seat_that_has_a_row_now_is_open_until_an_audit_has_seen_it(real_ledger: Ledger) -> None:
    event_id = add_event(real_ledger)
    settle(real_ledger, event_id, 1, 1)
    real_ledger.batch.record([delivery(an_entry(event_id, 1))])
    assert real_ledger.seats.settled([event_id]) == {event_id: Settled(1, clean=False)}
    real_ledger.seats.move_watermark(event_id, real_ledger.seats.watermark(event_id), 1, [])
    assert real_ledger.seats.settled([event_id]) == {event_id: Settled(1, clean=True)}


def test_more_events_than_one_query_takes(real_ledger: Ledger) -> None:
    first, second = add_event(real_ledger), add_event(real_ledger)
    unknown = [new_id() for _ in range(1100)]
    assert real_ledger.seats.settled([first, *unknown, second]).keys() == {first, second}
    assert [event.event_id for event in real_ledger.get_events([first, *unknown, second])] == [first, second]
    assert real_ledger.seats.settled([]) == {}
    assert real_ledger.get_events([]) == []
