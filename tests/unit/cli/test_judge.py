"""The judge counts each kind of wrong outcome under its name, and nothing where all is right."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from cli import contract, judge, order
from cli.contract import Reply
from cli.judge import Judgement, Row
from cli.order import Explanation, Reason

CAPACITY = 2
WON = Reply("ann", "k", 200, "SUCCESS", 1)
BOB = Reply("bob", None, 202, "SUCCESS", 2)
ROW = Row(1, "ann")


def counted(found: Judgement) -> dict[str, int]:
    """Return what must be zero, where it is not."""
    names = ("lost", "oversold", "doubled", "falseDuplicates")
    return {name: count for name, count in found.figures().items() if name in names and count}


@pytest.mark.parametrize(
    ("replies", "rows"),
    [
        pytest.param([], [], id="nothing at all"),
        pytest.param([WON], [ROW], id="as promised"),
        pytest.param([WON, BOB, Reply("cid", None, 429, "LIMIT_EXCEEDED")], [ROW, Row(2, "bob")], id="sold out"),
        pytest.param([Reply("ann", "k", 0, "TimeoutError"), WON], [ROW], id="answered at the second try"),
        pytest.param([Reply("ann", "k", 503, "UNAVAILABLE"), WON], [ROW], id="after an outage"),
        pytest.param([WON, Reply("ann", "other", 409, "DUPLICATE", 1)], [ROW], id="came twice"),
        pytest.param([Reply("ann", None, 409, "DUPLICATE", 1), WON], [ROW], id="the duplicate is answered first"),
        pytest.param(
            [
                Reply("ann", None, 429, "LIMIT_EXCEEDED", None, None, 1.0, 4.0),
                replace(WON, sent_at=2.0, answered_at=3.0),
            ],
            [ROW],
            id="asked before the seat was known, by another attempt",
        ),
        pytest.param(
            [WON, Reply("ann", None, 503, "PAUSED", None, None, 1.0, 2.0)], [ROW], id="a winner while it is paused"
        ),
        pytest.param([], [ROW], id="nobody was told"),
        pytest.param(
            [Reply("ann", None, 0, "TimeoutError"), Reply("ann", None, 409, "DUPLICATE", 1)],
            [ROW],
            id="a duplicate of an attempt without a reply",
        ),
    ],
)
def test_a_right_outcome_is_consistent(replies: list[Reply], rows: list[Row]) -> None:
    found = judge.judge(replies, rows, CAPACITY)
    assert found.consistent
    assert counted(found) == {}


@pytest.mark.parametrize(
    ("replies", "rows", "wrong"),
    [
        pytest.param([WON], [], {"lost": 1}, id="no row"),
        pytest.param([WON, BOB], [], {"lost": 2}, id="no rows"),
        pytest.param([WON], [Row(2, "ann")], {"lost": 1}, id="another seat"),
        pytest.param([WON, BOB], [Row(2, "ann"), Row(1, "bob")], {"lost": 2}, id="seats are swapped"),
        pytest.param([WON], [Row(1, "bob")], {"lost": 1}, id="another user has the seat"),
        pytest.param([], [ROW, Row(2, "bob"), Row(3, "cid")], {"oversold": 1}, id="too many rows"),
        pytest.param([], [Row(4, "ann")], {"oversold": 2}, id="a seat beyond the capacity"),
        pytest.param(
            [WON, BOB, Reply("cid", None, 200, "SUCCESS", 3)],
            [ROW, Row(2, "bob")],
            {"lost": 1, "oversold": 1},
            id="too many winners",
        ),
        pytest.param(
            [WON, BOB, Reply("ann", "other", 200, "SUCCESS", 3)],
            [ROW, Row(2, "bob")],
            {"lost": 1, "oversold": 1, "doubled": 1},
            id="a seat beyond the capacity, promised to a winner",
        ),
        pytest.param([], [ROW, Row(1, "bob")], {"doubled": 1}, id="a seat recorded twice"),
        pytest.param([], [ROW, Row(2, "ann")], {"doubled": 1}, id="a user recorded twice"),
        pytest.param([], [ROW, ROW], {"doubled": 2}, id="a row recorded twice"),
        pytest.param(
            [WON, Reply("bob", "k", 202, "SUCCESS", 1)],
            [ROW, Row(1, "bob")],
            {"doubled": 2},
            id="a seat promised twice",
        ),
        pytest.param(
            [WON, Reply("ann", "other", 200, "SUCCESS", 2)], [ROW], {"doubled": 1, "lost": 1}, id="two seats promised"
        ),
        pytest.param([Reply("ann", "k", 409, "DUPLICATE", 1)], [ROW], {"falseDuplicates": 1}, id="never promised"),
        pytest.param(
            [Reply("ann", None, 409, "DUPLICATE", 1)], [], {"falseDuplicates": 1}, id="never promised, no key"
        ),
        pytest.param([WON, Reply("ann", "k", 409, "DUPLICATE", 1)], [ROW], {"falseDuplicates": 1}, id="its own retry"),
        pytest.param(
            [Reply("ann", "k", 0, "TimeoutError"), Reply("ann", "k", 409, "DUPLICATE", 1)],
            [ROW],
            {"falseDuplicates": 1},
            id="its own retry after a broken connection",
        ),
        pytest.param(
            [WON, Reply("ann", "k", 429, "LIMIT_EXCEEDED")], [ROW], {"falseDuplicates": 1}, id="a verdict that changes"
        ),
        *(
            pytest.param(
                [WON, Reply("ann", key, status, result, None, None, 1.0, 2.0)],
                [ROW],
                {"falseDuplicates": 1},
                id=f"{result} after a promise, key {key}",
            )
            for key in ("k", "other", None)
            for status, result in ((429, "LIMIT_EXCEEDED"), (410, "CLOSED"))
        ),
        pytest.param(
            [BOB, Reply("bob", None, 429, "LIMIT_EXCEEDED", None, None, 1.0, 2.0)],
            [Row(2, "bob")],
            {"falseDuplicates": 1},
            id="no keys at all",
        ),
        pytest.param(
            [WON, Reply("ann", "other", 409, "DUPLICATE", 2)], [ROW], {"falseDuplicates": 1}, id="another seat is named"
        ),
        pytest.param(
            [Reply("ann", None, 429, "HTTP 429"), Reply("ann", None, 409, "DUPLICATE", 1)],
            [ROW],
            {"falseDuplicates": 1},
            id="a throttle takes no seat",
        ),
    ],
)
def test_a_wrong_outcome_is_counted_under_its_name(
    replies: list[Reply], rows: list[Row], wrong: dict[str, int]
) -> None:
    found = judge.judge(replies, rows, CAPACITY)
    assert not found.consistent
    assert counted(found) == wrong


def test_during_faults_a_duplicate_may_name_a_seat_that_was_taken_back() -> None:
    duplicate = Reply("ann", "other", 409, "DUPLICATE", 2)
    assert judge.judge([WON], [ROW], CAPACITY, during_faults=[duplicate]).consistent
    assert counted(judge.judge([], [ROW], CAPACITY, during_faults=[duplicate])) == {"falseDuplicates": 1}
    assert counted(judge.judge([], [], CAPACITY, during_faults=[WON])) == {"lost": 1}


def test_the_rows_are_described() -> None:
    figures = judge.judge([WON, BOB], [ROW, Row(2, "bob")], CAPACITY).figures()
    assert list(figures) == [
        *("rows", "distinctUsers", "distinctSeats", "minSeat", "maxSeat"),
        *("lost", "oversold", "doubled", "falseDuplicates", "inversions"),
    ]
    assert list(figures.values()) == [2, 2, 2, 1, 2, 0, 0, 0, 0, None], "without times there is no order to judge"


def test_users_out_of_order_are_counted_and_named() -> None:
    ann = Reply("ann", None, 200, "SUCCESS", 2, None, 1.0, 2.0)
    bob = Reply("bob", None, 200, "SUCCESS", 1, None, 3.0, 4.0)
    rows = [Row(1, "bob"), Row(2, "ann")]
    freed = Explanation(Reason.FREED, range(1, 2))
    found = judge.judge([bob], rows, CAPACITY, during_faults=[ann])
    assert (found.inversions, found.consistent, len(found.order.inversions)) == (1, False, 1)
    excused = judge.judge([ann, bob], rows, CAPACITY, explanations=[freed])
    assert (excused.inversions, excused.consistent, len(excused.order.excused)) == (0, True, 1)
    assert judge.judge([ann, bob], [Row(1, "bob", 2), Row(2, "ann")], CAPACITY).inversions == 0, "two epochs"


@pytest.mark.parametrize("module", [contract, judge, order])
def test_it_shares_no_code_with_the_functions(module: object) -> None:
    source = ast.parse(Path(str(module.__file__)).read_text())  # type: ignore[attr-defined]
    imported = {node.module for node in ast.walk(source) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(source) if isinstance(node, ast.Import) for name in node.names}
    ours = {name for name in imported if name and name.split(".")[0] in {"cli", "eventrush", "local", "admin"}}
    assert ours <= {"cli.contract", "cli.order"}
