"""A checker that can fail: each kind of wrong is found."""

import pytest

from cli.demo.audit import Audit, Pair, audit
from cli.load import Answer, Tally


def told(*answers: tuple[int, str, int]) -> Tally:
    tally = Tally()
    for user, result, seat in answers:
        tally.add(user, Answer(result, seat), 0.001)
    return tally


WON = told((1, "SUCCESS", 1), (2, "SUCCESS", 2), (1, "DUPLICATE", 1))
ROWS: list[Pair] = [("1", 1), ("2", 2)]


def test_a_sound_rush_has_no_fault() -> None:
    assert audit(WON, ROWS, 2) == Audit(2, 2, 2, 1, 2, lost=0, oversold=0, doubled=0)


def test_nothing_at_all_has_no_fault() -> None:
    assert audit(Tally(), [], 2) == Audit(0, 0, 0, 0, 0, lost=0, oversold=0, doubled=0)


@pytest.mark.parametrize(
    ("rows", "lost"),
    [(ROWS[:1], 1), ([], 2), ([("1", 2), ("2", 1)], 2), ([("1", 1), ("3", 2)], 1)],
    ids=["a row is missing", "all are", "seats are changed", "another has the seat"],
)
def test_a_winner_without_the_very_row_is_lost(rows: list[Pair], lost: int) -> None:
    assert audit(WON, rows, 2).lost == lost


def test_rows_beyond_the_capacity_are_oversold() -> None:
    assert audit(WON, ROWS, 1).oversold == 1


@pytest.mark.parametrize(
    ("tally", "rows"),
    [
        (WON, [*ROWS, ("1", 3)]),
        (WON, [*ROWS, ("3", 2)]),
        (told((1, "SUCCESS", 1), (1, "SUCCESS", 2)), []),
        (told((1, "SUCCESS", 1), (2, "SUCCESS", 1)), []),
        (told((1, "SUCCESS", 1), (1, "DUPLICATE", 2)), [("1", 1)]),
        (WON, [*ROWS, ("2", 2)]),
    ],
    ids=["two rows a user", "two rows a seat", "two seats told", "a seat told twice", "another seat told", "one twice"],
)
def test_whoever_or_whatever_is_there_twice_is_doubled(tally: Tally, rows: list[Pair]) -> None:
    assert audit(tally, rows, 9).doubled > 0
