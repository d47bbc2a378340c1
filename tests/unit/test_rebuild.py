"""A rebuild assigns each seat once, and knows which seats are free."""

from eventrush.rebuild import Seating
from tests.deliveries import an_entry


def free(seating: Seating) -> tuple[int, list[int]]:
    issued, seat_nos = seating.free()
    return issued, list(seat_nos)


def test_a_seat_is_assigned_once() -> None:
    seating = Seating(3)
    first, second = an_entry("e", 2, "first"), an_entry("e", 2, "second")
    assert seating.assign([first, second]) == [first]
    assert (seating.has("first", 2), seating.has("second", 2)) == (True, False)


def test_a_seat_that_does_not_exist_is_not_assigned() -> None:
    seating = Seating(3)
    assert seating.assign([an_entry("e", 4, "a")]) == []
    assert not seating.has("a", 4)
    seating.reserve([4])
    assert free(seating) == (0, [])


def test_a_reserved_seat_is_not_assigned_and_keeps_its_owner() -> None:
    seating = Seating(5)
    seating.assign([an_entry("e", 1, "a")])
    seating.reserve([1, 3])
    assert seating.assign([an_entry("e", 3, "b")]) == []
    assert seating.has("a", 1)
    assert free(seating) == (3, [2])


def test_a_full_event_has_no_free_seat() -> None:
    seating = Seating(3)
    seating.assign([an_entry("e", seat_no, f"u{seat_no}") for seat_no in (3, 1, 2)])
    assert free(seating) == (3, [])
