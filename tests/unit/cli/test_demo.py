"""A demonstration is consistent only where every seat went once, to a user with its row."""

from dataclasses import replace
from typing import Any

import pytest

from cli import output
from cli.contract import Attempt, Reply
from cli.demo import Outcome
from cli.generator import Plan, Tally
from cli.judge import Row, judge

FIELDS = [
    *("stack", "attempts", "concurrency", "users", "capacity", "success", "duplicate", "limitExceeded", "other"),
    *("rows", "distinctUsers", "distinctSeats", "minSeat", "maxSeat", "lost", "oversold", "doubled", "falseDuplicates"),
    "inversions",
    *("requestsPerS", "p50Ms", "p95Ms", "p99Ms", "secondsToLastRow"),
]


def an_outcome(capacity: int = 2, users: int = 3) -> Outcome:
    attempts = [Attempt(1), Attempt(2), Attempt(1), Attempt(users)]
    told = [("1", 200, "SUCCESS", 1), ("2", 200, "SUCCESS", 2), ("1", 409, "DUPLICATE", 1)]
    tally = Tally(started_at=1.0, ended_at=2.0)
    for user, status, result, seat in told:
        tally.add(Reply(user, None, status, result, seat, None, 1.0, 1.002, 1.0))
    tally.add(Reply("3", None, 429, "LIMIT_EXCEEDED", None, None, 1.0, 1.002, 1.0))
    found = judge(tally.replies, [Row(1, "1"), Row(2, "2")], capacity)
    return Outcome("native", Plan("http://127.0.0.1:1", "demo", attempts, 1), users, capacity, tally, found, 0.1)


def test_the_figures_are_the_promised_ones_and_no_others() -> None:
    figures = an_outcome().figures()
    assert list(figures) == FIELDS
    assert (figures["requestsPerS"], figures["p99Ms"], figures["secondsToLastRow"]) == (4, 2, 0.1)
    assert figures["inversions"] == 0
    assert replace(an_outcome(), seconds_to_last_row=None).figures()["secondsToLastRow"] is None


def test_every_seat_gone_once_is_consistent() -> None:
    assert an_outcome().consistent
    assert an_outcome(capacity=100, users=2).consistent, "fewer users than seats"


@pytest.mark.parametrize("fault", ["lost", "oversold", "doubled", "false_duplicates", "inversions"])
def test_a_fault_is_not_consistent(fault: str) -> None:
    outcome = an_outcome()
    wrong: dict[str, Any] = {fault: 1}
    assert not replace(outcome, judgement=replace(outcome.judgement, **wrong)).consistent


def test_a_seat_that_nobody_got_is_not_consistent() -> None:
    assert not an_outcome(capacity=3).consistent


def test_a_missing_row_is_not_consistent() -> None:
    outcome = an_outcome()
    assert not replace(outcome, judgement=replace(outcome.judgement, rows=1)).consistent


def test_any_other_answer_is_not_consistent() -> None:
    outcome = an_outcome()
    outcome.tally.add(Reply("4", None, 500, "HTTP 500"))
    assert not outcome.consistent


def test_a_person_sees_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = an_outcome()
    output.console.print(outcome.panel())
    wrong = replace(outcome.judgement, lost=1)
    output.console.print(replace(outcome, judgement=wrong, seconds_to_last_row=None).panel())
    first, second = capsys.readouterr().out.split("Inconsistent")
    assert "Every promise kept" in first
    assert "1  lost" in second
    assert "0  served out of order" in first
