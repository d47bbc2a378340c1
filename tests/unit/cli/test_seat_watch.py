"""The watch of a rush lists what explains an inversion, with the times between which it happened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf

from cli.judge import Row
from cli.order import Explanation, Reason
from eventrush.models import Event, EventFacts
from tests.chaos.seat_watch import SeatWatch

START = datetime(2026, 11, 1, tzinfo=UTC)


def a_look(epoch: int, issued: int, at_s: int) -> EventFacts:
    return EventFacts(Event("e", "Event", 10, epoch=epoch), START + timedelta(seconds=at_s), issued, 0, 0)


def a_watch(*looks: tuple[EventFacts, set[int]]) -> SeatWatch:
    """Return a watch after these looks, each a second long and ten seconds after the one before."""
    watch = SeatWatch()
    for number, (facts, free) in enumerate(looks):
        watch.note(facts, free, 10.0 * number, 10.0 * number + 1)
    return watch


def test_without_a_rebuild_nothing_is_listed() -> None:
    assert a_watch((a_look(1, 3, 0), set()), (a_look(1, 10, 10), set())).explanations([Row(1, "a", 1, START)]) == []


def test_free_and_returned_seats_are_listed_once() -> None:
    looks = (a_look(1, 10, 0), set[int]()), (a_look(2, 8, 10), {3, 5}), (a_look(2, 10, 20), {5})
    assert a_watch(*looks).explanations([]) == [
        Explanation(Reason.RETURNED, range(9, 11), 0, 11),
        Explanation(Reason.FREED, range(3, 4), 0, 11),
        Explanation(Reason.FREED, range(5, 6), 0, 11),
    ]


def test_seats_are_added_when_the_change_counts() -> None:
    """Until then, an environment may repeat that all seats are taken."""
    before = a_look(1, 10, 0)
    after = replace(before, event=replace(before.event, capacity=12))
    looks = [(facts, set[int]()) for facts in (before, replace(after, changing=True), after, after)]
    assert a_watch(*looks).explanations([]) == [Explanation(Reason.ADDED, range(11, 13), 10, 21)]


def test_a_seat_that_is_free_again_is_listed_again() -> None:
    looks = [(a_look(2, 10, 10 * number), free) for number, free in enumerate(({3}, set[int](), {3}))]
    assert a_watch(*looks).explanations([]) == [
        Explanation(Reason.FREED, range(3, 4), -inf, 1),
        Explanation(Reason.FREED, range(3, 4), 10, 21),
    ]


def test_a_seat_that_stays_free_is_listed_for_each_epoch() -> None:
    found = a_watch((a_look(1, 10, 0), {3}), (a_look(1, 10, 10), {3}), (a_look(2, 10, 20), {3})).explanations([])
    assert [(one.reason, one.ended_at) for one in found] == [(Reason.FREED, 1), (Reason.FREED, 21)]


def test_rows_that_are_older_than_their_epoch_are_listed() -> None:
    watch = a_watch((a_look(1, 3, 0), set()), (a_look(2, 10, 20), set()))
    naive = START.replace(tzinfo=None)
    rows = [Row(1, "a", 2, naive - timedelta(seconds=1)), Row(2, "b", 2, naive), Row(3, "c", 1, naive)]
    assert watch.explanations(rows) == [Explanation(Reason.RECLAIMED, range(1, 2), ended_at=11)]
