"""The watermark of an event, moved by passes that may run at the same time."""

from eventrush.ledger.ledger import Ledger
from eventrush.ledger.seats import Watermark
from eventrush.models import Event


def test_of_two_passes_that_read_the_same_watermark_the_first_moves_it(
    real_ledger: Ledger, ledger_event: Event
) -> None:
    """The later one may have seen fewer seats, or seats as open that have a row since."""
    seats, event_id = real_ledger.seats, ledger_event.event_id
    read = seats.watermark(event_id)
    seats.move_watermark(event_id, read, 7, [])
    for settled, opened in ((3, [2]), (9, [8])):
        seats.move_watermark(event_id, read, settled, opened)
        assert seats.watermark(event_id) == Watermark(7, frozenset(), frozenset())
    seats.move_watermark(event_id, seats.watermark(event_id), 9, [8])
    assert seats.watermark(event_id) == Watermark(9, frozenset({8}), frozenset())
